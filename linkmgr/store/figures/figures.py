"""The figures: sums of the totals over a period, each by one query however many clicks there are.

Bots' clicks are counted separately. Visitors are counted per day, under a key that changes daily
so that nobody is stored: someone who comes on three days counts three times, and may count twice on
a day on which nodes had different keys.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import add
from typing import NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, func, select
from sqlalchemy.orm import InstrumentedAttribute

from linkmgr.store.db.engine import sum_of
from linkmgr.store.db.models import ClickRow, Total, VisitorDay
from linkmgr.store.figures.periods import Period


class Dimension(StrEnum):
    """What clicks are counted by. Places are `<block>.<rank>`; `ALL` has one empty value.

    Variants are `<item>/<key of the test>.<variant>`. Clicks without a campaign, a tracking ID or a
    variant are in no sum of that dimension.
    """

    ALL = "all"
    ITEM = "item"
    POST = "post"
    PLACE = "place"
    REFERRER = "referrer"
    DEVICE = "device"
    CAMPAIGN = "campaign"
    TRACKING = "tracking"
    VARIANT = "variant"


class Counts(NamedTuple):
    """Clicks of readers, their daily visitors, and clicks of bots; views, and the clicked ones.

    It is what `totals` stores. The last two are of reports alone: their clicks are among those of
    readers, too, and never added to them. A tuple, of which there can be many: a frozen dataclass
    takes four times as long to make.
    """

    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    views: int = 0
    clicked: int = 0

    def __add__(self, other: "Counts") -> "Counts":  # type: ignore[override]
        """Add two counts, field by field, where other tuples are joined."""
        return Counts(*map(add, self, other))


@dataclass(frozen=True, slots=True)
class Curve:
    """The counts of each day of a period, in its order."""

    period: Period
    days: tuple[Counts, ...]

    @property
    def sum(self) -> Counts:
        """The counts of the whole period."""
        return sum(self.days, Counts())


@dataclass(frozen=True, slots=True)
class Ranked:
    """A value of a dimension with its counts."""

    value: str
    counts: Counts


COUNTED: tuple[InstrumentedAttribute[int], ...] = tuple(
    getattr(Total, name) for name in Counts._fields
)
"""The columns of `totals` in the order of `Counts`."""

_SUMS: tuple[ColumnElement[int], ...] = tuple(map(sum_of, COUNTED))


def curves(
    connection: Connection,
    period: Period,
    dimension: Dimension = Dimension.ALL,
    value: str = "",
    *,
    compared: Period | None = None,
) -> tuple[Curve, Curve]:
    """Return the curve of a period and of the one it is `compared` with, by default that before.

    They are of all clicks, or of those of a value.
    """
    before = compared or period.before
    found = connection.execute(
        select(Total.day, *COUNTED).where(
            Total.dimension == dimension,
            Total.value == value,
            Total.day.between(before.since, before.until)
            | Total.day.between(period.since, period.until),
        )
    )
    counts = {day: Counts(*numbers) for day, *numbers in found}
    now, then = (
        Curve(days, tuple(counts.get(day, Counts()) for day in days)) for days in (period, before)
    )
    return now, then


def change(now: float, before: float) -> float | None:
    """Return the share of `before` by which a number grew (0.5: by half); `None` from nothing."""
    return now / before - 1 if before else None


def top(connection: Connection, dimension: Dimension, period: Period) -> tuple[Ranked, ...]:
    """Return the values that were clicked in a period, those with the most clicks first.

    Values that only bots clicked come last.
    """
    found = sums(connection, dimension, period)
    return tuple(Ranked(value, counts) for value, counts in sorted(found.items(), key=order))


def sums(connection: Connection, dimension: Dimension, period: Period) -> dict[str, Counts]:
    """Return the counts of each value that was clicked in a period."""
    is_sqlite = connection.dialect.name == "sqlite"
    return (_sums_by_walk if is_sqlite else _sums_by_group)(connection, dimension, period)


def most_viewed(
    connection: Connection, dimension: Dimension, period: Period, limit: int
) -> list[str]:
    """Return the values that were seen most in a period, the one seen most first."""
    views = func.sum(Total.views).label("views")
    of_period = Total.dimension == dimension, Total.day.between(period.since, period.until)
    if connection.dialect.name == "sqlite":
        values = _values(dimension)
        of_value = select(views).where(*of_period, Total.value == values.c.value)
        found = select(values.c.value, of_value.scalar_subquery().label("views")).subquery()
    else:
        found = select(Total.value, views).where(*of_period).group_by(Total.value).subquery()
    most = select(found.c.value).where(found.c.views > 0).order_by(found.c.views.desc())
    return list(connection.scalars(most.limit(limit)))


def order(row: tuple[str, Counts]) -> tuple[int, str]:
    """Return the key by which values with their counts are sorted."""
    value, counts = row
    return -counts.clicks, value


def first_day(connection: Connection) -> date | None:
    """Return the first day with a click or a view, on which counting began; `None` without any."""
    return connection.scalar(select(func.min(Total.day)).where(Total.dimension == Dimension.ALL))


def last_day(connection: Connection) -> date | None:
    """Return the last day with a click, be it a bot's, or a view; `None` if there never was one."""
    return connection.scalar(select(func.max(Total.day)).where(Total.dimension == Dimension.ALL))


def last_click(connection: Connection) -> int | None:
    """Return when the last loaded click was, in milliseconds since 1970; `None` without any."""
    return connection.scalar(select(ClickRow.time).order_by(ClickRow.id.desc()).limit(1))


def clicks_of(
    connection: Connection, dimension: Dimension, values: Sequence[str], period: Period
) -> dict[str, int]:
    """Return readers' clicks in a period of some values, by one query; no clicks, no entry."""
    query = (
        select(Total.value, func.sum(Total.clicks))
        .where(
            Total.dimension == dimension,
            Total.value.in_(values),
            Total.day.between(period.since, period.until),
        )
        .group_by(Total.value)
    )
    return {value: int(clicks) for value, clicks in connection.execute(query)}


def days_of(
    connection: Connection, dimension: Dimension, values: Sequence[str], period: Period
) -> dict[str, tuple[int, ...]]:
    """Return readers' clicks on each day of a period of some values; no clicks, no entry."""
    query = select(Total.value, Total.day, Total.clicks).where(
        Total.dimension == dimension,
        Total.value.in_(values),
        Total.day.between(period.since, period.until),
    )
    found: dict[str, list[int]] = {}
    for value, day, clicks in connection.execute(query):
        days = found.setdefault(value, [0] * len(period))
        days[(day - period.since).days] = clicks
    return {value: tuple(days) for value, days in found.items()}


def _sums_by_group(
    connection: Connection, dimension: Dimension, period: Period
) -> dict[str, Counts]:
    """Read the days of the period in the index, on PostgreSQL."""
    of_period = Total.dimension == dimension, Total.day.between(period.since, period.until)
    if period.since == period.until:  # one total a value: there is nothing to sum up
        query = select(Total.value, *COUNTED).where(*of_period)
    else:
        query = select(Total.value, *_SUMS).where(*of_period).group_by(Total.value)
    return {value: Counts(*numbers) for value, *numbers in connection.execute(query).all()}


def _sums_by_walk(
    connection: Connection, dimension: Dimension, period: Period
) -> dict[str, Counts]:
    """Leap from value to value along the key, and read of each the days of the period alone.

    Over a year's 2 million totals of posts in SQLite, 30 days took 100 ms so and 250 ms by GROUP
    BY, which reads all days there; in PostgreSQL it is the other way round. A value's sums are one
    array, as joined rows would be sorted to be grouped: 178 ms for 500,000, against 338 ms. All are
    parsed as one text: 10,000 texts take 50 ms more.
    """
    values = _values(dimension)
    of_value = (
        (Total.dimension == dimension)
        & (Total.value == values.c.value)
        & Total.day.between(period.since, period.until)
    )
    if period.since == period.until:  # one total a value: there is nothing to sum up
        found = connection.execute(
            select(values.c.value, *COUNTED).select_from(values.join(Total, of_value))
        ).all()
        return {value: Counts(*numbers) for value, *numbers in found}
    arrays = select(func.json_array(*_SUMS)).where(of_value).scalar_subquery()
    rows = connection.execute(select(values.c.value, arrays)).all()
    numbers = json.loads(f"[{','.join(array for _, array in rows)}]")
    # Of no totals there is no sum.
    return {
        value: Counts(*each)
        for (value, _), each in zip(rows, numbers, strict=True)
        if each[0] is not None
    }


def _values(dimension: Dimension) -> CTE:
    """Return all values of a dimension, each found as the least above the last, and a NULL."""
    least = select(func.min(Total.value).label("value")).where(Total.dimension == dimension)
    values = least.cte("found", recursive=True)
    following = least.where(Total.value > values.c.value).scalar_subquery()
    return values.union_all(select(following).where(values.c.value.is_not(None)))


def doubled_days(connection: Connection, *periods: Period) -> tuple[date, ...]:
    """Return the days of periods on which nodes had different keys of visitors, in their order."""
    since = min(period.since for period in periods)
    until = max(period.until for period in periods)
    found = connection.scalars(
        select(VisitorDay.day)
        .where(VisitorDay.doubled, VisitorDay.day.between(since, until))
        .order_by(VisitorDay.day)
    )
    return tuple(day for day in found if any(day in period for period in periods))
