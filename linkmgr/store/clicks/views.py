"""Adding what readers saw to the sums of a day, within limits that the loader remembers.

A view has no row by which it could be counted again, so all this is in the memory of one loader:
after a start, and beside another loader, a visitor's views may count as often once more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import NamedTuple, TypeVar

from cachetools import LRUCache
from sqlalchemy import Connection, select

from linkmgr.clicks.counts import Dimension, ViewCounts
from linkmgr.clicks.model import OTHER, OwnNames
from linkmgr.clicks.reports import Seen, ViewReport
from linkmgr.store.clicks.counting import note_views
from linkmgr.store.db.engine import insert_into
from linkmgr.store.db.models import ViewRow, ViewTotal

DAILY_VIEWS = 50
"""Placements of one item that count for one visitor on one day.

Each has a view, or a click whose view was reported before. A reader of many posts sees the item in
each of them.
"""

MOST_ROWS = 50_000
"""Rows of views that a day gets of the site's own posts, and as many of others.

Past them views are counted by item alone. Two million rows a year are 6,000 a day; this is a day on
which each of 10,000 posts was read.
"""

# The pairs of visitors and items, and of visitors and variants, that are remembered of a day, each
# about 100 bytes. Past that the earlier half is forgotten, and may count as often again.
_REMEMBERED = 500_000

# A backlog has reports of several days, each of which is read from the database when it comes up.
_DAYS = 3


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class ViewKey(NamedTuple):
    """An item at a place of a post, as a row of `views` has it beside the day."""

    item: str
    post: str
    block: str
    rank: int
    variant: str
    tracking: str


class LoadedViews(NamedTuple):
    """What became of the placements in reports."""

    views: int = 0
    """Views that counted."""
    capped: int = 0
    """Placements past a visitor's cap."""


@dataclass(slots=True)
class _DayOfViews:
    """What is remembered of a day."""

    by_visitor: dict[tuple[str, str], int] = field(default_factory=dict)
    """By visitor and item: how many placements have counted."""
    was_clicked: dict[int, bool] = field(default_factory=dict)
    """By a hash of a visitor and a test's variant: whether a click has counted, or a view alone."""
    unclicked: dict[int, int] = field(default_factory=dict)
    """By a hash of a row's key: how many of its views have no click yet."""
    own_rows: int = 0
    """Rows of the site's own posts."""
    other_rows: int = 0


class ViewCounter:
    """Counts views as one loader does, within its transactions; after a rollback make a new one."""

    def __init__(self, own: OwnNames) -> None:
        self._own = own
        self._days: LRUCache[date, _DayOfViews] = LRUCache(_DAYS)

    def add(self, connection: Connection, day: date, reports: Iterable[ViewReport]) -> LoadedViews:
        """Add the views of a day that are within the visitors' caps.

        A view and its click count together, or neither does.
        """
        memory = self._memory_of(connection, day)
        placements: dict[ViewKey, ViewCounts] = {}
        variants: dict[str, ViewCounts] = {}
        views = capped = 0
        for report in reports:
            for seen in report.seen:
                if not _count_for_visitor(memory, report.visitor, seen.item):
                    capped += 1
                    continue
                views += seen.views
                key = ViewKey(
                    seen.item, report.post, seen.block, seen.rank, seen.variant, seen.tracking
                )
                _add(placements, key, ViewCounts(seen.views, seen.clicked))
                if seen.variant:
                    name = f"{seen.item}/{seen.variant}"
                    counts = _counts_of_variant(memory, hash((report.visitor, name)), seen)
                    if counts.views or counts.clicked:
                        _add(variants, name, counts)
        if placements:
            self._write(connection, day, placements, variants)
        return LoadedViews(views, capped)

    def _write(
        self,
        connection: Connection,
        day: date,
        placements: dict[ViewKey, ViewCounts],
        variants: dict[str, ViewCounts],
    ) -> None:
        memory = self._memory_of(connection, day)
        rows: dict[ViewKey, ViewCounts] = {}
        totals: dict[tuple[Dimension, str], ViewCounts] = {}
        for key, counts in placements.items():
            row = self._row_of(memory, key)
            unclicked = memory.unclicked.get(hash(row), 0)
            # In a row of several placements nobody knows whose views have no click.
            earlier_views = unclicked if row == key else 0
            counted = _with_lost_views(counts, earlier_views)
            memory.unclicked[hash(row)] = unclicked + counted.views - counted.clicked
            _add(rows, row, counted)
            for total in _totals_of(row):
                _add(totals, total, counted)
        for variant, counts in variants.items():
            _add(totals, (Dimension.VARIANT, variant), counts)
        _add_to_rows(connection, day, rows)
        _add_to_totals(connection, day, totals)
        note_views(connection, [day])

    def _row_of(self, memory: _DayOfViews, key: ViewKey) -> ViewKey:
        """Return the row of a placement: its own while the day has it, or room for it."""
        if hash(key) in memory.unclicked:
            return key
        is_own = key.post in self._own.posts
        rows = memory.own_rows if is_own else memory.other_rows
        if rows >= MOST_ROWS:
            return ViewKey(key.item, OTHER, "", 0, "", "")
        if is_own:
            memory.own_rows += 1
        else:
            memory.other_rows += 1
        return key

    def _memory_of(self, connection: Connection, day: date) -> _DayOfViews:
        memory: _DayOfViews | None = self._days.get(day)
        if memory is None:
            memory = self._read_day(connection, day)
            self._days[day] = memory
        _forget_earlier(memory.by_visitor)
        _forget_earlier(memory.was_clicked)
        return memory

    def _read_day(self, connection: Connection, day: date) -> _DayOfViews:
        """Return what the rows of a day say; what its visitors have seen is stored nowhere."""
        memory = _DayOfViews()
        columns = [getattr(ViewRow, name) for name in ViewKey._fields]
        rows = select(*columns, ViewRow.views - ViewRow.clicked).where(ViewRow.day == day)
        for *values, unclicked in connection.execute(rows):
            key = ViewKey(*values)
            memory.unclicked[hash(key)] = unclicked
            if key.post in self._own.posts:
                memory.own_rows += 1
            else:
                memory.other_rows += 1
        return memory


def _forget_earlier(remembered: dict[_Key, _Value]) -> None:
    if len(remembered) > _REMEMBERED:
        for key in list(islice(remembered, _REMEMBERED // 2)):
            del remembered[key]


def _count_for_visitor(memory: _DayOfViews, visitor: str, item: str) -> bool:
    """Count one more placement of an item for a visitor; return `False` if the cap is reached."""
    counted = memory.by_visitor.get((visitor, item), 0)
    if counted >= DAILY_VIEWS:
        return False
    memory.by_visitor[visitor, item] = counted + 1
    return True


def _counts_of_variant(memory: _DayOfViews, visit: int, seen: Seen) -> ViewCounts:
    """Return what counts of a test's variant: one view and one clicked view of a visitor a day.

    One browser must not decide a test. A click counts its view as well if no report has brought it.
    `visit` is the hash of the visitor and the variant.
    """
    views = clicked = 0
    if visit not in memory.was_clicked:
        views = seen.clicked or seen.views - seen.repeated
    if not memory.was_clicked.get(visit):
        clicked = seen.clicked
    if views or clicked:
        memory.was_clicked[visit] = bool(clicked)
    return ViewCounts(views, clicked)


def _with_lost_views(counts: ViewCounts, earlier_views: int) -> ViewCounts:
    """Add the views of clicks that no report has brought: it was lost, or the click is forged.

    `earlier_views` are those without a click, which the clicks may be of.
    """
    return counts._replace(views=max(counts.views, counts.clicked - earlier_views))


def _add(sums: dict[_Key, ViewCounts], key: _Key, counts: ViewCounts) -> None:
    before = sums.get(key)
    sums[key] = before.plus(counts) if before else counts


def _totals_of(row: ViewKey) -> Sequence[tuple[Dimension, str]]:
    """Return the totals that a row adds to; those of variants have a limit of their own."""
    totals = [
        (Dimension.ALL, ""),
        (Dimension.ITEM, row.item),
        (Dimension.POST, row.post),
        (Dimension.PLACE, f"{row.block}.{row.rank}" if row.block else ""),
    ]
    if row.tracking:
        totals.append((Dimension.TRACKING, row.tracking))
    return totals


def _add_to_rows(connection: Connection, day: date, rows: dict[ViewKey, ViewCounts]) -> None:
    values = [
        {"day": day, **key._asdict(), **counts._asdict()} for key, counts in sorted(rows.items())
    ]
    add = insert_into(connection, ViewRow)
    sums = {
        "views": ViewRow.views + add.excluded.views,
        "clicked": ViewRow.clicked + add.excluded.clicked,
    }
    key_columns = ["day", *ViewKey._fields]
    connection.execute(add.on_conflict_do_update(index_elements=key_columns, set_=sums), values)


def _add_to_totals(
    connection: Connection, day: date, totals: dict[tuple[Dimension, str], ViewCounts]
) -> None:
    values = [
        {"dimension": dimension.value, "day": day, "value": value, **counts._asdict()}
        for (dimension, value), counts in sorted(totals.items())
    ]
    add = insert_into(connection, ViewTotal)
    sums = {
        "views": ViewTotal.views + add.excluded.views,
        "clicked": ViewTotal.clicked + add.excluded.clicked,
    }
    key_columns = ["dimension", "day", "value"]
    connection.execute(add.on_conflict_do_update(index_elements=key_columns, set_=sums), values)
