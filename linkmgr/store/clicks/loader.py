"""Loading the spool: rows of clicks, sums of views and the position reached, in one transaction.

What counts of the clicks is said later, by `linkmgr.store.clicks.counting`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import IntegrityError

from linkmgr.clicks.line import read_line
from linkmgr.clicks.model import Click, OwnNames
from linkmgr.clicks.reports import REPORT, ViewReport, read_report_line
from linkmgr.fs import identity
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store import spool as spool_files
from linkmgr.store.clicks.counting import note_rows
from linkmgr.store.clicks.views import ViewCounter
from linkmgr.store.db.engine import copying, raising_as_sqlalchemy, sqlite_file, upsert, writing
from linkmgr.store.db.models import NameColumn, RowKind, SpoolPosition, start_of_day
from linkmgr.store.db.schema import check_version, create_if_empty

if TYPE_CHECKING:
    import sqlite3

_Sizes = Mapping[str, int]
"""The size of each file of the spool, or a position in it."""

Row = tuple[str | int, ...]
"""The values of `COLUMNS`; the day as ISO, which both databases take."""

COLUMNS = ("id", "day", "kind", "own", "other", *Click._fields[1:])

# What one transaction takes, in bytes of all files together: some 8,000 clicks, a tenth of a second
# for which others wait. Three times as much took as long for each click.
_BATCH = 2**20

# How long (seconds) a brief load goes on with further transactions.
_BRIEF_SECONDS = 1.0

_NO_NAMES = OwnNames()


class Loaded(NamedTuple):
    """What became of the lines that were read."""

    read: int = 0
    damaged: int = 0
    stored: int = 0
    """New rows of clicks."""
    known: int = 0
    """Clicks that had their rows already."""
    late: int = 0
    """Of the new rows, those of days that are no longer counted, as older rows were deleted."""
    reports: int = 0
    views: int = 0
    """Views, and clicks on them, that counted."""
    capped_views: int = 0
    """Those past a visitor's cap."""

    def plus(self, more: Self) -> Self:
        """Return the sums of both."""
        return type(self)(*map(sum, zip(self, more, strict=True)))


@dataclass(slots=True)
class _Batch:
    """What one transaction loads."""

    read: int = 0
    damaged: int = 0
    rows: dict[date, list[Row]] = field(default_factory=dict)
    reports: dict[date, list[ViewReport]] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    """The position in each file once it is loaded."""


class Loader:
    """Loads a spool. Others may be loading it, too: each batch begins at the position it finds."""

    def __init__(
        self, engine: Engine, spool: Path, timezone: str, own: OwnNames = _NO_NAMES
    ) -> None:
        self._engine = engine
        self._spool = spool
        self._days = DayFinder(timezone)
        self._own = own
        self.positions = SpoolPositions(engine, spool)
        self._forget()

    def load(
        self, on_batch: Callable[[Loaded], None] = lambda _: None, *, brief: bool = False
    ) -> Loaded:
        """Load what is there now, and delete the files that are done; call `on_batch` each time.

        With `brief` it ends after a second. Raise OSError, SQLAlchemyError, or LinkmgrError if the
        tables are of another version; what was not loaded then waits where it was.
        """
        try:
            return self._load(on_batch, brief=brief)
        except BaseException:
            self.positions.distrust()
            self._forget()
            raise

    def _load(self, on_batch: Callable[[Loaded], None], *, brief: bool) -> Loaded:
        end = time.monotonic() + (_BRIEF_SECONDS if brief else float("inf"))
        sizes, positions = spool_files.spool_sizes(self._spool), self.positions
        loaded = Loaded()
        if not positions.still_right(sizes):
            self._forget()
        if positions.waits(sizes):
            positions.check_database()
            while positions.waits(sizes) and (step := self._load_batch(sizes)):
                loaded = loaded.plus(step)
                on_batch(step)
                positions.write_file()
                if time.monotonic() > end:
                    break
            positions.write_file()
        positions.delete_done(sizes)
        if loaded.read:
            positions.note_writing()
        return loaded

    def _forget(self) -> None:
        """Begin as after a start: what is remembered may differ from the database."""
        self.positions.forget()
        self._views = ViewCounter(self._own)

    def _load_batch(self, sizes: _Sizes) -> Loaded | None:
        """Load what one transaction takes; `None` if nothing is left."""
        with writing(self._engine) as connection:
            check_version(connection)  # of tables that may have been upgraded meanwhile
            if not self.positions.read(connection, sizes):
                self._views = ViewCounter(self._own)
            batch = self._read_batch(sizes)
            if not batch.reached:
                return None
            loaded = self._store(connection, batch)
            self.positions.write(connection, batch.reached)
        self.positions.advance(batch.reached)
        return loaded

    def _read_batch(self, sizes: _Sizes) -> _Batch:
        """Read on from the positions, file by file, the oldest first."""
        batch, left = _Batch(), _BATCH
        for name, size in sizes.items():
            position = self.positions[name]
            if left <= 0 or position >= size:
                continue
            length = min(max(left, spool_files.LONGEST_LINE), size - position)
            data = spool_files.read_lines(self._spool / name, position, length)
            if not data:
                continue
            for line in data.removesuffix(b"\n").split(b"\n"):
                self._take(batch, line)
            batch.reached[name] = position + len(data)
            left -= len(data)
        return batch

    def _take(self, batch: _Batch, line: bytes) -> None:
        """Put what a line says into the batch."""
        batch.read += 1
        if line.startswith(REPORT):
            if report := read_report_line(line):
                of_day = batch.reports.setdefault(self._days.day_of(report.time), [])
                of_day.append(report)
                return
        elif click := read_line(line):
            day = self._days.day_of(click.time)
            batch.rows.setdefault(day, []).append(row_of(click, day, self._own))
            return
        batch.damaged += 1

    def _store(self, connection: Connection, batch: _Batch) -> Loaded:
        stored = clicks = late = reports = views = capped = 0
        for day, rows in sorted(batch.rows.items()):
            added = add_rows(connection, rows)
            if added and not note_rows(connection, day):
                late += added
            stored += added
            clicks += len(rows)
        for day, of_day in sorted(batch.reports.items()):
            seen = self._views.add(connection, day, of_day)
            reports += len(of_day)
            views += seen.views
            capped += seen.capped
        return Loaded(
            read=batch.read,
            damaged=batch.damaged,
            stored=stored,
            known=clicks - stored,
            late=late,
            reports=reports,
            views=views,
            capped_views=capped,
        )


# For how long (seconds) the positions of files that are gone are known.
_KEPT_SECONDS = 14 * 24 * 3600

# Seconds between two checks that the database still has what was loaded into it.
_VERIFY_PAUSE = 10.0


class SpoolPositions:
    """The position in each file of the spool, as the database has it, and a watch on that database.

    `replaced` is set once positions are behind those that were reached: it is another database, or
    an older copy, and what the spool still has is loaded again.
    """

    def __init__(self, engine: Engine, spool: Path) -> None:
        self.replaced = False
        self._engine = engine
        self._spool = spool
        self._file = sqlite_file(engine)
        self._present: _Sizes = {}
        self._in_file: _Sizes = {}
        self._reached: _Sizes = spool_files.read_positions(spool)
        self._is_checked = False
        self._verified = float("-inf")
        self._written: tuple[int, int, int] | None = None

    def __getitem__(self, name: str) -> int:
        return self._present.get(name, 0)

    def forget(self) -> None:
        """Forget all positions, as after a start."""
        self._present = {}

    def distrust(self) -> None:
        """Have the tables checked before the next transaction."""
        self._is_checked = False

    def waits(self, sizes: _Sizes) -> bool:
        """Whether the files may have lines to load; asks no database."""
        return any(self[name] != size for name, size in sizes.items())

    def still_right(self, sizes: _Sizes) -> bool:
        """Whether the database still has these positions, which no transaction reads when idle.

        It is asked now and then, and SQLite's whenever its file has changed.
        """
        # Others write to SQLite's file, too, but seldom: the admin, and `linkmgr clicks`.
        written = self._file is not None and identity(self._file) != self._written
        late = time.monotonic() > self._verified + _VERIFY_PAUSE
        if not self._is_checked or not (written or late):
            return True
        self._verified = time.monotonic()
        if self._file and written:
            self._engine.dispose()  # its connections keep pages of the file as it was
            self._written = identity(self._file)
        if not self._has_file():
            self._is_checked = False
            return False
        with self._engine.connect() as connection:
            return self._are_those_of(_read_positions(connection, sizes), sizes)

    def check_database(self) -> None:
        """Make the tables if there are none. Raise OSError or SQLAlchemyError."""
        if not (self._is_checked and self._has_file()):
            create_if_empty(self._engine)
            self._is_checked = True

    def read(self, connection: Connection, sizes: _Sizes) -> bool:
        """Read the positions, and return whether they are those that were known.

        If not, another loader was here, or it is another database.
        """
        positions = _read_positions(connection, sizes)
        known = self._are_those_of(positions, sizes)
        if any(positions.get(name, 0) < self._reached.get(name, 0) for name in sizes):
            self.replaced = True
        self._present = self._reached = positions
        return known

    def write(self, connection: Connection, reached: _Sizes) -> None:
        """Record the positions that a transaction reaches."""
        rows = [{"file": file, "position": position} for file, position in reached.items()]
        upsert(connection, SpoolPosition, "file", rows)

    def advance(self, reached: _Sizes) -> None:
        """Take note that the transaction is committed."""
        self._reached = self._present = {**self._present, **reached}

    def write_file(self) -> None:
        """Write the positions for other processes; the loader itself asks the database."""
        if self._present != self._in_file:
            with suppress(LinkmgrError):
                spool_files.write_positions(self._spool, self._present)
                self._in_file = self._present

    def note_writing(self) -> None:
        """Take note that SQLite's file was changed by this process."""
        if self._file:
            self._written = identity(self._file)

    def delete_done(self, sizes: _Sizes) -> None:
        """Delete the files that are loaded and whose writers are gone.

        Their positions stay for a while, in case a copy of the spool is put back: rows of clicks
        have ids by which they are known, but what reports add is known by nothing else.
        """
        folder = self._spool
        gone = [name for name in sizes if spool_files.delete_if_left(folder / name, self[name])]
        if any(name in self._present for name in gone):
            self._forget_old()

    def _forget_old(self) -> None:
        """Delete the positions of files that were made long ago, as their names say."""
        oldest = f"{int((time.time() - _KEPT_SECONDS) * 1000):012x}"
        with writing(self._engine) as connection:
            connection.execute(delete(SpoolPosition).where(SpoolPosition.file < oldest))

    def _are_those_of(self, known: _Sizes, sizes: _Sizes) -> bool:
        return all(known.get(name, 0) == self[name] for name in sizes)

    def _has_file(self) -> bool:
        return self._file is None or self._file.exists()


def _read_positions(connection: Connection, sizes: _Sizes) -> dict[str, int]:
    query = select(SpoolPosition.file, SpoolPosition.position)
    result = connection.execute(query.where(SpoolPosition.file.in_(sizes)))
    return {file: position for file, position in result}  # noqa: C416 - a Row is a tuple to mypy


# The rows of clicks, and adding those that are new.


class DayFinder:
    """Finds the days of times in a time zone; the last one is known, as clicks come in order."""

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._day = date.min
        self._since = self._until = 0

    def day_of(self, time: int) -> date:
        """Return the day of a time in milliseconds since 1970."""
        if not self._since <= time < self._until:
            day = datetime.fromtimestamp(time // 1000, UTC).astimezone(self._zone).date()
            self._day = day
            self._since = start_of_day(day, self._timezone)
            self._until = start_of_day(day + timedelta(days=1), self._timezone)
        return self._day


_NEW = int(RowKind.NEW)


def row_of(click: Click, day: date, own: OwnNames) -> Row:
    """Return the row of a click that is not counted yet."""
    own_names = 0
    if click.post in own.posts:
        own_names |= NameColumn.POST
    if click.campaign in own.campaigns:
        own_names |= NameColumn.CAMPAIGN
    visitor = int(click.visitor, 16)
    if visitor >= 2**63:  # databases have no unsigned numbers
        visitor -= 2**64
    return (
        click.id,
        day.isoformat(),
        _NEW,
        int(own_names),
        0,
        click.time,
        click.item,
        click.post,
        click.block,
        click.rank,
        click.shop,
        click.route.value,
        click.referrer,
        click.device.value,
        click.bot,
        visitor,
        click.campaign,
        click.variant,
        click.tracking,
    )


def add_rows(connection: Connection, rows: Sequence[Row]) -> int:
    """Add the rows whose ids are not there yet, and return their number."""
    if connection.dialect.name == "postgresql":
        return _copy_rows(connection, rows)
    marks = ", ".join("?" for _ in COLUMNS)
    statement = f"INSERT INTO clicks ({', '.join(COLUMNS)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    # SQLAlchemy would take as long as the rest of the loading for so many values.
    with raising_as_sqlalchemy(connection, statement):
        return driver.executemany(statement, rows).rowcount


def _copy_rows(connection: Connection, rows: Sequence[Row]) -> int:
    """Copy rows, and only if some are there already into a temporary table first."""
    try:
        with connection.begin_nested():
            copy_into(connection, "clicks", rows)
        return len(rows)
    except IntegrityError:
        columns = ", ".join(COLUMNS)
        connection.exec_driver_sql("CREATE TEMPORARY TABLE copied (LIKE clicks)")
        copy_into(connection, "copied", rows)
        added = connection.exec_driver_sql(
            f"INSERT INTO clicks ({columns}) SELECT {columns} FROM copied ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
        )
        # A transaction may load several batches.
        connection.exec_driver_sql("DROP TABLE copied")
        return added.rowcount


_LINE = "\t".join("%s" for _ in COLUMNS) + "\n"
"""A row in COPY's own format, in a third of the time that psycopg takes for it.

No value of ours has a tab or a line break (`linkmgr.clicks.line`).
"""


def copy_into(connection: Connection, table: str, rows: Iterable[Row]) -> None:
    """Copy rows into a table of PostgreSQL's that has the columns of `clicks`."""
    with copying(connection, f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        text = "".join([_LINE % row for row in rows])
        copy.write(text.replace("\\", r"\\").replace("\r", r"\r"))
