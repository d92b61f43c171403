"""Deleting the rows of clicks, and of views, after a time; their totals stay."""

import logging
import time
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    delete,
    exists,
    func,
    select,
    text,
    update,
)

from linkmgr.store.clicks.counting import note_pruning
from linkmgr.store.db.engine import PATIENCE, change_tables, time_of, writing
from linkmgr.store.db.models import ClickRow, CountedDay, ViewRow, key_at, keys_of_days
from linkmgr.store.db.partitions import Partition, partitions

# Rows deleted in one transaction: the loader waits for less than a second.
_STEP = 10_000

# How long (seconds) a clock must have run right before clicks are deleted by it, and by how much it
# may be set meanwhile: NTP makes up for less than two seconds an hour unless it sets the clock.
_PROBATION = 3600.0
_TOLERANCE = 60.0

_log = logging.getLogger(__name__)


class ProvenClock:
    """This machine's clock, once it is trusted for deleting data.

    After a start, or after a change of its time by even seconds, it is not trusted until it has
    advanced for an hour just as the monotonic clock has, which nobody can set.
    """

    def __init__(self) -> None:
        # By how many seconds it is ahead of the monotonic clock, and since when it has been so.
        self._offset = float("inf")
        self._unchanged_since = time.monotonic()

    def today(self) -> date | None:
        """Return the day in UTC, `None` while the clock is not trusted.

        Only when called does it notice that the clock was set.
        """
        wall, monotonic = time.time(), time.monotonic()
        offset = wall - monotonic
        is_proven = monotonic - self._unchanged_since >= _PROBATION
        if abs(offset - self._offset) > _TOLERANCE:
            if is_proven:
                _log.warning(
                    "the clock was set: old clicks are deleted once it is right for an hour"
                )
            self._offset = offset
            self._unchanged_since = monotonic
            return None
        return datetime.fromtimestamp(wall, UTC).date() if is_proven else None


class Pruned(NamedTuple):
    """What was deleted."""

    months: int = 0
    """Tables of a month's clicks, each dropped as a whole."""
    clicks: int = 0
    """Rows of clicks besides."""
    views: int = 0
    """Rows of views."""


def first_kept(engine: Engine, keep_days: int, today: date) -> date:
    """Return the first day whose clicks `prune` keeps: by PostgreSQL's clock, if that is behind."""
    with engine.connect() as connection:
        earlier = min(today, time_of(connection).date())
    return earlier - timedelta(days=keep_days)


def count_before(engine: Engine, first: date) -> int:
    """Return how many rows of clicks `prune` deletes if `first` is the first day that it keeps."""
    days = select(CountedDay.day).where(
        CountedDay.day < first, CountedDay.pruned | (CountedDay.loaded == CountedDay.counted)
    )
    rows = select(func.count()).select_from(ClickRow).where(*_are_of_days(days, first))
    with engine.connect() as connection:
        return connection.scalar(rows) or 0


def prune(engine: Engine, keep_days: int, today: date, *, patience: float = PATIENCE) -> Pruned:
    """Delete the rows of days before the last `keep_days`; their totals stay as they are.

    A machine whose clock is fast deletes only what is old by PostgreSQL's clock, too. Raise
    TablesInUse if a month could not be dropped within `patience` seconds, and no single click is
    deleted then.
    """
    first = first_kept(engine, keep_days, today)
    pruned = prune_clicks(engine, first, patience=patience)
    return pruned._replace(views=_delete_views(engine, first))


def prune_clicks(engine: Engine, first: date, *, patience: float = PATIENCE) -> Pruned:
    """Delete the rows of clicks, which is the first part of `prune`.

    From the transaction on that deletes the first of them, their days are not counted again.
    """
    months = _drop_months(engine, first, patience)
    return Pruned(months, clicks=_delete_clicks(engine, first))


def _drop_months(engine: Engine, first: date, patience: float) -> int:
    """Drop the months whose days are all over, in every time zone, and counted."""
    end, _ = keys_of_days(first, first)
    with engine.connect() as connection:
        past = [month for month in partitions(connection) if month.until <= end]
    dropped = 0
    for month in past:
        if change_tables(engine, partial(_drop_month, month, first), patience=patience):
            dropped += 1
    return dropped


def _drop_month(month: Partition, first: date, connection: Connection) -> bool:
    """Drop a month unless it has rows that stay; return whether it was dropped."""
    note_pruning(connection, first)
    if connection.scalar(select(func.to_regclass(month.name))) is None:
        return False  # another node was quicker
    # In some time zone its first clicks are of the day before, its last of the day after.
    first_day = _day_of_key(month.since) - timedelta(days=1)
    is_of_month = CountedDay.day.between(first_day, _day_of_key(month.until))
    if connection.scalar(select(exists().where(is_of_month, ~CountedDay.pruned))):
        return False
    connection.execute(text(f'DROP TABLE "{month.name}"'))
    return True


def _day_of_key(key: str) -> date:
    """Return the day in UTC of the time that a key begins with."""
    return datetime.fromtimestamp(int(key[:12], 16) / 1000, UTC).date()


def _delete_clicks(engine: Engine, first: date) -> int:
    """Delete rows in steps, for each of which a loader waits."""
    pruned = select(CountedDay.day).where(CountedDay.pruned, CountedDay.day < first)
    are_pruned = _are_of_days(pruned, first)
    deleted = 0
    days: list[date] = []
    begin: str | None = key_at(0)
    while begin:
        with writing(engine) as connection:
            days += note_pruning(connection, first)
            # A range of keys, since of a query's keys PostgreSQL does not know the tables.
            rows = ClickRow.id >= begin, *are_pruned
            after_step = select(ClickRow.id).where(*rows).order_by(ClickRow.id).offset(_STEP)
            end = connection.scalar(after_step.limit(1))
            step = delete(ClickRow).where(*rows)
            if end:
                step = step.where(ClickRow.id < end)
            deleted += connection.execute(step).rowcount
            begin = end
    with writing(engine) as connection:  # for caches that have read some meanwhile
        connection.execute(
            update(CountedDay).where(CountedDay.day.in_(days)).values(number=CountedDay.number + 1)
        )
    return deleted


def _are_of_days(days: Select[date], first: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of rows of clicks of some days, which all are before `first`."""
    _, end = keys_of_days(first - timedelta(days=1), first - timedelta(days=1))
    return ClickRow.id < end, ClickRow.day < first, ClickRow.day.in_(days)


def _delete_views(engine: Engine, first: date) -> int:
    """Delete the rows of views from before a day, one day at a time: each has some thousands."""
    deleted = 0
    while True:
        with writing(engine) as connection:
            oldest = connection.scalar(select(func.min(ViewRow.day)))
            if oldest is None or oldest >= first:
                return deleted
            deleted += connection.execute(delete(ViewRow).where(ViewRow.day == oldest)).rowcount
