"""Comparisons on posts: by rule and by an article's own tag, and what is left of them in time."""

from dataclasses import replace
from datetime import date

import pytest

from linkmgr.blocks.shown import ItemsOfPosts, count_posts
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.posts.article.inclusions import inclusions
from linkmgr.posts.model import Override
from linkmgr.resolver.model import PostText
from linkmgr.resolver.resolve import PreparedPosts, Resolver
from tests.support.blocks import make_post

CATALOG = """\
site: {name: Tea, url: https://tea.example, language: en}
programmes: {amazon: {tag: tea-20}}
products:
  slim: {title: Slim kettle, asin: B000000001}
  electric: {title: Electric kettle, asin: B000000002}
  enamel: {title: Pot, asin: B000000003, valid-until: 2026-12-05, fallback: steel}
  steel: {title: Steel pot, asin: B000000004, valid-until: 2026-12-10}
  cup: {title: Cup, asin: B000000005}
comparisons:
  kettles: {items: [slim, electric, enamel], ranked: true}
  cups: {items: [cup, steel]}
mappings:
  tea: {any: {tags: [tea]}, comparisons: [kettles], items: [slim, cup]}
  cups: {any: {tags: [cups]}, comparisons: [cups], weight: 2}
"""
TODAY = date(2026, 12, 1)
TAG = b'{% include linkmgr.html compare="kettles" %}'


def resolved(post, day=TODAY, catalog=CATALOG):
    prepared = PreparedPosts([post], {post.path: PostText()})
    return Resolver(parse_catalog(catalog), prepared, day).resolve(post)


def by_rank(placements):
    return {placement.rank: placement.item for placement in placements}


def test_a_rule_puts_a_comparison_into_its_block_by_rank():
    placements = resolved(make_post(tags=("tea",))).blocks["compare"]
    assert by_rank(placements) == {1: "slim", 2: "electric", 3: "enamel"}
    assert {placement.comparison for placement in placements} == {"kettles"}
    assert {placement.block for placement in placements} == {"compare"}
    assert all(placement.reasons for placement in placements)


def test_no_other_block_repeats_what_is_compared():
    blocks = resolved(make_post(tags=("tea",))).blocks
    assert [placement.item for placement in blocks["products"]] == ["cup"]


def test_the_block_shows_the_comparison_for_which_most_speaks():
    blocks = resolved(make_post(tags=("tea", "cups"))).blocks
    assert {placement.comparison for placement in blocks["compare"]} == {"cups"}


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 12, 5), ["slim", "electric", "enamel"]),
        (date(2026, 12, 6), ["slim", "electric", "steel"]),
        (date(2026, 12, 11), ["slim", "electric"]),
    ],
)
def test_what_ends_leaves_its_row_to_its_replacement_or_goes(day, shown):
    placements = resolved(make_post(tags=("tea",)), day).blocks["compare"]
    assert [placement.item for placement in placements] == shown


def test_of_fewer_than_two_items_nothing_is_shown():
    post = make_post(tags=("cups",), inclusions=tuple(inclusions(TAG.replace(b"kettles", b"cups"))))
    resolution = resolved(post, date(2026, 12, 11))
    assert "compare" not in resolution.blocks
    assert resolution.compared == {}


def test_an_article_shows_a_comparison_once():
    post = make_post(tags=("tea",), inclusions=tuple(inclusions(TAG + b"\n\n" + TAG)))
    resolution = resolved(post)
    assert by_rank(resolution.compared["kettles"]) == {1: "slim", 2: "electric", 3: "enamel"}
    assert "compare" not in resolution.blocks
    assert [placement.item for placement in resolution.blocks["products"]] == ["cup"]


def test_a_post_leaves_out_what_it_excludes():
    post = make_post(tags=("tea",), override=Override(exclude=("slim",)))
    assert by_rank(resolved(post).blocks["compare"]) == {1: "electric", 2: "enamel"}
    alone = replace(post, override=Override(exclude=("slim", "electric")))
    assert "compare" not in resolved(alone).blocks


def test_a_post_counts_each_compared_item_once():
    post = make_post(tags=("tea",), inclusions=tuple(inclusions(TAG)))
    prepared = PreparedPosts([post], {post.path: PostText()})
    catalog = parse_catalog(CATALOG)
    items = ItemsOfPosts(catalog, Resolver(catalog, prepared, TODAY))
    shown = items.shown_in(post)
    assert count_posts([shown]) == {"slim": 1, "electric": 1, "enamel": 1, "cup": 1}
    assert shown["compare"] == ("slim", "electric", "enamel")


def test_one_edit_of_an_item_changes_both_ways():
    edited = CATALOG.replace("asin: B000000002}", "asin: B000000002, retired: true}")
    by_rule = resolved(make_post(tags=("tea",)), catalog=edited)
    by_hand = resolved(make_post(inclusions=tuple(inclusions(TAG))), catalog=edited)
    assert by_rank(by_rule.blocks["compare"]) == {1: "slim", 2: "enamel"}
    assert by_rank(by_hand.compared["kettles"]) == {1: "slim", 2: "enamel"}
