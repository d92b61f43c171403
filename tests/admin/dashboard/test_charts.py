"""Charts of the dashboard have a step for each day, week or month, and one beside it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkmgr.admin.dashboard.charts import ChartedEdit, chart, group_edits
from linkmgr.clicks.counts import Counts
from linkmgr.clicks.periods import last_days
from linkmgr.figures.queries import Curve

UNTIL = date(2026, 3, 31)


def draw(now, before=None, *, began=date(2020, 1, 1)):
    """Draw the clicks of days, none of the days before if they are not given."""
    period = last_days(len(now), UNTIL)
    earlier = Curve(period.before, tuple(map(Counts, before))) if before else None
    curve = Curve(period, tuple(map(Counts, now)))
    return chart(curve, earlier, began, lambda counts: counts.clicks, is_open=False)


@pytest.mark.parametrize(
    ("days", "named"),
    [
        pytest.param(2, [30, 31], id="2"),
        pytest.param(7, [25, 26, 27, 28, 29, 30, 31], id="7"),
        pytest.param(10, [22, 24, 26, 28, 30], id="10"),
        pytest.param(30, [2, 9, 16, 23, 30], id="30, by Mondays"),
    ],
)
def test_few_days_are_named_below_and_of_many_the_mondays(days, named):
    assert [step.days.since.day for step, _, _ in draw([1] * days).marks] == named


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=400))
def test_every_click_is_drawn_from_the_first_day_to_the_last(clicks):
    drawn = draw(clicks)
    assert sum(now.counts.clicks for now, _ in drawn.rows) == sum(clicks)
    assert len(drawn.lines.now.split()) == len(drawn.rows)
    assert len(drawn.marks) <= 8
    assert all(0 <= place <= 100 for _, place, _ in drawn.marks)


def test_the_days_beside_each_other_are_of_one_weekday():
    drawn = draw([1] * 30, [1] * 30)
    pairs = [(now.days.since, before.days.since) for now, before in drawn.rows]
    assert all(now.weekday() == before.weekday() for now, before in pairs)


def test_what_is_before_counting_began_is_not_drawn():
    drawn = draw([0] * 4 + [5] * 6, [1] * 10, began=UNTIL - timedelta(days=5))
    assert drawn.lines.now.startswith("4,")
    assert drawn.lines.uncounted == pytest.approx(100 * 4 / 9, abs=0.01)
    assert not drawn.lines.before


def test_longer_period_before_is_cut_and_shorter_one_ends_early():
    period, before = last_days(3, UNTIL), last_days(5, UNTIL)
    counts = [Counts(n) for n in range(5)]

    def drawn(now, then):
        began = date(2020, 1, 1)
        return chart(now, then, began, lambda each: each.clicks, is_open=False)

    longer = drawn(Curve(period, tuple(counts[:3])), Curve(before, tuple(counts)))
    assert [before.counts.clicks for _, before in longer.rows] == [0, 1, 2]
    shorter = drawn(Curve(before, tuple(counts)), Curve(period, tuple(counts[:3])))
    assert [before is None for _, before in shorter.rows] == [False, False, False, True, True]
    assert len(shorter.lines.before.split()) == 3


def edit(day, what):
    return ChartedEdit(datetime(2026, 3, day, 12, tzinfo=UTC), what, f"/admin/history/{what}")


def test_edits_are_where_their_day_is_and_near_ones_share_a_flag():
    edits = [edit(1, "1"), edit(16, "2"), edit(17, "3"), edit(31, "4")]
    groups = group_edits(draw([1] * 31), edits)
    assert [group.place for group in groups] == [0, 50, 100]
    assert [[each.what for each in group.edits] for group in groups] == [["1"], ["2", "3"], ["4"]]
