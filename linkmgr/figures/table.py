"""A figure is a query: what is asked for, and the one table that answers it.

Pages, commands, CSV and the API ask by `table(reading, query)`. Clicks come out of totals; those
that match filters are counted from their rows, of which totals know one value at a time. A page
shows several tables at once, beside a curve: its `overview`.
"""

import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from heapq import nsmallest
from typing import NamedTuple
from zoneinfo import ZoneInfo

from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Counts, Dimension, ViewCounts
from linkmgr.clicks.model import OTHER
from linkmgr.clicks.periods import Period, day_in
from linkmgr.figures import queries
from linkmgr.figures.comparison import RateRatio, compare_items
from linkmgr.figures.queries import ClicksOfValues, Curve, Filters, Reading, Span, Tables, order
from linkmgr.figures.views import PlacedViews, views_of_placed_items
from linkmgr.messages.message import message, translate
from linkmgr.store.clicks.counting import NAMES
from linkmgr.store.db.models import start_of_day

PostTags = Callable[[], Mapping[str, Sequence[str]]]
"""Returns the tags of posts by their keys; it is called only where they are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What figures are asked for."""

    period: Period
    timezone: str
    by: Dimension = Dimension.ITEM
    """What the lines are. Filters leave no variants."""
    compared: Period | None = None
    """The days to compare with."""
    filters: Filters = field(default_factory=dict)
    """The values that clicks must have."""
    only: Container[str] | None = None
    """The values that have a line; all, if `None`."""
    limit: int | None = None
    """How many lines there are at most, those with the most clicks first."""
    tags: PostTags = dict
    """Those of posts, for a table by tag."""
    now: datetime | None = None
    """The present moment, where the figures of today are compared with as much of another day."""

    @property
    def today_so_far(self) -> int | None:
        """How many milliseconds of today have passed, if the period ends today; else `None`."""
        if self.now is None or self.period.until != day_in(self.timezone, self.now):
            return None
        return int(self.now.timestamp() * 1000) - start_of_day(self.period.until, self.timezone)

    @property
    def is_today(self) -> bool:
        """Whether the period is today alone."""
        return len(self.period) == 1 and self.today_so_far is not None

    def day_span(self, day: date) -> Span:
        """Return when a day begins and ends in the query's time zone."""
        end = start_of_day(day + timedelta(days=1), self.timezone)
        return Span(start_of_day(day, self.timezone), end)

    def span_so_far(self, day: date) -> Span:
        """Return a day's span, or as much of it as today has had."""
        span, so_far = self.day_span(day), self.today_so_far
        return span if so_far is None else Span(span.since, span.since + so_far)


class TableLine(NamedTuple):
    """A line of a table: an item, a post's key, a place, a day (ISO) and so on."""

    value: str
    title: str
    """The value's name for people, empty where it has none."""
    counts: Counts
    page_views: int | None = None
    """How often the page of a post was read, by a CSV; `None` where that is not known."""
    before: int | None = None
    """The clicks in what an overview compares with; `None` where some are gone."""


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a period, in the days of `timezone`, and those that it is compared with."""

    by: Dimension
    timezone: str
    now: Curve
    before: Curve
    """Of the compared days, or, where nothing is compared, of those before the period."""
    lines: tuple[TableLine, ...]
    doubled: tuple[date, ...] = ()
    """The days of either period on which a reader may count as two visitors."""
    shared: tuple[date, ...] = ()
    """The days of either period on which visitors of a renamed item are at most as many."""
    compared: Mapping[str, RateRatio] = field(default_factory=dict)
    """How items are clicked beside others at the same places, where views say something of that."""
    covered: int = 0
    """How many of the period's clicks the lines are of, bots' included."""

    def __bool__(self) -> bool:
        """Whether anything was counted, including bot clicks."""
        return self.now.sum != Counts()

    @property
    def with_views(self) -> bool:
        """Whether views are known of any line, so that rates can be shown."""
        return any(line.counts.views or line.page_views is not None for line in self.lines)

    def titled(self, titles: Mapping[str, str]) -> "Table":
        """Return the table with the names of its values; `titles` are of items or posts."""
        if self.by is Dimension.DAY:
            return self
        lines: list[TableLine] = []
        for line in self.lines:
            title = name_of_value(self.by, line.value, titles)
            lines.append(line._replace(title=title))
        return replace(self, lines=tuple(lines))


def table(reading: Reading, query: Query) -> Table:
    """Return the table that a query asks for."""
    now, before = curves(reading, query)
    covered = now.sum.with_bots
    if query.by is Dimension.DAY:
        days = zip(now.period, now.days, strict=True)
        lines = [TableLine(day.isoformat(), f"{day:%a}", counts) for day, counts in days]
    else:
        if query.filters:
            covered = _covered(filtered_tables(reading, query.period, query.filters))
        lines = [TableLine(value, "", counts) for value, counts in _ranked(reading, query)]
    doubled = reading.doubled_days(query.period, before.period)
    item, shared = query.filters.get(Dimension.ITEM), tuple[date, ...]()
    if item is not None or query.by is Dimension.ITEM:
        shared = reading.shared_days(query.period, before.period, item=item)
    answer = Table(
        query.by,
        query.timezone,
        now,
        before,
        tuple(lines),
        doubled=doubled,
        shared=shared,
        covered=covered,
    )
    return answer.titled({})


def with_comparisons(reading: Reading, of: Table) -> Table:
    """Return a table of items with each one compared with the others at its places."""
    if of.by is not Dimension.ITEM or not of.now.sum.views:
        return of
    comparisons = compare_items(placed_views(reading, of.now.period))
    return replace(of, compared={item: one for item, one in comparisons.items() if one})


def placed_views(reading: Reading, period: Period) -> PlacedViews:
    """Return the views of each item at each place."""
    connection = reading.connection
    return reading.summed(
        "placed", period, lambda part: views_of_placed_items(connection, part), ViewCounts.plus
    )


# What values are called.

_EMPTY = {
    Dimension.POST: message("stats.no-post"),
    Dimension.PLACE: message("stats.no-place"),
    Dimension.BLOCK: message("stats.no-place"),
    Dimension.REFERRER: message("stats.no-referrer"),
    Dimension.CAMPAIGN: message("stats.no-campaign"),
}


def name_of_value(dimension: Dimension, value: str, titles: Mapping[str, str]) -> str:
    """Return the name of a value; empty where it has no name but itself.

    `titles` are those of the dimension's values that have some: items, or posts.
    """
    if not value and dimension in _EMPTY:
        return translate(_EMPTY[dimension])
    if value == OTHER and dimension in NAMES:
        return translate(message("stats.other"))
    return titles.get(value, "")


def item_titles(catalog: Catalog) -> Mapping[str, str]:
    """Return the titles of books and headings of calls to action, by id."""
    return {item.id: item.title for item in catalog.items.values()}


# The lines.


def _ranked(reading: Reading, query: Query) -> list[tuple[str, Counts]]:
    counted: Iterable[tuple[str, Counts]] = _counted(reading, query).items()
    if query.only is not None:
        counted = [row for row in counted if row[0] in query.only]
    if query.limit is None:
        return sorted(counted, key=order)
    return nsmallest(query.limit, counted, key=order)


def _counted(reading: Reading, query: Query) -> Mapping[str, Counts]:
    """Return the counts of each value."""
    if query.by is Dimension.TAG:
        tags = query.tags()
        posts = _counted(reading, replace(query, by=Dimension.POST))
        return _grouped(posts, lambda post: tags.get(post, ()))
    if query.by is Dimension.BLOCK:
        places = _counted(reading, replace(query, by=Dimension.PLACE))
        return _grouped(places, lambda place: [place.rpartition(".")[0]])
    if query.filters:
        return filtered_tables(reading, query.period, query.filters)[query.by]
    return reading.sums(query.by, query.period)


def _grouped(
    counted: Mapping[str, Counts], groups_of: Callable[[str], Sequence[str]]
) -> Mapping[str, Counts]:
    grouped: dict[str, Counts] = {}
    for value, counts in counted.items():
        for group in groups_of(value):
            grouped[group] = grouped.get(group, Counts()) + counts
    return grouped


def filtered_tables(reading: Reading, period: Period, filters: Filters) -> Tables:
    """Return by each dimension the values of matching clicks.

    They are of the newest `queries.NEWEST` of the last day, and, if these are fewer, of as many of
    the days before.
    """
    *before, last = period
    what = frozenset(filters.items())

    def read(days: Period) -> Tables:
        return queries.filtered(reading.connection, days, filters)

    newest = reading.kept(what, Period(last, last), read)
    if not before or _covered(newest) >= queries.NEWEST:
        return newest
    ended = reading.kept(what, Period(before[0], before[-1]), read)
    together = {}
    for dimension, of_last in newest.items():
        counted = dict(ended[dimension])
        for value, counts in of_last.items():
            counted[value] = counted.get(value, Counts()) + counts
        together[dimension] = counted
    return together


def _covered(tables: Tables) -> int:
    """Return the number of clicks in tables, bots' included: each click has a device."""
    return sum(counts.with_bots for counts in tables[Dimension.DEVICE].values())


# The curves.


def curves(reading: Reading, query: Query) -> tuple[Curve, Curve]:
    """Return the curves of a period and of the one it is compared with, by default that before.

    They are of all clicks, or of those that match the filters.
    """
    compared = query.compared or query.period.before
    asked = "curves", frozenset(query.filters.items()), query.period, compared
    return reading.once(asked, lambda: _read_curves(reading, query, compared))


def _read_curves(reading: Reading, query: Query, compared: Period) -> tuple[Curve, Curve]:
    if len(query.filters) > 1:
        now = _matching(reading, query.period, query.filters)
        return now, _matching(reading, compared, query.filters)
    dimension, value = next(iter(query.filters.items()), (Dimension.ALL, ""))
    return queries.curves(reading.connection, query.period, dimension, value, compared=compared)


# Of a year's 10 million clicks, those of phones without a referrer took SQLite 355 ms to count over
# 30 days and the 30 before; with the days that are over kept, a further click takes 10 ms.

_THREADS = 4
# Fewer clicks than these are counted before other connections have begun to.
_FEWEST = 200_000


def _matching(reading: Reading, period: Period, filters: Filters) -> Curve:
    """Return the curve of the clicks that match filters."""
    counts = reading.by_day(
        ("days", frozenset(filters.items())),
        period,
        lambda days: _count_days(reading, days, filters),
    )
    return Curve(period, tuple(counts.get(day, Counts()) for day in period))


def _count_days(reading: Reading, days: Sequence[date], filters: Filters) -> Mapping[date, Counts]:
    """Count the matching clicks of each day, on several connections where there are many.

    Those see what was committed meanwhile, too: it is no older than the day's number.
    """
    connection = reading.connection
    threads = min(_THREADS, os.cpu_count() or 1, len(days))
    if threads == 1 or queries.clicks_on(connection, days) < _FEWEST:
        return queries.filtered_days(connection, days, filters)

    def count(some: Sequence[date]) -> Mapping[date, Counts]:
        with connection.engine.connect() as another:
            return queries.filtered_days(another, some, filters)

    counts: dict[date, Counts] = {}
    with ThreadPoolExecutor(threads) as pool:
        for part in pool.map(count, (days[first::threads] for first in range(threads))):
            counts.update(part)
    return counts


# A period at a glance: its curve beside another one, its hours, the top of some tables.

TOP = 10
"""The number of rows shown of a table."""

WantedTables = Mapping[Dimension, Container[str] | None]
"""The dimensions that have tables, each with the values that it is limited to, if any."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """The counts of a day's hours so far, and of the same hours of the one it is compared with."""

    begin: datetime
    """The midnight before, in the site's time zone."""
    now: tuple[Counts, ...]
    before: tuple[Counts, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page shows of a period."""

    now: Curve
    before: Curve | None
    """The curve of what is compared with. `None` where nothing is, where nothing was counted then,
    or where today would be compared with a whole day, of which the rows are no longer stored."""
    is_cut: bool
    """Whether the last day of `before` is counted only as far as today has come."""
    tables: Mapping[Dimension, Sequence[TableLine]]
    """The lines with the most clicks, by dimension."""
    covered: int
    """How many of the period's clicks the tables are of, bots' included."""
    hours: DayHours | None
    """The hours of a single day."""
    began: date | None
    """The day of the first click or view of all."""

    @property
    def is_complete(self) -> bool:
        """Whether the tables are of all of the period's clicks."""
        return self.covered >= self.now.sum.with_bots

    @property
    def is_comparable(self) -> bool:
        """Whether clicks were counted on all days that the period is compared with."""
        return bool(self.before and self.began and self.began <= self.before.period.since)


def overview(reading: Reading, query: Query, wanted: WantedTables) -> Overview:
    """Return the figures of a page; the number of queries depends on filters and tables alone."""
    now, whole = curves(reading, query)
    began = reading.first_day()
    cut, before = None, None
    if query.compared and began and began <= query.compared.until:
        cut = _cut_to_now(reading, query, whole)
        before = cut if query.is_today else cut or whole
    tables: dict[Dimension, Sequence[TableLine]] = {}
    covered = now.sum.with_bots
    for dimension, only in wanted.items():
        of_dimension = table(reading, replace(query, by=dimension, only=only, limit=TOP))
        tables[dimension], covered = of_dimension.lines, of_dimension.covered
    hours = _hours(reading, query, now, before)
    shown = Overview(now, before, cut is not None, tables, covered, hours, began)
    if not (shown.is_complete and shown.is_comparable):
        return shown
    return replace(shown, tables=_with_clicks_before(reading, query, shown))


def _with_clicks_before(
    reading: Reading, query: Query, shown: Overview
) -> Mapping[Dimension, Sequence[TableLine]]:
    """Return an overview's tables with the clicks of their values in what is compared with."""
    days = query.compared
    if days is None:
        return shown.tables
    values: dict[Dimension, list[str]] = {}
    for dimension, lines in shown.tables.items():
        values[dimension] = [line.value for line in lines]
    clicks: ClicksOfValues = {}
    if query.filters:
        known = filtered_tables(reading, days, query.filters)
        _, whole = curves(reading, query)
        if _covered(known) < whole.sum.with_bots:
            return shown.tables
        for dimension, wanted in values.items():
            counts = known[dimension]
            clicks[dimension] = {value: counts.get(value, Counts()).clicks for value in wanted}
    else:
        clicks = queries.clicks_of(reading.connection, days, values)
    if shown.is_cut:
        clicks = without_late(reading, query, clicks)
    tables: dict[Dimension, Sequence[TableLine]] = {}
    for dimension, lines in shown.tables.items():
        before = clicks[dimension]
        tables[dimension] = [line._replace(before=before[line.value]) for line in lines]
    return tables


# A database takes no more values in a query than some 32,000.
_MOST_VALUES = 10_000


def without_late(reading: Reading, query: Query, clicks: ClicksOfValues) -> ClicksOfValues:
    """Return clicks of the compared days without those after this time of day on the last one.

    Today isn't over either.
    """
    last = (query.compared or query.period.before).until
    end = query.day_span(last).until
    late = Span(min(query.span_so_far(last).until, end), end)
    early: ClicksOfValues = {}
    clicked: dict[Dimension, list[str]] = {}
    for dimension, by_value in clicks.items():
        early[dimension] = dict(by_value)
        clicked[dimension] = [value for value, number in by_value.items() if number]
    most = max(map(len, clicked.values()), default=0)
    for first in range(0, most, _MOST_VALUES):
        end = first + _MOST_VALUES
        some = {dimension: values[first:end] for dimension, values in clicked.items()}
        late_clicks = queries.span_clicks(reading.connection, late, query.filters, some)
        for dimension, by_value in late_clicks.items():
            for value, number in by_value.items():
                early[dimension][value] -= number
    return early


def _cut_to_now(reading: Reading, query: Query, before: Curve) -> Curve | None:
    """Return a curve whose last day is counted only as far as today has come.

    `None` where the period does not end today, or has other days than the one before (the last days
    are then not beside each other), or where the rows of clicks are no longer stored.
    """
    compared = query.compared
    if query.today_so_far is None or compared is None or len(query.period) != len(compared):
        return None
    if not before.days[-1].with_bots:
        return before
    if not queries.has_clicks(reading.connection, query.day_span(compared.until)):
        return None
    span = query.span_so_far(compared.until)
    counts = queries.span_counts(reading.connection, span, query.filters)
    return replace(before, days=(*before.days[:-1], counts))


def _hours(reading: Reading, query: Query, now: Curve, before: Curve | None) -> DayHours | None:
    """Return the hours of a period of one day, `None` where its rows are no longer stored."""
    if len(query.period) > 1:
        return None
    span = query.span_so_far(query.period.since)
    if now.sum.with_bots and not queries.has_clicks(reading.connection, span):
        return None
    begin = datetime.fromtimestamp(span.since / 1000, UTC).astimezone(ZoneInfo(query.timezone))
    of_day = queries.hours(reading.connection, span, query.filters)
    if before is None or len(before.period) > 1:
        return DayHours(begin, of_day, ())
    span = query.span_so_far(before.period.since)
    return DayHours(begin, of_day, queries.hours(reading.connection, span, query.filters))
