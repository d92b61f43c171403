"""Snippets of each old form, written after real ones: what adopt takes, and what it lists.

`expected.yaml` beside them says what is expected of each.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from linkmgr.adopt.deciding.losses import lost_products
from linkmgr.adopt.post.products import products_of_items
from linkmgr.adopt.run import adopt
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.links.recognition.issued_code import find_code
from linkmgr.messages.message import translate
from linkmgr.posts.article.inclusions import card_tag
from tests.support.jekyll import write_site
from tests.support.legacy_blogs import CONFIG, LAYOUT

HERE = Path(__file__).parent
EXPECTED = yaml.safe_load((HERE / "expected.yaml").read_text(encoding="utf-8"))
SNIPPETS = {name: (HERE / "snippets" / name).read_text(encoding="utf-8") for name in EXPECTED}
BEFORE = "---\ntitle: 題\n---\n\nはじめの段落。\n\n"
AFTER = "\n## つぎの節\n\nおわりの段落。\n"
EMPTY = "site: {name: x, url: https://blog.example}\n"
POST = "_posts/2024-02-01-post.md"
FORMS = Counter(each["form"] for each in EXPECTED.values())

every_snippet = pytest.mark.parametrize("name", EXPECTED)


@pytest.fixture(params=["\n", "\r\n"], ids=["LF", "CRLF"])
def line_end(request):
    return request.param


def write_blog(root, name, *, catalog=None, line_end="\n", after=AFTER):
    config = CONFIG.replace("lang: ja", "lang: en") if name == "aawp-com.html" else CONFIG
    files = {"_config.yml": config, "_layouts/post.html": LAYOUT}
    write_site(root, files | ({"catalog.yaml": catalog} if catalog else {}))
    post = root / POST
    post.parent.mkdir()
    post.write_bytes((BEFORE + SNIPPETS[name] + after).replace("\n", line_end).encode())
    return root


@pytest.fixture(scope="module")
def adopted(tmp_path_factory):
    """Adopt a blog of one post with a snippet, once; return the root and what was done."""

    @cache
    def once(name, line_end, links, after):
        folder = tmp_path_factory.mktemp("adopted")
        root = write_blog(folder / "blog", name, line_end=line_end, after=after)
        titles = None
        if given := EXPECTED[name].get("titles"):
            titles = folder / "titles.yaml"
            titles.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
        return root, adopt(root, write=True, links=links, titles=titles)

    # The cache takes an argument that is left out for another than its default.
    return lambda name, *, line_end="\n", links=False, after=AFTER: once(
        name, line_end, links, after
    )


def post_of(root):
    return (root / POST).read_bytes().decode()


def catalog_of(root):
    file = root / "catalog.yaml"
    return load_catalog(file) if file.exists() else parse_catalog(EMPTY, "catalog.yaml")


def books_of(root):
    return catalog_of(root).books


def leaves(name):
    return not {"books", "products", "ctas"}.isdisjoint(EXPECTED[name])


def test_there_are_two_snippets_of_each_form():
    assert {form: number for form, number in FORMS.items() if number < 2} == {}
    assert sorted(EXPECTED) == sorted(each.name for each in (HERE / "snippets").iterdir())


@every_snippet
def test_the_catalog_gets_the_books_and_products_of_a_snippet(adopted, name):
    root, _ = adopted(name)
    catalog = catalog_of(root)
    for section in ("books", "products"):
        goods = getattr(catalog, section).values()
        assert {good.asin: good.title for good in goods} == EXPECTED[name].get(section, {})
    shops = [shop.url for good in catalog.goods.values() for shop in good.shops]
    wanted = EXPECTED[name].get("shops", [])
    assert len(shops) == len(wanted)
    assert [end for end in wanted if not any(url.endswith(end) for url in shops)] == []


@every_snippet
def test_the_catalog_gets_the_code_of_a_snippet_byte_for_byte(adopted, name, line_end):
    root, _ = adopted(name, line_end=line_end)
    ctas = catalog_of(root).ctas.values()
    assert [cta.heading for cta in ctas] == EXPECTED[name].get("ctas", [])
    assert all(SNIPPETS[name].endswith(f"{cta.code.text}\n") for cta in ctas)


@every_snippet
def test_a_snippet_at_the_end_becomes_a_choice_or_stays_whole(adopted, name, line_end):
    root, adoption = adopted(name, line_end=line_end, after="")
    left = BEFORE.removesuffix("\n") if leaves(name) else BEFORE + SNIPPETS[name]
    assert without_choice(post_of(root), line_end) == left.replace("\n", line_end)
    if leaves(name):
        (shown,) = adoption.readers.after.values()
        assert sorted(shown) == sorted(catalog_of(root).items)


def without_choice(text, line_end):
    """Return a post without the lines of its front matter that keep its items."""
    return re.sub(rf"linkmgr:{line_end}(?:  .*?{line_end})+", "", text)


@every_snippet
def test_a_snippet_in_the_middle_becomes_cards_or_stays_whole(adopted, name, line_end):
    root, _ = adopted(name, line_end=line_end)
    cards = [card_tag(item) for item in catalog_of(root).items]
    left = "\n\n".join(cards) + "\n" if leaves(name) else SNIPPETS[name]
    assert post_of(root) == (BEFORE + left + AFTER).replace("\n", line_end)


@every_snippet
def test_what_stays_is_listed_with_its_line_and_what_it_is_of(adopted, name):
    _, adoption = adopted(name)
    findings = [each for change in adoption.changes for each in change.findings_left]
    first = BEFORE.count("\n")
    for line, named in EXPECTED[name].get("stays", {}).items():
        said = [translate(each.message) for each in findings if each.line == first + line]
        assert [words for words in said if named in words], (line, named, findings)
    if leaves(name):
        assert findings == []


@every_snippet
def test_issued_code_is_never_split_from_its_picture(adopted, name):
    before = (BEFORE + SNIPPETS[name] + AFTER).encode()
    root, _ = adopted(name, links=True)
    after = (root / POST).read_bytes()
    if "stays" not in EXPECTED[name]:
        assert not re.search(rb"moshimo\.|a8\.net|valuecommerce\.", after)
        return
    assert [name for _, name in find_code(after, 0, len(after))] == [
        name for _, name in find_code(before, 0, len(before))
    ]


@every_snippet
def test_no_product_of_a_snippet_is_lost_and_a_rerun_is_idle(adopted, name):
    before = (BEFORE + SNIPPETS[name] + AFTER).encode()
    root, _ = adopted(name)
    after = (root / POST).read_bytes()
    catalog = products_of_items(catalog_of(root).items.values())
    assert lost_products(before, after, catalog) == set()
    assert not adopt(root, write=True).anything
    assert (root / POST).read_bytes() == after


@pytest.mark.parametrize("name", [name for name, each in EXPECTED.items() if "links" in each])
def test_addresses_in_running_text_become_the_catalog_s(tmp_path, name):
    catalog = (
        "site: {name: x, url: https://blog.example}\n"
        "programmes: {amazon: {marketplace: amazon.co.jp, tag: example-22}}\n"
        "books:\n"
        '  sand: {asin: "4111111114", title: 砂の計算機}\n'
        '  slow: {asin: "4222222224", title: おそい機械}\n'
    )
    root = write_blog(tmp_path / "blog", name, catalog=catalog)
    adopt(root, write=True, links=True)
    left = post_of(root)
    assert [text for text in EXPECTED[name]["links"] if text not in left] == []
    assert not adopt(root, write=True, links=True).rewritten


def test_tag_that_hatena_earns_by_is_not_taken_for_blog_s(tmp_path):
    text = SNIPPETS["hatena-2012.html"].replace("example-22", "hatena-blog-22")
    root = write_blog(tmp_path / "blog", "hatena-2012.html")
    (root / POST).write_text(BEFORE + text + AFTER, encoding="utf-8")
    adoption = adopt(root, write=True)
    assert adoption.earnings.tag is None
    assert dict(adoption.earnings.tags) == {"hatena-blog-22": 2}
    assert books_of(root)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param('{"n":', id="no JSON"),
        pytest.param('{"n": 1, "u": 2, "b_l": [3, {"u_url": 4}]}', id="other types"),
        pytest.param('{"u": {"u": "x", "t": []}, "aid": {"amazon": "1"}}', id="a list for a key"),
        pytest.param(
            '{"n": "\\ud800\\u0000", "u": {"u": "\\ud800"}, "aid": {"": 1}}', id="surrogates"
        ),
        pytest.param("{" * 3000, id="deep"),
    ],
)
def test_whatever_a_script_calls_with_is_left_alone(tmp_path, call):
    text = f"<script>msmaflink({call});</script>\n"
    root = write_blog(tmp_path / "blog", "easylink-2022.html")
    (root / POST).write_text(BEFORE + text + AFTER, encoding="utf-8")
    adopt(root, write=True)
    assert post_of(root) == BEFORE + text + AFTER


def test_many_comments_before_no_script_are_passed_over_at_once(tmp_path):
    text = "<!-- a8.net -->" * 3000 + "\n"
    root = write_blog(tmp_path / "blog", "a8-banner.html")
    (root / POST).write_text(BEFORE + text + AFTER, encoding="utf-8")
    assert not adopt(root).rewritten
