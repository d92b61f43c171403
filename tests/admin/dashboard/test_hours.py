"""Today is compared with as much of another day, hour by hour."""

from datetime import UTC, date, datetime, timedelta

import pytest

from linkmgr.admin.dashboard.charts import hours_chart
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period, last_days
from linkmgr.figures.queries import HOUR, Reading
from linkmgr.figures.table import DayHours, Query, overview
from tests.admin.conftest import add_clicks
from tests.support.store import DAY, START, load, make_click, spool_up

TOKYO = "Asia/Tokyo"
TODAY = date(2026, 3, 1)
ONE_DAY = Period(TODAY, TODAY)
YESTERDAY = Period(date(2026, 2, 28), date(2026, 2, 28))
# Half past two at night.
NOW = datetime.fromtimestamp((START + 2 * HOUR + HOUR // 2) / 1000, UTC)


@pytest.fixture
def figures(engine, settings):
    """Give what reads the figures, after clicks of two days."""
    yesterday = START - DAY
    spool_up(
        settings.spool,
        make_click(START),
        make_click(START + 2 * HOUR, item="a"),
        make_click(yesterday + HOUR),
        make_click(yesterday + 2 * HOUR + 1, item="a"),
        make_click(yesterday + 3 * HOUR),
        make_click(yesterday + 20 * HOUR, item="a"),
    )
    load(engine, settings.spool, timezone=TOKYO)

    def read(period=ONE_DAY, compared=YESTERDAY, filters=None, now=NOW):
        query = Query(
            period=period, timezone=TOKYO, filters=filters or {}, compared=compared, now=now
        )
        with engine.connect() as connection:
            return overview(Reading(connection), query, {Dimension.ITEM: None})

    return read


def clicks(counts):
    return [each.clicks for each in counts]


def clicks_of(counts):
    return counts.clicks


def test_today_is_compared_with_the_same_hours_of_the_day_before(figures):
    found = figures()
    assert found.is_cut
    assert found.before.sum == Counts(2, 1, 0)  # of four clicks of that day
    assert clicks(found.hours.now) == [1, 0, 1]
    assert clicks(found.hours.before) == [0, 1, 1]


def test_so_it_is_with_filters(figures):
    found = figures(filters={Dimension.ITEM: "a"})
    assert found.before.sum.clicks == 1
    assert clicks(found.hours.now) == [0, 0, 1]
    assert clicks(found.hours.before) == [0, 0, 1]


@pytest.mark.parametrize("filters", [{}, {Dimension.DEVICE: "phone"}])
@pytest.mark.parametrize("days", [1, 2])
def test_the_values_of_tables_are_compared_up_to_the_same_time(figures, engine, days, filters):
    add_clicks(engine, until=date(2026, 2, 1), days=1)  # counting began before
    shown = figures(last_days(days, TODAY), last_days(days, YESTERDAY.until), filters)
    before = {line.value: line.before for line in shown.tables[Dimension.ITEM]}
    assert before == {"a": 1, "genai-law": 1}
    assert sum(before.values()) == shown.before.sum.clicks


def test_values_are_not_compared_where_filters_know_some_clicks(figures, engine):
    add_clicks(engine, until=date(2026, 2, 26), days=30)  # totals alone
    filters = {Dimension.DEVICE: "phone"}
    shown = figures(last_days(2, TODAY), last_days(9, date(2026, 2, 27)), filters)
    assert shown.before.sum.clicks > 0
    assert {line.before for line in shown.tables[Dimension.ITEM]} == {None}


def test_a_day_that_is_over_is_compared_with_a_whole_one(figures):
    found = figures(now=NOW + timedelta(days=1))
    assert not found.is_cut
    assert found.before.sum.clicks == 4
    assert len(found.hours.now) == len(found.hours.before) == 24


def test_the_last_day_before_is_counted_as_far_as_today_has_come(figures):
    period = last_days(2, TODAY)
    found = figures(period, Period(date(2026, 2, 27), date(2026, 2, 28)))
    assert found.is_cut
    assert clicks(found.before.days) == [0, 2]
    assert clicks(found.now.days) == [4, 2]
    assert found.hours is None


def test_days_that_are_not_side_by_side_are_whole(figures):
    found = figures(last_days(2, TODAY), YESTERDAY)
    assert not found.is_cut
    assert found.before.sum.clicks == 4


def test_today_is_not_compared_where_single_clicks_are_gone(figures, engine):
    add_clicks(engine, until=date(2025, 3, 1), days=4)  # totals alone
    gone = Period(date(2025, 3, 1), date(2025, 3, 1))
    assert figures(compared=gone).before is None
    assert figures(compared=last_days(7, YESTERDAY.until)).before is None
    assert figures(last_days(2, TODAY), last_days(2, gone.until)).before.sum.clicks > 0
    assert figures(gone, None).hours is None


def test_a_day_is_drawn_from_midnight_as_far_as_it_has_come():
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    hours = DayHours(begin, (Counts(2), Counts(4)), (Counts(1), Counts(0)))
    drawn = hours_chart(hours, clicks_of, is_open=False)
    assert drawn.lines.now == "0,50.0 1,0.0"
    assert drawn.lines.steps == 24
    marks = [(mark.begin.hour, place) for mark, place, _ in drawn.marks]
    assert marks == [(0, 0), (6, 25), (12, 50), (18, 75), (0, 100)]


def test_the_first_hour_of_a_day_is_a_point():
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    hours = DayHours(begin, (Counts(1),), ())
    assert hours_chart(hours, clicks_of, is_open=False).lines.now == "0,0.0 0,0.0"
