"""The months into which PostgreSQL cuts `clicks`, so that an old one goes at once.

A month is UTC's, as the site's time zone may change. It has a table of its own before it begins;
one for all others takes the clicks of months that have none, and of clocks that are far off.
SQLite has the one table, and all this does nothing there.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, select, text

from linkmgr.store.db.engine import PATIENCE, change_tables
from linkmgr.store.db.models import CountedDay, key_of_day

_AHEAD = 2

_PARTITIONS = """\
SELECT name.relname, pg_get_expr(name.relpartbound, name.oid)
FROM pg_inherits JOIN pg_partitioned_table ON partrelid = inhparent
JOIN pg_class AS name ON name.oid = inhrelid WHERE inhparent = to_regclass('clicks')"""

_BOUNDS = re.compile(r"FOR VALUES FROM \('([\w-]+)'\) TO \('([\w-]+)'\)")


# Creating it as a partition would make everybody wait who reads or writes any click.
_ADD = """\
LOCK TABLE clicks_default IN ACCESS EXCLUSIVE MODE;
CREATE TABLE {name} (LIKE clicks INCLUDING DEFAULTS);
INSERT INTO {name} SELECT * FROM clicks_default WHERE id >= '{since}' AND id < '{until}';
DELETE FROM clicks_default WHERE id >= '{since}' AND id < '{until}';
ALTER TABLE clicks ATTACH PARTITION {name} FOR VALUES FROM ('{since}') TO ('{until}')"""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A table of the clicks whose keys are from `since` up to `until`, which is excluded."""

    since: str
    until: str
    name: str


def partitions(connection: Connection) -> list[Partition]:
    """Return the tables of `clicks` in the order of time, but for the one of all other clicks."""
    if connection.dialect.name != "postgresql":
        return []
    tables = []
    for name, expression in connection.execute(text(_PARTITIONS)):
        if bounds := _BOUNDS.fullmatch(expression):
            since, until = (bound.replace("-", "") for bound in bounds.groups())
            tables.append(Partition(since, until, name))
    return sorted(tables)


def months_ahead(today: date) -> Sequence[date]:
    """Return the first days of this month and of those that are made ahead."""
    months = [today.replace(day=1)]
    for _ in range(_AHEAD):
        months.append(_next(months[-1]))
    return months


def make_ahead(engine: Engine, today: date, *, patience: float = PATIENCE) -> None:
    """Make the partitions of this month and the next. Raise SQLAlchemyError or TablesInUse."""
    make_partitions(engine, months_ahead(today), patience=patience)


def make_partitions(engine: Engine, months: Iterable[date], *, patience: float = PATIENCE) -> None:
    """Make the partitions of those months that have none. Raise SQLAlchemyError or TablesInUse."""
    with engine.connect() as connection:
        missing = [*_missing(connection, months)]
    if missing:
        change_tables(
            engine, lambda connection: add_partitions(connection, missing), patience=patience
        )


def add_partitions(connection: Connection, months: Iterable[date]) -> None:
    """Make the partitions of those months that have none, in the connection's transaction."""
    for month in _missing(connection, months):
        since, until = _bounds(month)
        name = f"clicks_{month:%Y_%m}"
        connection.exec_driver_sql(_ADD.format(name=name, since=since, until=until))


def months_of_days(connection: Connection, today: date) -> set[date]:
    """Return the first days of the months that clicks of the known days are in.

    Days before 1970 and after tomorrow are of no clock that is right, and may be any number.
    """
    plausible = CountedDay.day.between(date(1970, 1, 1), today + timedelta(days=1))
    days = connection.scalars(
        select(CountedDay.day).where(plausible, CountedDay.loaded > 0, ~CountedDay.pruned)
    )
    return {month for day in days for month in months_of(day)}


def months_of(day: date) -> set[date]:
    """Return the first days of the months that clicks of a day of any time zone are in."""
    a_day = timedelta(days=1)  # which begins or ends on another day of UTC
    return {near.replace(day=1) for near in (day - a_day, day + a_day)}


def _missing(connection: Connection, months: Iterable[date]) -> Iterator[date]:
    """Yield the months that no partition has clicks of; those before 1970 have no keys."""
    if connection.dialect.name != "postgresql":
        return
    there = partitions(connection)
    for month in sorted(set(months)):
        since, until = _bounds(month)
        if since < until and not any(
            partition.since < until and since < partition.until for partition in there
        ):
            yield month


def _bounds(month: date) -> tuple[str, str]:
    return key_of_day(month, "UTC"), key_of_day(_next(month), "UTC")


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
