"""Figures kept in memory by their days' count numbers, for as long as these stay as they are.

A day's number goes up whenever its totals or rows change. 30 days of a year's 3.4 million totals
took SQLite 180 ms, 90 days 320 ms; the last day alone, to which clicks are added, takes 60 ms.
"""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar

from cachetools import LRUCache
from sqlalchemy import Connection

from linkmgr.clicks.periods import Period
from linkmgr.figures.totals import DayNumbers, day_numbers

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

# Sums of the periods that can be picked, pages of lists, filters that were used last: of 10,000
# posts the sums of a period take 2 MB.
_MOST_KEPT = 40


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
            value = read()
            self.keep(key, stamp, value)
            return value
        return kept[1]

    def last(self, key: _Key) -> _Value | None:
        """Return what was kept of a key under any stamp."""
        with self._lock:
            kept = self._kept.get(key)
        return kept[1] if kept else None

    def keep(self, key: _Key, stamp: object, value: _Value) -> None:
        """Keep a value under its key in place of the one before."""
        with self._lock:
            self._kept[key] = stamp, value


class FigureCache(StampedCache[Hashable, Any]):
    """What all requests of a process share."""

    def __init__(self) -> None:
        super().__init__(_MOST_KEPT)


class Reading:
    """A connection whose queries see one state, as a request or a command has it.

    The numbers of the days are read once, and so is whatever else is asked for `once`. A command,
    which asks a single time, has no cache.
    """

    def __init__(self, connection: Connection, cache: FigureCache | None = None) -> None:
        self.connection = connection
        self.cache = cache
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, read: Callable[[], _Value]) -> _Value:
        """Return what this reading knows of a key, or else read it."""
        if key not in self._known:
            self._known[key] = read()
        value: _Value = self._known[key]
        return value

    def numbers(self, period: Period) -> DayNumbers:
        """Return the days of a period that have figures, each with its number."""
        numbers = self.once("numbers", lambda: day_numbers(self.connection))
        return tuple((day, numbers[day]) for day in period if day in numbers)

    def kept(self, what: Hashable, period: Period, read: Callable[[Period], _Value]) -> _Value:
        """Return what is read of a period, for as long as its days' numbers are the same."""
        if self.cache is None:
            return read(period)
        value: _Value = self.cache.get((what, period), self.numbers(period), lambda: read(period))
        return value

    def summed(
        self,
        what: Hashable,
        period: Period,
        read: Callable[[Period], Mapping[_Key, _Value]],
        add: Callable[[_Value, _Value], _Value],
    ) -> Mapping[_Key, _Value]:
        """Return the sums of a period, its last day kept apart: the others seldom change."""
        if self.cache is None:
            return read(period)
        *before, last = period
        latest = self.kept(what, Period(last, last), read)
        if not before:
            return latest
        earlier = self.kept(what, Period(before[0], before[-1]), read)
        sums = {**earlier}
        for key, value in latest.items():
            sums[key] = add(earlier[key], value) if key in earlier else value
        return sums
