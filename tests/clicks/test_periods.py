"""Periods of whole days, and which day it is where the site is."""

from datetime import UTC, date, datetime

import pytest

from linkmgr.clicks.periods import Period, day_in, last_days, month_of, year_of

LAST = date(2026, 3, 1)


def test_the_last_days_end_with_the_day_itself():
    assert last_days(1, LAST) == Period(LAST, LAST)
    assert last_days(2, LAST) == Period(date(2026, 2, 28), LAST)


@pytest.mark.parametrize(
    ("days", "back"),
    [(1, 7), (3, 7), (7, 7), (8, 14), (30, 35), (90, 91)],
)
def test_the_period_before_is_as_long_and_has_the_same_weekdays(days, back):
    period = last_days(days, LAST)
    assert len(period.before) == len(period)
    assert (period.since - period.before.since).days == back
    assert period.before.since.weekday() == period.since.weekday()


def test_both_ends_belong_to_a_period():
    period = last_days(2, LAST)
    assert list(period) == [date(2026, 2, 28), LAST]


def test_months_and_years_are_whole():
    assert month_of(date(2028, 2, 10)) == Period(date(2028, 2, 1), date(2028, 2, 29))
    assert year_of(LAST) == Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("since", "until", "months", "before"),
    [
        pytest.param("2026-11-01", "2026-11-27", 1, "2026-10-01 2026-10-27", id="part"),
        pytest.param("2026-10-01", "2026-10-31", 1, "2026-09-01 2026-09-30", id="long month"),
        pytest.param("2026-02-01", "2026-02-28", 1, "2026-01-01 2026-01-31", id="short month"),
        pytest.param("2026-03-01", "2026-03-30", 1, "2026-02-01 2026-02-28", id="shorter before"),
        pytest.param("2026-01-15", "2026-01-20", 1, "2025-12-15 2025-12-20", id="other year"),
        pytest.param("2028-02-29", "2028-02-29", 12, "2027-02-28 2027-02-28", id="leap day"),
        pytest.param("2025-02-28", "2025-02-28", 12, "2024-02-28 2024-02-28", id="before it"),
        pytest.param("2026-01-01", "2026-12-31", 12, "2025-01-01 2025-12-31", id="year"),
    ],
)
def test_the_same_days_some_months_before(since, until, months, before):
    period = Period(date.fromisoformat(since), date.fromisoformat(until))
    assert period.months_before(months) == Period(*map(date.fromisoformat, before.split()))


@pytest.mark.parametrize(
    ("timezone", "moment", "day"),
    [
        pytest.param("UTC", (2026, 3, 1, 14, 59), LAST, id="utc"),
        pytest.param("Asia/Tokyo", (2026, 3, 1, 14, 59), LAST, id="a-minute-before-midnight"),
        pytest.param("Asia/Tokyo", (2026, 3, 1, 15, 0), date(2026, 3, 2), id="midnight-in-tokyo"),
        pytest.param("America/New_York", (2026, 3, 1, 4, 59), date(2026, 2, 28), id="behind-utc"),
        pytest.param("America/New_York", (2026, 3, 9, 4, 0), date(2026, 3, 9), id="summer-time"),
    ],
)
def test_the_day_is_that_of_the_sites_time_zone(timezone, moment, day):
    assert day_in(timezone, datetime(*moment, tzinfo=UTC)) == day
