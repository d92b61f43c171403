"""Copying a database into a folder while it is in use, and back into an empty one."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.backup.manifest import (
    VERSION_TABLE,
    DatabaseFacts,
    database_facts,
    own_tables,
)
from linkmgr.store.db.engine import (
    copying,
    open_engine,
    raising_as_sqlalchemy,
    shown_url,
    sqlite_file,
    writing,
)
from linkmgr.store.db.migrate import migrate
from linkmgr.store.db.models import ClickRow, SpoolPosition
from linkmgr.store.db.partitions import add_partitions, months_of_totals

SQLITE_FILE = "linkmgr.db"
TABLE_SUFFIX = ".copy"
_READ = 2**20

Positions = Mapping[str, int]
"""How far each file of the spool is in the copy."""


def copy_database(engine: Engine, folder: Path) -> tuple[DatabaseFacts, Positions]:
    """Copy all tables into an empty folder, as they are at one moment. Raise SQLAlchemyError."""
    if file := sqlite_file(engine):
        copy = folder / SQLITE_FILE
        with engine.connect() as connection, raising_as_sqlalchemy(connection, "backup"):
            _copy_file(file, copy)
        return _facts_of_file(copy)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.connect() as connection:
        for name in own_tables(connection):
            # A table of partitions can be copied by a query alone.
            query = f"SELECT {_columns(connection, name)} FROM {name}"  # noqa: S608 - names of ours
            statement = f"COPY ({query}) TO STDOUT"
            with (
                (folder / f"{name}{TABLE_SUFFIX}").open("xb") as file_of_table,
                copying(connection, statement) as copied,
            ):
                file_of_table.writelines(copied)
        return database_facts(connection), _positions(connection)


def _copy_file(file: Path, copy: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def _facts_of_file(file: Path) -> tuple[DatabaseFacts, Positions]:
    engine = open_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            (found,) = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars()
            if found != "ok":
                raise LinkmgrError(message("store.backup-damaged-database", reason=str(found)))
            return database_facts(connection), _positions(connection)
    finally:
        engine.dispose()
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


def check_sqlite(folder: Path, expected: DatabaseFacts) -> None:
    """See that the file in a folder has what was copied. Raise LinkmgrError."""
    found, _ = _facts_of_file(folder / SQLITE_FILE)
    if found != expected:
        raise LinkmgrError(message("store.backup-damaged", name=SQLITE_FILE))


@contextmanager
def filled_postgresql(engine: Engine, folder: Path, expected: DatabaseFacts) -> Iterator[None]:
    """Fill an empty database with a folder's tables; they are kept where the body ends well.

    They are of the version that was copied, which must be known: `linkmgr db upgrade` brings them
    to a later one. Raise LinkmgrError or SQLAlchemyError.
    """
    with writing(engine) as connection:
        if inspect(connection).get_table_names():
            raise LinkmgrError(message("store.restore-into-tables", url=shown_url(engine)))
        migrate(connection, expected.version)
        for name in sorted(expected.rows, key=ClickRow.__tablename__.__eq__):  # these last
            if name == ClickRow.__tablename__:
                add_partitions(connection, months_of_totals(connection))
            if name != VERSION_TABLE:
                _fill(connection, name, folder / f"{name}{TABLE_SUFFIX}")
        if database_facts(connection) != expected:
            raise LinkmgrError(message("store.backup-damaged", name=f"*{TABLE_SUFFIX}"))
        yield


def _fill(connection: Connection, name: str, file: Path) -> None:
    statement = f"COPY {name} ({_columns(connection, name)}) FROM STDIN"
    with file.open("rb") as rows, copying(connection, statement) as copy:
        while data := rows.read(_READ):
            copy.write(data)
    restart_numbers(connection, name)


def restart_numbers(connection: Connection, name: str) -> None:
    """Have PostgreSQL number a table's next row after those that were put in with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for column in inspect(connection).get_columns(name):
        if str(column["default"] or "").startswith("nextval("):
            next_number = f"SELECT max({column['name']}) FROM {name}"  # noqa: S608 - names of ours
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence(:name, :column), ({next_number}))"),
                {"name": name, "column": column["name"]},
            )


def _columns(connection: Connection, name: str) -> str:
    """List a table's columns in the order of their names: those of two tables may differ in it."""
    quote = connection.dialect.identifier_preparer.quote
    names = sorted(str(each["name"]) for each in inspect(connection).get_columns(name))
    return ", ".join(map(quote, names))


def _positions(connection: Connection) -> Positions:
    rows = connection.execute(select(SpoolPosition.file, SpoolPosition.position))
    return {file: position for file, position in rows}  # noqa: C416 - a Row is a tuple to mypy
