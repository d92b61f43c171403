"""Which items are next in line in a post: those that a pin would place there."""

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.message import translate
from tests.support.builds import CATALOG, POSTS, post
from tests.support.site_index import catalog_text, find_impact, indexed

BLACK = "_posts/2026-01-02-black.md"
LOAF = "_posts/2026-01-03-loaf.md"
HILLS = "_posts/2026-01-05-hills.md"
BOOKS = CATALOG["books"] | {
    "old": {"title": "Old Tea", "asin": "B0EXAMPLE4", "retired": True},
    "hills": {"title": "Hills", "asin": "B0EXAMPLE5"},
}


def suggested(site, *paths, most=3):
    return site.suggest([post_key(path) for path in paths], most)


def ids(suggestions):
    return [suggestion.item for suggestion in suggestions]


def test_rules_that_speak_too_little_name_who_is_next(tmp_path):
    site, _ = indexed(tmp_path)
    first = suggested(site, BLACK)[0]
    assert first.item == "news"  # it fills the block of calls to action, which is empty
    assert 0 < first.score < 1
    assert "short of the minimum of 1" in translate(first.why)


def test_where_no_rule_speaks_the_nearest_posts_do(tmp_path):
    walk = "A walk along the mill where wheat was ground"
    loaf = POSTS[LOAF].replace("Some text", walk)
    site, _ = indexed(tmp_path, posts={**POSTS, LOAF: loaf, HILLS: post("Hills", ["walks"], walk)})
    first, second, *others = suggested(site, HILLS)
    assert {first.item, second.item} == {"bread", "news"}
    assert (first.score, translate(first.why)) == (0, "on 1 of the nearest posts")
    assert [translate(suggestion.why) for suggestion in others] == ["on 3 posts"]


@pytest.mark.parametrize("path", POSTS)
def test_each_item_in_line_is_shown_once_it_is_pinned(tmp_path, path):
    site, _ = indexed(tmp_path, catalog={"books": BOOKS})
    for item in ids(suggested(site, path, most=9)):
        pin = {"any": {"paths": [path]}, "items": [item], "pin": True}
        text = catalog_text(books=BOOKS, mappings={**CATALOG["mappings"], "pin": pin})
        gains = [change.item for change in find_impact(site, parse_catalog(text)).items]
        assert item in gains


def test_retired_and_excluded_items_are_not_in_line(tmp_path):
    excluded = {"any": {"tags": ["walks"]}, "items": ["green"], "exclude": True}
    tea = {"any": {"keywords": ["oolong"]}, "items": ["old", "black"]}
    mappings = {**CATALOG["mappings"], "tea": tea, "not": excluded}
    site, _ = indexed(tmp_path, catalog={"books": BOOKS, "mappings": mappings})
    assert not {"green", "old"}.intersection(ids(suggested(site, HILLS, most=9)))


@pytest.mark.parametrize("override", [False, {"books": ["bread"], "cta": "news"}])
def test_a_post_that_chooses_its_items_has_nobody_in_line(tmp_path, override):
    posts = {**POSTS, HILLS: post("A walk in the hills", ["walks"], linkmgr=override)}
    site, _ = indexed(tmp_path, posts=posts)
    assert suggested(site, HILLS) == ()


def test_for_several_posts_items_are_in_line_by_summed_scores(tmp_path):
    site, _ = indexed(tmp_path)
    both = {suggestion.item: suggestion for suggestion in suggested(site, BLACK, HILLS)}
    (alone,) = (own for own in suggested(site, BLACK) if own.item == "news")
    assert both["news"].score == alone.score
    assert suggested(site, BLACK, HILLS, most=1) == (both["news"],)


def test_a_post_that_is_gone_has_nobody_in_line(tmp_path):
    site, _ = indexed(tmp_path)
    assert suggested(site, "_posts/2000-01-01-gone.md") == ()
