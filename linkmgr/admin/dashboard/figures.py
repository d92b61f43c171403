"""The dashboard's figures: of all clicks out of totals, of those that match filters one by one."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from heapq import nsmallest

from sqlalchemy import Connection

from linkmgr.admin.dashboard.charts import DayHours, cut_to_now, read_hours
from linkmgr.admin.dashboard.query import FigureQuery
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period
from linkmgr.figures.cache import FigureCache
from linkmgr.figures.load import By, Line, Table
from linkmgr.figures.rows import span_clicks
from linkmgr.figures.totals import Curve, Ranked, clicks_of, curves, first_day, order
from linkmgr.store.db.models import start_of_day

TOP = 10
"""The number of rows shown of a table."""

Wanted = Mapping[Dimension, Container[str] | None]
"""The dimensions that have tables, each with the values that it is limited to, if any."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The curves of a period and of the one it is compared with, and the values by dimension.

    Those with the most clicks are first. The tables cover `covered` of the period's clicks, bots'
    included. `compared` are the clicks of the tables' values in what is compared with, `None` where
    those are not all known. `hours` are those of a single day.

    Where the period ends today and `is_cut`, the last day before is counted only as far as today
    has come. `before` is `None` where nothing is compared, where nothing was counted then, or where
    today would be compared with a whole day, of which the single clicks are no longer stored.
    Counting `began` with the first click of all.
    """

    now: Curve
    before: Curve | None
    is_cut: bool
    tables: Mapping[Dimension, tuple[Ranked, ...]]
    compared: Mapping[Dimension, Mapping[str, int]] | None
    covered: int
    hours: DayHours | None
    began: date | None

    @property
    def is_complete(self) -> bool:
        """Whether the tables cover all of the period's clicks."""
        return self.covered >= self.now.sum.clicks + self.now.sum.bots

    @property
    def is_comparable(self) -> bool:
        """Whether clicks were counted on all days that the period is compared with."""
        return bool(self.before and self.began and self.began <= self.before.period.since)


def read_figures(
    connection: Connection, cache: FigureCache, query: FigureQuery, wanted: Wanted
) -> Figures:
    """Return all that the page shows; the number of queries depends on the filters alone."""
    all_clicks = curves(connection, query.period, compared=query.compared)
    now, before = _curves(connection, cache, query, all_clicks)
    began = first_day(connection)
    cut, shown = None, None
    if query.compared and began and began <= query.compared.until:
        cut = cut_to_now(connection, query, before)
        shown = cut if query.is_today else cut or before
    tables, covered = _tables(connection, cache, query, all_clicks[0], wanted)
    hours = read_hours(connection, query, now, shown)
    found = Figures(now, shown, cut is not None, tables, None, covered, hours, began)
    if not (found.is_complete and found.is_comparable):
        return found
    whole = all_clicks[1], before
    return replace(found, compared=_compared(connection, cache, query, whole, found))


def read_table(
    connection: Connection,
    cache: FigureCache,
    by: By,
    query: FigureQuery,
    only: Container[str] | None = None,
) -> Table:
    """Return one table with all its lines, or those of some values alone, without titles."""
    all_clicks = curves(connection, query.period, compared=query.compared)
    now, before = _curves(connection, cache, query, all_clicks)
    if by is By.DAY:
        days = zip(now.period, now.days, strict=True)
        lines = tuple(Line(day.isoformat(), "", counts) for day, counts in days)
    else:
        dimension = Dimension(by)
        if query.filters:
            tables = cache.filtered.tables(connection, query.period, query.filters)
            rows = tables[dimension]
        else:
            rows = cache.top(connection, dimension, query.period)
        lines = tuple(
            Line(row.value, "", row.counts) for row in rows if only is None or row.value in only
        )
    return Table(by, query.timezone, now, before, lines)


def _curves(
    connection: Connection,
    cache: FigureCache,
    query: FigureQuery,
    all_clicks: tuple[Curve, Curve],
) -> tuple[Curve, Curve]:
    """Return the curve of the period, and of the one it is compared with."""
    if len(query.filters) > 1:
        now, before = cache.filtered.curves(connection, all_clicks, query.filters)
        return now, before
    for dimension, value in query.filters.items():
        return curves(connection, query.period, dimension, value, compared=query.compared)
    return all_clicks


def _tables(
    connection: Connection,
    cache: FigureCache,
    query: FigureQuery,
    all_clicks: Curve,
    wanted: Wanted,
) -> tuple[dict[Dimension, tuple[Ranked, ...]], int]:
    """Return the first rows of each table, and how many clicks all rows have, bots' included."""
    rows: dict[Dimension, Iterable[tuple[str, Counts]]]
    if query.filters:
        tables = cache.filtered.tables(connection, query.period, query.filters)
        rows = {
            dimension: [(row.value, row.counts) for row in tables[dimension]]
            for dimension in wanted
        }
        covered = _all(row.counts for row in tables[Dimension.DEVICE])
    else:
        rows = {
            dimension: cache.sums(connection, dimension, query.period).items()
            for dimension in wanted
        }
        covered = _all(all_clicks.days)
    return {dimension: _first(rows[dimension], only) for dimension, only in wanted.items()}, covered


def _first(rows: Iterable[tuple[str, Counts]], only: Container[str] | None) -> tuple[Ranked, ...]:
    found = (row for row in rows if only is None or row[0] in only)
    return tuple(Ranked(value, counts) for value, counts in nsmallest(TOP, found, key=order))


def _compared(
    connection: Connection,
    cache: FigureCache,
    query: FigureQuery,
    curves_before: tuple[Curve, Curve],
    shown: Figures,
) -> Mapping[Dimension, Mapping[str, int]] | None:
    """Return the clicks of the tables' values in what is compared with, `None` if some are gone.

    `curves_before` have its whole days, of all clicks and of the matching ones.
    """
    all_clicks, before = curves_before
    values = {dimension: [row.value for row in rows] for dimension, rows in shown.tables.items()}
    *ended, last = all_clicks.period
    found: dict[Dimension, dict[str, int]] = {dimension: {} for dimension in values}
    if shown.is_cut:
        since = start_of_day(last, query.timezone)
        until = since + (query.today_so_far or 0)
        found = span_clicks(connection, since, until, query.filters, values)
    else:
        ended = [*ended, last]
    if not ended:
        return found
    days = Period(ended[0], ended[-1])
    clicks: Mapping[Dimension, Mapping[str, int]]
    if query.filters:
        tables = cache.filtered.tables(connection, days, query.filters)
        if _all(row.counts for row in tables[Dimension.DEVICE]) < _all(before.days[: len(ended)]):
            return None
        clicks = {each: {row.value: row.counts.clicks for row in tables[each]} for each in values}
    else:
        clicks = {each: clicks_of(connection, each, values[each], days) for each in values}
    return {
        dimension: {
            value: clicks[dimension].get(value, 0) + found[dimension].get(value, 0)
            for value in wanted
        }
        for dimension, wanted in values.items()
    }


def _all(counts: Iterable[Counts]) -> int:
    """Return how many clicks there are, bots' included."""
    return sum(each.clicks + each.bots for each in counts)
