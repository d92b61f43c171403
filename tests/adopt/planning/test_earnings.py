"""For whom the links earn: told before the blocks earn for somebody else."""

import pytest

from linkmgr.adopt.report import adoption_text
from linkmgr.adopt.report_json import adoption_json
from linkmgr.adopt.run import adopt
from tests.support.legacy_blogs import SAND, write_blog

MOSHIMO = (
    "https://af.moshimo.com/af/c/click?a_id=1&url=https%3A%2F%2Fwww.amazon.co.jp%2Fdp%2F4000000004"
)


def change(root, path, old, new, count=-1):
    file = root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")


def report_on_links(adoption):
    return [line for line in adoption_text(adoption).splitlines() if "; the blocks will " in line]


def test_links_with_the_catalogs_tag_are_no_news(tmp_path):
    adoption = adopt(write_blog(tmp_path / "blog"))
    assert report_on_links(adoption) == []
    assert adoption_json(adoption)["earnings"] == {
        "tag": "example-22",
        "other_tags": {},
        "wrappers": {},
    }


def test_links_with_another_tag_are_reported_with_the_new_one(tmp_path):
    root = write_blog(tmp_path / "blog")
    change(root, "_posts/2024-02-01-sand.md", "example-22", "other-22")
    change(root, "_posts/2024-02-02-sand.md", "example-22", "third-22", 1)
    adoption = adopt(root)
    assert report_on_links(adoption) == [
        "4 links carry the tag other-22; the blocks will carry example-22 (programmes.amazon.tag)",
        "1 link carries the tag third-22; the blocks will carry example-22 (programmes.amazon.tag)",
    ]
    assert adoption_json(adoption)["earnings"]["other_tags"] == {"other-22": 4, "third-22": 1}


@pytest.mark.parametrize(
    ("amazon", "tag"),
    [("{tag: mine-22}", "mine-22"), ("{marketplace: amazon.com}", "none")],
    ids=["its own", "none"],
)
def test_the_tag_of_the_owners_catalog_is_the_one_that_counts(tmp_path, amazon, tag):
    root = write_blog(tmp_path / "blog", 1)
    books = f"books: {{sand: {{asin: '{SAND[0]}', title: Sand, blurb: {SAND[2]}}}}}"
    (root / "catalog.yaml").write_text(
        f"site: {{name: x, url: https://blog.example}}\nprogrammes: {{amazon: {amazon}}}\n{books}\n"
    )
    for path in root.glob("_posts/*.md"):
        text = path.read_text(encoding="utf-8")
        if "amazon.com" in amazon:
            text = text.replace("www.amazon.co.jp", "www.amazon.com")
        path.write_text(text, encoding="utf-8")
    (line,) = report_on_links(adopt(root))
    assert line == (
        f"6 links carry the tag example-22; the blocks will carry {tag} (programmes.amazon.tag)"
    )


def test_links_through_another_programme_are_reported(tmp_path):
    root = write_blog(tmp_path / "blog")
    more = "[Amazonで詳しく見る →](https://www.amazon.co.jp/dp/4000000004/?tag=example-22)"
    change(root, "_posts/2024-02-01-sand.md", more, f"[Amazonで詳しく見る →]({MOSHIMO})")
    adoption = adopt(root)
    assert report_on_links(adoption) == [
        "1 link earns through moshimo; the blocks will link to Amazon directly"
    ]
    assert adoption_json(adoption)["earnings"]["wrappers"] == {"moshimo": 1}


def test_links_that_stay_in_the_text_count_where_rewritten(tmp_path):
    root = write_blog(tmp_path / "blog")
    inline = "[砂](https://www.amazon.co.jp/gp/product/4000000004?tag=old-22) を読みました。\n"
    change(root, "_posts/2024-01-01-none.md", "おわりの段落です。", inline)
    assert report_on_links(adopt(root)) == []
    assert report_on_links(adopt(root, links=True)) == [
        "1 link carries the tag old-22; the blocks will carry example-22 (programmes.amazon.tag)"
    ]
