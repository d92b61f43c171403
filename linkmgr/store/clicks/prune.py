"""Forgetting single clicks, and where things were seen, after a time; their totals stay."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, select, text

from linkmgr.store.db.engine import PATIENCE, change_tables, time_of, writing
from linkmgr.store.db.models import ClickRow, Seen, ViewRow, key_of_day
from linkmgr.store.db.partitions import partitions

# Rows deleted in one transaction: the loader waits for less than a second.
_STEP = 10_000

# Into how many parts `seen` is cut: a million visitors of a day then are some 4,000 rows a part.
_PARTS = 1 << 8

# A machine that could not reach the database loads its clicks later, and only for a day still in
# `seen` do their visitors not count as new. Two weeks are an owner's holiday.
_LATEST_DAYS = 14

# How long (seconds) a clock must have run right before clicks are deleted by it, and by how much it
# may be set meanwhile: NTP makes up for less than two seconds an hour unless it sets the clock.
_PROBATION = 3600.0
_TOLERANCE = 60.0

_log = logging.getLogger(__name__)


class ProvenClock:
    """This machine's clock, once it is trusted enough to delete data by it.

    After a start, or after a change of its time by even seconds, it is not trusted until it has
    advanced for an hour just as the monotonic clock has, which nobody can set.
    """

    def __init__(self) -> None:
        self._offset = float("inf")
        self._since = time.monotonic()

    def today(self) -> date | None:
        """Return the day in UTC, `None` while the clock is not believed; must be polled."""
        wall, monotonic = time.time(), time.monotonic()
        proven = monotonic - self._since >= _PROBATION
        if abs(wall - monotonic - self._offset) > _TOLERANCE:
            if proven:
                _log.warning(
                    "the clock was set: old clicks are deleted once it is right for an hour"
                )
            self._offset, self._since = wall - monotonic, monotonic
            return None
        return datetime.fromtimestamp(wall, UTC).date() if proven else None


class Pruned(NamedTuple):
    """What was deleted: whole months, each at once, single clicks besides, and rows of views."""

    months: int = 0
    clicks: int = 0
    views: int = 0


def first_kept(engine: Engine, keep_days: int, today: date) -> date:
    """Return the first day whose clicks `prune` keeps."""
    return _believed(engine, today) - timedelta(days=keep_days)


def _believed(engine: Engine, today: date) -> date:
    """Return the earlier of a machine's day and PostgreSQL's."""
    with engine.connect() as connection:
        return min(today, time_of(connection).date())


def count_before(engine: Engine, first: date) -> int:
    """Return how many clicks `prune` deletes if `first` is the first day that it keeps."""
    older = select(func.count()).select_from(ClickRow).where(ClickRow.id < key_of_day(first, "UTC"))
    with engine.connect() as connection:
        return connection.scalar(older) or 0


def prune(engine: Engine, keep_days: int, today: date, *, patience: float = PATIENCE) -> Pruned:
    """Delete what is from before the last `keep_days` days, and who was seen weeks ago.

    A machine whose clock is fast deletes only what is old by PostgreSQL's clock, too. Raise
    TablesInUse if a month could not be dropped within `patience` seconds, and no single click is
    deleted then.
    """
    today = _believed(engine, today)
    forget_visitors(engine, today)
    first = today - timedelta(days=keep_days)
    pruned = prune_clicks(engine, first, patience=patience)
    return pruned._replace(views=_delete_views(engine, first))


def prune_clicks(engine: Engine, first: date, *, patience: float = PATIENCE) -> Pruned:
    """Delete the clicks, which is the first part of `prune`."""
    before = key_of_day(first, "UTC")
    return Pruned(_drop_months(engine, before, patience), _delete_clicks(engine, before))


def _drop_months(engine: Engine, before: str, patience: float) -> int:
    with engine.connect() as connection:
        over = [each.name for each in partitions(connection) if each.until <= before]
    for name in over:
        change_tables(
            engine,
            lambda connection: connection.execute(text(f'DROP TABLE IF EXISTS "{name}"')),  # noqa: B023
            patience=patience,
        )
    return len(over)


def _delete_clicks(engine: Engine, before: str) -> int:
    # Not the keys of a query: PostgreSQL does not know which tables these are in, and reads all.
    after_step = select(ClickRow.id).where(ClickRow.id < before).order_by(ClickRow.id)
    deleted, last = 0, ""
    while last != before:
        with writing(engine) as connection:
            last = connection.scalar(after_step.offset(_STEP).limit(1)) or before
            deleted += connection.execute(delete(ClickRow).where(ClickRow.id < last)).rowcount
    return deleted


def _delete_views(engine: Engine, first: date) -> int:
    """Delete the rows of views from before a day, one day at a time: each has some thousands."""
    deleted = 0
    while True:
        with writing(engine) as connection:
            oldest = connection.scalar(select(func.min(ViewRow.day)))
            if oldest is None or oldest >= first:
                return deleted
            deleted += connection.execute(delete(ViewRow).where(ViewRow.day == oldest)).rowcount


def forget_visitors(engine: Engine, today: date) -> None:
    """Delete what was seen weeks ago, a part of the keys at a time: they are spread evenly."""
    before = today - timedelta(days=_LATEST_DAYS)
    for first, last in _key_ranges():
        with writing(engine) as connection:
            connection.execute(delete(Seen).where(Seen.key.between(first, last), Seen.day < before))


def _key_ranges() -> Iterator[tuple[int, int]]:
    width = 2**64 // _PARTS
    for first in range(-(2**63), 2**63, width):
        yield first, first + width - 1
