"""The database: SQLite in a file, or PostgreSQL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

if TYPE_CHECKING:  # an extra, which SQLite does without
    import psycopg

# For how long one waits for another's transaction, in seconds; the loader comes again anyway.
_PATIENCE = 5

# Which of PostgreSQL's advisory locks is ours: "link" in ASCII. Totals of the day are one row that
# every loader changes, so that their transactions would wait for each other in any case.
_ADVISORY_LOCK = 0x6C696E6B

# Kilobytes that a connection to SQLite keeps of the file at most. The loader's keys of `seen` come
# in no order, and the top posts of 90 days, of a year's 2 million totals, took 100 ms with 64 MB
# and 300 to 500 ms with 2 to 16 MB. Workers that redirect have no connection.
_CACHE = 65_536

_WRITES = "linkmgr_writes"

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


def reason_of(error: Exception) -> str:
    """Return in one line why the database, or the disk under it, refused."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


def shown_url(engine: Engine) -> str:
    """Return the database's URL without a password, for people."""
    return engine.url.difference_update_query(_SECRETS).render_as_string(hide_password=True)


def sqlite_file(engine: Engine) -> Path | None:
    """Return the file of a SQLite database."""
    return Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None


def time_of(connection: Connection) -> datetime:
    """Return the time in UTC by the clock that all nodes see; SQLite's is this machine's."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    now: datetime = connection.scalars(select(func.clock_timestamp())).one()
    return now.astimezone(UTC)


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


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that takes the write lock at its beginning."""
    with engine.execution_options(**{_WRITES: True}).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK}
            )
        yield connection


def _postgresql_engine(url: URL) -> Engine:
    wanted = url.normalized_query
    options = " ".join((f"-c lock_timeout={_PATIENCE}s", *wanted.get("options", ())))
    timeout = wanted.get("connect_timeout", (_PATIENCE,))[-1]
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
        connection = sqlite3.connect(
            address, uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a click that was counted stays counted
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        return connection

    engine = create_engine(url, creator=connect, hide_parameters=True)
    event.listen(engine, "connect", lambda _, record: record.info.update(file=_identity(file)))
    event.listen(engine, "checkout", lambda _, record, __: _check_file(file, record.info["file"]))
    event.listen(engine, "begin", _begin)
    return engine


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
