"""Moving an instance's history to another database, and resuming a move that was cut short.

Clicks are copied in pieces, some to a transaction: those whose sums differ between the databases.
So a move that is resumed, or comes after one beside a running server, copies what the target lacks.
All other tables follow at once, while nobody writes to the source.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import starmap
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    LargeBinary,
    Table,
    Uuid,
    delete,
    exists,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.builder.processes import Track
from linkmgr.clicks.line import LAST_TIME
from linkmgr.fs import locked
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.backup import VERSION_TABLE, restart_numbers
from linkmgr.store.backup import own_tables as table_names
from linkmgr.store.clicks.writes import add_clicks
from linkmgr.store.db.engine import copying, raising_as_sqlalchemy, reason_of, shown_url, writing
from linkmgr.store.db.models import Base, ClickRow
from linkmgr.store.db.partitions import make_partitions, months_of
from linkmgr.store.db.schema import MOVING, Fit, check_tables, create_if_empty, read_schema
from linkmgr.store.instance.folder import make_instance

if TYPE_CHECKING:
    import sqlite3

    import psycopg


# Rows: of any table, read from one database and written to another as they are.

Values = tuple[Any, ...]
"""A row in the order of its table's columns: texts, whole numbers, bytes or None."""

_FETCHED = 10_000


def read_rows(connection: Connection, table: Table, where: str = "true") -> Iterator[Values]:
    """Yield rows as SQLite has them, from either database. Raise SQLAlchemyError."""
    columns = ", ".join(plain(connection, column) for column in table.columns)
    statement = f"SELECT {columns} FROM {table.name} WHERE {where}"  # noqa: S608 - names of ours
    # SQLAlchemy's rows would take as long again as all the rest.
    with raising_as_sqlalchemy(connection, statement):
        if connection.dialect.name == "postgresql":
            yield from _fetched(connection, statement)
        else:
            driver = cast("sqlite3.Connection", connection.connection.driver_connection)
            yield from driver.execute(statement)


def _fetched(connection: Connection, statement: str) -> Iterator[Values]:
    """Yield PostgreSQL's rows, a part at a time: otherwise memory would hold a whole table."""
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor("rows") as cursor:
        cursor.itersize = _FETCHED
        yield from cursor.execute(statement)


def _add_rows(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Add rows that `read_rows` gave. Raise SQLAlchemyError."""
    if table is ClickRow.__table__:
        add_clicks(connection, cast("Iterable[Any]", rows))
    elif connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        _insert(connection, table, rows)


def plain(connection: Connection, column: Column[Any]) -> str:
    """Return the SQL of a column's value in SQLite's form."""
    name = connection.dialect.identifier_preparer.quote(column.name)
    if connection.dialect.name == "postgresql":
        if isinstance(column.type, Uuid):
            return f"replace({name}::text, '-', '')"
        if isinstance(column.type, Date):
            return f"{name}::text"
        if isinstance(column.type, Boolean):
            return f"{name}::integer"
    return name


def _copy(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    statement = f"COPY {table.name} ({_columns(connection, table)}) FROM STDIN"
    with copying(connection, statement) as copy:
        for row in rows:
            copy.write_row(row)


def _insert(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    marks = ", ".join("?" for _ in table.columns)
    names = _columns(connection, table)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
    with raising_as_sqlalchemy(connection, statement):
        driver.executemany(statement, rows)


def _columns(connection: Connection, table: Table) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return ", ".join(quote(column.name) for column in table.columns)


# Sums: the number of rows and the sum of a hash of each, the same in both databases.

_PIECE_DIGITS = 6
"""Clicks whose keys share this many leading hex digits are a piece: of 4 hours and 40 minutes."""

# In no value of ours: they separate the values of a row, and stand for none.
_BETWEEN, _NONE = "\x1f", "\x1e"

# A sum of 32 bits for each of two billion rows fits into what SQLite counts with.
_BYTES = 4

_CLICKS = cast("Table", ClickRow.__table__)


class RowSum(NamedTuple):
    """How many rows there are, and the sum of their hashes."""

    rows: int = 0
    sum: int = 0


_Pieces = Mapping[str, RowSum]
"""The sums of the clicks by the beginning of their keys; only of existing ones."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of all tables by name, those of the clicks by piece."""

    clicks: _Pieces
    others: Mapping[str, RowSum]

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""
        clicks = sum(piece.rows for piece in self.clicks.values())
        others = {name: found.rows for name, found in self.others.items()}
        return {ClickRow.__tablename__: clicks, **others}

    def differing(self, other: "Sums") -> tuple[str, ...]:
        """Return the names of the tables whose rows are not those of another database."""
        clicks = () if self.clicks == other.clicks else (ClickRow.__tablename__,)
        names = sorted({*self.others, *other.others})
        return clicks + tuple(n for n in names if self.others.get(n) != other.others.get(n))


def own_tables(connection: Connection) -> Sequence[Table]:
    """Return linkmgr's tables that have what happened, those first that others refer to."""
    names = {*table_names(connection)} - {VERSION_TABLE}
    return [table for table in Base.metadata.sorted_tables if table.name in names]


def sums_of(connection: Connection, clicks: _Pieces | None = None) -> Sums:
    """Add up all tables, but for clicks whose sums are known. Raise SQLAlchemyError."""
    _prepare(connection)
    others = (table for table in own_tables(connection) if table is not _CLICKS)
    sums = {table.name: _sum_of(connection, table) for table in others}
    return Sums(_sums_of_clicks(connection) if clicks is None else clicks, sums)


def _sum_of(connection: Connection, table: Table) -> RowSum:
    query = f"SELECT count(*), {_sum(connection, table)} FROM {table.name}"  # noqa: S608
    rows, total = connection.execute(text(query)).one()
    return RowSum(rows, int(total or 0))


def _sums_of_clicks(connection: Connection) -> _Pieces:
    """Add up the clicks by piece."""
    _prepare(connection)
    as_text = "CAST(id AS text)" if connection.dialect.name == "postgresql" else "id"
    piece = f"substr({as_text}, 1, {_PIECE_DIGITS})"
    query = f"SELECT {piece}, count(*), {_sum(connection, _CLICKS)} FROM clicks GROUP BY 1"  # noqa: S608
    found = connection.execute(text(query))
    return {beginning: RowSum(rows, int(total)) for beginning, rows, total in found}


def _sum(connection: Connection, table: Table) -> str:
    """Return the SQL of the sum of a table's rows."""
    joined = f" || '{_BETWEEN}' || ".join(_value(connection, each) for each in table.columns)
    if connection.dialect.name != "postgresql":
        return f"sum_of_hashes({joined})"
    hashed = f"sha256(convert_to({joined}, 'UTF8'))"
    digits = f"encode(substr({hashed}, 1, {_BYTES}), 'hex')"
    return f"sum(CAST(CAST('x' || {digits} AS bit({8 * _BYTES})) AS bigint))"


def _value(connection: Connection, column: Column[Any]) -> str:
    """Return the SQL of a value's text, the same in both databases."""
    value = plain(connection, column)
    if isinstance(column.type, LargeBinary):
        on_postgresql = connection.dialect.name == "postgresql"
        value = f"upper(encode({value}, 'hex'))" if on_postgresql else f"hex({value})"
    else:
        value = f"CAST({value} AS text)"
    return f"coalesce({value}, '{_NONE}')" if column.nullable else value


class _SumOfHashes:
    """The sum of the hashes of texts, which SQLite cannot compute by itself."""

    def __init__(self) -> None:
        self._sum = 0

    def step(self, row: Any, /) -> None:
        """Add a row's text."""
        self._sum += int.from_bytes(hashlib.sha256(row.encode()).digest()[:_BYTES])

    def finalize(self) -> int:
        """Return the sum."""
        return self._sum


def _prepare(connection: Connection) -> None:
    """Have SQLite's connection know the function."""
    if connection.dialect.name != "postgresql":
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        driver.create_aggregate("sum_of_hashes", 1, _SumOfHashes)


# The target: no server uses it before it is complete.

_ENCODING = "UTF8"


class TargetUsed(LinkmgrError):  # noqa: N818 - says what the database is
    """The database has linkmgr's data, and not from a move that goes on."""


def begin(target: Engine) -> None:
    """Make the tables of an empty database, and have servers refuse it from now on.

    One in which a move was begun stays as it is. Raise TargetUsed, LinkmgrError or SQLAlchemyError.
    """
    _check_encoding(target)
    create_if_empty(target)
    with writing(target) as connection:
        schema = read_schema(connection)
        if schema.found == MOVING + schema.needed:
            return
        if schema.fit is Fit.UNFINISHED:
            raise LinkmgrError(message("store.move-of-another-version", url=shown_url(target)))
        used = message("store.move-into-data", url=shown_url(target))
        if schema.fit is not Fit.OWN:
            raise LinkmgrError(used)
        if not _is_empty(connection):
            raise TargetUsed(used)
        _be_of_version(connection, MOVING + schema.needed)


def _check_unfinished(connection: Connection) -> None:
    """Check in a transaction that no other process has ended the move. Raise LinkmgrError."""
    if read_schema(connection).fit is not Fit.UNFINISHED:
        raise LinkmgrError(message("store.move-ended-elsewhere"))


def end(connection: Connection) -> None:
    """Let servers use the database once the connection's transaction is committed."""
    _be_of_version(connection, read_schema(connection).needed)


def _be_of_version(connection: Connection, version: str) -> None:
    changed = text(f"UPDATE {VERSION_TABLE} SET version_num = :version")  # noqa: S608
    connection.execute(changed, {"version": version})


def _is_empty(connection: Connection) -> bool:
    return not any(connection.scalar(select(exists(select(of)))) for of in own_tables(connection))


def _check_encoding(target: Engine) -> None:
    if target.dialect.name == "postgresql":
        with target.connect() as connection:
            found = str(connection.scalar(text("SHOW server_encoding")))
        if found != _ENCODING:
            raise LinkmgrError(message("store.move-encoding", url=shown_url(target), found=found))


# The move itself.

# What one transaction takes of the clicks, if no single piece has more.
_BATCH = 100_000

# A key's digits, and those of its time.
_KEY_DIGITS, _TIME_DIGITS = 32, 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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

    While a server runs, only the clicks that exist are copied. Raise LinkmgrError then, and where
    anything else keeps the move from finishing; moving again resumes it.
    """
    check_tables(source)
    with _telling_reason(target), ExitStack() as stack:
        stopped = _enter_worker_lock(settings, stack)
        try:
            begin(target)
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
    """Keep background workers from loading; return whether none is loading already."""
    make_instance(settings.instance)
    try:
        stack.enter_context(locked(settings.worker_lock, 0))
    except TimeoutError:
        return False
    return True


def _copy_clicks(source: Connection, target: Engine, track: Track) -> _Pieces:
    """Have the target's clicks be the source's, and return the sums of these."""
    with target.connect() as connection:
        both = track((source, connection), message("store.move-comparing"), 2)
        wanted, found = map(_sums_of_clicks, both)
    make_partitions(target, {month for piece in wanted for month in months_of(_day_of(piece))})
    batches = list(batches_of(wanted, found))
    for batch in track(batches, message("store.moving-clicks"), len(batches)):
        with writing(target) as connection:
            _check_unfinished(connection)
            if batch.replaces:
                connection.execute(delete(ClickRow).where(text(batch.condition)))
            _add_rows(connection, _CLICKS, read_rows(source, _CLICKS, batch.condition))
    return wanted


def _day_of(piece: str) -> date:
    """Return the UTC day on which the clicks of a piece begin."""
    milliseconds = int(piece.ljust(_TIME_DIGITS, "0"), 16)
    return (_EPOCH + timedelta(milliseconds=min(milliseconds, LAST_TIME))).date()


def batches_of(wanted: _Pieces, found: _Pieces) -> Iterator[Batch]:
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


def _batch(pieces: Sequence[str], found: _Pieces) -> Batch:
    rest = _KEY_DIGITS - _PIECE_DIGITS
    replaces = any(piece in found for piece in pieces)
    return Batch(pieces[0] + "0" * rest, pieces[-1] + "f" * rest, replaces)


def _finish(source: Connection, target: Engine, track: Track) -> Mapping[str, int]:
    """Copy all, compare it, and let servers use the target. Nobody writes to the source."""
    clicks = _copy_clicks(source, target, track)
    others = [table for table in own_tables(source) if table is not _CLICKS]
    with writing(target) as connection:
        _check_unfinished(connection)
        for table in track(others, message("store.moving-tables"), len(others)):
            _add_rows(connection, table, read_rows(source, table))
            restart_numbers(connection, table.name)
        both = track(((source, clicks), (connection, None)), message("store.move-comparing"), 2)
        wanted, found = starmap(sums_of, both)
        if different := wanted.differing(found):
            raise LinkmgrError(message("store.move-differs", tables=different))
        end(connection)
    if target.dialect.name == "postgresql":
        with target.begin() as connection:
            connection.execute(text("ANALYZE"))  # or the first figures would take their time
    return wanted.rows


def _rows_if_moved(source: Engine, target: Engine) -> Mapping[str, int] | None:
    """Return the rows of each table if the target has all, as where a move could not say so."""
    with source.connect() as here, target.connect() as there:
        wanted = sums_of(here)
        return None if wanted.differing(sums_of(there)) else wanted.rows
