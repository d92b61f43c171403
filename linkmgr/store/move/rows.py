"""Rows of any table, read from one database and written to another as they are."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Boolean, Column, Connection, Date, Table, Uuid

from linkmgr.store.clicks.writes import add_clicks
from linkmgr.store.db.engine import copying, raising_as_sqlalchemy
from linkmgr.store.db.models import ClickRow

if TYPE_CHECKING:
    import sqlite3

    import psycopg

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
    """Yield PostgreSQL's rows, some of which are in memory: else all of a table would be."""
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor("rows") as cursor:
        cursor.itersize = _FETCHED
        yield from cursor.execute(statement)


def add_rows(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Add rows that `read_rows` gave. Raise SQLAlchemyError."""
    if table is ClickRow.__table__:
        add_clicks(connection, cast("Iterable[Any]", rows))
    elif connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        _insert(connection, table, rows)


def plain(connection: Connection, column: Column[Any]) -> str:
    """Return the SQL of a column's value in the form that SQLite has it."""
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
