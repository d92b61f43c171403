"""What figures are made of: totals, clicks that match filters, and what is kept of both in memory.

Totals know one value at a time and whole days, each by one query however many clicks there are.
Clicks that have several values, or are of some hours, are counted from their rows, as far back as
these are stored (`settings.keep_days`). Of the rows, readers' and bots' are clicks: what else a row
may be, and which names are counted as `OTHER`, the count of its day has said.

Bots' clicks are counted separately. Visitors are counted per day, under a key that changes daily
so that nobody is stored: someone who comes on three days counts three times, and may count twice on
a day on which nodes had different keys.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from cachetools import LRUCache
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
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
from linkmgr.store.clicks.counting import NAMES, counted_name, is_click
from linkmgr.store.clicks.renames import Renames, renames_for, renames_of, shared_days
from linkmgr.store.db.engine import sum_of
from linkmgr.store.db.models import (
    ClickRow,
    CountedDay,
    RowKind,
    Total,
    ViewTotal,
    VisitorDay,
    key_at,
    keys_of_days,
)

# Totals.


@dataclass(frozen=True, slots=True)
class Curve:
    """The counts of each day of a period, in its order."""

    period: Period
    days: tuple[Counts, ...]

    @property
    def sum(self) -> Counts:
        """The counts of the whole period."""
        return sum(self.days, Counts())


CLICKS = Total.clicks, Total.visitors, Total.bots
"""The columns of `totals` in the order of `Counts`."""

VIEWS = ViewTotal.views, ViewTotal.clicked
"""Those of `view_totals`, which follow."""

ClicksOfValues = dict[Dimension, dict[str, int]]
"""Readers' clicks by some values of some dimensions."""


def curves(
    connection: Connection,
    period: Period,
    dimension: Dimension = Dimension.ALL,
    value: str = "",
    *,
    compared: Period | None = None,
) -> tuple[Curve, Curve]:
    """Return the curve of a period and of the one it is `compared` with, by default that before.

    They are of all clicks, or of those of a value.
    """
    before = compared or period.before
    days = list(before) + list(period)
    values = renames_for(connection, dimension).all_values(dimension, [value])
    clicks = select(Total.day, *CLICKS, literal(0), literal(0)).where(
        Total.dimension == dimension, Total.value.in_(values), Total.day.in_(days)
    )
    views = select(ViewTotal.day, literal(0), literal(0), literal(0), *VIEWS).where(
        ViewTotal.dimension == dimension, ViewTotal.value.in_(values), ViewTotal.day.in_(days)
    )
    counts: dict[date, Counts] = {}
    for day, readers, visitors, bots, seen, clicked in connection.execute(clicks.union_all(views)):
        more = Counts(readers, visitors, bots, seen, clicked)
        counts[day] = counts.get(day, Counts()) + more
    now = tuple(counts.get(day, Counts()) for day in period)
    then = tuple(counts.get(day, Counts()) for day in before)
    return Curve(period, now), Curve(before, then)


def sums(connection: Connection, dimension: Dimension, period: Period) -> dict[str, Counts]:
    """Return the counts of each value that was clicked or seen in a period, by one query."""
    none = literal(0)
    clicks = select(Total.value, *map(sum_of, CLICKS), none, none).where(
        Total.dimension == dimension, Total.day.between(period.since, period.until)
    )
    views = select(ViewTotal.value, none, none, none, *map(sum_of, VIEWS)).where(
        ViewTotal.dimension == dimension, ViewTotal.day.between(period.since, period.until)
    )
    of_both = union_all(clicks.group_by(Total.value), views.group_by(ViewTotal.value))
    renames, counts = renames_for(connection, dimension), dict[str, Counts]()
    for row in connection.execute(of_both).all():
        value, more = renames.present_value(dimension, row[0]), Counts._make(row[1:])
        before = counts.get(value)
        counts[value] = before + more if before else more
    return counts


def most_viewed(
    connection: Connection, dimension: Dimension, period: Period, limit: int
) -> list[str]:
    """Return the values that were seen most in a period, the one seen most first."""
    views = func.sum(ViewTotal.views)
    value: SQLColumnExpression[str] = ViewTotal.value
    if dimension is Dimension.ITEM:
        value = renames_of(connection).present_ids(value)
    most: Select[str] = (
        select(value.label("counted_value"))
        .where(
            ViewTotal.dimension == dimension,
            ViewTotal.day.between(period.since, period.until),
        )
        .group_by("counted_value")
        .having(views > 0)
        .order_by(views.desc(), "counted_value")
    )
    return list(connection.scalars(most.limit(limit)))


def order(row: tuple[str, Counts]) -> tuple[int, str]:
    """Return the key by which values with their counts are sorted."""
    value, counts = row
    return -counts.clicks, value


def first_day(connection: Connection) -> date | None:
    """Return the first day with a click or a view, on which counting began; `None` without any."""
    days = _days(connection, func.min(Total.day), func.min(ViewTotal.day))
    return min(days, default=None)


def last_day(connection: Connection) -> date | None:
    """Return the last day with a click, bots included, or a view; `None` if there never was one."""
    days = _days(connection, func.max(Total.day), func.max(ViewTotal.day))
    return max(days, default=None)


def _days(
    connection: Connection, clicked: ColumnElement[date], seen: ColumnElement[date]
) -> list[date]:
    """Return the days of all clicks and of all views, of each if there is one."""
    of_clicks = select(clicked).where(Total.dimension == Dimension.ALL)
    of_views = select(seen).where(ViewTotal.dimension == Dimension.ALL)
    days: Sequence[date | None] = connection.scalars(union_all(of_clicks, of_views)).all()
    return [day for day in days if day is not None]


DayNumbers = tuple[tuple[date, int], ...]
"""Days with their numbers."""


def day_numbers(connection: Connection) -> Mapping[date, int]:
    """Return the days that have figures, each with a number that goes up with them."""
    rows = connection.execute(
        select(CountedDay.day, CountedDay.number).where(CountedDay.number > 0)
    )
    return {row.day: row.number for row in rows}


def clicks_on(connection: Connection, days: Sequence[date]) -> int:
    """Return the number of readers' clicks on the given days."""
    query = select(func.sum(Total.clicks)).where(
        Total.dimension == Dimension.ALL, Total.day.in_(days)
    )
    return int(connection.scalar(query) or 0)


def counted_until(connection: Connection) -> int | None:
    """Return until when clicks are counted, in milliseconds since 1970; `None` if all are."""
    waiting = CountedDay.loaded != CountedDay.counted, ~CountedDay.pruned
    return connection.scalar(select(func.min(CountedDay.until)).where(*waiting))


def last_click(connection: Connection) -> int | None:
    """Return when the last loaded click was, in milliseconds since 1970; `None` without any."""
    return connection.scalar(select(ClickRow.time).order_by(ClickRow.id.desc()).limit(1))


def clicks_of(
    connection: Connection, period: Period, values: Mapping[Dimension, Sequence[str]]
) -> ClicksOfValues:
    """Return readers' clicks in a period by values of some dimensions, by one query."""
    renames = renames_for(connection, *values)
    queries: list[Select[str, str, int]] = []
    for dimension, wanted in values.items():
        if wanted:
            query = select(literal(dimension.value), Total.value, func.sum(Total.clicks)).where(
                Total.dimension == dimension,
                Total.value.in_(renames.all_values(dimension, wanted)),
                Total.day.in_(list(period)),
            )
            queries.append(query.group_by(Total.value))
    return _clicks_of_values(connection, values, queries)


def _clicks_of_values(
    connection: Connection,
    values: Mapping[Dimension, Sequence[str]],
    queries: Sequence[Select[str, str, int]],
) -> ClicksOfValues:
    """Return the clicks of each value that queries count, 0 for values that they do not name."""
    clicks = {dimension: dict.fromkeys(wanted, 0) for dimension, wanted in values.items()}
    renames = renames_for(connection, *values)
    if queries:
        for name, value, number in connection.execute(union_all(*queries)):
            dimension = Dimension(name)
            clicks[dimension][renames.present_value(dimension, value)] += int(number)
    return clicks


def days_of(
    connection: Connection, dimension: Dimension, values: Sequence[str], period: Period
) -> dict[str, tuple[int, ...]]:
    """Return readers' clicks on each day of a period of some values; no clicks, no entry."""
    renames = renames_for(connection, dimension)
    query = select(Total.value, Total.day, Total.clicks).where(
        Total.dimension == dimension,
        Total.value.in_(renames.all_values(dimension, values)),
        Total.day.in_(list(period)),
    )
    by_value: dict[str, list[int]] = {}
    for value, day, clicks in connection.execute(query):
        days = by_value.setdefault(renames.present_value(dimension, value), [0] * len(period))
        days[(day - period.since).days] += clicks
    return {value: tuple(days) for value, days in by_value.items()}


def doubled_days(connection: Connection) -> tuple[date, ...]:
    """Return the days on which nodes had different keys of visitors, in their order."""
    days = select(VisitorDay.day).where(VisitorDay.doubled).order_by(VisitorDay.day)
    return tuple(connection.scalars(days))


# Clicks that match filters.

NEWEST = 20_000
"""The most clicks that one query counts, the newest first, so that no filter takes long.

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
        .where(*_within(period), is_click(), *matching(filters, renames_of(connection)))
        .order_by(ClickRow.id.desc())
        .limit(NEWEST)
    )
    newest_clicks = aliased(ClickRow, newest.cte("newest_clicks"))
    values = _values(newest_clicks, renames_of(connection))
    by_value: list[Select[*tuple[Any, ...]]] = []
    for dimension, value in values.items():
        counted = select(literal(dimension.value), value, *_counts_of(newest_clicks))
        # Clicks without a campaign or a way of counting are no line of these tables.
        if dimension in {Dimension.CAMPAIGN, Dimension.TRACKING}:
            counted = counted.where(value != "")
        by_value.append(counted.group_by(value))
    tables: dict[Dimension, dict[str, Counts]] = {dimension: {} for dimension in values}
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
        *matching(filters, renames_of(connection)),
    )
    counts: dict[date, Counts] = {}
    for day in days:
        first_key, end_key = keys_of_days(day, day)
        values = {"first": first_key, "end": end_key, "counted_day": day}
        numbers = connection.execute(query, values).one()
        counts[day] = Counts(*(int(number or 0) for number in numbers))
    return counts


def clicks_by_post(
    connection: Connection, period: Period, items: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return readers' clicks in a period of some items by item and post; no clicks, no entry."""
    renames = renames_of(connection)
    of = _values(ClickRow, renames)
    item, post = of[Dimension.ITEM], of[Dimension.POST]
    query = (
        select(item, post, func.count())
        .where(*_within(period), ClickRow.item.in_(renames.all_ids(items)), _is_readers())
        .group_by(item, post)
    )
    return {(item, post): clicks for item, post, clicks in connection.execute(query)}


def _is_readers() -> ColumnElement[bool]:
    return ClickRow.kind == int(RowKind.READER)


def _values(of: type[ClickRow], renames: Renames) -> Mapping[Dimension, SQLColumnExpression[str]]:
    place = case((of.block == "", ""), else_=of.block + "." + cast(of.rank, String))
    return {
        Dimension.ITEM: renames.present_ids(of.item),
        Dimension.POST: counted_name(of, Dimension.POST),
        Dimension.PLACE: place,
        Dimension.REFERRER: counted_name(of, Dimension.REFERRER),
        Dimension.DEVICE: of.device,
        Dimension.CAMPAIGN: counted_name(of, Dimension.CAMPAIGN),
        Dimension.TRACKING: of.tracking,
    }


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


def matching(filters: Filters, renames: Renames) -> Iterable[ColumnElement[bool]]:
    """Return the conditions that clicks must meet."""
    of = _values(ClickRow, renames)
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
        elif dimension is Dimension.ITEM:
            yield ClickRow.item.in_(renames.all_ids([value]))
        else:
            yield of[dimension] == value


# Parts of a day.

HOUR = 3_600_000


class Span(NamedTuple):
    """A time between two moments, in milliseconds since 1970, without the second."""

    since: int
    until: int


def hours(connection: Connection, span: Span, filters: Filters) -> tuple[Counts, ...]:
    """Return the counts of the matching clicks of each hour of a span, by one query.

    The last may be less than an hour.
    """
    number = (ClickRow.time - span.since) // HOUR
    query = (
        select(number, *_counts_of(ClickRow))
        .where(*_in_span(span), is_click(), *matching(filters, renames_of(connection)))
        .group_by(number)
    )
    counts = {hour: Counts(*map(int, numbers)) for hour, *numbers in connection.execute(query)}
    begun_hours = ceil((span.until - span.since) / HOUR)
    return tuple(counts.get(hour, Counts()) for hour in range(begun_hours))


def span_counts(connection: Connection, span: Span, filters: Filters) -> Counts:
    """Return the counts of the matching clicks of a span, with each visitor counted once."""
    query = select(*_counts_of(ClickRow)).where(
        *_in_span(span), is_click(), *matching(filters, renames_of(connection))
    )
    return Counts(*(int(number or 0) for number in connection.execute(query).one()))


def span_clicks(
    connection: Connection,
    span: Span,
    filters: Filters,
    values: Mapping[Dimension, Sequence[str]],
) -> ClicksOfValues:
    """Return readers' matching clicks of a span by values of some dimensions, by one query."""
    of = _values(ClickRow, renames_of(connection))
    within = *_in_span(span), _is_readers(), *matching(filters, renames_of(connection))
    queries: list[Select[str, str, int]] = []
    for dimension, wanted in values.items():
        if wanted:
            value = of[dimension]
            query = select(literal(dimension.value), value, func.count())
            queries.append(query.where(*within, value.in_(wanted)).group_by(value))
    return _clicks_of_values(connection, values, queries)


def _in_span(span: Span) -> Iterable[ColumnElement[bool]]:
    yield ClickRow.id >= key_at(span.since)
    yield ClickRow.id < key_at(span.until)


def has_clicks(connection: Connection, span: Span) -> bool:
    """Whether any click of a span is stored."""
    query = select(ClickRow.id).where(*_in_span(span), is_click())
    return connection.scalar(query.limit(1)) is not None


# What is kept in memory, by the count numbers of its days: a day's goes up whenever its totals or
# rows change. 30 days of a year's 3.4 million totals took SQLite 180 ms, 90 days 320 ms; the last
# day alone, to which clicks are added, takes 60 ms.

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

# Sums of the periods that can be picked, pages of lists, filters that were used last: of 10,000
# posts the sums of a period take 2 MB.
_MOST_KEPT = 40


class StampedCache(Generic[_Key, _Value]):
    """Keeps what was read last, each for as long as its stamp is the same; threads may ask."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._lock = Lock()
        self._kept: LRUCache[_Key, tuple[object, _Value]] = LRUCache(most)

    def get(self, key: _Key, stamp: object, read: Callable[[], _Value]) -> _Value:
        """Return the value kept for a key under a stamp, or else read it."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        value = read()
        with self._lock:
            self._kept[key] = stamp, value
        return value


FigureCache = StampedCache[Hashable, Any]
"""What all requests of a process share."""


class Reading:
    """One reading of figures, such as a request's, which sees one state of the database.

    A command, which asks a single time, has no cache.
    """

    def __init__(self, connection: Connection, cache: FigureCache | None = None) -> None:
        self.connection = connection
        self._cache = cache
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, read: Callable[[], _Value]) -> _Value:
        """Return this reading's value for a key, or else read it."""
        if key not in self._known:
            self._known[key] = read()
        value: _Value = self._known[key]
        return value

    def numbers(self, period: Period) -> DayNumbers:
        """Return the days of a period that have figures, each with its count number."""
        numbers = self._day_numbers()
        return tuple((day, numbers[day]) for day in period if day in numbers)

    def _day_numbers(self) -> Mapping[date, int]:
        return self.once("numbers", lambda: day_numbers(self.connection))

    def kept(self, what: Hashable, period: Period, read: Callable[[Period], _Value]) -> _Value:
        """Return the value of a period, kept for as long as its days' numbers are the same."""
        if self._cache is None:
            return read(period)
        value: _Value = self._cache.get((what, period), self.numbers(period), lambda: read(period))
        return value

    def by_day(
        self,
        what: Hashable,
        period: Period,
        read: Callable[[Sequence[date]], Mapping[date, _Value]],
    ) -> Mapping[date, _Value]:
        """Return the value of each day with figures, kept for as long as its number is the same.

        Another period has many of the same days.
        """
        kept: dict[date, tuple[int, _Value]] = {}
        if self._cache is not None:
            kept = self._cache.get(what, None, dict)
        values: dict[date, _Value] = {}
        missing: dict[date, int] = {}
        for day, number in self.numbers(period):
            entry = kept.get(day)
            if entry is not None and entry[0] == number:
                values[day] = entry[1]
            else:
                missing[day] = number
        if missing:
            for day, value in read(list(missing)).items():
                values[day] = value
                kept[day] = missing[day], value
        return values

    def summed(
        self,
        what: Hashable,
        period: Period,
        read: Callable[[Period], Mapping[_Key, _Value]],
        add: Callable[[_Value, _Value], _Value],
    ) -> Mapping[_Key, _Value]:
        """Return the sums of a period, the newest day kept apart: the others seldom change."""
        *before, last = period
        if self._cache is None:
            return read(period)
        is_over = last < max(self._day_numbers(), default=last)
        if is_over or not before:
            return self.kept(what, period, read)
        latest = self.kept(what, Period(last, last), read)
        earlier = self.kept(what, Period(before[0], before[-1]), read)
        sums = dict(earlier)
        for key, value in latest.items():
            sums[key] = add(earlier[key], value) if key in earlier else value
        return sums

    def sums(self, dimension: Dimension, period: Period) -> Mapping[str, Counts]:
        """Return the counts of each value that was clicked or seen in a period."""

        def sum_up() -> Mapping[str, Counts]:
            return self.summed(
                dimension,
                period,
                lambda days: sums(self.connection, dimension, days),
                Counts.__add__,
            )

        return self.once(("sums", dimension, period), sum_up)

    def days_of(
        self, dimension: Dimension, values: Sequence[str], period: Period
    ) -> Mapping[str, tuple[int, ...]]:
        """Return readers' clicks on each day of a period of some values; no clicks, no entry."""
        return self.kept(
            (dimension, tuple(values)),
            period,
            lambda days: days_of(self.connection, dimension, values, days),
        )

    def first_day(self) -> date | None:
        """Return the day on which counting began; `None` if nothing has been counted."""
        return self.once("first day", lambda: first_day(self.connection))

    def doubled_days(self, *periods: Period) -> tuple[date, ...]:
        """Return the days of periods on which nodes had different keys of visitors."""
        doubled = self.once("doubled", lambda: doubled_days(self.connection))
        return tuple(day for day in doubled if any(day in period for period in periods))

    def shared_days(self, *periods: Period, item: str | None = None) -> tuple[date, ...]:
        """Return the days of periods with readers of an item, or of this one, under two ids."""
        days: set[date] = set()
        days.update(*periods)
        renames = renames_of(self.connection)
        shared = self.once(
            ("shared", item, *periods),
            lambda: shared_days(self.connection, renames, sorted(days), item),
        )
        return tuple(shared)
