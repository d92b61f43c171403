"""Days, and the days before them to compare with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


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
        """As many days, up to the one before this period begins."""
        return last_days(len(self), self.since - timedelta(days=1))


def last_days(days: int, until: date) -> Period:
    """Return the period of so many days (at least one) that ends with the day `until`."""
    return Period(until - timedelta(days=days - 1), until)


def day_in(timezone: str, moment: datetime) -> date:
    """Return on which day of a time zone (an IANA name) an aware `moment` is."""
    return moment.astimezone(ZoneInfo(timezone)).date()
