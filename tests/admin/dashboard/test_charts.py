"""Charts of the dashboard have a step for each day, week or month, and one beside it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.admin.dashboard.charts import chart
from linkmgr.store.figures.figures import Counts, Curve
from linkmgr.store.figures.periods import last_days

UNTIL = date(2026, 3, 31)


def draw(now, before=None):
    """Draw the clicks of days, none of the days before if they are not given."""
    period = last_days(len(now), UNTIL)
    before = before or [0] * len(now)
    return chart(
        *(
            Curve(each, tuple(map(Counts, clicks)))
            for each, clicks in ((period, now), (period.before, before))
        )
    )


@pytest.mark.parametrize(
    ("days", "named"),
    [
        pytest.param(2, [30, 31], id="2"),
        pytest.param(6, [26, 31], id="6"),
        pytest.param(7, [25, 27, 29, 31], id="7"),
        pytest.param(30, [2, 9, 16, 24, 31], id="30"),
    ],
)
def test_the_days_below_are_at_equal_distances_from_end_to_end(days, named):
    assert [step.days.since.day for step, _ in draw([1] * days).marks] == named


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=400))
def test_every_click_is_drawn_from_the_first_day_to_the_last(clicks):
    drawn = draw(clicks)
    (first, at_first), *_, (last, at_last) = drawn.marks
    assert (first.days.since, at_first) == (last_days(len(clicks), UNTIL).since, 0)
    assert (last.days.until, at_last) == (UNTIL, 100)
    assert sum(now.counts.clicks for now, _ in drawn.rows) == sum(clicks)


def test_a_longer_period_before_is_cut_and_a_shorter_one_ends_early():
    period, before = last_days(3, UNTIL), last_days(5, UNTIL)
    counts = [Counts(n) for n in range(5)]
    longer = chart(Curve(period, tuple(counts[:3])), Curve(before, tuple(counts)))
    assert [before.counts.clicks for _, before in longer.rows] == [0, 1, 2]
    shorter = chart(Curve(before, tuple(counts)), Curve(period, tuple(counts[:3])))
    assert [before is None for _, before in shorter.rows] == [False, False, False, True, True]
    assert len(shorter.lines.before.split()) == 3
