"""The database, SQLite in a file or PostgreSQL: engine, transactions, and changes of its tables."""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import uniform
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    SQLColumnExpression,
    String,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as insert_into_postgresql
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as insert_into_sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

if TYPE_CHECKING:
    import psycopg


# Changing tables that others are using: short waits for their locks, again and again.
#
# Whoever comes after a change that waits for a table's lock waits behind it, even for reading. So
# it gives up soon, lets the others go on, and comes again.

# How long one waits for a lock of PostgreSQL's (milliseconds), and between two tries (seconds).
_LOCK_WAIT = 500
_PAUSE = 0.5, 1.5

PATIENCE = 60.0
"""Seconds after which a change that never gets its turn is given up."""

_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"

T = TypeVar("T")


class TablesInUse(LinkmgrError):  # noqa: N818 - says what the tables are
    """Somebody held a table for as long as there was patience."""


def change_tables(
    engine: Engine,
    change: Callable[[Connection], T],
    *,
    patience: float = PATIENCE,
) -> T:
    """Return the result of a change of tables, made in a transaction of its own.

    With no `patience` it is tried once. No loader writes meanwhile. Raise TablesInUse, or what the
    change raises.
    """
    end = time.monotonic() + patience
    while True:
        try:
            with writing(engine) as connection:
                _wait_briefly(connection)
                return change(connection)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") not in {_LOCK_NOT_AVAILABLE, _DEADLOCK}:
                raise
            if time.monotonic() > end:
                raise TablesInUse(
                    message("store.tables-in-use", url=shown_url(engine), process=_oldest(engine))
                ) from error
        time.sleep(uniform(*_PAUSE))  # noqa: S311 - so that two do not meet again


def _wait_briefly(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_WAIT}"))


def _oldest(engine: Engine) -> str:
    """Name the server's process with the oldest transaction, which mostly is the one to end."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL ORDER BY xact_start LIMIT 1"
    )
    with engine.connect() as connection:
        return str(connection.scalar(text(query)) or "?")


# The engine, and the transactions of both databases.

# For how long a transaction waits for another that writes, in seconds; the loader comes again.
_WRITER_WAIT = 5

# Which of PostgreSQL's advisory locks is ours: "link" in ASCII. It costs loaders no time: they
# change the same rows of a day, and would wait for each other without it, too.
_ADVISORY_LOCK = 0x6C696E6B

# Kilobytes that a connection to SQLite keeps of the file at most: the top posts of 90 days, of a
# year's 2 million totals, took 100 ms with 64 MB and 300 to 500 ms with 2 to 16 MB. Workers that
# redirect have no connection.
_CACHE = 65_536

_WRITES = "linkmgr_writes"

InsertInto = PostgresqlInsert | SqliteInsert
"""An INSERT of either database, which may say what is to happen to rows that are there."""

# Statements get a plan for their own values: one for any values takes a day for a year. Compiling
# plans costs more than it saves for what pages read: 755 ms, not 224.
_PLANS = "-c plan_cache_mode=force_custom_plan", "-c jit=off"

# What libpq also takes from the query of a URL.
_SECRETS = ("password", "sslpassword")


def open_engine(url: str) -> Engine:
    """Make the engine for `settings.database_url`. Connects to nothing yet. Raise LinkmgrError."""
    try:
        parsed = make_url(url)
        on_sqlite = parsed.get_backend_name() == "sqlite"
        return _sqlite_engine(parsed) if on_sqlite else _postgresql_engine(parsed)
    except (ArgumentError, ValueError):  # whose text may contain the password
        raise LinkmgrError(message("store.database-url")) from None


@contextmanager
def reaching(url: str) -> Iterator[Engine]:
    """Reach a database, whatever is in it. Raise LinkmgrError."""
    engine = open_engine(url)
    try:
        yield engine
    except SQLAlchemyError as error:
        raise LinkmgrError(message("store.unusable", reason=reason_of(error))) from error
    finally:
        engine.dispose()


def reason_of(error: Exception) -> str:
    """Return in one line why the database, or the disk under it, refused."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


_DISK_FULL = "53100"  # PostgreSQL's code for it


def is_disk_full(error: Exception) -> bool:
    """Return whether the database refused since its disk is full."""
    refused = getattr(error, "orig", None)
    if getattr(refused, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return True
    return getattr(refused, "sqlstate", None) == _DISK_FULL


def is_locked(error: Exception) -> bool:
    """Return whether somebody else wrote for longer than this transaction waits."""
    refused = getattr(error, "orig", None)
    if getattr(refused, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return True
    return getattr(refused, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def shown_url(engine: Engine) -> str:
    """Return the database's URL without a password, for people."""
    return engine.url.difference_update_query(_SECRETS).render_as_string(hide_password=True)


def sqlite_file(engine: Engine) -> Path | None:
    return Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None


def time_of(connection: Connection) -> datetime:
    """Return the time in UTC by the clock that all nodes see; SQLite's is this machine's."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    now: datetime = connection.scalars(select(func.clock_timestamp())).one()
    return now.astimezone(UTC)


def is_one_of(
    connection: Connection, column: SQLColumnExpression[str], values: Collection[str]
) -> ColumnElement[bool]:
    """Return whether a column has one of many values, which are one parameter of the statement.

    PostgreSQL takes 250 ms to plan one of 10,000 parameters, and SQLite takes no more than 32,766.
    """
    if connection.dialect.name == "postgresql":
        return column.in_(select(func.unnest(bindparam(None, [*values], ARRAY(String)))))
    alias = func.json_each(json.dumps([*values])).table_valued("value")
    return column.in_(select(alias.c.value))


def sum_of(column: SQLColumnExpression[int]) -> ColumnElement[int]:
    """Sum up integers as an integer: PostgreSQL's sums of BIGINT are decimals, slow to read."""
    return func.sum(column).cast(BigInteger)


@contextmanager
def raising_as_sqlalchemy(connection: Connection, statement: str) -> Iterator[None]:
    """Wrap the errors of the driver that is used directly as SQLAlchemy does."""
    error_class = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except error_class as error:
        raise DBAPIError.instance(statement, None, error, error_class) from error


@contextmanager
def copying(connection: Connection, statement: str) -> Iterator["psycopg.Copy"]:
    """Run a COPY of PostgreSQL's for as long as a block lasts. Raise SQLAlchemyError."""
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with (
        raising_as_sqlalchemy(connection, statement),
        driver.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        yield copy


def add_rows(
    connection: Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows to a table, by the names of their columns. Raise SQLAlchemyError."""
    columns = ", ".join(map(connection.dialect.identifier_preparer.quote, names))
    if connection.dialect.name == "postgresql":
        with copying(connection, f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" for _ in names)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    with raising_as_sqlalchemy(connection, statement):
        driver.executemany(statement, rows)


def insert_into(connection: Connection, table: type[DeclarativeBase]) -> InsertInto:
    """Begin an INSERT that may say what is to happen to rows that are there."""
    on_postgresql = connection.dialect.name == "postgresql"
    return (insert_into_postgresql if on_postgresql else insert_into_sqlite)(table)


def upsert(
    connection: Connection,
    table: type[DeclarativeBase],
    key: str,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Replace the rows with the same key, or add them."""
    insert = insert_into(connection, table)
    update = insert.on_conflict_do_update(index_elements=[key], set_=dict(insert.excluded))
    connection.execute(update, rows)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that takes the write lock at its beginning."""
    with engine.connect() as connection, writing_on(connection):
        yield connection


@contextmanager
def writing_on(connection: Connection) -> Iterator[None]:
    """Run a transaction that takes the write lock at its beginning, on a connection without one."""
    connection.execution_options(**{_WRITES: True})
    try:
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK}
                )
            yield
    finally:
        connection.execution_options(**{_WRITES: False})


def _postgresql_engine(url: URL) -> Engine:
    wanted = url.normalized_query
    options = " ".join((f"-c lock_timeout={_WRITER_WAIT}s", *_PLANS, *wanted.get("options", ())))
    timeout = wanted.get("connect_timeout", (_WRITER_WAIT,))[-1]
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,  # of errors, which are logged: hashes of passwords are among them
        connect_args={
            "connect_timeout": timeout,
            "options": options,
            "client_encoding": "utf8",  # or a database of SQL_ASCII would answer in bytes
        },
    )


def _sqlite_engine(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise LinkmgrError(message("store.database-url-without-file"))
    file = Path(url.database)
    # Without "c" for create: a database that was deleted is made again by `schema`, with tables.
    address = f"file:{quote(str(file.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        is_writable = os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
        connection = sqlite3.connect(
            address if is_writable or not file.exists() else _read_only(file),
            uri=True,
            timeout=_WRITER_WAIT,
            isolation_level=None,
            check_same_thread=False,
        )
        if is_writable:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a click that was counted stays counted
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        return connection

    engine = create_engine(url, creator=connect, hide_parameters=True)
    event.listen(engine, "connect", lambda _, record: record.info.update(file=_identity(file)))
    event.listen(engine, "checkout", lambda _, record, __: _check_file(file, record.info["file"]))
    event.listen(engine, "begin", _begin)
    return engine


def _read_only(file: Path) -> str:
    """Return how a file is opened that may only be looked at, such as one of a mounted backup.

    Without a log beside it nobody is writing, and SQLite would make one even to read.
    """
    has_log = file.with_name(f"{file.name}-wal").exists()
    return f"file:{quote(str(file.absolute()))}?mode=ro{'' if has_log else '&immutable=1'}"


def _begin(connection: Connection) -> None:
    """Begin it ourselves: sqlite3 would only before the first write, which then may come late."""
    immediate = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _check_file(file: Path, opened: Any) -> None:
    """Have the pool reopen the file if it was replaced or deleted."""
    if _identity(file) != opened:
        raise DisconnectionError(f"{file} is another file now")


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - a third of Path.stat's time, for each transaction
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


# Whether the database answers, for the admin's `/readyz`.

_DATABASE_SECONDS = 15.0
"""Without an answer for this long, the database counts as down: some checks, and a slow one."""


class DatabaseCheck:
    """Asks the database whenever `ask` is called; `answers` never waits for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._answered = float("-inf")

    def ask(self) -> None:
        """Take note if the database answers."""
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return
        self._answered = time.monotonic()

    @property
    def answers(self) -> bool:
        """Whether it has answered of late."""
        return time.monotonic() - self._answered <= _DATABASE_SECONDS
