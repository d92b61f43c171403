"""What stands out of the figures: found where it is true, and by chance as rarely as is said."""

from math import isclose
from random import Random

import pytest

from linkmgr.clicks.counts import ViewCounts
from linkmgr.figures.opportunities import (
    LEAST_WORTH,
    BareTag,
    EmptyPost,
    OutlierKind,
    Pay,
    bare_posts,
    bare_tags,
    beyond_chance,
    changed_items,
    doubted_categories,
    outearned,
    p_value,
    ranked,
    rare_items,
    rare_places,
    unpaid,
)
from linkmgr.figures.rates import rate_of
from linkmgr.figures.views import BlockRank, PlacedItem

FIRST, SECOND, THIRD = (BlockRank("books", rank) for rank in (1, 2, 3))


def placed(**items):
    """Make the cells of items: by item and place the views and those clicked."""
    return {
        PlacedItem(item, *place): ViewCounts(*seen)
        for item, places in items.items()
        for place, seen in places
    }


def values(found):
    return [each.value for each in found]


# The test.


def test_a_doubted_category_is_told_from_two_posts_on():
    posts = {"Rare": ["a"], "Quiet": ["b", "c"], "Read": ["d", "e"]}
    doubted = doubted_categories(posts, {"a": 900, "d": 100, "e": 50}, 0.1)
    assert [(row.category, row.posts) for row in doubted] == [("Read", 2), ("Quiet", 2)]
    assert isclose(doubted[0].worth, 15)


def test_one_stratum_is_the_score_test_of_two_proportions():
    # By hand: z² = (N - 1)/N · χ², where χ² of 30/500 against 60/500 is 10.989.
    p = p_value([(ViewCounts(500, 30), ViewCounts(500, 60))])
    assert isclose(p, 0.000918, rel_tol=0.01)


def test_a_worse_place_is_not_a_worse_item():
    same = [
        (ViewCounts(9000, 90), ViewCounts(1000, 10)),
        (ViewCounts(1000, 100), ViewCounts(9000, 900)),
    ]
    assert p_value(same) == pytest.approx(1)
    (one, other) = (ViewCounts(10_000, 190), ViewCounts(10_000, 910))
    assert p_value([(one, other)]) < 1e-9


def test_too_few_clicks_have_no_p_value_whichever_way_they_fell():
    for first in range(9):
        assert p_value([(ViewCounts(500, first), ViewCounts(500, 8 - first))]) is None


def test_the_more_are_looked_at_the_surer_one_must_be():
    assert list(beyond_chance([("a", 0.03)])) == ["a"]
    assert list(beyond_chance([("a", 0.03), ("b", 0.5)])) == []
    assert list(beyond_chance([("b", 0.04), ("a", 0.02)])) == ["a", "b"]
    assert list(beyond_chance([("a", 0.03), ("b", None), ("c", None)])) == ["a"]


def test_one_month_in_twenty_at_most_has_finds_among_equals():
    random = Random(1)  # noqa: S311 - nothing secret
    months = 300
    found = {"items": 0, "places": 0, "changes": 0}
    for _ in range(months):
        now, before = equal(random), equal(random)
        found["items"] += any(True for _ in beyond_chance(_p_of_items(now)))
        found["changes"] += bool(changed_items(now, before))
        found["places"] += bool(rare_places(now))
    # By chance 5 % of 300 months are at most 22 in 98 of 100 runs.
    assert all(number <= 22 for number in found.values()), found


def equal(random):
    """Return a month of 40 items which are all clicked alike, each in two places."""
    return {
        PlacedItem(f"item{number}", *place): ViewCounts(
            views, sum(random.random() < 0.04 for _ in range(views))
        )
        for number in range(40)
        for place in (FIRST, SECOND)
        for views in [random.randrange(150, 400)]
    }


def _p_of_items(month):
    """Return the p-values of items against the others, as `rare_items` has them."""
    for number in range(40):
        own = {place: month[f"item{number}", *place] for place in (FIRST, SECOND)}
        yield (
            number,
            p_value(
                (
                    seen,
                    ViewCounts(
                        sum(each.views for (_, *at), each in month.items() if tuple(at) == place)
                        - seen.views,
                        sum(each.clicked for (_, *at), each in month.items() if tuple(at) == place)
                        - seen.clicked,
                    ),
                )
                for place, seen in own.items()
            ),
        )


# Items and places.

SHELF = placed(
    glaze=[(FIRST, (4000, 44)), (SECOND, (380, 4))],
    knit=[(FIRST, (5000, 300)), (SECOND, (4000, 160))],
    loom=[(SECOND, (4000, 150)), (THIRD, (3000, 30))],
    dye=[(THIRD, (3000, 28)), (FIRST, (200, 12))],
)


def test_a_rare_item_is_named_with_the_better_ones_beside_it():
    (rare,) = rare_items(SHELF, {"glaze": ["dye", "knit", "unseen", "loom"]})
    assert (rare.kind, rare.value, rare.compared.seen) == (
        OutlierKind.ITEM,
        "glaze",
        ViewCounts(4380, 48),
    )
    assert rare.compared.rate == rate_of(48, 4380)
    assert rare.compared.others == pytest.approx(0.0582, abs=1e-3)
    assert [item for item, _ in rare.better] == ["knit", "loom"]
    assert rare.worth == pytest.approx(207, abs=2)


def test_an_item_that_always_stands_third_is_not_rare():
    assert "dye" not in values(rare_items(SHELF, {}))


def test_a_place_is_rare_where_same_items_are_clicked_elsewhere():
    (rare,) = rare_places(SHELF)
    assert (rare.kind, rare.value) == (OutlierKind.PLACE, THIRD)
    assert rare.compared.others == pytest.approx(0.0488, abs=1e-3)


def test_what_is_beyond_chance_but_not_half_as_good_stays_out():
    assert rare_items(placed(a=[(FIRST, (50_000, 2000))], b=[(FIRST, (50_000, 3000))]), {}) == []


def test_what_is_clicked_more_often_than_seen_is_not_compared():
    odd = placed(a=[(FIRST, (10, 500))], b=[(FIRST, (5000, 300))])
    assert rare_items(odd, {}) == []
    assert changed_items(odd, odd) == []


def test_an_item_rose_or_fell_by_its_rate_in_the_same_places():
    before = placed(
        rose=[(FIRST, (3000, 90))], fell=[(FIRST, (3000, 180))], moved=[(FIRST, (3000, 180))]
    )
    now = placed(
        rose=[(FIRST, (3000, 180))],
        fell=[(FIRST, (3000, 90))],
        moved=[(THIRD, (3000, 20))],
        new=[(FIRST, (3000, 300))],
    )
    rose, fell = changed_items(now, before)
    assert {rose.value, fell.value} == {"rose", "fell"}
    ratios = {each.value: each.compared.ratio for each in (rose, fell)}
    assert ratios == {"rose": 2.0, "fell": 0.5}


# Posts and tags.


def test_posts_and_tags_are_found_by_clicks_that_card_would_get():
    assert bare_posts({"a": 99, "b": 1912}, 0.05) == [EmptyPost("b", 1912, 1912 * 0.05)]
    tags = [("tag", "金継ぎ", 31, 1240), ("tag", "日記", 2, 12)]
    assert bare_tags(tags, 0.05) == [BareTag("tag", "金継ぎ", 31, 1240, 62.0)]


def test_what_is_worth_no_edit_is_left_out():
    (worthy,) = bare_posts({"read": 1000, "hardly": 10}, 0.05)
    assert worthy.post == "read"
    assert worthy.worth >= LEAST_WORTH


# Earnings.

YEN = 1_000_000
PAYS = {
    "hooks": Pay(1000, 0, 0),
    "kit": Pay(1000, 60, 6000 * YEN),
    "loom": Pay(1000, 12, 400 * YEN),
    "new": Pay(20, 0, 0),
}


def test_items_without_earnings_name_what_could_replace_them():
    (found,) = unpaid(PAYS, 90, alternatives={"hooks": ["loom", "kit", "none"], "new": ["kit"]})
    assert (found.value, found.clicks, found.better) == ("hooks", 1000, ("kit", PAYS["kit"]))
    assert found.expected == pytest.approx(23.8, abs=0.1)
    assert found.worth == pytest.approx(1000 / 3)


def test_without_an_order_nothing_is_said_of_any_item():
    assert unpaid({"hooks": Pay(1000, 0, 0)}, 90) == []
    assert unpaid({}, 90) == []


def test_an_item_is_outearned_by_what_could_stand_in_its_place():
    (found,) = outearned(PAYS, 30, {"loom": ["kit", "hooks"], "kit": ["loom"], "hooks": ["kit"]})
    assert (found.item, found.better, found.worth) == ("loom", "kit", 1000.0)


def test_the_worthiest_are_first_whatever_their_kind():
    found = ranked(rare_items(SHELF, {}), rare_places(SHELF), bare_posts({"a": 4000}, 0.05))
    assert [each.worth for each in found] == sorted((each.worth for each in found), reverse=True)
    assert len(found) == 3
