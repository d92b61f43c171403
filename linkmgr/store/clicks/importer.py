"""Adds clicks that were exported, each once however often it is imported."""

import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby, islice
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from linkmgr.clicks.bulk import clicks_of
from linkmgr.clicks.model import Click
from linkmgr.store.clicks.cardinality import CardinalityLimit
from linkmgr.store.clicks.counting import day_of, known_ids, rows_of, totals_of
from linkmgr.store.clicks.writes import add_clicks, add_seen, add_totals
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ClickRow, Total, key_of_day
from linkmgr.store.db.partitions import make_partitions, months_of
from linkmgr.store.figures.figures import Dimension

# Clicks of one day that one transaction adds, which the loader waits for.
_BATCH = 20_000


class Imported(NamedTuple):
    """What became of the clicks: `pruned` ones may be among totals whose clicks are gone."""

    added: int = 0
    known: int = 0
    pruned: int = 0

    def plus(self, other: Self) -> Self:
        """Return what became of both."""
        return type(self)(*map(sum, zip(self, other, strict=True)))


def import_clicks(engine: Engine, clicks: Iterable[Click], timezone: str) -> Imported:
    """Add the clicks that are not there yet, and what they add to the totals of their days.

    What an export has was counted once, so that no limit is applied to it again. A transaction adds
    some clicks of one day: whatever ends it, the next import adds the rest. Raise SQLAlchemyError,
    or LinkmgrError if tables of theirs cannot be made.
    """
    zone = ZoneInfo(timezone)
    imported = Imported()
    for day, of_day in groupby(clicks, lambda click: day_of(click.time, zone)):
        make_partitions(engine, months_of(day))
        rest, recalled = iter(of_day), set[date]()
        while some := {click.id: click for click in islice(rest, _BATCH)}:
            with writing(engine) as connection:
                step = _import(connection, day, timezone, some.values(), recalled)
            imported = imported.plus(step)
    return imported


def _import(
    connection: Connection, day: date, timezone: str, clicks: Iterable[Click], recalled: set[date]
) -> Imported:
    """Add some clicks of one day; of those `recalled` it is known who was seen."""
    known = known_ids(connection, [click.id for click in clicks])
    new = sorted(click for click in clicks if click.id not in known)
    if not new:
        return Imported(known=len(known))
    if _count(connection, day, timezone) != _total(connection, day):
        return Imported(known=len(known), pruned=len(new))
    if day not in recalled:
        _recall(connection, day, timezone)
        recalled.add(day)
    columns = clicks_of(new)
    for dimension in ("post", "referrer", "campaign"):
        names = getattr(columns, dimension)
        CardinalityLimit(dimension, sys.maxsize).buckets(connection, names, day)
    add_clicks(connection, rows_of(columns))
    add_totals(connection, totals_of(day, columns), day)
    return Imported(added=len(new), known=len(known))


def _recall(connection: Connection, day: date, timezone: str) -> None:
    """Have those seen again who clicked: that is forgotten before a day's clicks are."""
    rows = _rows(connection, day, timezone)
    while some := [*islice(rows, _BATCH)]:
        add_seen(connection, totals_of(day, clicks_of(some)), day)


def _rows(connection: Connection, day: date, timezone: str) -> Iterator[Click]:
    """Yield the clicks of a day that are there."""
    query = select(*ClickRow.__table__.columns).where(*_within(day, timezone))
    for row in connection.execute(query.execution_options(yield_per=_BATCH)):
        yield Click._make(row)._replace(visitor=f"{row.visitor % 2**64:016x}")


def _count(connection: Connection, day: date, timezone: str) -> int:
    query = select(func.count()).select_from(ClickRow).where(*_within(day, timezone))
    return connection.scalar(query) or 0


def _within(day: date, timezone: str) -> Iterator[ColumnElement[bool]]:
    yield ClickRow.id >= key_of_day(day, timezone)
    yield ClickRow.id < key_of_day(day + timedelta(days=1), timezone)


def _total(connection: Connection, day: date) -> int:
    """Return how many clicks the totals of a day have, those of bots too."""
    query = select(func.sum(Total.clicks + Total.bots)).where(
        Total.dimension == Dimension.ALL, Total.day == day
    )
    return int(connection.scalar(query) or 0)
