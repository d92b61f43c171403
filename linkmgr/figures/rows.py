"""The figures of clicks that have certain values, such as one item's by referrer, or of some hours.

Totals know one value at a time and whole days alone, so these are counted from the rows of clicks,
as far back as they are stored (`settings.keep_days`). Of those, readers' and bots' are clicks: what
else a row may be, and which names are counted as `OTHER`, the count of its day has said.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    SQLColumnExpression,
    String,
    bindparam,
    case,
    cast,
    distinct,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.model import OTHER
from linkmgr.clicks.periods import Period
from linkmgr.store.clicks.rows import NAMES, counted_name, is_click
from linkmgr.store.db.models import ClickRow, RowKind, key_at, keys_of_days

NEWEST = 20_000
"""The most clicks, the newest, that are counted, so that no filter takes long.

All of three months' clicks of phones took 28 s with 10 million a year. To find clicks is not what
takes the time, 30 days being read in 80 ms, so that an index would only burden the loader.
"""

_PLACE = re.compile(r"(?P<block>.+)\.(?P<rank>0|[1-9][0-9]{0,3})")

Filters = Mapping[Dimension, str]
"""The values that clicks must have."""

Tables = Mapping[Dimension, Mapping[str, Counts]]
"""The values of clicks by each dimension, with their counts."""


def filtered(connection: Connection, period: Period, filters: Filters) -> Tables:
    """Return by each dimension the values that matching clicks have, by one query."""
    newest = (
        select(ClickRow)
        .where(*_within(period), is_click(), *matching(filters))
        .order_by(ClickRow.id.desc())
        .limit(NEWEST)
    )
    newest_clicks = aliased(ClickRow, newest.cte("newest_clicks"))
    by_value = (
        select(literal(dimension.value), value, *_counts_of(newest_clicks))
        .where(*_ranked_by(dimension, value))
        .group_by(value)
        for dimension, value in _values(newest_clicks).items()
    )
    tables: dict[Dimension, dict[str, Counts]] = {
        dimension: {} for dimension in _values(newest_clicks)
    }
    for dimension, value, *numbers in connection.execute(union_all(*by_value)):
        tables[Dimension(dimension)][value] = Counts(*map(int, numbers))
    return tables


def filtered_days(
    connection: Connection, days: Iterable[date], filters: Filters
) -> dict[date, Counts]:
    """Return the counts of all matching clicks of each of the days, by one query a day.

    By one of all days PostgreSQL took twenty times as long: it knows no range of keys by a join.
    """
    first, end = (bindparam(name, type_=ClickRow.id.type) for name in ("first", "end"))
    query = select(*_counts_of(ClickRow)).where(
        ClickRow.id >= first,
        ClickRow.id < end,
        ClickRow.day == bindparam("counted_day", type_=ClickRow.day.type),
        is_click(),
        *matching(filters),
    )
    counts = {}
    for day in days:
        keys = keys_of_days(day, day)
        values = {"first": keys[0], "end": keys[1], "counted_day": day}
        numbers = connection.execute(query, values).one()
        counts[day] = Counts(*(int(number or 0) for number in numbers))
    return counts


def clicks_by_post(
    connection: Connection, period: Period, items: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return readers' clicks in a period of some items by item and post; no clicks, no entry."""
    post = _values(ClickRow)[Dimension.POST]
    query = (
        select(ClickRow.item, post, func.count())
        .where(*_within(period), ClickRow.item.in_(items), _is_readers())
        .group_by(ClickRow.item, post)
    )
    return {(item, post): clicks for item, post, clicks in connection.execute(query)}


class LinkOfPost(NamedTuple):
    """An item's link in a post, with the tracking ID that it earns by."""

    item: str
    tracking: str
    post: str


def clicks_by_link(connection: Connection, period: Period) -> dict[LinkOfPost, int]:
    """Return readers' clicks in a period by link and post, as far back as they are stored.

    Those that came from no post have an empty one.
    """
    kinds = ClickRow.item, ClickRow.tracking, _values(ClickRow)[Dimension.POST]
    query = select(*kinds, func.count()).where(*_within(period), _is_readers()).group_by(*kinds)
    return {LinkOfPost(*link): clicks for *link, clicks in connection.execute(query)}


def _is_readers() -> ColumnElement[bool]:
    return ClickRow.kind == int(RowKind.READER)


def _values(of: type[ClickRow]) -> Mapping[Dimension, SQLColumnExpression[str]]:
    place = case((of.block == "", ""), else_=of.block + "." + cast(of.rank, String))
    return {
        Dimension.ITEM: of.item,
        Dimension.POST: counted_name(of, Dimension.POST),
        Dimension.PLACE: place,
        Dimension.REFERRER: counted_name(of, Dimension.REFERRER),
        Dimension.DEVICE: of.device,
        Dimension.CAMPAIGN: counted_name(of, Dimension.CAMPAIGN),
        Dimension.TRACKING: of.tracking,
    }


def _ranked_by(
    dimension: Dimension, value: SQLColumnExpression[str]
) -> Iterable[ColumnElement[bool]]:
    """Yield the condition that a dimension's clicks must meet; most dimensions rank all."""
    if dimension in {Dimension.CAMPAIGN, Dimension.TRACKING}:
        yield value != ""


def _counts_of(of: type[ClickRow]) -> Iterable[ColumnElement[int]]:
    """Return the SQL of each field of `Counts`; each visitor has another number each day.

    There are no views: those are stored as sums, and all of them, where of clicks the newest count.
    """
    reader = of.kind == int(RowKind.READER)
    counted = {
        "clicks": func.sum(case((reader, 1), else_=0)),
        "visitors": func.count(distinct(case((reader, of.visitor)))),
        "bots": func.sum(case((reader, 0), else_=1)),
        "views": literal(0),
        "clicked": literal(0),
    }
    return (counted[name] for name in Counts._fields)


def _within(period: Period) -> Iterable[ColumnElement[bool]]:
    first, end = keys_of_days(period.since, period.until)
    yield ClickRow.id >= first
    yield ClickRow.id < end
    yield ClickRow.day.between(period.since, period.until)


def matching(filters: Filters) -> Iterable[ColumnElement[bool]]:
    """Return the conditions that clicks must meet."""
    of = _values(ClickRow)
    for dimension, value in filters.items():
        place = _PLACE.fullmatch(value) if dimension is Dimension.PLACE else None
        name = NAMES.get(dimension)
        if place:
            # By the columns themselves, with no text made of each click's: in half the time.
            yield ClickRow.block == place["block"]
            yield ClickRow.rank == int(place["rank"])
        elif name and value != OTHER:
            yield getattr(ClickRow, dimension) == value
            yield ClickRow.other.op("&")(int(name)) == 0
        else:
            yield of[dimension] == value


# Parts of a day. Moments are milliseconds since 1970; a span does not include its end.

HOUR = 3_600_000


def hours(connection: Connection, since: int, until: int, filters: Filters) -> tuple[Counts, ...]:
    """Return the counts of the matching clicks of each hour of a span, by one query.

    The last may be less than an hour.
    """
    number = (ClickRow.time - since) // HOUR
    query = (
        select(number, *_counts_of(ClickRow))
        .where(*_in_span(since, until), is_click(), *matching(filters))
        .group_by(number)
    )
    counts = {hour: Counts(*map(int, numbers)) for hour, *numbers in connection.execute(query)}
    begun_hours = ceil((until - since) / HOUR)
    return tuple(counts.get(hour, Counts()) for hour in range(begun_hours))


def span_counts(connection: Connection, since: int, until: int, filters: Filters) -> Counts:
    """Return the counts of the matching clicks of a span, with each visitor counted once."""
    query = select(*_counts_of(ClickRow)).where(
        *_in_span(since, until), is_click(), *matching(filters)
    )
    return Counts(*(int(number or 0) for number in connection.execute(query).one()))


def span_clicks(
    connection: Connection,
    since: int,
    until: int,
    filters: Filters,
    values: Mapping[Dimension, Sequence[str]],
) -> dict[Dimension, dict[str, int]]:
    """Return readers' matching clicks of a span by values of some dimensions, by one query."""
    clicked: dict[Dimension, dict[str, int]] = {dimension: {} for dimension in values}
    of = _values(ClickRow)
    within = *_in_span(since, until), _is_readers(), *matching(filters)
    queries = [
        select(literal(dimension.value), of[dimension], func.count())
        .where(*within, of[dimension].in_(wanted))
        .group_by(of[dimension])
        for dimension, wanted in values.items()
        if wanted
    ]
    if queries:
        for dimension, value, clicks in connection.execute(union_all(*queries)):
            clicked[Dimension(dimension)][value] = int(clicks)
    return clicked


def _in_span(since: int, until: int) -> Iterable[ColumnElement[bool]]:
    yield ClickRow.id >= key_at(since)
    yield ClickRow.id < key_at(until)


def has_clicks(connection: Connection, since: int, until: int) -> bool:
    """Whether any click of a span is stored."""
    query = select(ClickRow.id).where(*_in_span(since, until), is_click())
    return connection.scalar(query.limit(1)) is not None
