"""Writing many rows at once into SQLite."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection

from linkmgr.clicks.model import Click
from linkmgr.store.clicks.totals import Added, Row
from linkmgr.store.db.engine import raising_as_sqlalchemy

if TYPE_CHECKING:
    import sqlite3


def add_clicks(connection: Connection, rows: Sequence[Row]) -> None:
    """Add rows of `clicks`, their values in the order of a `Click`'s fields."""
    columns, marks = ", ".join(Click._fields), ", ".join("?" for _ in Click._fields)
    statement = f"INSERT INTO clicks ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours
    connection.exec_driver_sql(statement, rows)


def add_seen(connection: Connection, keys: Iterable[int], day: date) -> list[int]:
    """Add the keys to `seen`, and return those that are new there."""
    statement = (
        "INSERT INTO seen (key, day) SELECT value, ? FROM json_each(?) WHERE true "
        "ON CONFLICT DO NOTHING RETURNING key"
    )
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    with raising_as_sqlalchemy(connection, statement):
        # Two keys a click: as rows of SQLAlchemy they took a tenth of the loader's time.
        new = driver.execute(statement, (day.isoformat(), json.dumps(sorted(keys)))).fetchall()
    return [key for (key,) in new]


def add_totals(connection: Connection, totals: Iterable[Added]) -> None:
    """Add to the rows of `totals`, and make those that are not there."""
    connection.exec_driver_sql(
        "INSERT INTO totals (dimension, value, day, clicks, visitors, bots) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, "
        "visitors = visitors + excluded.visitors, bots = bots + excluded.bots",
        list(totals),
    )
