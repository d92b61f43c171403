"""Items of rules that no post shows: a build says which, and what keeps them out."""

import pytest

from tests.support.builds import CATALOG, built, post, write_blog

GREEN, BLACK = "_posts/2026-01-01-green.md", "_posts/2026-01-02-black.md"
RULE = {"any": {"keywords": ["oolong"]}, "items": ["rare"]}


def warned(folder, posts, *, rule=RULE, **catalog):
    """Return what a build warns of for a book `rare` with a rule of its own."""
    parts = {
        "books": CATALOG["books"] | {"rare": {"title": "Rare Tea", "asin": "B0EXAMPLE9"}},
        "mappings": {"rare": rule},
    }
    root = write_blog(folder, posts, catalog=parts | catalog)
    return [
        str(warning).removeprefix(f"{root}/").partition(": ")[2] for warning in built(root).warnings
    ]


@pytest.mark.parametrize(
    ("posts", "catalog", "why"),
    [
        ({GREEN: post(body="oolong")}, {}, "the keyword alone is too weak"),
        (
            {GREEN: post(body="oolong " * 90, linkmgr={"books": []})},
            {},
            "the posts that it fits choose their own items",
        ),
        (
            {GREEN: post(body="oolong " * 90, linkmgr={"exclude": ["rare"]})},
            {},
            "it is excluded wherever it fits",
        ),
        (
            {GREEN: post(body="oolong " * 90, linkmgr={"limit": 0})},
            {},
            "other items come first wherever it fits",
        ),
        ({GREEN: post(body="oolong " * 90)}, {"blocks": {"cta": {}}}, "no block shows it"),
        (
            {GREEN: post(), BLACK: post(tags=["bread"])},
            {"rule": {"all": {"tags": ["tea", "bread"]}, "items": ["rare"]}},
            "its rule matches no post",
        ),
    ],
    ids=["weak", "chosen", "excluded", "outscored", "no block", "no match"],
)
def test_an_item_of_a_rule_that_no_post_shows_is_named(tmp_path, posts, catalog, why):
    expected = f"mappings.rare.items: in a rule, shown on no post: rare: {why}"
    assert warned(tmp_path, posts, **catalog) == [expected]


@pytest.mark.parametrize(
    ("posts", "catalog"),
    [
        ({GREEN: post(body="oolong " * 90)}, {}),
        ({GREEN: post(body='oolong {% include linkmgr.html item="rare" as="card" %}')}, {}),
        ({GREEN: post(body="oolong"), BLACK: post(linkmgr={"books": ["rare"]})}, {}),
        (
            {GREEN: post(body="oolong")},
            {"books": {"rare": {"title": "Rare", "asin": "B0EXAMPLE9", "retired": True}}},
        ),
    ],
    ids=["shown", "in the article", "by front matter", "retired"],
)
def test_an_item_that_is_shown_or_out_of_use_is_not_named(tmp_path, posts, catalog):
    assert warned(tmp_path, posts, **catalog) == []


def test_a_keyword_that_no_post_has_is_reported_with_likeliest(tmp_path):
    rule = {"any": {"keywords": ["oolongs"], "tags": ["tea"]}, "items": ["rare"]}
    more = {"any": {"keywords": ["oolong"]}, "items": ["rare"]}
    mappings = {"rare": rule, "more": more}
    posts = {GREEN: post(body="oolong")}
    assert warned(tmp_path, posts, mappings=mappings) == [
        "mappings.rare.any.keywords: no post has the keyword oolongs: did you mean oolong?"
    ]
