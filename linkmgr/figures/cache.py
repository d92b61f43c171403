"""Figures cached by their days' numbers: sums by value, days, and filtered ones.

A day's number goes up whenever its totals or rows change. 30 days of a year's 3.4 million totals
took SQLite 180 ms, 90 days 320 ms; the last day alone, to which clicks are added, takes 60 ms.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from heapq import nsmallest
from itertools import chain
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache
from sqlalchemy import Connection

from linkmgr.clicks.counts import Counts, Dimension, ViewCounts
from linkmgr.clicks.periods import Period
from linkmgr.figures import rows as filtered
from linkmgr.figures.rows import Filters, Tables
from linkmgr.figures.totals import Curve, DayNumbers, Ranked, day_numbers, days_of, order, sums
from linkmgr.figures.views import PlacedViews, views_of_placed_items

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class StampedCache(Generic[_Key, _Value]):
    """Keeps what was read last, each for as long as its stamp is the same; threads may ask."""

    def __init__(self, most: int) -> None:
        self._lock = Lock()
        self._kept: LRUCache[_Key, tuple[object, _Value]] = LRUCache(most)

    def get(self, key: _Key, stamp: object, read: Callable[[], _Value]) -> _Value:
        """Return what is kept of a key under a stamp, or else read it."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            kept = stamp, read()
            with self._lock:
                self._kept[key] = kept
        return kept[1]


# Figures of the clicks that match filters, by day.
#
# Of a year's 10 million clicks, those of phones without a referrer took SQLite 355 ms to count over
# 30 days and the 30 before; with the days that are over cached, a further click takes 10 ms.

# Filters whose days are cached: 730 days take 200 kB.
_MOST_DAYS_CACHED = 50
# Filters and periods whose values are: `filtered.NEWEST` clicks have some thousands, or 2 MB.
_MOST_TABLES_CACHED = 10

_THREADS = 4
# Fewer clicks than these are counted before other connections have begun to.
_FEWEST = 200_000


_Filtered = frozenset[tuple[Dimension, str]]

_Days = Mapping[date, tuple[int, Counts]]
"""The counts of days, each with the number that the day had."""


class FilteredCache:
    """Counts what matches filters; several threads may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._days: LRUCache[_Filtered, _Days] = LRUCache(_MOST_DAYS_CACHED)
        self._tables: StampedCache[object, Tables] = StampedCache(_MOST_TABLES_CACHED)

    def curves(
        self, connection: Connection, all_clicks: Sequence[Curve], filters: Filters
    ) -> tuple[Curve, ...]:
        """Return the curves of the matching clicks in the periods of the curves of all clicks."""
        numbers: dict[date, int] = {}
        clicks: dict[date, int] = {}
        for curve in all_clicks:
            numbers.update(day_numbers(connection, curve.period))
            for day, of_day in zip(curve.period, curve.days, strict=True):
                clicks[day] = of_day.clicks
        key = frozenset(filters.items())
        with self._lock:
            cached = self._days.get(key, {})
        missing = [day for day, number in numbers.items() if cached.get(day, (None,))[0] != number]
        many = sum(clicks[day] for day in missing) >= _FEWEST
        counted = _count(connection, missing, filters, threaded=many)
        with self._lock:
            self._days[key] = {**cached, **{day: (numbers[day], counted[day]) for day in missing}}
        counts = {**{day: number for day, (_, number) in cached.items()}, **counted}
        return tuple(
            Curve(curve.period, tuple(counts.get(day, Counts()) for day in curve.period))
            for curve in all_clicks
        )

    def tables(self, connection: Connection, period: Period, filters: Filters) -> Tables:
        """Return by each dimension the values of matching clicks, best first.

        They are of the newest `filtered.NEWEST` of the last day, and, if these are fewer, of as
        many of the days before.
        """
        *before, last = period
        newest = filtered.filtered(connection, Period(last, last), filters)
        if not before or _clicks(newest) >= filtered.NEWEST:
            return newest
        return _added(newest, self._ended(connection, Period(before[0], before[-1]), filters))

    def _ended(self, connection: Connection, period: Period, filters: Filters) -> Tables:
        return self._tables.get(
            (frozenset(filters.items()), period),
            day_numbers(connection, period),
            lambda: filtered.filtered(connection, period, filters),
        )


def _count(
    connection: Connection, days: Sequence[date], filters: Filters, *, threaded: bool
) -> dict[date, Counts]:
    """Count the matching clicks of each day, on several connections where there are many.

    Those see what was committed meanwhile, too: it is no older than the day's number.
    """
    threads = min(_THREADS, os.cpu_count() or 1, len(days)) if threaded else 1
    if threads < 2:  # noqa: PLR2004 - one would only wait
        return filtered.filtered_days(connection, days, filters) if days else {}

    def count(some: Sequence[date]) -> dict[date, Counts]:
        with connection.engine.connect() as another:
            return filtered.filtered_days(another, some, filters)

    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(count, (days[first::threads] for first in range(threads)))
        return dict(chain.from_iterable(part.items() for part in parts))


def _clicks(tables: Tables) -> int:
    counts = [row.counts for row in tables[Dimension.DEVICE]]
    return sum(each.clicks + each.bots for each in counts)


def _added(newest: Tables, ended: Tables) -> Tables:
    return {dimension: _sum(rows, ended[dimension]) for dimension, rows in newest.items()}


def _sum(rows: tuple[Ranked, ...], more: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    counts = {row.value: row.counts for row in more}
    counts.update((row.value, counts.get(row.value, Counts()) + row.counts) for row in rows)
    return tuple(Ranked(value, number) for value, number in sorted(counts.items(), key=order))


# Sums of one dimension over some days, and the days of some values.

# Those of the periods that can be picked, and some more. Those of 10,000 posts take 2 MB.
_MOST_SUMS_CACHED = 30
# The pages of lists that were last looked at: 50 rows of two months take 50 kB.
_MOST_PAGES_CACHED = 50
# The last 30 days without the last one, and that alone: some thousands of items at some places take
# 2 MB.
_MOST_SEEN_CACHED = 4

_Page = tuple[Dimension, Period, tuple[str, ...]]


class FigureCache:
    """Ranks values; several threads may ask. `filtered` has those of clicks that match filters."""

    def __init__(self) -> None:
        self.filtered = FilteredCache()
        self._sums: StampedCache[tuple[Dimension, Period], Mapping[str, Counts]]
        self._sums = StampedCache(_MOST_SUMS_CACHED)
        self._days: StampedCache[_Page, Mapping[str, tuple[int, ...]]]
        self._days = StampedCache(_MOST_PAGES_CACHED)
        self._seen: StampedCache[Period, PlacedViews]
        self._seen = StampedCache(_MOST_SEEN_CACHED)

    def top(
        self, connection: Connection, dimension: Dimension, period: Period, limit: int | None = None
    ) -> tuple[Ranked, ...]:
        """Return what `figures.top` does."""
        rows = self.sums(connection, dimension, period).items()
        best = sorted(rows, key=order) if limit is None else nsmallest(limit, rows, key=order)
        return tuple(Ranked(value, counts) for value, counts in best)

    def sums(
        self, connection: Connection, dimension: Dimension, period: Period
    ) -> Mapping[str, Counts]:
        """Return the counts of each value, as `figures.sums` does."""

        def read(part: Period, numbers: DayNumbers) -> Mapping[str, Counts]:
            return self._sums.get(
                (dimension, part), numbers, lambda: sums(connection, dimension, part)
            )

        return _with_last_day(connection, period, read, Counts.__add__)

    def days_of(
        self,
        connection: Connection,
        dimension: Dimension,
        values: Sequence[str],
        before: Period,
        now: Period,
    ) -> Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """Return the clicks of some values on each day of two periods, by one query."""
        whole = Period(before.since, now.until)
        clicks = self._days.get(
            (dimension, whole, tuple(values)),
            day_numbers(connection, whole),
            lambda: days_of(connection, dimension, values, whole),
        )
        then, since = len(before), -len(now)
        return {value: (days[:then], days[since:]) for value, days in clicks.items()}

    def seen(self, connection: Connection, period: Period) -> PlacedViews:
        """Return what was seen of each item at each place in a period."""

        def read(part: Period, numbers: DayNumbers) -> PlacedViews:
            return self._seen.get(part, numbers, lambda: views_of_placed_items(connection, part))

        return _with_last_day(connection, period, read, ViewCounts.plus)


def _with_last_day(
    connection: Connection,
    period: Period,
    read: Callable[[Period, DayNumbers], Mapping[_Key, _Value]],
    add: Callable[[_Value, _Value], _Value],
) -> Mapping[_Key, _Value]:
    """Return what is read of days, the last one apart: the others seldom change."""
    *before, last = period
    numbers = day_numbers(connection, period)
    latest = read(Period(last, last), tuple(day for day in numbers if day[0] == last))
    if not before:
        return latest
    ended = tuple(day for day in numbers if day[0] != last)
    earlier = read(Period(before[0], before[-1]), ended)
    added = {key: add(earlier[key], new) if key in earlier else new for key, new in latest.items()}
    return {**earlier, **added}
