"""The figures of parts of a day, out of single clicks, since totals know whole days alone.

Moments are milliseconds since 1970. Spans are from a moment up to another, which is excluded.
"""

from sqlalchemy import Connection, select

from linkmgr.store.db.models import ClickRow, key_at
from linkmgr.store.figures.figures import Counts
from linkmgr.store.figures.filtered import Filters, counts_of, matching

HOUR = 3_600_000


def hours(connection: Connection, since: int, until: int, filters: Filters) -> tuple[Counts, ...]:
    """Return the counts of the matching clicks of each hour of a span, by one query.

    The last may be less than an hour.
    """
    number = (ClickRow.time - since) // HOUR
    query = (
        select(number, *counts_of(ClickRow))
        .where(ClickRow.id >= key_at(since), ClickRow.id < key_at(until), *matching(filters))
        .group_by(number)
    )
    found = {hour: Counts(*map(int, numbers)) for hour, *numbers in connection.execute(query)}
    return tuple(found.get(n, Counts()) for n in range(-((since - until) // HOUR)))


def span_counts(connection: Connection, since: int, until: int, filters: Filters) -> Counts:
    """Return the counts of the matching clicks of a span; whose visitors are counted once each."""
    query = select(*counts_of(ClickRow)).where(
        ClickRow.id >= key_at(since), ClickRow.id < key_at(until), *matching(filters)
    )
    return Counts(*(int(number or 0) for number in connection.execute(query).one()))


def has_clicks(connection: Connection, since: int, until: int) -> bool:
    """Whether any click of a span is stored."""
    query = select(ClickRow.id).where(ClickRow.id >= key_at(since), ClickRow.id < key_at(until))
    return connection.scalar(query.limit(1)) is not None
