"""Moving an instance's history to another database, and going on with a move that was ended.

Clicks go in pieces, some to a transaction: those whose sums are not the same in both databases are
copied, so that a move that goes on, or comes after one beside a running server, copies what the
target lacks. All other tables follow at once, while nobody writes to the source.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import starmap
from typing import cast

from sqlalchemy import Connection, Engine, Table, delete, text
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.builder.processes.progress import Track
from linkmgr.clicks.line import LAST_TIME
from linkmgr.fs.lock import locked
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.backup.database import restart_numbers
from linkmgr.store.db.engine import reason_of, shown_url, writing
from linkmgr.store.db.models import ClickRow
from linkmgr.store.db.partitions import make_partitions, months_of
from linkmgr.store.db.schema import check_all_known
from linkmgr.store.instance.folder import make_instance
from linkmgr.store.move import target as ends
from linkmgr.store.move.rows import add_rows, read_rows
from linkmgr.store.move.sums import PIECE_DIGITS, Pieces, own_tables, sums_of, sums_of_clicks
from linkmgr.store.move.target import TargetUsed

# What one transaction takes of the clicks, if no single piece has more.
_BATCH = 100_000

# A key's digits, and those of its time.
_KEY_DIGITS, _TIME_DIGITS = 32, 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_CLICKS = cast("Table", ClickRow.__table__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Clicks that are copied at once: those of keys from `first` to `last`, both included.

    `replaces` is whether the target has some of them, as of an hour that was not over then.
    """

    first: str
    last: str
    replaces: bool

    @property
    def condition(self) -> str:
        """Return which clicks these are, in SQL."""
        return f"id BETWEEN '{self.first}' AND '{self.last}'"


def move(settings: Settings, source: Engine, target: Engine, track: Track) -> Mapping[str, int]:
    """Copy all tables into an empty database, and compare them. Return the rows of each.

    While a server runs, only the clicks are copied that there are. Raise LinkmgrError then, and
    where anything else keeps the move from its end; moving again goes on with it.
    """
    check_all_known(source)
    with _telling_reason(target), ExitStack() as stack:
        stopped = _enter_worker_lock(settings, stack)
        try:
            ends.begin(target)
        except TargetUsed:
            if stopped and (rows := _rows_if_moved(source, target)):
                return rows
            raise
        if not stopped:
            with source.connect() as connection:
                clicks = _copy_clicks(connection, target, track)
            number = sum(piece.rows for piece in clicks.values())
            raise LinkmgrError(message("store.move-beside-server", clicks=number))
        with writing(source) as connection:
            return _finish(connection, target, track)


@contextmanager
def _telling_reason(target: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        why = {"url": shown_url(target), "reason": reason_of(error)}
        raise LinkmgrError(message("store.move-stopped", **why)) from error


def _enter_worker_lock(settings: Settings, stack: ExitStack) -> bool:
    """Keep background workers from loading; whether none is at it already."""
    make_instance(settings.instance)
    try:
        stack.enter_context(locked(settings.worker_lock, 0))
    except TimeoutError:
        return False
    return True


def _copy_clicks(source: Connection, target: Engine, track: Track) -> Pieces:
    """Have the target's clicks be the source's, and return the sums of these."""
    with target.connect() as connection:
        both = track((source, connection), message("store.move-comparing"), 2)
        wanted, found = map(sums_of_clicks, both)
    make_partitions(target, {month for piece in wanted for month in months_of(_day_of(piece))})
    batches = list(batches_of(wanted, found))
    for batch in track(batches, message("store.moving-clicks"), len(batches)):
        with writing(target) as connection:
            ends.check_unfinished(connection)
            if batch.replaces:
                connection.execute(delete(ClickRow).where(text(batch.condition)))
            add_rows(connection, _CLICKS, read_rows(source, _CLICKS, batch.condition))
    return wanted


def _day_of(piece: str) -> date:
    """Return on which day in UTC the clicks of a piece begin."""
    milliseconds = int(piece.ljust(_TIME_DIGITS, "0"), 16)
    return (_EPOCH + timedelta(milliseconds=min(milliseconds, LAST_TIME))).date()


def batches_of(wanted: Pieces, found: Pieces) -> Iterator[Batch]:
    """Yield the pieces that differ, those that follow each other as one batch."""
    some: list[str] = []
    for piece in sorted({*wanted, *found}):
        if wanted.get(piece) == found.get(piece):
            if some:
                yield _batch(some, found)
            some = []
            continue
        some.append(piece)
        if sum(wanted[each].rows for each in some if each in wanted) >= _BATCH:
            yield _batch(some, found)
            some = []
    if some:
        yield _batch(some, found)


def _batch(pieces: Sequence[str], found: Pieces) -> Batch:
    rest = _KEY_DIGITS - PIECE_DIGITS
    replaces = any(piece in found for piece in pieces)
    return Batch(pieces[0] + "0" * rest, pieces[-1] + "f" * rest, replaces)


def _finish(source: Connection, target: Engine, track: Track) -> Mapping[str, int]:
    """Copy all, compare it, and let servers use the target. Nobody writes to the source."""
    clicks = _copy_clicks(source, target, track)
    others = [table for table in own_tables(source) if table is not _CLICKS]
    with writing(target) as connection:
        ends.check_unfinished(connection)
        for table in track(others, message("store.moving-tables"), len(others)):
            add_rows(connection, table, read_rows(source, table))
            restart_numbers(connection, table.name)
        both = track(((source, clicks), (connection, None)), message("store.move-comparing"), 2)
        wanted, found = starmap(sums_of, both)
        if different := wanted.differing(found):
            raise LinkmgrError(message("store.move-differs", tables=different))
        ends.end(connection)
    if target.dialect.name == "postgresql":
        with target.begin() as connection:
            connection.execute(text("ANALYZE"))  # or the first figures would take their time
    return wanted.rows


def _rows_if_moved(source: Engine, target: Engine) -> Mapping[str, int] | None:
    """Return the rows of each table if the target has all, as where a move could not say so."""
    with source.connect() as here, target.connect() as there:
        wanted = sums_of(here)
        return None if wanted.differing(sums_of(there)) else wanted.rows
