"""Writing to either database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as insert_into_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_into_sqlite

from linkmgr.store.clicks import postgresql, sqlite
from linkmgr.store.clicks.totals import Added, DayTotals, Row
from linkmgr.store.db.models import Base


class Bulk(Protocol):
    """What each database does in its own fast way."""

    def add_clicks(self, connection: Connection, rows: Iterable[Row]) -> None: ...

    def add_seen(self, connection: Connection, keys: Iterable[int], day: date) -> Iterable[int]: ...

    def add_totals(self, connection: Connection, totals: Iterable[Added]) -> None: ...


def add_clicks(connection: Connection, rows: Iterable[Row]) -> None:
    """Add rows of clicks."""
    _bulk(connection).add_clicks(connection, rows)


def add_totals(connection: Connection, totals: DayTotals, day: date) -> None:
    """Add to a day's totals, and to the visitors that were seen on it."""
    bulk = _bulk(connection)
    known = bulk.add_seen(connection, totals.seen(), day)
    bulk.add_totals(connection, totals.added(known))


def add_seen(connection: Connection, totals: DayTotals, day: date) -> None:
    """Add the visitors of clicks that are in the totals already to those that were seen."""
    _bulk(connection).add_seen(connection, totals.seen(), day)


def _bulk(connection: Connection) -> Bulk:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def upsert(
    connection: Connection, table: type[Base], key: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Replace the rows with the same key, or add them."""
    if connection.dialect.name == "postgresql":
        into_postgresql = insert_into_postgresql(table)
        connection.execute(
            into_postgresql.on_conflict_do_update(
                index_elements=[key], set_=dict(into_postgresql.excluded)
            ),
            rows,
        )
    else:
        into_sqlite = insert_into_sqlite(table)
        connection.execute(
            into_sqlite.on_conflict_do_update(
                index_elements=[key], set_=dict(into_sqlite.excluded)
            ),
            rows,
        )
