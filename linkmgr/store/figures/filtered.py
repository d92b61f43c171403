"""The figures of those clicks that have certain values, such as one item's by referrer.

Totals know one value at a time, so these are counted from the single clicks, as far back as they
are stored (`settings.keep_days`).
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    SQLColumnExpression,
    String,
    case,
    cast,
    column,
    distinct,
    func,
    literal,
    select,
    union_all,
    values,
)
from sqlalchemy.orm import aliased

from linkmgr.store.db.models import ClickRow, key_of_day
from linkmgr.store.figures.figures import Counts, Curve, Dimension, Ranked
from linkmgr.store.figures.periods import Period

NEWEST = 20_000
"""The most clicks, the newest, that are counted, so that no filter takes long.

All of three months' clicks of phones took 28 s with 10 million a year. To find clicks is not what
takes the time, 30 days being read in 80 ms, so that an index would only burden the loader.
"""

Filters = Mapping[Dimension, str]
"""The values that clicks must have."""


def filtered(
    connection: Connection, period: Period, timezone: str, filters: Filters
) -> Mapping[Dimension, tuple[Ranked, ...]]:
    """Return by each dimension the values that matching clicks have, by one query."""
    newest = (
        select(ClickRow)
        .where(*_within(period, timezone), *_matching(filters))
        .order_by(ClickRow.id.desc())
        .limit(NEWEST)
    )
    found = aliased(ClickRow, newest.cte("found"))
    by_value = (
        select(literal(dimension.value), value, *_counts(found)).group_by(value)
        for dimension, value in _values(found).items()
    )
    ranked: dict[Dimension, list[Ranked]] = {dimension: [] for dimension in _values(found)}
    for dimension, value, *numbers in connection.execute(union_all(*by_value)):
        ranked[Dimension(dimension)].append(Ranked(value, Counts(*map(int, numbers))))
    return {
        dimension: tuple(sorted(rows, key=lambda row: (-row.counts.clicks, row.value)))
        for dimension, rows in ranked.items()
    }


def filtered_curves(
    connection: Connection,
    period: Period,
    timezone: str,
    filters: Filters,
    *,
    compared: Period | None = None,
) -> tuple[Curve, Curve]:
    """Return the curve of the matching clicks of a period and that of the one it is compared with.

    That is by default the one before. All clicks are counted, by one query.
    """
    periods = (period, compared or period.before)
    days = sorted({day for each in periods for day in each})
    rows = [
        (number, key_of_day(day, timezone), key_of_day(day + timedelta(days=1), timezone))
        for number, day in enumerate(days)
    ]
    identity = ClickRow.id.type
    columns = column("number", Integer), column("first", identity), column("next", identity)
    bounds = values(*columns).data(rows).cte("days")
    query = (
        select(bounds.c.number, *_counts(ClickRow))
        .join(ClickRow, (ClickRow.id >= bounds.c.first) & (ClickRow.id < bounds.c.next))
        .where(*_matching(filters))
        .group_by(bounds.c.number)
    )
    counts = {
        days[number]: Counts(*map(int, numbers)) for number, *numbers in connection.execute(query)
    }
    now, before = (
        Curve(each, tuple(counts.get(day, Counts()) for day in each)) for each in periods
    )
    return now, before


def _values(of: type[ClickRow]) -> Mapping[Dimension, SQLColumnExpression[str]]:
    place = case((of.block == "", ""), else_=of.block + "." + cast(of.rank, String))
    return {
        Dimension.ITEM: of.item,
        Dimension.POST: of.post,
        Dimension.PLACE: place,
        Dimension.REFERRER: of.referrer,
        Dimension.DEVICE: of.device,
    }


def _counts(of: type[ClickRow]) -> Iterable[ColumnElement[int]]:
    """Return the SQL of each field of `Counts`; each visitor has another number each day."""
    reader = of.bot == ""
    counted = {
        "clicks": func.sum(case((reader, 1), else_=0)),
        "visitors": func.count(distinct(case((reader, of.visitor)))),
        "bots": func.sum(case((reader, 0), else_=1)),
    }
    return (counted[name] for name in Counts._fields)


def _within(period: Period, timezone: str) -> Iterable[ColumnElement[bool]]:
    yield ClickRow.id >= key_of_day(period.since, timezone)
    yield ClickRow.id < key_of_day(period.until + timedelta(days=1), timezone)


def _matching(filters: Filters) -> Iterable[ColumnElement[bool]]:
    of = _values(ClickRow)
    return (of[dimension] == value for dimension, value in filters.items())
