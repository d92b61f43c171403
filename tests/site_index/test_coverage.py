"""How many posts show what, and what no post shows, before and after a change of the catalog."""

import json

import pytest

from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.coverage import TagCoverage, compare
from tests.support.builds import CATALOG, edit, made, post, write_blog, yaml_of
from tests.support.category_blog import doubted_blog
from tests.support.checkouts import in_git
from tests.support.cli import run

BREAD = CATALOG["mappings"]["bread"]


@pytest.fixture
def site(tmp_path):
    """Write a blog of five posts, of which one has neither tea nor bread."""
    return write_blog(tmp_path / "site")


def with_bread(site, **over):
    """Write beside a site's catalog another with a changed mapping for bread."""
    other = site.parent / "other.yaml"
    mappings = CATALOG["mappings"] | {"bread": BREAD | over}
    other.write_text(yaml_of(CATALOG | {"mappings": mappings}))
    return other


def test_no_difference_is_said_first(site):
    same = with_bread(site)
    lines = run("coverage", "--site", site, "--against", same).out.splitlines()
    assert lines[0] == f"No difference from {same}. By both:"
    other = with_bread(site, items=["bread"])
    lines = run("coverage", "--site", site, "--against", other).out.splitlines()
    assert lines[0] == f"From {other} to the present catalog:"


def test_posts_blocks_tags_and_items_are_counted(site):
    now = compare(site).now
    assert now.posts == 5
    assert now.without == ("_posts/2026-01-05-hills.md",)
    assert now.blocks == {"related": 4, "cta": 2, "books": 4}
    assert now.tags == (
        TagCoverage("tea", 3, 0, 2),
        TagCoverage("bread", 2, 0, 2),
        TagCoverage("walks", 1, 1, 0),
    )
    assert now.unmapped == [TagCoverage("walks", 1, 1, 0)]
    assert now.items == {"green": 3, "black": 3, "bread": 2, "news": 2}
    assert now.unshown == []


def test_what_the_resolver_shows_is_what_is_counted(site):
    listed = json.loads(run("resolve", "--site", site, "--json").out)
    now = compare(site).now
    for block, number in now.blocks.items():
        assert number == sum(bool(each["blocks"][block]) for each in listed)
    for item, number in now.items.items():
        placed = [[p.get("id") for b in each["blocks"].values() for p in b] for each in listed]
        assert number == sum(item in ids for ids in placed)


def test_an_item_in_use_that_no_post_shows_is_listed(site):
    catalog = site / "catalog.yaml"
    edit(catalog, "  bread:\n    title: Bread\n", "  bread:\n    title: Bread\n    retired: true\n")
    edit(catalog, "ctas:\n", "ctas:\n  other: {heading: O, label: O, url: /}\n")
    now = compare(site).now
    assert now.unshown == ["other"]
    assert "bread" not in now.items


@pytest.mark.parametrize(("vary_by", "posts"), [("view", {2}), ("post", {0, 1, 2})])
def test_item_that_is_shown_as_variant_of_another_is_counted(site, vary_by, posts):
    edit(
        site / "catalog.yaml",
        "ctas:\n  news:\n",
        "ctas:\n  other: {heading: O, label: O, url: /}\n  news:\n"
        f"    variants: {{b: {{item: other}}}}\n    vary-by: {vary_by}\n",
    )
    edit(site / "catalog.yaml", "site:\n", "site:\n  server: https://l.example\n  views: true\n")
    now = compare(site).now
    assert now.items["other"] in posts
    assert now.items["news"] + (now.items["other"] if vary_by == "post" else 0) == 2


def test_categories_the_nearest_posts_lack_are_named(tmp_path):
    posts, catalog = doubted_blog()
    site = write_blog(tmp_path / "site", posts, catalog=catalog)
    now = compare(site).now
    wrong = [f"_posts/2026-02-0{number}-wrong{number - 1}.md" for number in (3, 2, 1)]
    assert now.doubted == {"Journeys": tuple(wrong)}
    assert now.items == {"course": 30, "tour": 33}
    text = run("coverage", "--site", site).out
    assert "3  posts that show an item for a category that may not fit" in text
    assert "lack them:\n  Journeys (3)\n" in text
    listed = json.loads(run("coverage", "--site", site, "--json").out)["now"]
    assert listed["doubted_categories"] == {"Journeys": wrong}


def test_a_post_without_blocks_by_its_front_matter_shows_none(site):
    (site / "_posts/2026-01-01-green.md").write_text(post(linkmgr=False))
    now = compare(site).now
    assert "_posts/2026-01-01-green.md" in now.without
    assert now.blocks["related"] == 3


def test_items_that_the_article_itself_names_are_shown(site):
    hills = site / "_posts/2026-01-05-hills.md"
    tags = '{% include linkmgr.html item="other" %}{% include linkmgr.html item="unknown" %}'
    hills.write_text(hills.read_text() + f"\n{tags}\n")
    edit(site / "catalog.yaml", "ctas:\n", "ctas:\n  other: {heading: O, label: O, url: /}\n")
    now = compare(site).now
    assert (now.items["other"], now.unshown, now.without) == (1, [], ())
    assert now.blocks == {"related": 4, "cta": 2, "books": 4}


def test_another_catalog_with_other_keywords_is_what_was_before(site):
    other = with_bread(site, any={"keywords": ["walk"]}, items=["bread"])
    found = compare(site, against=str(other))
    assert found.before.without == ("_posts/2026-01-03-loaf.md",)
    assert found.before.items == {"green": 3, "black": 3, "bread": 1, "news": 0}
    assert found.now == compare(site).now
    alone = compare(site, catalog_file=other).now
    assert found.before == alone


def test_front_matter_may_name_what_the_other_catalog_lacks(site):
    (site / "_posts/2026-01-05-hills.md").write_text(post(tags=["walks"], linkmgr={"cta": "news"}))
    other = site.parent / "other.yaml"
    other.write_text(yaml_of({"site": CATALOG["site"]}))
    found = compare(site, against=str(other))
    assert (found.before.items, found.now.items["news"]) == ({}, 3)


@pytest.fixture
def committed(site):
    """Commit the blog in a folder of a repository."""
    in_git(site.parent)
    return site


def test_a_revision_is_the_same_file_as_it_was_committed(committed):
    edit(
        committed / "catalog.yaml", "      - bread\n      keywords", "      - walks\n      keywords"
    )
    found = compare(committed, against="HEAD")
    assert found.before.without == ("_posts/2026-01-05-hills.md",)
    assert found.now.without == ("_posts/2026-01-03-loaf.md",)


def test_of_a_link_the_file_to_which_it_leads_is_compared(committed):
    (committed / "books.yaml").symlink_to("catalog.yaml")
    found = compare(committed, catalog_file=committed / "books.yaml", against="HEAD")
    assert found.before == found.now


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=x", "HEAD:..", ""])
def test_what_is_neither_a_file_nor_a_revision_is_refused(committed, revision):
    with pytest.raises(LinkmgrError, match=r"neither a file nor a revision"):
        compare(committed, against=revision)
    assert not (committed / "x").exists()


def test_an_unknown_revision_is_called_so_without_quoting_git(committed):
    with pytest.raises(LinkmgrError) as refused:
        compare(committed, against="HEAD~9")
    expected = "HEAD~9: neither a file nor a revision of git, such as HEAD or HEAD~1"
    assert str(refused.value) == expected


def test_a_mistake_in_a_past_catalog_is_told_with_its_revision(committed):
    text = (committed / "catalog.yaml").read_text()
    (committed / "catalog.yaml").write_text("books: 5\n")
    in_git(committed.parent)
    (committed / "catalog.yaml").write_text(text)
    with pytest.raises(LinkmgrError, match=r"^HEAD:catalog\.yaml: site: is missing"):
        compare(committed, against="HEAD")


def test_the_command_shows_both_figures_where_they_differ(site):
    other = with_bread(site, any={"tags": ["nothing"]}, items=["bread"])
    done = run("coverage", "--site", site, "--against", other)
    lines = [
        line.split("  ", 1)[1].strip() if "  " in line else line for line in done.out.splitlines()
    ]
    assert done.code == 0
    assert f"From {other} to the present catalog:" in done.out
    assert "              5  posts\n" in done.out
    assert "          2 → 1  posts that show no item\n" in done.out
    assert "          1 → 0  items that no post shows\n" not in done.out
    assert "          0 → 2  news\n" in done.out
    assert "walks (1)" in lines


def test_the_json_has_both_in_full_and_nothing_is_written(site):
    other = with_bread(site, any={"tags": ["nothing"]}, items=["bread"])
    found = json.loads(run("coverage", "--site", site, "--against", other, "--json").out)
    assert found["against"] == str(other)
    assert found["now"]["posts_without_items"] == ["_posts/2026-01-05-hills.md"]
    assert found["before"]["unmapped_tags"] == ["bread", "walks"]
    assert found["before"]["items"]["bread"] == 0
    assert found["now"]["tags"][0] == {"tag": "tea", "posts": 3, "without": 0, "items": 2}
    assert json.loads(run("coverage", "--site", site, "--json").out)["before"] is None
    assert made(site) == {}
    assert not (site / ".linkmgr-cache").exists()


def test_the_command_says_how_many_posts_show_each_item(site):
    edit(site / "catalog.yaml", "ctas:\n", "ctas:\n  other: {heading: O, label: O, url: /}\n")
    out = run("coverage", "--site", site).out
    listed = out.split("Items, with the posts that show each:\n")[1].split("\n\n")[0].split()
    assert dict(zip(listed[1::2], listed[::2], strict=True)) == {
        "green": "3",
        "black": "3",
        "news": "2",
        "bread": "2",
        "other": "0",
    }
    assert listed[0] == "3"
    assert listed[-1] == "other"


def test_a_long_list_is_cut_in_the_text(tmp_path):
    posts = {f"_posts/2026-01-{day:02}-a.md": post(tags=[f"t{day}"]) for day in range(1, 14)}
    out = run("coverage", "--site", write_blog(tmp_path / "site", posts)).out
    assert "and 3 more; --json lists all" in out
    assert run("--lang", "ja", "coverage", "--site", tmp_path / "site").out.count("ほか3件") == 2
