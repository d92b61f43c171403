"""A figure is a query: what is asked for, and the one table that answers it.

Pages, commands, CSV and the API ask by `table(reading, query)`. Clicks come out of totals; those
that match filters are counted from their rows, of which totals know one value at a time.
"""

import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from heapq import nsmallest
from typing import Self

from linkmgr.clicks.counts import Counts, Dimension, ViewCounts
from linkmgr.clicks.periods import Period, day_in
from linkmgr.figures import rows, totals
from linkmgr.figures.cache import Reading
from linkmgr.figures.comparison import Comparison, compare_items
from linkmgr.figures.names import name_of_value
from linkmgr.figures.rows import Filters, Tables
from linkmgr.figures.totals import Curve, order
from linkmgr.figures.views import PlacedViews, views_of_placed_items
from linkmgr.store.db.models import start_of_day

PostTags = Callable[[], Mapping[str, Sequence[str]]]
"""Returns the tags of posts by their keys; it is called only where they are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What figures are asked for."""

    period: Period
    timezone: str
    by: Dimension = Dimension.ITEM
    """What the lines are. Filters leave no variants."""
    compared: Period | None = None
    """The days to compare with."""
    filters: Filters = field(default_factory=dict)
    """The values that clicks must have."""
    only: Container[str] | None = None
    """The values that have a line; all, if `None`."""
    limit: int | None = None
    """How many lines there are at most, those with the most clicks first."""
    tags: PostTags = dict
    """Those of posts, for a table by tag."""
    now: datetime | None = None
    """The present moment, where the figures of today are compared with as much of another day."""

    @property
    def today_so_far(self) -> int | None:
        """How many milliseconds of today have passed, if the period ends today; else `None`."""
        if self.now is None or self.period.until != day_in(self.timezone, self.now):
            return None
        return int(self.now.timestamp() * 1000) - start_of_day(self.period.until, self.timezone)

    @property
    def is_today(self) -> bool:
        """Whether the period is today alone."""
        return len(self.period) == 1 and self.today_so_far is not None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: an item, a post's key, a place, a day (ISO) and so on."""

    value: str
    title: str
    """The value's name for people, empty where it has none."""
    counts: Counts
    page_views: int | None = None
    """How often the page of a post was read, by a CSV; `None` where that is not known."""

    def titled(self, title: str) -> Self:
        """Return the line with a title; in a third of the time that `replace` takes."""
        return type(self)(self.value, title, self.counts, self.page_views)


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a period, in the days of `timezone`, and those that it is compared with."""

    by: Dimension
    timezone: str
    now: Curve
    before: Curve
    """Of the compared days, or, where nothing is compared, of those before the period."""
    lines: tuple[Line, ...]
    doubled: tuple[date, ...] = ()
    """The days of either period on which a reader may count as two visitors."""
    compared: Mapping[str, Comparison] = field(default_factory=dict)
    """How items are clicked beside others at the same places, where views say something of that."""
    covered: int = 0
    """How many of the period's clicks the lines are of, bots' included."""

    def __bool__(self) -> bool:
        """Whether anything was counted, including bot clicks."""
        return self.now.sum != Counts()

    @property
    def with_views(self) -> bool:
        """Whether views are known of any line, so that rates can be shown."""
        return any(line.counts.views or line.page_views is not None for line in self.lines)

    def titled(self, titles: Mapping[str, str]) -> "Table":
        """Return the table with the names of its values; `titles` are of items or posts."""
        if self.by is Dimension.DAY:
            return self
        names = (name_of_value(self.by, line.value, titles) for line in self.lines)
        lines = (line.titled(name) for line, name in zip(self.lines, names, strict=True))
        return replace(self, lines=tuple(lines))


def table(reading: Reading, query: Query) -> Table:
    """Return the table that a query asks for."""
    now, before = curves(reading, query)
    covered = _all_clicks(now.days)
    if query.by is Dimension.DAY:
        days = zip(now.period, now.days, strict=True)
        lines = [Line(day.isoformat(), f"{day:%a}", counts) for day, counts in days]
    else:
        if query.filters:
            covered = _covered(filtered_tables(reading, query.period, query.filters))
        lines = [Line(value, "", counts) for value, counts in _ranked(reading, query)]
    return Table(
        query.by,
        query.timezone,
        now,
        before,
        tuple(lines),
        doubled_days(reading, query.period, before.period),
        covered=covered,
    ).titled({})


def first_day(reading: Reading) -> date | None:
    """Return the day on which counting began; `None` if nothing has been counted."""
    return reading.once("first day", lambda: totals.first_day(reading.connection))


def doubled_days(reading: Reading, *periods: Period) -> tuple[date, ...]:
    """Return the days of periods on which nodes had different keys of visitors."""
    doubled = reading.once("doubled", lambda: totals.doubled_days(reading.connection))
    return tuple(day for day in doubled if any(day in period for period in periods))


def with_comparisons(reading: Reading, of: Table) -> Table:
    """Return a table of items with each one compared with the others at its places."""
    if of.by is not Dimension.ITEM or not of.now.sum.views:
        return of
    comparisons = compare_items(placed_views(reading, of.now.period))
    return replace(of, compared={item: one for item, one in comparisons.items() if one})


def placed_views(reading: Reading, period: Period) -> PlacedViews:
    """Return what was seen of each item at each place."""
    connection = reading.connection
    return reading.summed(
        "placed", period, lambda part: views_of_placed_items(connection, part), ViewCounts.plus
    )


# The lines.


def _ranked(reading: Reading, query: Query) -> list[tuple[str, Counts]]:
    counted = _counted(reading, query).items()
    if query.only is not None:
        counted_only = [row for row in counted if row[0] in query.only]
        return _first(counted_only, query.limit)
    return _first(counted, query.limit)


def _first(counted: Iterable[tuple[str, Counts]], limit: int | None) -> list[tuple[str, Counts]]:
    if limit is None:
        return sorted(counted, key=order)
    return nsmallest(limit, counted, key=order)


def _counted(reading: Reading, query: Query) -> Mapping[str, Counts]:
    """Return the counts of each value."""
    if query.by is Dimension.TAG:
        tags = query.tags()
        return _grouped(
            _counted(reading, replace(query, by=Dimension.POST)), lambda post: tags.get(post, ())
        )
    if query.by is Dimension.BLOCK:
        places = _counted(reading, replace(query, by=Dimension.PLACE))
        return _grouped(places, lambda place: [place.rpartition(".")[0]])
    if query.filters:
        return filtered_tables(reading, query.period, query.filters)[query.by]
    return sums(reading, query.by, query.period)


def _grouped(
    counted: Mapping[str, Counts], groups_of: Callable[[str], Sequence[str]]
) -> Mapping[str, Counts]:
    grouped: dict[str, Counts] = {}
    for value, counts in counted.items():
        for group in groups_of(value):
            grouped[group] = grouped.get(group, Counts()) + counts
    return grouped


def sums(reading: Reading, dimension: Dimension, period: Period) -> Mapping[str, Counts]:
    """Return the counts of each value that was clicked or seen in a period."""

    def read(days: Period) -> Mapping[str, Counts]:
        return totals.sums(reading.connection, dimension, days)

    def sum_up() -> Mapping[str, Counts]:
        return reading.summed(dimension, period, read, Counts.__add__)

    return reading.once(("sums", dimension, period), sum_up)


def days_of(
    reading: Reading, dimension: Dimension, values: Sequence[str], period: Period
) -> Mapping[str, tuple[int, ...]]:
    """Return readers' clicks on each day of a period of some values; no clicks, no entry."""
    return reading.kept(
        (dimension, tuple(values)),
        period,
        lambda days: totals.days_of(reading.connection, dimension, values, days),
    )


def filtered_tables(reading: Reading, period: Period, filters: Filters) -> Tables:
    """Return by each dimension the values of matching clicks.

    They are of the newest `rows.NEWEST` of the last day, and, if these are fewer, of as many of the
    days before.
    """
    *before, last = period
    what = frozenset(filters.items())
    newest = reading.once(
        (what, last), lambda: rows.filtered(reading.connection, Period(last, last), filters)
    )
    if not before or _covered(newest) >= rows.NEWEST:
        return newest
    ended = reading.kept(
        what,
        Period(before[0], before[-1]),
        lambda days: rows.filtered(reading.connection, days, filters),
    )
    together = {}
    for dimension, of_last in newest.items():
        counted = {**ended[dimension]}
        for value, counts in of_last.items():
            counted[value] = counted.get(value, Counts()) + counts
        together[dimension] = counted
    return together


def _covered(tables: Tables) -> int:
    """Return how many clicks tables are of, bots' included: each has a device."""
    return _all_clicks(tables[Dimension.DEVICE].values())


def _all_clicks(counts: Iterable[Counts]) -> int:
    return sum(one.clicks + one.bots for one in counts)


# The curves.


def curves(reading: Reading, query: Query) -> tuple[Curve, Curve]:
    """Return the curves of a period and of the one it is compared with, by default that before.

    They are of all clicks, or of those that match the filters.
    """
    compared = query.compared or query.period.before
    if len(query.filters) > 1:
        counts = _matching_days(reading, {*query.period, *compared}, query.filters)
        now = tuple(counts.get(day, Counts()) for day in query.period)
        before = tuple(counts.get(day, Counts()) for day in compared)
        return Curve(query.period, now), Curve(compared, before)
    dimension, value = next(iter(query.filters.items()), (Dimension.ALL, ""))
    return reading.once(
        (dimension, value, query.period, compared),
        lambda: totals.curves(
            reading.connection, query.period, dimension, value, compared=compared
        ),
    )


# Of a year's 10 million clicks, those of phones without a referrer took SQLite 355 ms to count over
# 30 days and the 30 before; with the days that are over kept, a further click takes 10 ms.

_THREADS = 4
# Fewer clicks than these are counted before other connections have begun to.
_FEWEST = 200_000


def _matching_days(
    reading: Reading, days: Iterable[date], filters: Filters
) -> Mapping[date, Counts]:
    """Return the counts of the matching clicks of days, each kept with the number of its day."""
    what = "days", frozenset(filters.items())
    cache = reading.cache
    kept: Mapping[date, tuple[int, Counts]] = (cache.last(what) if cache else None) or {}
    wanted = sorted(days)
    counts = {}
    missing = []
    numbers = dict(reading.numbers(Period(wanted[0], wanted[-1])))
    for day in wanted:
        if day in numbers:
            number, of_day = kept.get(day, (None, Counts()))
            if number == numbers[day]:
                counts[day] = of_day
            else:
                missing.append(day)
    if missing:
        counts.update(_count_days(reading, missing, filters))
        added = {day: (numbers[day], counts[day]) for day in missing}
        if cache:
            cache.keep(what, None, {**kept, **added})
    return counts


def _count_days(reading: Reading, days: Sequence[date], filters: Filters) -> Mapping[date, Counts]:
    """Count the matching clicks of each day, on several connections where there are many.

    Those see what was committed meanwhile, too: it is no older than the day's number.
    """
    connection = reading.connection
    threads = min(_THREADS, os.cpu_count() or 1, len(days))
    if threads == 1 or totals.clicks_on(connection, days) < _FEWEST:
        return rows.filtered_days(connection, days, filters)

    def count(some: Sequence[date]) -> Mapping[date, Counts]:
        with connection.engine.connect() as another:
            return rows.filtered_days(another, some, filters)

    counts: dict[date, Counts] = {}
    with ThreadPoolExecutor(threads) as pool:
        for part in pool.map(count, (days[first::threads] for first in range(threads))):
            counts.update(part)
    return counts


# What the values of tables are compared with.


def clicks_before(
    reading: Reading,
    query: Query,
    values: Mapping[Dimension, Sequence[str]],
    *,
    is_cut: bool,
) -> Mapping[Dimension, Mapping[str, int]] | None:
    """Return the clicks of some values in what is compared with; `None` if some are gone.

    Where the last day `is_cut`, what came after this time of day is left out: today isn't over
    either.
    """
    days = query.compared
    if days is None:
        return None
    clicks: dict[Dimension, Mapping[str, int]] = {}
    if query.filters:
        tables = filtered_tables(reading, days, query.filters)
        _, before = curves(reading, query)
        if _covered(tables) < _all_clicks(before.days):
            return None
        for dimension in values:
            clicks[dimension] = {value: n.clicks for value, n in tables[dimension].items()}
    else:
        for dimension, some in values.items():
            clicks[dimension] = totals.clicks_of(reading.connection, dimension, some, days)
    of_values = {
        dimension: {value: clicks[dimension].get(value, 0) for value in some}
        for dimension, some in values.items()
    }
    return without_late(reading, query, of_values) if is_cut else of_values


# A database takes no more values in a query than some 32,000.
_MOST_VALUES = 10_000


def without_late(
    reading: Reading, query: Query, clicks: Mapping[Dimension, Mapping[str, int]]
) -> Mapping[Dimension, Mapping[str, int]]:
    """Return clicks of the compared days without those after this time of day on the last one."""
    last = (query.compared or query.period.before).until
    until = end_of_day(last, query)
    since = min(start_of_day(last, query.timezone) + (query.today_so_far or 0), until)
    early = {dimension: {**by_value} for dimension, by_value in clicks.items()}
    clicked = {
        dimension: [value for value in by_value if by_value[value]]
        for dimension, by_value in clicks.items()
    }
    most = max(map(len, clicked.values()), default=0)
    for first in range(0, most, _MOST_VALUES):
        some = {of: values[first : first + _MOST_VALUES] for of, values in clicked.items()}
        late = rows.span_clicks(reading.connection, since, until, query.filters, some)
        for dimension, by_value in late.items():
            for value, number in by_value.items():
                early[dimension][value] -= number
    return early


def end_of_day(day: date, query: Query) -> int:
    """Return when a day of a query's time zone ends, in milliseconds since 1970."""
    return start_of_day(day + timedelta(days=1), query.timezone)
