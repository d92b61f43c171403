"""A decided test is worth its clicks, and items in tests are left to them."""

from datetime import date, timedelta

import pytest

from linkmgr.clicks.counts import ViewCounts
from linkmgr.experiments.opportunities import decided_tests, items_in_tests
from linkmgr.experiments.variants import CountedTest
from linkmgr.experiments.verdict import Segment, read_verdict


def counted_test(*, running=True, by_post=False, winner_clicked=80):
    day = date(2026, 11, 1)
    counts = {"original": ViewCounts(1000, 20), "b": ViewCounts(1000, winner_clicked)}
    half = {"original": 1.0, "b": 1.0}
    segment = Segment(
        half, {day: counts, day + timedelta(14): dict.fromkeys(half, ViewCounts(1, 0))}
    )
    return CountedTest(
        item="newsletter",
        test="t",
        since=day,
        share=100.0,
        by_post=by_post,
        is_running=running,
        shown=frozenset(["newsletter"]),
        keys=("k",),
        segments=(segment,),
        verdict=read_verdict([segment]),
        exact_clicks=200,
    )


def test_a_won_test_is_worth_the_clicks_it_would_add():
    (decided,) = decided_tests([counted_test()])
    assert (decided.item, decided.winner) == ("newsletter", "b")
    assert decided.ratio == pytest.approx(4, abs=0.01)  # as the test's own page says
    assert decided.worth == pytest.approx(120, abs=1)  # 60 in 15 days


@pytest.mark.parametrize("over", [{"running": False}, {"by_post": True}, {"winner_clicked": 25}])
def test_test_that_has_ended_or_has_no_winner_is_no_opportunity(over):
    assert decided_tests([counted_test(**over)]) == []


def test_the_rate_of_an_item_is_left_to_its_test_while_that_ran():
    ended, running = counted_test(running=False), counted_test()
    last = date(2026, 11, 15)
    assert items_in_tests([ended], last) == {"newsletter"}
    assert items_in_tests([ended], last + timedelta(1)) == set()
    assert items_in_tests([running], last + timedelta(1)) == {"newsletter"}
