"""The dashboard's figures: of all clicks out of totals, of those that match filters one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection

from linkmgr.admin.dashboard.charts import DayHours, cut_to_now, read_hours
from linkmgr.admin.dashboard.query import FILTERABLE, FigureQuery
from linkmgr.stats.load import By, Line, Table
from linkmgr.store.db.models import start_of_day
from linkmgr.store.figures.cache import FigureCache
from linkmgr.store.figures.figures import Counts, Curve, Dimension, Ranked, curves, order
from linkmgr.store.figures.filtered import Tables, filtered
from linkmgr.store.figures.periods import Period

TOP = 10
"""The number of rows shown of a table."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The curves of a period and of the one it is compared with, and the values by dimension.

    Those with the most clicks are first. The tables cover `covered` of the period's clicks, bots'
    included. `compared` are the counts of values in what is compared with, if they were asked for.
    `hours` are those of a single day.

    Where the period ends today and `is_cut`, the last day before is counted only as far as today
    has come. `before` is `None` where today would be compared with a whole day, of which the single
    clicks are no longer stored.
    """

    now: Curve
    before: Curve | None
    is_cut: bool
    tables: Tables
    compared: Mapping[Dimension, Mapping[str, Counts]] | None
    covered: int
    hours: DayHours | None

    @property
    def is_complete(self) -> bool:
        """Whether the tables cover all of the period's clicks."""
        return self.covered >= self.now.sum.clicks + self.now.sum.bots


def read_figures(connection: Connection, cache: FigureCache, query: FigureQuery) -> Figures:
    """Return all that the page shows; the number of queries depends on the filters alone."""
    all_clicks = curves(connection, query.period, compared=query.compared)
    now, before = _curves(connection, cache, query, all_clicks)
    tables = _tables(connection, cache, query, all_clicks[0])
    covered = sum((row.counts for row in tables[Dimension.DEVICE]), Counts())
    cut = cut_to_now(connection, query, before)
    shown = cut if query.is_today else cut or before
    compared = None
    if query.by_value and shown:
        is_part = cut is not None
        compared = _compared(connection, cache, query, all_clicks[1], is_part=is_part)
        tables = {name: _with_others(rows, compared[name]) for name, rows in tables.items()}
    hours = read_hours(connection, query, now, shown)
    clicks = covered.clicks + covered.bots
    return Figures(now, shown, cut is not None, tables, compared, clicks, hours)


def read_table(connection: Connection, cache: FigureCache, by: By, query: FigureQuery) -> Table:
    """Return one table with all its lines, without titles."""
    all_clicks = curves(connection, query.period, compared=query.compared)
    now, before = _curves(connection, cache, query, all_clicks)
    if by is By.DAY:
        days = zip(now.period, now.days, strict=True)
        lines = tuple(Line(day.isoformat(), "", counts) for day, counts in days)
    else:
        dimension = Dimension(by)
        if query.filters:
            tables = cache.filtered.tables(connection, all_clicks[0], query.timezone, query.filters)
            found = tables[dimension]
        else:
            found = cache.top(connection, dimension, now)
        lines = tuple(Line(row.value, "", row.counts) for row in found)
    return Table(by, query.timezone, now, before, lines)


def _curves(
    connection: Connection,
    cache: FigureCache,
    query: FigureQuery,
    all_clicks: tuple[Curve, Curve],
) -> tuple[Curve, Curve]:
    """Return the curve of the period, and of the one it is compared with."""
    if len(query.filters) > 1:
        now, before = cache.filtered.curves(connection, all_clicks, query.timezone, query.filters)
        return now, before
    for dimension, value in query.filters.items():
        return curves(connection, query.period, dimension, value, compared=query.compared)
    return all_clicks


def _tables(
    connection: Connection,
    cache: FigureCache,
    query: FigureQuery,
    all_clicks: Curve,
) -> Tables:
    if query.filters:
        return cache.filtered.tables(connection, all_clicks, query.timezone, query.filters)
    # The number of the others is limited by the catalog and by us; compared values are looked up.
    all_of = FILTERABLE if query.by_value else (Dimension.PLACE, Dimension.DEVICE)
    return {
        dimension: cache.top(
            connection, dimension, all_clicks, None if dimension in all_of else TOP
        )
        for dimension in FILTERABLE
    }


def _compared(
    connection: Connection,
    cache: FigureCache,
    query: FigureQuery,
    all_clicks: Curve,
    *,
    is_part: bool,
) -> Mapping[Dimension, Mapping[str, Counts]]:
    """Return the counts of each value in what is compared with, by dimension.

    With `is_part`, the last day counts only as far as today has come.
    """
    *ended, last = all_clicks.period
    tables: list[Tables] = []
    if not is_part:
        ended = [*ended, last]
    else:
        until = start_of_day(last, query.timezone) + (query.today_so_far or 0)
        day = Period(last, last)
        tables.append(filtered(connection, day, query.timezone, query.filters, until=until))
    if ended:
        whole = Curve(Period(ended[0], ended[-1]), all_clicks.days[: len(ended)])
        tables.append(_tables(connection, cache, query, whole))
    return {dimension: _sums(table[dimension] for table in tables) for dimension in FILTERABLE}


def _sums(tables: Iterable[tuple[Ranked, ...]]) -> Mapping[str, Counts]:
    found: dict[str, Counts] = {}
    for row in chain.from_iterable(tables):
        found[row.value] = found.get(row.value, Counts()) + row.counts
    return found


def _with_others(rows: tuple[Ranked, ...], others: Mapping[str, Counts]) -> tuple[Ranked, ...]:
    """Return the rows, and after them the values of the others alone."""
    values = {row.value for row in rows}
    added = sorted((row for row in others.items() if row[0] not in values), key=order)
    return (*rows, *(Ranked(value, Counts()) for value, _ in added))
