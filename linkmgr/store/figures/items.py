"""The clicks of one item."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from linkmgr.store.db.models import Total
from linkmgr.store.figures.figures import COUNTED, Counts, Dimension
from linkmgr.store.figures.periods import last_days

_PERIODS = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Sum:
    """The clicks of so many last days, and of as many before them."""

    days: int
    now: Counts
    before: Counts


def sums_of(connection: Connection, item: str, today: date) -> tuple[Sum, ...]:
    """Return an item's clicks of the last days, by one query."""
    longest = last_days(2 * max(_PERIODS), today)
    found = connection.execute(
        select(Total.day, *COUNTED).where(
            Total.dimension == Dimension.ITEM,
            Total.value == item,
            Total.day.between(longest.since, longest.until),
        )
    )
    counts = {day: Counts(*numbers) for day, *numbers in found}
    return tuple(_sums(counts, today))


def _sums(counts: dict[date, Counts], today: date) -> Iterator[Sum]:
    for days in _PERIODS:
        period = last_days(days, today)
        now, before = (
            sum((counts.get(day, Counts()) for day in part), Counts())
            for part in (period, period.before)
        )
        yield Sum(days, now, before)
