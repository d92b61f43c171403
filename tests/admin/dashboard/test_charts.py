"""Charts are drawn on round scales from zero, whatever the numbers."""

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


def points(text):
    return [tuple(map(float, point.split(","))) for point in text.split()]


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        pytest.param(0, (1, 0), id="nothing"),
        pytest.param(1, (1, 0), id="one"),
        pytest.param(3, (3, 2, 1, 0), id="few"),
        pytest.param(5, (6, 4, 2, 0), id="twos"),
        pytest.param(37, (40, 30, 20, 10, 0), id="tens"),
        pytest.param(1_000_000, (1_000_000, 500_000, 0), id="many"),
    ],
)
def test_the_numbers_beside_the_lines_are_round(most, ticks):
    assert draw([0, most]).ticks == ticks


def test_a_curve_begins_at_the_left_and_zero_is_at_the_bottom():
    drawn = draw([0, 20, 40], [40, 0, 0])
    assert points(drawn.now) == [(0, 250), (500, 125), (1000, 0)]
    assert points(drawn.before) == [(0, 0), (500, 250), (1000, 250)]
    assert drawn.levels == (0, 62.5, 125, 187.5, 250)


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
    assert [step.days.since.day for step in draw([1] * days).marks] == named


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=400))
def test_every_point_is_on_the_drawing_and_the_scale_is_no_more_than_needed(clicks):
    drawn = draw(clicks)
    assert all(0 <= x <= 1000 and 0 <= y <= 250 for x, y in points(drawn.now))
    assert 2 <= len(drawn.ticks) <= 5
    most = max(now.counts.clicks for now, _ in drawn.rows)
    assert drawn.ticks[0] >= most
    assert drawn.ticks[1] < most or most == 0
    assert drawn.marks[0].days.since == last_days(len(clicks), UNTIL).since
    assert drawn.marks[-1].days.until == UNTIL
    assert sum(now.counts.clicks for now, _ in drawn.rows) == sum(clicks)


def test_a_longer_period_before_is_cut_and_a_shorter_one_ends_early():
    period, before = last_days(3, UNTIL), last_days(5, UNTIL)
    counts = [Counts(n) for n in range(5)]
    longer = chart(Curve(period, tuple(counts[:3])), Curve(before, tuple(counts)))
    assert [before.counts.clicks for _, before in longer.rows] == [0, 1, 2]
    shorter = chart(Curve(before, tuple(counts)), Curve(period, tuple(counts[:3])))
    assert [before is None for _, before in shorter.rows] == [False, False, False, True, True]
    assert len(points(shorter.before)) == 3
