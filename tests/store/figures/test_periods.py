"""Periods of whole days, and which day it is where the site is."""

from datetime import UTC, date, datetime

import pytest

from linkmgr.store.figures.periods import Period, day_in, last_days

LAST = date(2026, 3, 1)


def test_the_last_days_end_with_the_day_itself():
    assert last_days(1, LAST) == Period(LAST, LAST)
    assert last_days(2, LAST) == Period(date(2026, 2, 28), LAST)


def test_the_period_before_is_as_long_and_ends_the_day_before():
    period = Period(date(2026, 2, 27), LAST)
    assert period.before == Period(date(2026, 2, 24), date(2026, 2, 26))
    assert len(period.before) == len(period) == 3


def test_both_ends_belong_to_a_period():
    period = last_days(2, LAST)
    assert list(period) == [date(2026, 2, 28), LAST]


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
