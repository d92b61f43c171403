"""Writing many rows at once into SQLite."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection

from linkmgr.clicks.model import Click
from linkmgr.store.clicks.totals import Added, Row
from linkmgr.store.db.engine import raising_as_sqlalchemy

if TYPE_CHECKING:
    import sqlite3


def add_clicks(connection: Connection, rows: Iterable[Row]) -> None:
    """Add rows of `clicks`, their values in the order of a `Click`'s fields."""
    columns, marks = ", ".join(Click._fields), ", ".join("?" for _ in Click._fields)
    statement = f"INSERT INTO clicks ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
    # SQLAlchemy would want a list of all of them.
    with raising_as_sqlalchemy(connection, statement):
        _driver(connection).executemany(statement, rows)


def add_seen(connection: Connection, keys: Iterable[int], day: date) -> Iterable[int]:
    """Add the keys to `seen`, and return those that were there."""
    # There is no other writer (`engine.writing`). Asking for the few that are there takes a third
    # less than `RETURNING` the many that are not.
    ask = "SELECT seen.key FROM json_each(?) AS each CROSS JOIN seen ON seen.key = each.value"
    add = (
        "INSERT INTO seen (key, day) SELECT value, ? FROM json_each(?) WHERE true "
        "ON CONFLICT DO NOTHING"
    )
    driver = _driver(connection)
    array = str(sorted(keys))  # is JSON, and quicker than `json.dumps`
    # Two keys a click: as rows of SQLAlchemy they took a tenth of the loader's time.
    with raising_as_sqlalchemy(connection, ask):
        known = [key for (key,) in driver.execute(ask, (array,))]
    with raising_as_sqlalchemy(connection, add):
        driver.execute(add, (day.isoformat(), array))
    return known


def add_totals(connection: Connection, totals: Iterable[Added]) -> None:
    """Add to the rows of `totals`, and make those that are not there."""
    statement = (
        "INSERT INTO totals (dimension, value, day, clicks, visitors, bots) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, "
        "visitors = visitors + excluded.visitors, bots = bots + excluded.bots"
    )
    with raising_as_sqlalchemy(connection, statement):
        _driver(connection).executemany(statement, totals)


def _driver(connection: Connection) -> "sqlite3.Connection":
    return cast("sqlite3.Connection", connection.connection.driver_connection)
