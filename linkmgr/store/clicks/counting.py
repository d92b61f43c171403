"""Which clicks count, their rows, and what they add to the totals."""

import struct
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import compress
from operator import ne, not_
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from linkmgr.clicks.line import Clicks
from linkmgr.store.clicks.limits import (
    CardinalityLimit,
    ClickDeduplicator,
    DailyCap,
    LoadLog,
    OwnNames,
    Span,
)
from linkmgr.store.clicks.totals import DayTotals, Row, values_of
from linkmgr.store.clicks.writes import add_clicks, add_totals
from linkmgr.store.db.models import ClickRow


class Loaded(NamedTuple):
    """What became of the lines that were read: of `counted` clicks some are `folded`."""

    read: int = 0
    counted: int = 0
    bots: int = 0
    repeated: int = 0
    folded: int = 0
    damaged: int = 0
    capped: int = 0

    def plus(self, other: Self) -> Self:
        """Return what became of both."""
        return type(self)(*map(sum, zip(self, other, strict=True)))


class ClickCounter:
    """Writes the clicks that count, by what it remembers of earlier ones.

    Rows are written as they come, totals once for all of a transaction. One that is rolled back
    leaves a counter that knows too much.
    """

    def __init__(self, zone: ZoneInfo, daily_clicks: int, new_names: int, own: OwnNames) -> None:
        self._zone = zone
        self._repeats = ClickDeduplicator()
        self._log = LoadLog()
        self._written: Span | None = None
        self._cap = DailyCap(daily_clicks, zone.key)
        self._posts = CardinalityLimit("post", new_names, own.posts)
        self._referrers = CardinalityLimit("referrer", new_names)
        self._campaigns = CardinalityLimit("campaign", new_names, own.campaigns)
        self._totals: dict[date, DayTotals] = {}

    def catch_up(self, connection: Connection) -> None:
        """Begin a transaction: take note of what other loaders have written since the last one."""
        self._repeats.catch_up(self._log.read(connection))

    def add(self, connection: Connection, clicks: Clicks, known: Collection[str]) -> Loaded:
        """Write rows of those clicks, in the order of time, that count and are not `known`."""
        if not clicks.id:
            return Loaded()
        self._repeats.recall(connection, clicks.time[0], clicks.time[-1])
        loaded = Loaded()
        for day, first, end in _days(clicks.time, self._zone):
            loaded = loaded.plus(self._add(connection, day, clicks.part(first, end), known))
        if loaded.counted or loaded.bots:
            self._extend(Span(clicks.time[0], clicks.time[-1]))
        return loaded

    def _extend(self, span: Span) -> None:
        before = self._written or span
        self._written = Span(min(before.first, span.first), max(before.last, span.last))

    def finish(self, connection: Connection) -> None:
        """Write what the transaction's clicks add to the totals, and tell other loaders."""
        totals, self._totals = self._totals, {}
        for day in sorted(totals):
            add_totals(connection, totals[day], day)
        if self._written:
            self._log.write(connection, self._written)
            self._written = None

    def _add(
        self, connection: Connection, day: date, clicks: Clicks, known: Collection[str]
    ) -> Loaded:
        kept = clicks._replace(
            post=self._posts.buckets(connection, clicks.post, day),
            referrer=self._referrers.buckets(connection, clicks.referrer, day),
            campaign=self._campaigns.buckets(connection, clicks.campaign, day),
        )
        ids, times, items, posts, blocks, ranks, shops, _, _, _, bots, hashes, _ = kept
        visitors = _signed(hashes)
        places = zip(visitors, items, posts, blocks, ranks, shops, strict=True)
        counts = [*map(not_, self._repeats.repeated(places, times))]
        if known:
            counts = [count and id_ not in known for count, id_ in zip(counts, ids, strict=True)]
        single = sum(counts)
        by_reader = [count and not bot for count, bot in zip(counts, bots, strict=True)]
        pairs = compress(zip(visitors, items, strict=True), by_reader)
        exceeded = [*self._cap.exceeded(connection, day, pairs)]
        if any(exceeded):
            rest = iter(exceeded)
            by_reader = [reader and not next(rest) for reader in by_reader]
            counts = [
                reader or (count and bot != "")
                for reader, count, bot in zip(by_reader, counts, bots, strict=True)
            ]
        counted, readers = sum(counts), sum(by_reader)
        if counted:
            rows = _rows(kept, visitors)
            add_clicks(connection, rows if counted == len(ids) else compress(rows, counts))
            by_bot = [*map(ne, counts, by_reader)]
            of_day = self._totals.setdefault(day, DayTotals(day))
            for dimension, values in values_of(kept).items():
                of_day.add(dimension, values, visitors, by_reader, by_bot)
        return Loaded(
            read=len(ids),
            counted=readers,
            bots=counted - readers,
            repeated=len(ids) - single,
            folded=sum(compress(_folded(clicks, kept), counts)),
            capped=single - counted,
        )


def rows_of(clicks: Clicks) -> Iterator[Row]:
    """Return the rows of clicks that all count."""
    return _rows(clicks, _signed(clicks.visitor))


def _rows(clicks: Clicks, visitors: Sequence[int]) -> Iterator[Row]:
    return zip(*clicks[:-2], visitors, clicks.campaign, strict=True)


def totals_of(day: date, clicks: Clicks) -> DayTotals:
    """Return what clicks of a day, which all count, add to its totals."""
    totals, visitors = DayTotals(day), _signed(clicks.visitor)
    by_reader, by_bot = [not bot for bot in clicks.bot], [bool(bot) for bot in clicks.bot]
    for dimension, values in values_of(clicks).items():
        totals.add(dimension, values, visitors, by_reader, by_bot)
    return totals


def known_ids(connection: Connection, clicks: Sequence[str]) -> set[str]:
    """Return the ids of clicks that have a row already."""
    known: set[str] = set()
    for first in range(0, len(clicks), _ASKED):
        ids = clicks[first : first + _ASKED]
        found = connection.scalars(select(ClickRow.id).where(ClickRow.id.in_(ids)))
        known.update(each.replace("-", "") for each in found)  # as PostgreSQL writes them
    return known


def _folded(clicks: Clicks, kept: Clicks) -> Iterator[bool]:
    """Return for each click whether one of its names is kept as another; nothing if none is."""
    changed = [
        map(ne, before, after)
        for before, after in zip(clicks, kept, strict=True)
        if before is not after
    ]
    return map(any, zip(*changed, strict=True))


# The number of ids asked for in one query.
_ASKED = 5_000

# Wherever on earth, a new day begins on a quarter of an hour.
_SECONDS = 15 * 60
_QUARTER = _SECONDS * 1000


def _days(times: Sequence[int], zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """Yield the days in a time zone of times in their order, each with its first place and end."""
    first = end = 0
    day = day_of(times[0], zone)
    while end < len(times):
        quarter = times[end] // _QUARTER
        if (next_day := day_of(times[end], zone)) != day:
            yield day, first, end
            day, first = next_day, end
        end = bisect_left(times, (quarter + 1) * _QUARTER, end)
    yield day, first, end


def day_of(time: int, zone: ZoneInfo) -> date:
    """Return the day in a time zone of a time in milliseconds."""
    return datetime.fromtimestamp(time // 1000, UTC).astimezone(zone).date()


def _signed(visitors: Sequence[str]) -> Sequence[int]:
    """Return each one's 64 bits as the databases have them."""
    return struct.unpack(f">{len(visitors)}q", bytes.fromhex("".join(visitors)))
