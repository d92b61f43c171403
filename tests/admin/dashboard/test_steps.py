"""A chart has days, or weeks or months where days would be too many."""

from datetime import date

import pytest

from linkmgr.admin.dashboard.charts import Interval, interval_of, steps
from linkmgr.clicks.counts import Counts
from linkmgr.clicks.periods import Period
from linkmgr.figures.queries import Curve


def curve(since, until):
    """Give a curve with a click a day."""
    period = Period(date.fromisoformat(since), date.fromisoformat(until))
    return Curve(period, (Counts(1),) * len(period))


@pytest.mark.parametrize(
    ("since", "until", "interval"),
    [
        pytest.param("2026-07-01", "2026-09-30", Interval.DAY, id="a quarter"),
        pytest.param("2026-07-01", "2026-10-01", Interval.MONTH, id="longer"),
        pytest.param("2026-01-01", "2026-12-31", Interval.MONTH, id="a year"),
        pytest.param("2026-01-02", "2026-12-31", Interval.WEEK, id="from within a month"),
    ],
)
def test_the_longer_a_period_the_longer_its_steps(since, until, interval):
    assert interval_of(curve(since, until).period) is interval


def test_months_are_whole_but_for_the_last():
    found = list(steps(curve("2026-01-01", "2026-03-10"), Interval.MONTH))
    assert [step.counts.clicks for step in found] == [31, 28, 10]
    assert found[1].days == Period(date(2026, 2, 1), date(2026, 2, 28))


def test_weeks_begin_with_the_period():
    found = list(steps(curve("2026-01-02", "2026-01-17"), Interval.WEEK))
    assert [step.counts.clicks for step in found] == [7, 7, 2]
    assert found[2].days == Period(date(2026, 1, 16), date(2026, 1, 17))


def test_days_are_themselves():
    found = list(steps(curve("2026-01-30", "2026-02-02"), Interval.DAY))
    assert [step.days.since.day for step in found] == [30, 31, 1, 2]
