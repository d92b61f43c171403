"""What the index has of a blog."""

from datetime import date
from hashlib import sha256

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.messages.message import translate
from linkmgr.resolver.explain import reason_message
from linkmgr.resolver.model import Placement, Reason
from linkmgr.site_index.posts import (
    PostColumn,
    PostQuery,
    PostState,
    TagColumn,
    TagKind,
    TagQuery,
)
from tests.support.builds import CATALOG, POSTS, post
from tests.support.category_blog import doubted_blog
from tests.support.site_index import TEXT, contents, index_at, indexed, post_at


@pytest.fixture
def index(tmp_path):
    indexed(tmp_path)
    return index_at(tmp_path / "instance")


def titles(page):
    return [row.title for row in page.rows]


def test_posts_come_newest_first(index):
    page = index.posts()
    assert titles(page) == [
        "A walk in the hills",
        "日本茶の話",
        "A loaf",
        "Black leaves",
        "Green leaves",
    ]
    assert (page.total, page.pages) == (5, 1)


def test_a_post_has_what_a_list_shows(index):
    found = index.posts(wanted=PostQuery(search="日本茶")).rows[0]
    assert found.key == post_key("_posts/2026-01-04-日本茶.md")
    assert found.path == "_posts/2026-01-04-日本茶.md"
    assert found.day == date(2026, 1, 4)
    assert found.tags == ("tea", "bread")
    assert found.items == 4


@pytest.mark.parametrize(
    ("search", "found"),
    [
        pytest.param("LEAVES", ["Black leaves", "Green leaves"], id="case"),
        pytest.param("leaves ｇｒｅｅｎ", ["Green leaves"], id="every word, in any width"),
        pytest.param("01-03", ["A loaf"], id="path"),
        pytest.param("100%", [], id="no wildcards"),
        pytest.param("'", [], id="quotes"),
    ],
)
def test_posts_are_found_by_words_of_title_and_path(index, search, found):
    assert titles(index.posts(wanted=PostQuery(search=search))) == found


def test_posts_are_found_by_a_tag_and_by_showing_nothing(index):
    assert titles(index.posts(wanted=PostQuery(tag="bread"))) == ["日本茶の話", "A loaf"]
    assert titles(index.posts(wanted=PostQuery(state=PostState.NOTHING))) == ["A walk in the hills"]
    assert titles(index.posts(wanted=PostQuery(state=PostState.NOTHING, tag="bread"))) == []


@pytest.mark.parametrize(
    ("state", "found"),
    [
        pytest.param(
            PostState.SOMETHING,
            ["日本茶の話", "A loaf", "Black leaves", "Green leaves"],
            id="something",
        ),
        pytest.param(PostState.PINNED, ["日本茶の話"], id="pinned"),
        pytest.param(PostState.CHOSEN, ["Green leaves"], id="front matter"),
        pytest.param(PostState.FALLBACK, ["A loaf"], id="fallback"),
        pytest.param(PostState.EXCLUDED, ["A walk in the hills", "Black leaves"], id="excluded"),
    ],
)
def test_posts_are_found_by_why_they_show_what_they_show(tmp_path, state, found):
    mappings = {
        "tea": {"any": {"tags": ["tea"]}, "items": ["green"]},
        "pinned": {"any": {"paths": ["_posts/*-日本茶.md"]}, "items": ["black"], "pin": True},
    }
    posts = POSTS | {
        "_posts/2026-01-01-green.md": post("Green leaves", linkmgr={"books": ["bread"]}),
        "_posts/2026-01-05-hills.md": post("A walk in the hills", linkmgr=False),
    }
    blocks = {"books": {"fallback": ["bread"]}}
    indexed(tmp_path, posts=posts, catalog={"mappings": mappings, "blocks": blocks})
    index = index_at(tmp_path / "instance")
    excluded = ["_posts/2026-01-0[!1345]-*", "_posts/2026-01-05-hills.md"]
    wanted = PostQuery(state=state, excluded=excluded)
    assert titles(index.posts(wanted=wanted)) == found


def test_posts_are_found_by_an_item_and_a_block_together(index):
    shown = {row.key: index.post(row.key)[1] for row in index.posts().rows}
    for item in {each.item for placed in shown.values() for each in placed}:
        for block in {each.block for placed in shown.values() for each in placed}:
            found = index.posts(wanted=PostQuery(items=[item], block=block)).rows
            expected = {
                key
                for key, placed in shown.items()
                if any((each.item, each.block) == (item, block) for each in placed)
            }
            assert {row.key for row in found} == expected
    assert index.posts(wanted=PostQuery(items=[])).rows == ()


@pytest.mark.parametrize("falling", [True, False])
def test_tags_are_sorted_by_each_column_either_way(index, falling):
    numbers = {row.key: (5,) for row in index.posts().rows[:2]}
    every = index.tags().rows
    found = index.sums_by_tag(numbers)
    assert found == index.sums_by_tag(numbers, [(row.kind, row.tag) for row in every])
    sums = {tag: clicks for tag, (clicks,) in found.items()}
    values = {
        TagColumn.NEED: lambda row: bool(row.items) or row.shown == row.posts,
        TagColumn.TAG: lambda row: row.tag,
        TagColumn.USES: lambda row: row.posts,
        TagColumn.CLICKS: lambda row: sums.get((row.kind, row.tag), 0),
    }
    for column, value in values.items():
        wanted = TagQuery(column=column, falling=falling, clicks=sums)
        found = [value(row) for row in index.tags(wanted=wanted).rows]
        assert len(found) == len(every) > 2
        assert found == sorted(found, reverse=falling)


def test_tags_are_found_by_an_item_and_by_having_none(index):
    every = index.tags().rows
    item = next(row.items[0] for row in every if row.items)
    with_item = [row for row in every if item in row.items]
    assert [*index.tags(wanted=TagQuery(items=[item])).rows] == with_item
    without = [row for row in every if not row.items]
    assert [*index.tags(wanted=TagQuery(unmapped=True)).rows] == without


def test_tags_are_found_by_the_block_that_their_posts_show(index):
    shown = {row: index.post(row.key)[1] for row in index.posts().rows}
    for block in {each.block for placed in shown.values() for each in placed}:
        found = {row.tag for row in index.tags(wanted=TagQuery("", TagKind.TAG, block=block)).rows}
        posts = [row for row, placed in shown.items() if block in {each.block for each in placed}]
        assert found == {tag for row in posts for tag in row.tags} != set()


@pytest.mark.parametrize("falling", [True, False])
def test_posts_are_sorted_by_each_column_either_way(index, falling):
    values = {
        PostColumn.TITLE: lambda row: row.title.lower(),
        PostColumn.DAY: lambda row: row.day,
        PostColumn.ITEMS: lambda row: row.items,
    }
    for column, value in values.items():
        wanted = PostQuery(column=column, falling=falling)
        rows = index.posts(wanted=wanted).rows
        found = [value(row) for row in rows]
        assert len(found) > 2
        keys = index.post_keys(wanted)
        assert keys == [row.key for row in rows]
        assert index.posts_by_key(keys[1:]) == {row.key: row for row in rows[1:]}
        assert found == sorted(found, reverse=falling)


def test_pages_go_on_where_the_last_one_ended(tmp_path):
    many = {f"_posts/2026-01-{1 + n % 28:02}-p{n}.md": post(f"Post {n}") for n in range(120)}
    indexed(tmp_path, posts=many)
    index = index_at(tmp_path / "instance")
    pages = [index.posts(number) for number in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [50, 50, 20, 0]
    assert {row.path for page in pages for row in page.rows} == many.keys()
    assert {(page.total, page.pages) for page in pages} == {(120, 3)}


def test_a_post_has_its_placements_and_their_reasons(tmp_path):
    indexed(tmp_path)
    _, placements = post_at(tmp_path, "_posts/2026-01-03-loaf.md")
    assert placements == (
        Placement("cta", 1, "news", placements[0].score, placements[0].reasons),
        Placement("books", 1, "bread", placements[1].score, placements[1].reasons),
    )
    (reason,) = placements[1].reasons
    assert reason == Reason("tag", "bread", reason.points, (2, 5))
    assert translate(reason_message(reason)).endswith("tag bread (on 2 of 5 posts)")


def test_keywords_keep_their_counts(tmp_path):
    indexed(tmp_path)
    _, placements = post_at(tmp_path, "_posts/2026-01-02-black.md")
    reasons = [
        translate(reason_message(reason))
        for placement in placements
        for reason in placement.reasons
    ]
    assert any("keyword oolong (60 in the text)" in reason for reason in reasons)


def test_a_post_that_is_not_there_is_none(index):
    assert index.post("0123456789abcdef") is None


def test_tags_without_a_mapping_come_first(index):
    def named(**wanted):
        return [row.tag for row in index.tags(wanted=TagQuery(kind=TagKind.TAG, **wanted)).rows]

    tags = index.tags(wanted=TagQuery(kind=TagKind.TAG)).rows
    assert [(tag.tag, tag.posts, tag.shown, tag.items) for tag in tags] == [
        ("walks", 1, 0, ()),
        ("tea", 3, 3, ("green", "black")),
        ("bread", 2, 2, ("bread", "news")),
    ]
    assert named(column=TagColumn.USES, falling=True) == ["tea", "bread", "walks"]
    assert named(search="A") == ["walks", "tea", "bread"]
    assert named(search="BR") == ["bread"]


def test_categories_and_the_keywords_of_mappings_are_tags_too(tmp_path):
    posts = {
        "_posts/2026-01-01-a.md": post(tags=(), categories=["Tea time"]),
        "_posts/2026-01-02-b.md": post(
            tags=(), body="A loaf of rye, and Oolong.", categories=["tea time"]
        ),
        "_posts/2026-01-03-c.md": post(tags=(), body="Nothing."),
    }
    mappings = {
        "a": {"any": {"categories": ["TEA TIME"]}, "items": ["green"]},
        "b": {"any": {"tags": ["x"]}, "all": {"keywords": ["OOLONG"]}, "items": ["black"]},
    }
    indexed(tmp_path, posts=posts, catalog={"mappings": mappings})
    index = index_at(tmp_path / "instance")
    found = index.tags(wanted=TagQuery(column=TagColumn.TAG)).rows
    assert [(row.kind, row.written, row.posts, row.items) for row in found] == [
        (TagKind.KEYWORD, "OOLONG", 1, ("black",)),
        (TagKind.CATEGORY, "tea time", 2, ("green",)),
    ]
    wanted = PostQuery(tag="tea time", kind=TagKind.CATEGORY)
    assert {row.path for row in index.posts(wanted=wanted).rows} == {*sorted(posts)[:2]}
    assert index.posts(wanted=PostQuery(tag="tea time")).rows == ()
    number, by_cover = index.tag_counts(TagQuery())
    assert (number, sum(by_cover.values())) == (2, 2)


def test_what_posts_show_and_how_many_lack_a_block_is_counted(index):
    shown = {row.key: index.post(row.key)[1] for row in index.posts().rows}
    expected = {key: [(p.block, p.item) for p in placed] for key, placed in shown.items() if placed}
    assert index.shown_by([*shown]) == expected
    counts = index.post_counts()
    assert (counts.posts, counts.nothing) == (5, 1)
    for block, showing in counts.showing.items():
        lacking = index.posts(wanted=PostQuery(lacking=block))
        assert lacking.total == counts.posts - showing
        assert {row.key for row in lacking.rows} == {
            key for key, placed in shown.items() if block not in {each.block for each in placed}
        }


def test_a_tag_is_written_as_the_newest_post_has_it(tmp_path):
    posts = {
        "_posts/2026-01-01-a.md": post(tags=["TEA"]),
        "_posts/2026-01-02-b.md": post(tags=["Ｔｅａ", "tea"]),
    }
    indexed(tmp_path, posts=posts)
    index = index_at(tmp_path / "instance")
    (tag,) = index.tags(wanted=TagQuery(kind=TagKind.TAG)).rows
    assert (tag.tag, tag.written, tag.posts) == ("tea", "Ｔｅａ", 2)


def test_the_posts_that_show_an_item_are_listed(index):
    page = index.posts_of("bread")
    assert [post.title for post in page.rows] == ["日本茶の話", "A loaf"]
    assert index.posts_of("nothing").rows == ()
    assert index.posts_by_item()["bread"] == page.total


def test_what_an_article_names_itself_counts_as_shown(tmp_path):
    hills = "_posts/2026-01-05-hills.md"
    card = '{% include linkmgr.html item="green" as="card" %}'
    link = '{% include linkmgr.html item="news" %}'
    posts = POSTS | {hills: post("A walk in the hills", ["walks"], f"{card}\n\n{link}")}
    indexed(tmp_path, posts=posts)
    index = index_at(tmp_path / "instance")
    shown, placements = post_at(tmp_path, hills)
    assert shown.items == 2
    assert [(placed.block, placed.rank, placed.item) for placed in placements] == [
        ("text", 1, "green"),
        ("text", 2, "news"),
    ]
    assert shown in index.posts_of("green").rows
    assert shown in index.posts(wanted=PostQuery(items=["green"])).rows
    assert shown not in index.posts(wanted=PostQuery(lacking="books")).rows
    assert index.filled_by([shown.key]) == {shown.key: {"books", "cta"}}
    assert index.post_counts().nothing == 0


def test_an_item_of_a_rule_that_no_post_shows_is_there_with_why(tmp_path):
    rules = CATALOG["mappings"] | {"rare": {"any": {"keywords": ["flour"]}, "items": ["rare"]}}
    books = CATALOG["books"] | {"rare": {"title": "Rare Tea", "asin": "B0EXAMPLE9"}}
    indexed(tmp_path, catalog={"books": books, "mappings": rules})
    index = index_at(tmp_path / "instance")
    unshown = index.unshown("rare")
    assert (unshown.mapping, translate(unshown.why)) == ("rare", "the keyword alone is too weak")
    assert index.unshown("green") is None


def test_posts_of_a_doubted_category_are_listed(tmp_path):
    posts, catalog = doubted_blog()
    indexed(tmp_path, posts=posts, catalog=catalog)
    index = index_at(tmp_path / "instance")
    wanted = PostQuery(tag="journeys", kind=TagKind.CATEGORY, state=PostState.DOUBTED)
    listed = index.posts(wanted=wanted).rows
    assert len(listed) == 3
    assert index.doubted_posts() == [("Journeys", post.key) for post in listed]
    (placement,) = index.post(listed[0].key)[1]
    assert placement.doubted_category == "Journeys"


def test_the_index_names_the_catalog_it_is_of(tmp_path):
    indexed(tmp_path)
    found = contents(tmp_path)
    assert found["revision"] == sha256(TEXT.encode()).hexdigest()
    assert found["problems"] == ()


def test_texts_that_are_no_utf8_are_no_obstacle(tmp_path):
    odd = {"_posts/2026-01-01-a.md": '---\ntitle: "odd \\ud83d"\ntags: ["t\\ud83d"]\n---\nx\n'}
    indexed(tmp_path, posts={**POSTS, **odd})
    assert len(contents(tmp_path)["posts"]) == 6


def test_titles_and_sums_are_found_by_the_posts_keys(index):
    rows = index.posts().rows
    keys = [row.key for row in rows]
    assert index.titles([*keys, "gone"]) == {row.key: row.title for row in rows}
    assert index.titles([]) == {}
    numbers = dict.fromkeys(keys, (1, 3)) | {"gone": (100, 100)}
    with_bread = [row for row in rows if "bread" in row.tags]
    bread = (TagKind.TAG, "bread")
    tags = [bread, (TagKind.TAG, "no-such")]
    assert index.sums_by_tag(numbers, tags) == {bread: (len(with_bread), 3 * len(with_bread))}
    assert index.sums_by_tag({}, [bread]) == {}


def test_sums_by_mapping_are_of_the_posts_that_each_matches(index):
    keys = [row.key for row in index.posts().rows]
    matched = index.posts_by_mapping()
    assert any(0 < posts < len(keys) for posts in matched.values())
    every = dict.fromkeys([*matched, "no-such"], dict.fromkeys([*keys, "gone"], 3))
    assert index.sums_by_mapping(every) == {name: 3 * posts for name, posts in matched.items()}
    assert index.sums_by_mapping({name: {} for name in matched}) == {}
