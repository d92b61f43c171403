"""Items are compared at the same places: an item is no worse for where it stands."""

import random
from math import exp, log, sqrt

import pytest

from linkmgr.clicks.counts import ViewCounts
from linkmgr.figures.comparison import compare_items
from linkmgr.figures.rates import rate_of
from linkmgr.figures.views import PlacedItem
from linkmgr.messages.message import translate

# What share of the views at a rank is clicked, whatever stands there.
OF_RANK = {1: 0.06, 2: 0.03, 3: 0.015}


def books(**ranks):
    """Make the views of items in one block: of each, by rank, views and clicked ones."""
    return {
        PlacedItem(item, "books", rank): ViewCounts(*counts)
        for item, of_item in ranks.items()
        for rank, counts in of_item.items()
    }


def simulated(chance, better=1.0):
    """Simulate equal items but for `third`, always at that rank and `better` times as good."""
    seen = {}
    for item, ranks in {"a": (1, 2), "b": (1, 2, 3), "c": (2, 3), "third": (3,)}.items():
        for rank in ranks:
            share = OF_RANK[rank] * (better if item == "third" else 1)
            clicked = sum(chance.random() < share for _ in range(2_000))
            seen[PlacedItem(item, "books", rank)] = ViewCounts(2_000, clicked)
    return seen


def is_other(compared):
    return compared.low > 1 or compared.high < 1


def test_one_place_has_two_rates_ratio_with_the_usual_interval():
    """So does Greenland and Robins' variance for one stratum: 1/a - 1/n + 1/c - 1/m."""
    compared = compare_items(books(a={1: (1000, 30)}, b={1: (2000, 40)}))["a"]
    spread = 2.241403 * sqrt(1 / 30 - 1 / 1000 + 1 / 40 - 1 / 2000)  # of 2.5 % among two items
    assert compared.ratio == pytest.approx(1.5)
    assert compared.low == pytest.approx(exp(log(1.5) - spread))
    assert compared.high == pytest.approx(exp(log(1.5) + spread))


def test_several_places_are_weighted_as_by_mantel_and_haenszel():
    seen = books(a={1: (100, 10), 2: (300, 9)}, b={1: (300, 20), 2: (100, 2)})
    expected = (10 * 300 / 400 + 9 * 100 / 400) / (20 * 100 / 400 + 2 * 300 / 400)
    assert compare_items(seen)["a"].ratio == pytest.approx(expected)


def test_an_item_that_always_stood_third_is_not_called_worse():
    """By its rate alone it would be, each time."""
    chance = random.Random(25)  # noqa: S311 - repeatable
    called_other = worse_by_rate = 0
    for _ in range(100):
        seen = simulated(chance)
        compared = compare_items(seen)
        called_other += any(map(is_other, compared.values()))
        first, third = (
            rate_of(*seen[place][::-1]) for place in (("a", "books", 1), ("third", "books", 3))
        )
        worse_by_rate += third.high < first.low
    assert worse_by_rate > 95
    assert called_other <= 10  # 5 % of 100: more than 10 would be a chance of 1 %


def test_an_item_that_is_better_at_the_third_place_is_found():
    chance = random.Random(26)  # noqa: S311 - repeatable
    found = [compare_items(simulated(chance, better=3))["third"] for _ in range(20)]
    assert sum(each.low > 1 for each in found) > 18
    assert sum(each.ratio for each in found) / len(found) == pytest.approx(3, rel=0.2)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param({}, id="nothing"),
        pytest.param(books(a={1: (100, 10)}), id="an item alone"),
        pytest.param(books(a={1: (100, 10)}, b={2: (100, 5)}), id="each at a place of its own"),
        pytest.param(books(a={1: (100, 0)}, b={1: (100, 0)}), id="no click"),
        pytest.param(books(a={1: (0, 3)}, b={1: (0, 1)}), id="clicks without views"),
        pytest.param(books(a={1: (10, 30)}, b={1: (10, 1)}), id="more clicks than views"),
    ],
)
def test_where_there_is_nothing_to_compare_there_is_no_ratio(seen):
    assert set(compare_items(seen).values()) <= {None}


def test_a_comparison_is_said_in_a_sentence():
    clear = compare_items(books(a={1: (10_000, 300)}, b={1: (10_000, 150)}))["a"]
    assert translate(clear.sentence()) == (
        "Clicked 2.00 times as often per view as other items at the same places "
        "(95%: 1.60 to 2.50)."
    )
    unclear = compare_items(books(a={1: (100, 3)}, b={1: (100, 2)}))["a"]
    assert translate(unclear.sentence()).startswith(
        "No difference from other items at the same places"
    )
