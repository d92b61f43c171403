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
"""The size of each file of the spool, in bytes."""

_Positions = Mapping[str, int]
"""How many bytes of each file are loaded; 0 for one that is not named."""

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
        sums = [number + added for number, added in zip(self, more, strict=True)]
        return type(self)(*sums)


@dataclass(slots=True)
class _Batch:
    """What one transaction loads."""

    read: int = 0
    """Lines, the damaged ones included."""
    damaged: int = 0
    rows: dict[date, list[Row]] = field(default_factory=dict)
    """Of clicks, by day."""
    reports: dict[date, list[ViewReport]] = field(default_factory=dict)
    """By day."""
    reached: dict[str, int] = field(default_factory=dict)
    """The position in each file once the batch is loaded."""


class Loader:
    """Loads a spool.

    Others may be loading it, too: each batch begins at the positions that the database then has.
    """

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
            self.positions.check_tables_again()
            self._forget()
            raise

    def _load(self, on_batch: Callable[[Loaded], None], *, brief: bool) -> Loaded:
        end = time.monotonic() + _BRIEF_SECONDS if brief else float("inf")
        positions = self.positions
        sizes = spool_files.spool_sizes(self._spool)
        loaded = Loaded()
        if not positions.are_still_valid(sizes):
            self._forget()
        if positions.are_behind(sizes):
            positions.check_tables()
            while positions.are_behind(sizes):
                loaded_now = self._load_batch(sizes)
                if loaded_now is None:
                    break
                loaded = loaded.plus(loaded_now)
                on_batch(loaded_now)
                positions.write_file()
                if time.monotonic() > end:
                    break
            positions.write_file()
        positions.delete_loaded_files(sizes)
        if loaded.read:
            positions.note_own_write()
        return loaded

    def _forget(self) -> None:
        """Begin as after a start: what is remembered may differ from the database."""
        self.positions.forget()
        self._views = ViewCounter(self._own)

    def _load_batch(self, sizes: _Sizes) -> Loaded | None:
        """Load what one transaction takes; `None` if nothing is left."""
        with writing(self._engine) as connection:
            check_version(connection)  # of tables that may have been upgraded meanwhile
            if not self.positions.refresh(connection, sizes):
                self._views = ViewCounter(self._own)
            batch = self._read_batch(sizes)
            if not batch.reached:
                return None
            loaded = self._store(connection, batch)
            self.positions.save(connection, batch.reached)
        self.positions.note_commit(batch.reached)
        return loaded

    def _read_batch(self, sizes: _Sizes) -> _Batch:
        """Read on from the positions, file by file, the oldest first."""
        batch = _Batch()
        left = _BATCH
        for name, size in sizes.items():
            position = self.positions[name]
            if left <= 0 or position >= size:
                continue
            length = min(max(left, spool_files.LONGEST_LINE), size - position)
            data = spool_files.read_lines(self._spool / name, position, length)
            if not data:
                continue
            for line in data.removesuffix(b"\n").split(b"\n"):
                self._add_line(batch, line)
            batch.reached[name] = position + len(data)
            left -= len(data)
        return batch

    def _add_line(self, batch: _Batch, line: bytes) -> None:
        """Put what a line says into the batch."""
        batch.read += 1
        if line.startswith(REPORT):
            report = read_report_line(line)
            if report is None:
                batch.damaged += 1
                return
            day = self._days.day_of(report.time)
            batch.reports.setdefault(day, []).append(report)
        else:
            click = read_line(line)
            if click is None:
                batch.damaged += 1
                return
            day = self._days.day_of(click.time)
            batch.rows.setdefault(day, []).append(row_of(click, day, self._own))

    def _store(self, connection: Connection, batch: _Batch) -> Loaded:
        stored = clicks = late = reports = views = capped = 0
        for day, rows in sorted(batch.rows.items()):
            added = add_new_rows(connection, rows)
            if added and not note_rows(connection, day):
                late += added
            stored += added
            clicks += len(rows)
        for day, reports_of_day in sorted(batch.reports.items()):
            counted = self._views.add(connection, day, reports_of_day)
            reports += len(reports_of_day)
            views += counted.views
            capped += counted.capped
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


# For how long (seconds) the positions of deleted files are kept.
_KEPT_SECONDS = 14 * 24 * 3600

# Seconds between two checks that the database still has what was loaded into it.
_VERIFY_PAUSE = 10.0


class SpoolPositions:
    """The position in each file of the spool, as the database has it, and a watch on that database.

    Methods that take `sizes` are about the files that the spool has now.
    """

    def __init__(self, engine: Engine, spool: Path) -> None:
        # Set once the database is behind what was reached: it is another one, or an older copy, and
        # what the spool still has is loaded again. Whoever reports it sets it back.
        self.replaced = False
        self._engine = engine
        self._spool = spool
        # As the database had them last; empty after a start, until the first transaction.
        self._positions: _Positions = {}
        # What was ever reached, if by the loader before this one: `positions.json` has it.
        self._reached: _Positions = spool_files.read_positions(spool)
        # What `positions.json` has from this loader.
        self._in_file: _Positions = {}
        self._has_tables = False
        # When the database was last asked for its positions, by the monotonic clock.
        self._verified_at = float("-inf")
        self._sqlite_file = sqlite_file(engine)
        # SQLite's file, as this process last wrote or read it.
        self._sqlite_identity: tuple[int, int, int] | None = None

    def __getitem__(self, name: str) -> int:
        return self._positions.get(name, 0)

    def forget(self) -> None:
        """Forget all positions, as after a start."""
        self._positions = {}

    def are_behind(self, sizes: _Sizes) -> bool:
        """Whether the files may have lines that are not loaded; asks no database."""
        return any(self[name] != size for name, size in sizes.items())

    def are_still_valid(self, sizes: _Sizes) -> bool:
        """Whether the database still has these positions.

        While nothing is loaded no transaction reads them. So the database is asked every ten
        seconds, and SQLite as soon as its file has changed.
        """
        if not self._has_tables:
            return True  # the next transaction reads them
        # Others write to SQLite's file, too, but seldom: the admin, and `linkmgr clicks`.
        file = self._sqlite_file
        has_changed = file is not None and identity(file) != self._sqlite_identity
        if not has_changed and time.monotonic() <= self._verified_at + _VERIFY_PAUSE:
            return True
        self._verified_at = time.monotonic()
        if file and has_changed:
            self._engine.dispose()  # its connections keep pages of the file as it was
            self._sqlite_identity = identity(file)
        if self._is_file_missing():
            self._has_tables = False
            return False
        with self._engine.connect() as connection:
            return self._are_equal(_read_positions(connection, sizes), sizes)

    def check_tables(self) -> None:
        """Make the tables if there are none. Raise OSError or SQLAlchemyError."""
        if not self._has_tables or self._is_file_missing():
            create_if_empty(self._engine)
            self._has_tables = True

    def check_tables_again(self) -> None:
        """Have the next `check_tables` ask the database."""
        self._has_tables = False

    def refresh(self, connection: Connection, sizes: _Sizes) -> bool:
        """Read the positions, and return whether they are as they were.

        If not, another loader was here, or it is another database.
        """
        positions = _read_positions(connection, sizes)
        are_unchanged = self._are_equal(positions, sizes)
        if any(positions.get(name, 0) < self._reached.get(name, 0) for name in sizes):
            self.replaced = True
        self._positions = self._reached = positions
        return are_unchanged

    def save(self, connection: Connection, reached: _Positions) -> None:
        """Write the positions that a transaction reaches."""
        rows = [{"file": file, "position": position} for file, position in reached.items()]
        upsert(connection, SpoolPosition, "file", rows)

    def note_commit(self, reached: _Positions) -> None:
        """Take note that what `save` wrote is committed."""
        self._positions = self._reached = {**self._positions, **reached}

    def write_file(self) -> None:
        """Write the positions for other processes; the loader itself asks the database."""
        if self._positions != self._in_file:
            with suppress(LinkmgrError):
                spool_files.write_positions(self._spool, self._positions)
                self._in_file = self._positions

    def note_own_write(self) -> None:
        """Take note that SQLite's file was changed by this process."""
        if self._sqlite_file:
            self._sqlite_identity = identity(self._sqlite_file)

    def delete_loaded_files(self, sizes: _Sizes) -> None:
        """Delete the files that are loaded and whose writers are gone.

        Their positions stay for a while, in case a copy of the spool is put back: rows of clicks
        have ids by which they are known, but what reports add is known by nothing else.
        """
        has_deleted = False
        for name in sizes:
            is_deleted = spool_files.delete_if_loaded(self._spool / name, self[name])
            if is_deleted and name in self._positions:
                has_deleted = True
        if has_deleted:
            self._delete_old()

    def _delete_old(self) -> None:
        """Delete the positions of files that were made long ago, as their names say."""
        oldest = f"{int((time.time() - _KEPT_SECONDS) * 1000):012x}"
        with writing(self._engine) as connection:
            connection.execute(delete(SpoolPosition).where(SpoolPosition.file < oldest))

    def _are_equal(self, positions: _Positions, sizes: _Sizes) -> bool:
        return all(positions.get(name, 0) == self[name] for name in sizes)

    def _is_file_missing(self) -> bool:
        """Whether the database is SQLite's and its file is not there."""
        return self._sqlite_file is not None and not self._sqlite_file.exists()


def _read_positions(connection: Connection, sizes: _Sizes) -> dict[str, int]:
    query = select(SpoolPosition.file, SpoolPosition.position)
    result = connection.execute(query.where(SpoolPosition.file.in_(sizes)))
    return {file: position for file, position in result}  # noqa: C416 - a Row is a tuple to mypy


# The rows of clicks, and adding those that are new.


class DayFinder:
    """Finds the days of times in a time zone; remembers the last one, as clicks come in order."""

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._day = date.min
        # The first millisecond of that day, and of the next one.
        self._start = self._end = 0

    def day_of(self, time: int) -> date:
        """Return the day of a time in milliseconds since 1970."""
        if not self._start <= time < self._end:
            day = datetime.fromtimestamp(time // 1000, UTC).astimezone(self._zone).date()
            self._day = day
            self._start = start_of_day(day, self._timezone)
            self._end = start_of_day(day + timedelta(days=1), self._timezone)
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
        0,  # the names counted as `OTHER`
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


def add_new_rows(connection: Connection, rows: Sequence[Row]) -> int:
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
    """Do as `add_new_rows` does by COPY: into a temporary table first if some rows are there."""
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
