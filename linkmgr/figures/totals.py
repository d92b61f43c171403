"""The figures: sums of the totals over a period, each by one query however many clicks there are.

Bots' clicks are counted separately. Visitors are counted per day, under a key that changes daily
so that nobody is stored: someone who comes on three days counts three times, and may count twice on
a day on which nodes had different keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, func, literal, select, union_all

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period
from linkmgr.store.db.engine import sum_of
from linkmgr.store.db.models import ClickRow, Day, Total, ViewTotal, VisitorDay


@dataclass(frozen=True, slots=True)
class Curve:
    """The counts of each day of a period, in its order."""

    period: Period
    days: tuple[Counts, ...]

    @property
    def sum(self) -> Counts:
        """The counts of the whole period."""
        return sum(self.days, Counts())


CLICKS = Total.clicks, Total.visitors, Total.bots
"""The columns of `totals` in the order of `Counts`."""

VIEWS = ViewTotal.views, ViewTotal.clicked
"""Those of `view_totals`, which follow."""


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
    days = [*before, *period]
    clicks = select(Total.day, *CLICKS, literal(0), literal(0)).where(
        Total.dimension == dimension, Total.value == value, Total.day.in_(days)
    )
    views = select(ViewTotal.day, literal(0), literal(0), literal(0), *VIEWS).where(
        ViewTotal.dimension == dimension, ViewTotal.value == value, ViewTotal.day.in_(days)
    )
    counts: dict[date, Counts] = {}
    for day, readers, visitors, bots, seen, clicked in connection.execute(clicks.union_all(views)):
        more = Counts(readers, visitors, bots, seen, clicked)
        counts[day] = counts.get(day, Counts()) + more
    now = tuple(counts.get(day, Counts()) for day in period)
    then = tuple(counts.get(day, Counts()) for day in before)
    return Curve(period, now), Curve(before, then)


def change(now: float, before: float) -> float | None:
    """Return the share of `before` by which a number grew (0.5: by half); `None` from nothing."""
    return now / before - 1 if before else None


def sums(connection: Connection, dimension: Dimension, period: Period) -> dict[str, Counts]:
    """Return the counts of each value that was clicked or seen in a period, by one query."""
    none = literal(0)
    clicks = select(Total.value, *map(sum_of, CLICKS), none, none).where(
        Total.dimension == dimension, Total.day.between(period.since, period.until)
    )
    views = select(ViewTotal.value, none, none, none, *map(sum_of, VIEWS)).where(
        ViewTotal.dimension == dimension, ViewTotal.day.between(period.since, period.until)
    )
    of_both = union_all(clicks.group_by(Total.value), views.group_by(ViewTotal.value))
    counts: dict[str, Counts] = {}
    for row in connection.execute(of_both).all():
        more = Counts._make(row[1:])
        before = counts.get(row[0])
        counts[row[0]] = before + more if before else more
    return counts


def most_viewed(
    connection: Connection, dimension: Dimension, period: Period, limit: int
) -> list[str]:
    """Return the values that were seen most in a period, the one seen most first."""
    views = func.sum(ViewTotal.views)
    most = (
        select(ViewTotal.value)
        .where(
            ViewTotal.dimension == dimension,
            ViewTotal.day.between(period.since, period.until),
        )
        .group_by(ViewTotal.value)
        .having(views > 0)
        .order_by(views.desc(), ViewTotal.value)
    )
    return list(connection.scalars(most.limit(limit)))


def order(row: tuple[str, Counts]) -> tuple[int, str]:
    """Return the key by which values with their counts are sorted."""
    value, counts = row
    return -counts.clicks, value


def first_day(connection: Connection) -> date | None:
    """Return the first day with a click or a view, on which counting began; `None` without any."""
    days = _days(connection, func.min(Total.day), func.min(ViewTotal.day))
    return min(days, default=None)


def last_day(connection: Connection) -> date | None:
    """Return the last day with a click, be it a bot's, or a view; `None` if there never was one."""
    days = _days(connection, func.max(Total.day), func.max(ViewTotal.day))
    return max(days, default=None)


def _days(
    connection: Connection, clicked: ColumnElement[date], seen: ColumnElement[date]
) -> list[date]:
    """Return the days of all clicks and of all views, of each if there is one."""
    of_clicks = select(clicked).where(Total.dimension == Dimension.ALL)
    of_views = select(seen).where(ViewTotal.dimension == Dimension.ALL)
    days: Sequence[date | None] = connection.scalars(union_all(of_clicks, of_views)).all()
    return [day for day in days if day is not None]


DayNumbers = tuple[tuple[date, int], ...]
"""Days with their numbers."""


def day_numbers(connection: Connection) -> Mapping[date, int]:
    """Return the days that have figures, each with a number that goes up with them."""
    rows = connection.execute(select(Day.day, Day.number).where(Day.number > 0))
    return {row.day: row.number for row in rows}


def clicks_on(connection: Connection, days: Sequence[date]) -> int:
    """Return how many clicks of readers some days have."""
    query = select(func.sum(Total.clicks)).where(
        Total.dimension == Dimension.ALL, Total.day.in_(days)
    )
    return int(connection.scalar(query) or 0)


def counted_until(connection: Connection) -> int | None:
    """Return until when clicks are counted, in milliseconds since 1970; `None` if all are."""
    waiting = Day.loaded != Day.counted, ~Day.pruned
    return connection.scalar(select(func.min(Day.until)).where(*waiting))


def last_click(connection: Connection) -> int | None:
    """Return when the last loaded click was, in milliseconds since 1970; `None` without any."""
    return connection.scalar(select(ClickRow.time).order_by(ClickRow.id.desc()).limit(1))


def clicks_of(
    connection: Connection, dimension: Dimension, values: Sequence[str], period: Period
) -> dict[str, int]:
    """Return readers' clicks in a period of some values, by one query; no clicks, no entry."""
    query = (
        select(Total.value, func.sum(Total.clicks))
        .where(Total.dimension == dimension, Total.value.in_(values), Total.day.in_([*period]))
        .group_by(Total.value)
    )
    return {value: int(clicks) for value, clicks in connection.execute(query)}


def days_of(
    connection: Connection, dimension: Dimension, values: Sequence[str], period: Period
) -> dict[str, tuple[int, ...]]:
    """Return readers' clicks on each day of a period of some values; no clicks, no entry."""
    query = select(Total.value, Total.day, Total.clicks).where(
        Total.dimension == dimension, Total.value.in_(values), Total.day.in_([*period])
    )
    by_value: dict[str, list[int]] = {}
    for value, day, clicks in connection.execute(query):
        days = by_value.setdefault(value, [0] * len(period))
        days[(day - period.since).days] = clicks
    return {value: tuple(days) for value, days in by_value.items()}


def doubled_days(connection: Connection) -> tuple[date, ...]:
    """Return the days on which nodes had different keys of visitors, in their order."""
    days = select(VisitorDay.day).where(VisitorDay.doubled).order_by(VisitorDay.day)
    return tuple(connection.scalars(days))
