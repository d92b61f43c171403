"""Which clicks and views count, their rows, and what they add to the totals."""

import struct
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import compress, islice
from operator import not_
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from linkmgr.clicks.line import Clicks
from linkmgr.clicks.reports import Report
from linkmgr.store.clicks.limits import (
    DAILY_VIEWS,
    CardinalityLimit,
    ClickDeduplicator,
    DailyCap,
    LoadLog,
    OwnNames,
    Shown,
    Span,
    VariantVisits,
    ViewLimits,
    clicks_of_visitors,
)
from linkmgr.store.clicks.totals import DayTotals, DayViews, ViewRows
from linkmgr.store.clicks.writes import Row, add_clicks, add_totals, add_views
from linkmgr.store.db.models import ClickRow
from linkmgr.store.figures.views import ViewCounts


class Loaded(NamedTuple):
    """What became of the lines that were read: of `counted` clicks some are `folded`.

    `reports` are those of readers, with `views` and clicks on views that counted, and others that
    were past a visitor's daily cap: `capped_views`.
    """

    read: int = 0
    counted: int = 0
    bots: int = 0
    repeated: int = 0
    folded: int = 0
    damaged: int = 0
    capped: int = 0
    reports: int = 0
    views: int = 0
    capped_views: int = 0

    def plus(self, other: Self) -> Self:
        """Return the sums of both."""
        return type(self)(*map(sum, zip(self, other, strict=True)))


class ClickCounter:
    """Decides which clicks and views count, by what it remembers of earlier ones, and writes them.

    Rows of clicks are written as they come, those of views and of totals once at the end of a
    transaction. After a rollback it remembers too much, and a new one is needed.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        daily_clicks: int,
        new_names: int,
        own: OwnNames,
        shown: Callable[[], Collection[Shown]],
    ) -> None:
        self._zone = zone
        self._repeats = ClickDeduplicator()
        self._log = LoadLog()
        self._written: Span | None = None
        self._cap = DailyCap(daily_clicks, partial(clicks_of_visitors, zone.key))
        # Who saw what is in no database: after a start each view may count as often again.
        self._view_cap = DailyCap(DAILY_VIEWS, lambda *_: ())
        self._view_limits = ViewLimits(shown)
        self._variant_visits = VariantVisits()
        self._posts = CardinalityLimit("post", new_names, own.posts)
        self._referrers = CardinalityLimit("referrer", new_names)
        self._campaigns = CardinalityLimit("campaign", new_names, own.campaigns)
        self._totals: dict[date, DayTotals] = {}
        self._views: dict[date, ViewRows] = {}

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
            loaded = loaded.plus(self._add_day(connection, day, clicks.part(first, end), known))
        if loaded.counted or loaded.bots:
            self._extend(Span(clicks.time[0], clicks.time[-1]))
        return loaded

    def add_views(self, connection: Connection, reports: Sequence[Report]) -> Loaded:
        """Take in what readers saw, in whatever order; bots have no views."""
        of_days: dict[date, list[Report]] = {}
        for report in reports:
            if not report.bot:
                of_days.setdefault(day_of(report.time, self._zone), []).append(report)
        loaded = Loaded(read=len(reports), reports=sum(map(len, of_days.values())))
        for day, of_day in of_days.items():
            loaded = loaded.plus(self._add_views(connection, day, of_day))
        return loaded

    def _add_views(self, connection: Connection, day: date, reports: Sequence[Report]) -> Loaded:
        """Take in the views of a day that are within the visitors' caps.

        A view and its click count together, or neither does.
        """
        posts = self._posts.buckets(connection, [report.post for report in reports], day)
        pairs = [(of.visitor, seen.item) for of in reports for seen in of.seen]
        exceeded = self._view_cap.exceeded(connection, day, pairs)
        found, views, capped = DayViews(), 0, 0
        for report, post in zip(reports, posts, strict=True):
            is_past = [*islice(exceeded, len(report.seen))]
            counting = [*compress(report.seen, map(not_, is_past))]
            found.add(post, counting)
            for name, counts in self._variant_visits.count(day, report.visitor, counting).items():
                found.add_to_variant(name, counts)
            views += sum(seen.views for seen in counting)
            capped += sum(is_past)
        if found.placements:
            self._limit_views(connection, day, found)
            self._totals.setdefault(day, DayTotals(day)).add_views(found)
        return Loaded(views=views, capped_views=capped)

    def _limit_views(self, connection: Connection, day: date, found: DayViews) -> None:
        """Add views to a day's rows, of which it has only so many.

        What is found is then as it counts.
        """
        rows = self._views.setdefault(day, {})
        for key, counts, row in self._view_limits.take(connection, day, found.placements):
            found.placements[key] = counts
            rows[row] = rows.get(row, ViewCounts()).plus(counts)

    def _extend(self, span: Span) -> None:
        before = self._written or span
        self._written = Span(min(before.first, span.first), max(before.last, span.last))

    def finish(self, connection: Connection) -> None:
        """Write what the transaction adds to totals and rows of views, and tell other loaders."""
        totals, self._totals = self._totals, {}
        views, self._views = self._views, {}
        for day in sorted(totals):
            add_totals(connection, totals[day])
        for day in sorted(views):
            add_views(connection, day, views[day])
        if self._written:
            self._log.write(connection, self._written)
            self._written = None

    def _add_day(
        self, connection: Connection, day: date, clicks: Clicks, known: Collection[str]
    ) -> Loaded:
        """Write the clicks of one day that count, and return what became of all.

        Each list has a value for each click: `is_new`, `by_reader`, `by_bot` and `counts`.
        """
        stored = self._limit_names(connection, day, clicks)
        visitors = _signed(stored.visitor)

        is_new = self._find_new(stored, visitors, known)
        by_reader = [new and not bot for new, bot in zip(is_new, stored.bot, strict=True)]
        by_bot = [new and bot != "" for new, bot in zip(is_new, stored.bot, strict=True)]
        within_cap = self._cap_daily(connection, day, stored, visitors, by_reader)
        counts = [reader or bot for reader, bot in zip(within_cap, by_bot, strict=True)]

        if any(counts):
            rows = _rows(stored, visitors)
            add_clicks(connection, rows if all(counts) else compress(rows, counts))
            of_day = self._totals.setdefault(day, DayTotals(day))
            of_day.add(stored, visitors, within_cap, by_bot)
        return Loaded(
            read=len(counts),
            counted=sum(within_cap),
            bots=sum(by_bot),
            repeated=is_new.count(False),
            folded=_count_folded(clicks, stored, counts),
            capped=sum(by_reader) - sum(within_cap),
        )

    def _limit_names(self, connection: Connection, day: date, clicks: Clicks) -> Clicks:
        """Return the clicks with all names past the daily limit folded into one."""
        return clicks._replace(
            post=self._posts.buckets(connection, clicks.post, day),
            referrer=self._referrers.buckets(connection, clicks.referrer, day),
            campaign=self._campaigns.buckets(connection, clicks.campaign, day),
        )

    def _find_new(
        self, clicks: Clicks, visitors: Sequence[int], known: Collection[str]
    ) -> list[bool]:
        """Return for each click whether it is neither a repetition nor in the database already."""
        places = zip(
            visitors, clicks.item, clicks.post, clicks.block, clicks.rank, clicks.shop, strict=True
        )
        is_new = [not repeated for repeated in self._repeats.repeated(places, clicks.time)]
        if known:
            is_new = [new and id_ not in known for new, id_ in zip(is_new, clicks.id, strict=True)]
        return is_new

    def _cap_daily(
        self,
        connection: Connection,
        day: date,
        clicks: Clicks,
        visitors: Sequence[int],
        by_reader: list[bool],
    ) -> list[bool]:
        """Return for each click whether it is a reader's and within the daily cap."""
        pairs = compress(zip(visitors, clicks.item, strict=True), by_reader)
        exceeded = list(self._cap.exceeded(connection, day, pairs))
        if not any(exceeded):
            return by_reader
        of_readers = iter(exceeded)
        return [reader and not next(of_readers) for reader in by_reader]


def rows_of(clicks: Clicks) -> Iterator[Row]:
    """Return the rows of clicks that all count."""
    return _rows(clicks, _signed(clicks.visitor))


def _rows(clicks: Clicks, visitors: Sequence[int]) -> Iterator[Row]:
    columns: Mapping[str, Sequence[str | int]] = {**clicks._asdict(), "visitor": visitors}
    return zip(*columns.values(), strict=True)


def totals_of(day: date, clicks: Clicks) -> DayTotals:
    """Return what clicks of a day, which all count, add to its totals."""
    totals = DayTotals(day)
    by_reader, by_bot = [not bot for bot in clicks.bot], [bot != "" for bot in clicks.bot]
    totals.add(clicks, _signed(clicks.visitor), by_reader, by_bot)
    return totals


def known_ids(connection: Connection, clicks: Sequence[str]) -> set[str]:
    """Return the ids of clicks that have a row already."""
    known: set[str] = set()
    for first in range(0, len(clicks), _ASKED):
        ids = clicks[first : first + _ASKED]
        found = connection.scalars(select(ClickRow.id).where(ClickRow.id.in_(ids)))
        known.update(each.replace("-", "") for each in found)  # as PostgreSQL writes them
    return known


def _count_folded(clicks: Clicks, stored: Clicks, counts: Sequence[bool]) -> int:
    """Return how many of the clicks that count have a name that was folded."""
    changed = [
        (before, after) for before, after in zip(clicks, stored, strict=True) if before is not after
    ]
    if not changed:
        return 0
    return sum(
        any(before[place] != after[place] for before, after in changed)
        for place, is_counted in enumerate(counts)
        if is_counted
    )


# The number of ids asked for in one query.
_ASKED = 5_000

# Wherever on earth, a new day begins on a quarter of an hour.
_SECONDS = 15 * 60
_QUARTER = _SECONDS * 1000


def _days(times: Sequence[int], zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """Split ascending times into days of a time zone: yield a day, its first index and its end."""
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
    """Return the visitors' 64 bits as signed numbers, as the databases have them."""
    return struct.unpack(f">{len(visitors)}q", bytes.fromhex("".join(visitors)))
