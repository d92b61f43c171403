"""Figures cached while no click is added to their days: sums by value, days, and filtered ones.

Each click is in the totals of all clicks too: while those of some days are as they were, so are all
others. 30 days of a year's 3.4 million totals took SQLite 180 ms, 90 days 320 ms; the last day
alone, to which clicks are added, takes 60 ms.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from heapq import nsmallest
from itertools import chain
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from cachetools import LRUCache
from sqlalchemy import Connection

from linkmgr.store.db.models import key_of_day
from linkmgr.store.figures import filtered
from linkmgr.store.figures.figures import Counts, Curve, Dimension, Ranked, days_of, order, sums
from linkmgr.store.figures.filtered import Filters, Tables
from linkmgr.store.figures.periods import Period
from linkmgr.store.figures.views import PlacedViews, ViewCounts, views_of_placed_items

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


class _DayStamp(NamedTuple):
    """The clicks in a day's figures: how many there are in all, and the first that is stored.

    Adding a click changes the one, pruning the other.
    """

    all_clicks: Counts
    first: str


_Filtered = tuple[str, frozenset[tuple[Dimension, str]]]
"""A time zone and filters."""

_Days = Mapping[date, tuple[_DayStamp, Counts]]


class FilteredCache:
    """Counts what matches filters; several threads may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._days: LRUCache[_Filtered, _Days] = LRUCache(_MOST_DAYS_CACHED)
        self._tables: StampedCache[object, Tables] = StampedCache(_MOST_TABLES_CACHED)

    def curves(
        self, connection: Connection, all_clicks: Sequence[Curve], timezone: str, filters: Filters
    ) -> tuple[Curve, ...]:
        """Return the curves of the matching clicks in the periods of the curves of all clicks.

        Those must have been read before, through the same connection.
        """
        stamps = _stamps(connection, all_clicks, timezone)
        key = timezone, frozenset(filters.items())
        with self._lock:
            cached = self._days.get(key, {})
        missing = [
            day
            for day, stamp in stamps.items()
            if stamp.all_clicks != Counts() and cached.get(day, (None,))[0] != stamp
        ]
        clicks = sum(stamps[day].all_clicks.clicks for day in missing)
        found = _count(connection, missing, timezone, filters, threaded=clicks >= _FEWEST)
        with self._lock:
            self._days[key] = {**cached, **{day: (stamps[day], found[day]) for day in missing}}
        counts = {**{day: number for day, (_, number) in cached.items()}, **found}
        return tuple(
            Curve(curve.period, tuple(counts.get(day, Counts()) for day in curve.period))
            for curve in all_clicks
        )

    def tables(
        self, connection: Connection, all_clicks: Curve, timezone: str, filters: Filters
    ) -> Tables:
        """Return by each dimension the values of matching clicks, best first.

        They are of the newest `filtered.NEWEST` of the last day, and, if these are fewer, of as
        many of the days before. The curve of all clicks must have been read as for `curves`.
        """
        *before, last = all_clicks.period
        newest = filtered.filtered(connection, Period(last, last), timezone, filters)
        if not before or _clicks(newest) >= filtered.NEWEST:
            return newest
        ended = Curve(Period(before[0], before[-1]), all_clicks.days[:-1])
        return _added(newest, self._ended(connection, ended, timezone, filters))

    def _ended(
        self, connection: Connection, all_clicks: Curve, timezone: str, filters: Filters
    ) -> Tables:
        key = timezone, frozenset(filters.items()), all_clicks.period
        stamps = tuple(_stamps(connection, (all_clicks,), timezone).values())
        return self._tables.get(
            key,
            stamps,
            lambda: filtered.filtered(connection, all_clicks.period, timezone, filters),
        )


def _stamps(
    connection: Connection, all_clicks: Sequence[Curve], timezone: str
) -> dict[date, _DayStamp]:
    oldest = filtered.oldest_click(connection)
    return {
        day: _DayStamp(counts._replace(views=0, clicked=0), max(oldest, key_of_day(day, timezone)))
        for curve in all_clicks
        for day, counts in zip(curve.period, curve.days, strict=True)
    }


def _count(
    connection: Connection,
    days: Sequence[date],
    timezone: str,
    filters: Filters,
    *,
    threaded: bool,
) -> dict[date, Counts]:
    """Count the matching clicks of each day, on several connections where there are many.

    Those see what was committed meanwhile, too: it is no older than the day's stamp.
    """
    threads = min(_THREADS, os.cpu_count() or 1, len(days)) if threaded else 1
    if threads < 2:  # noqa: PLR2004 - one would only wait
        return filtered.filtered_days(connection, days, timezone, filters) if days else {}

    def count(some: Sequence[date]) -> dict[date, Counts]:
        with connection.engine.connect() as another:
            return filtered.filtered_days(another, some, timezone, filters)

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

_Stamp = tuple[Counts, ...]
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
        self, connection: Connection, dimension: Dimension, curve: Curve, limit: int | None = None
    ) -> tuple[Ranked, ...]:
        """Return what `figures.top` does for the period of the curve of all clicks.

        The curve must have been read before, through the same connection.
        """
        rows = self.sums(connection, dimension, curve).items()
        best = sorted(rows, key=order) if limit is None else nsmallest(limit, rows, key=order)
        return tuple(Ranked(value, counts) for value, counts in best)

    def sums(
        self, connection: Connection, dimension: Dimension, curve: Curve
    ) -> Mapping[str, Counts]:
        """Return the counts of each value, as `figures.sums` does."""
        return _with_last_day(
            curve,
            lambda period, stamp: self._sums.get(
                (dimension, period), stamp, lambda: sums(connection, dimension, period)
            ),
            Counts.__add__,
        )

    def days_of(
        self,
        connection: Connection,
        dimension: Dimension,
        values: Sequence[str],
        before: Curve,
        now: Curve,
    ) -> Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """Return the clicks of some values on each day of two periods, by one query.

        The curves must have been read before, through the same connection.
        """
        whole = Period(before.period.since, now.period.until)
        key, stamp = (dimension, whole, tuple(values)), (*before.days, *now.days)
        found = self._days.get(key, stamp, lambda: days_of(connection, dimension, values, whole))
        then, since = len(before.days), -len(now.days)
        return {value: (days[:then], days[since:]) for value, days in found.items()}

    def seen(self, connection: Connection, curve: Curve) -> PlacedViews:
        """Return what was seen of each item at each place in the period of a curve of all clicks.

        The curve must have been read before, through the same connection.
        """
        return _with_last_day(
            curve,
            lambda period, stamp: self._seen.get(
                period, stamp, lambda: views_of_placed_items(connection, period)
            ),
            ViewCounts.plus,
        )


def _with_last_day(
    curve: Curve,
    read: Callable[[Period, _Stamp], Mapping[_Key, _Value]],
    add: Callable[[_Value, _Value], _Value],
) -> Mapping[_Key, _Value]:
    """Return what is read of a curve's days, its last one apart: the others no longer change."""
    *before, last = curve.period
    found = read(Period(last, last), curve.days[-1:])
    if not before:
        return found
    earlier = read(Period(before[0], before[-1]), curve.days[:-1])
    of_last = {key: add(earlier[key], new) if key in earlier else new for key, new in found.items()}
    return {**earlier, **of_last}
