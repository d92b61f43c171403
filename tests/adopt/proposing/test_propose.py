"""Mappings that explain the old choices, measured by the resolver itself."""

from datetime import UTC, date, datetime

import pytest

from linkmgr.adopt.deciding.collect import collect_items
from linkmgr.adopt.planning.additions import additions, with_additions
from linkmgr.adopt.planning.map_items import map_items
from linkmgr.adopt.proposing.measure import measure
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.message import translate
from linkmgr.posts.model import Post
from linkmgr.resolver.model import PostText
from tests.support.legacy_blogs import BEANS, SLOW, old_book, old_cta, old_post

SITE = "site:\n  name: 砂の日記\n  url: https://blog.example\n"
ROOM_FOR_TWO = SITE + "blocks:\n  books: {limit: 2}\n"


def post(path, *tags, category="日記"):
    day = datetime(2024, 1, 1, tzinfo=UTC)
    return Post(path, f"/{path}/", path, day, f"題 {path}", tags, (category,))


def proposed(old, posts, text=SITE):
    """Return the proposals, the catalog with them, and how many placements it reproduces."""
    collected = collect_items(old, parse_catalog(text))
    text = with_additions(text, additions(collected, parse_catalog(text), text))

    def count(_):
        return {post.path: PostText() for post in posts}

    today = date(2024, 6, 1)
    mapped = map_items(collected, text, "catalog.yaml", posts=posts, count=count, today=today)
    done = measure(mapped.catalog, posts, count(()), collected.placed, today=today)
    return mapped.proposals, mapped.catalog, done


def test_tags_and_categories_are_reported_with_their_support():
    posts = [post(f"a{n}", "砂場", category="計算") for n in range(4)]
    posts += [post(f"b{n}", "珈琲", category="台所") for n in range(3)]
    old = [old_post(p.path, [old_book()], [old_cta()]) for p in posts[:4]]
    old += [old_post(p.path, [old_book(*BEANS)]) for p in posts[4:]]
    proposals, catalog, done = proposed(old, posts)
    assert (
        done.hits["books"],
        done.placements["books"],
        done.hits["cta"],
        done.placements["cta"],
    ) == (7, 7, 4, 4)
    support = {
        p.mapping.items[0]: [translate(each.message) for each in p.support] for p in proposals
    }
    assert support["b-4000000004"][0] in (
        "4 of 4 posts tagged 砂場",
        "4 of 4 posts in the category 計算",
    )
    assert catalog.mappings.keys() == {p.mapping.id for p in proposals}


def test_a_cta_of_one_post_is_mapped_by_its_path_alone():
    posts = [post(f"_posts/a[{n}].md", "砂場") for n in range(5)]
    old = [old_post(p.path, ctas=[old_cta()]) for p in posts[1:]]
    old.append(old_post(posts[0].path, ctas=[old_cta(heading="一度だけ")]))
    proposals, _, done = proposed(old, posts)
    assert done.hits["cta"] == 5
    paths = [p.mapping.any_of.paths for p in proposals if p.mapping.pin]
    assert ("_posts/a[[]0].md",) in paths


def test_a_book_that_no_term_explains_is_mapped_to_its_posts():
    posts = [post(f"a{n}", "砂場") for n in range(6)]
    old = [old_post(p.path, [old_book()]) for p in posts[:4]]
    old += [old_post(p.path, [old_book(*SLOW)]) for p in posts[4:]]
    proposals, _, done = proposed(old, posts)
    assert all(each.mapping.pin for each in proposals)
    assert {each.mapping.items: each.mapping.any_of.paths for each in proposals} == {
        ("b-4000000004",): ("a0", "a1", "a2", "a3"),
        ("slow-machines",): ("a4", "a5"),
    }
    assert (done.hits["books"], done.placements["books"], done.unseen) == (6, 6, ())


def test_books_that_same_posts_carried_share_a_mapping_to_these():
    posts = [post(f"a{n}", "砂場") for n in range(6)]
    old = [old_post(p.path, [old_book()]) for p in posts[:5]]
    old.append(old_post("a5", [old_book(*SLOW), old_book(*BEANS)]))
    proposals, _, done = proposed(old, posts, ROOM_FOR_TWO)
    (path,) = [p for p in proposals if p.mapping.pin]
    assert path.mapping.items == ("slow-machines", "b-b0example1")
    assert done.unseen == ()


def test_a_book_of_many_posts_without_theme_is_on_the_newest_few():
    posts = [post(f"a{n}", f"一度{n}", category=f"別{n}") for n in range(18)]
    old = [old_post(p.path, [old_book(*(SLOW if n % 2 else BEANS))]) for n, p in enumerate(posts)]
    proposals, _, done = proposed(old, posts)
    assert {each.mapping.any_of.paths for each in proposals} == {
        ("a1", "a3", "a5", "a7", "a9"),
        ("a0", "a2", "a4", "a6", "a8"),
    }
    assert done.unseen == ()


def test_item_that_most_posts_of_site_carried_is_mapped_to_all():
    posts = [post(f"a{n}", f"一度{n}", category=f"別{n}") for n in range(9)]
    proposals, _, done = proposed([old_post(p.path, ctas=[old_cta()]) for p in posts[1:]], posts)
    (only,) = proposals
    assert (only.mapping.any_of.paths, only.mapping.pin) == (("*",), False)
    assert [translate(each.message) for each in only.support] == ["8 of 9 posts at *"]
    assert (done.hits["cta"], done.placements["cta"]) == (8, 8)


def test_what_no_post_has_room_for_is_reported():
    text = SITE + "blocks:\n  books: {limit: 1}\n"
    posts = [post("a", "砂場")]
    old = [old_post("a", [old_book(), old_book(*SLOW)])]
    proposals, catalog, done = proposed(old, posts, text)
    assert {item for p in proposals for item in p.mapping.items} == set(catalog.books)
    (unseen,) = done.unseen
    assert unseen in catalog.books


def test_a_pin_leaves_what_is_shown_nowhere_else():
    text = SITE + "blocks:\n  books: {limit: 1}\n"
    posts = [post(f"a{n}", "砂場") for n in range(4)]
    old = [old_post(p.path, [old_book(), old_book(*SLOW)]) for p in posts]
    old[0] = old_post("a0", [old_book(*SLOW), old_book(*BEANS)])
    _, _, done = proposed(old, posts, text)
    assert (done.hits["books"], done.unseen) == (4, ())


def test_what_no_block_holds_gets_no_mapping_and_is_reported():
    text = SITE + "blocks:\n  books: {limit: 2}\n"
    posts = [post(f"a{n}", "砂場") for n in range(4)]
    old = [old_post(p.path, [old_book()], [old_cta()]) for p in posts]
    proposals, _, done = proposed(old, posts, text)
    assert [p.mapping.items for p in proposals] == [("b-4000000004",)]
    assert done.unseen == ("strategy",)


def test_what_only_drafts_carried_is_not_missed():
    posts = [post(f"a{n}", "砂場") for n in range(4)]
    old = [old_post(p.path, [old_book()]) for p in posts]
    old.append(old_post("_drafts/later.md", [old_book(*SLOW)]))
    proposals, _, done = proposed(old, posts)
    assert [p.mapping.items for p in proposals] == [("b-4000000004",)]
    assert done.unseen == ()


def test_a_placement_that_is_not_reproduced_says_what_it_wants():
    posts = [post(f"a{n}", "砂場") for n in range(6)]
    posts += [post(f"b{n}", "珈琲") for n in range(4)]
    old = [old_post(p.path, [old_book()]) for p in posts[:5]]
    old += [old_post(p.path, [old_book(*SLOW)]) for p in posts[5:]]
    _, _, done = proposed(old, posts, ROOM_FOR_TWO)
    assert (done.hits["books"], done.placements["books"]) == (9, 10)
    assert [(m.path, m.item, m.cause, translate(m.reason)) for m in done.missed] == [
        ("a5", "slow-machines", "term", "no rule matches this post")
    ]


OWN = SITE + "books:\n  mine:\n    asin: '4000000004'\n    title: x\n"


def test_items_shown_nowhere_get_mappings_like_new_ones():
    posts = [post(f"a{n}", "砂場") for n in range(4)]
    proposals, catalog, done = proposed([old_post(p.path, [old_book()]) for p in posts], posts, OWN)
    assert [p.mapping.items for p in proposals] == [("mine",)]
    assert catalog.books.keys() == {"mine"}
    assert done.hits["books"] == 4


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("mappings:\n  own: {any: {tags: [別]}, items: [mine]}\n", id="a mapping"),
        pytest.param(
            "mappings:\n  no: {any: {tags: [別]}, items: [mine], exclude: true}\n", id="no"
        ),
        pytest.param("blocks:\n  books: {fallback: [mine]}\n", id="a fallback"),
        pytest.param("    retired: true\n", id="the owner's wish to retire it"),
    ],
)
def test_items_that_the_catalog_disposes_of_get_no_mappings(more):
    posts = [post(f"a{n}", "砂場") for n in range(4)]
    old = [old_post(p.path, [old_book()]) for p in posts]
    proposals, _, _ = proposed(old, posts, OWN + more)
    assert proposals == ()


def test_a_block_holds_as_many_items_as_the_posts_usually_had():
    books = [old_book(*BEANS), old_book(*SLOW), old_book(), old_book("4999999005", "四冊目", "")]
    posts = [post(f"a{n}", "砂場") for n in range(4)]
    _, catalog, done = proposed([old_post(p.path, books) for p in posts], posts)
    assert [(block.name, block.limit) for block in catalog.blocks] == [
        ("related", 3),
        ("cta", 1),
        ("books", 4),
    ]
    assert (done.hits["books"], done.placements["books"]) == (16, 16)


@pytest.mark.parametrize("tag", ["砂" * 501, "砂\x08場"])
def test_a_tag_that_no_catalog_takes_is_no_term(tag):
    posts = [post(f"a{n}", tag) for n in range(4)] + [post(f"b{n}", "珈琲") for n in range(3)]
    old = [old_post(p.path, [old_book()]) for p in posts[:4]]
    old += [old_post(p.path, [old_book(*BEANS)]) for p in posts[4:]]
    _, catalog, _ = proposed(old, posts)
    assert {t for m in catalog.mappings.values() for t in m.any_of.tags} == {"珈琲"}


def test_control_characters_do_not_come_into_the_catalog():
    book = old_book(title="砂の\x08計算機", blurb="砂粒で\x0b数える")
    cta = old_cta(
        heading="ご相談\x07ください", text="お手伝い\x00します。", label="お問い\x7f合わせ"
    )
    _, catalog, _ = proposed([old_post("a", [book], [cta])], [post("a", "砂場")])
    (found,) = catalog.books.values()
    (call,) = catalog.ctas.values()
    assert (found.title, found.blurb) == ("砂の 計算機", "砂粒で 数える")
    assert (call.heading, call.text, call.label) == (
        "ご相談 ください",
        "お手伝い します。",
        "お問い 合わせ",
    )
