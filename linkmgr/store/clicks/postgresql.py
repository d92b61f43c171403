"""Writing many rows at once into PostgreSQL."""

from collections.abc import Iterable
from datetime import date
from itertools import islice

from sqlalchemy import Connection

from linkmgr.clicks.model import Click
from linkmgr.store.clicks.totals import Added, Row
from linkmgr.store.db.engine import copying

LINE = "\t".join("%s" for _ in Click._fields) + "\n"
"""A row in COPY's own format, in a third of the time that psycopg takes for it.

No value of ours has a tab or a line break (`linkmgr.clicks.line`).
"""

_COPIED = 1_000


def add_clicks(connection: Connection, rows: Iterable[Row]) -> None:
    """Add rows of `clicks`, their values in the order of a `Click`'s fields."""
    rows = iter(rows)
    statement = f"COPY clicks ({', '.join(Click._fields)}) FROM STDIN"
    with copying(connection, statement) as copy:
        while some := [*islice(rows, _COPIED)]:
            text = "".join(map(LINE.__mod__, some))
            copy.write(text.replace("\\", r"\\").replace("\r", r"\r"))


def add_seen(connection: Connection, keys: Iterable[int], day: date) -> Iterable[int]:
    """Add the keys to `seen`, and return those that were there."""
    # There is no other writer (`engine.writing`): ON CONFLICT would only cost a fifth more.
    # Fetching the many that are new, instead of the few that are not, took a third of the time.
    known = connection.exec_driver_sql(
        "WITH given AS MATERIALIZED (SELECT unnest(%s::bigint[]) AS key), new AS ("
        "INSERT INTO seen (key, day) SELECT key, %s FROM given "
        "WHERE NOT EXISTS (SELECT FROM seen WHERE seen.key = given.key) RETURNING key) "
        "SELECT key FROM given WHERE NOT EXISTS (SELECT FROM new WHERE new.key = given.key)",
        (_array(sorted(keys)), day),
    )
    return known.scalars().all()


def add_totals(connection: Connection, totals: Iterable[Added]) -> None:
    """Add to the rows of `totals`, and make those that are not there."""
    dimensions, values, days, *counts = zip(*totals, strict=True)
    connection.exec_driver_sql(
        "INSERT INTO totals (dimension, value, day, clicks, visitors, bots) SELECT * FROM unnest("
        "%s::text[], %s::text[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[]) "
        "ON CONFLICT (dimension, value, day) DO UPDATE SET "
        "clicks = totals.clicks + excluded.clicks, "
        "visitors = totals.visitors + excluded.visitors, bots = totals.bots + excluded.bots",
        (_array(dimensions), list(values), *map(_array, (days, *counts))),
    )


def _array(plain: Iterable[object]) -> str:
    """Write an array of what needs no quotes, in a third of the time that psycopg takes for one."""
    return f"{{{','.join(map(str, plain))}}}"
