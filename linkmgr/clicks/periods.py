"""Days, and the days before them to compare with."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

_WEEK = 7

_NAMED = re.compile(r"(?P<year>20\d\d)(?:-(?P<month>0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `since` to `until`, both included, in the site's time zone."""

    since: date
    until: date

    def __len__(self) -> int:
        return (self.until - self.since).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.since + timedelta(days=n) for n in range(len(self)))

    @property
    def before(self) -> "Period":
        """As many days before it on the same weekdays: the 30 from 35 days before, for 30."""
        return self.weeks_before(ceil(len(self) / _WEEK))

    def weeks_before(self, weeks: int) -> "Period":
        """Return the same weekdays some weeks before."""
        days = timedelta(days=weeks * _WEEK)
        return Period(self.since - days, self.until - days)

    def months_before(self, months: int) -> "Period":
        """Return the same days `months` months before; for whole months, the whole ones.

        31 March is compared with the last day of February.
        """
        since, until = _earlier(self.since, months), _earlier(self.until, months)
        if self.since.day == 1 and self.until.day == _days_in_month(self.until):
            until = until.replace(day=_days_in_month(until))
        return Period(since, until)


def last_days(days: int, until: date) -> Period:
    """Return the period of `days` days (at least one) that ends on `until`."""
    return Period(until - timedelta(days=days - 1), until)


def month_of(day: date) -> Period:
    return Period(day.replace(day=1), day.replace(day=_days_in_month(day)))


def year_of(day: date) -> Period:
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))


def period_named(text: str) -> Period | None:
    """Return the whole month or year of this century that a text names: `2026-11` or `2026`."""
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    day = date(int(match["year"]), int(match["month"] or 1), 1)
    return month_of(day) if match["month"] else year_of(day)


def day_in(timezone: str, moment: datetime) -> date:
    """Return the day of an aware `moment` in a time zone (an IANA name)."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def _earlier(day: date, months: int) -> date:
    """Return the day some months before, or the last of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, _days_in_month(first)))


def _days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]
