"""The dashboard's figures: of all clicks out of totals, of those that match filters one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from linkmgr.admin.dashboard.hours import DayHours, cut_to_now, read_hours
from linkmgr.admin.dashboard.query import FILTERABLE, FigureQuery
from linkmgr.stats.model import By, Line, Table
from linkmgr.store.figures.cache import FigureCache
from linkmgr.store.figures.figures import Counts, Curve, Dimension, Ranked, curves

TOP = 10
"""So many rows of a table are shown."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The curves of a period and of the one it is compared with, and the values by dimension.

    Those with the most clicks are first. The tables cover so many of the period's clicks
    (`covered`), bots' included. `hours` are those of a single day.

    Where the period ends today and `is_cut`, the last day before is counted only as far as today
    has come. `before` is `None` where today would be compared with a whole day, of which the single
    clicks are no longer stored.
    """

    now: Curve
    before: Curve | None
    is_cut: bool
    tables: Mapping[Dimension, tuple[Ranked, ...]]
    covered: int
    hours: DayHours | None

    @property
    def is_complete(self) -> bool:
        """Whether the tables cover all of the period's clicks."""
        return self.covered >= self.now.sum.clicks + self.now.sum.bots


def read_figures(connection: Connection, cache: FigureCache, query: FigureQuery) -> Figures:
    """Return all the page shows, by a number of queries that depends on the filters alone."""
    all_clicks = curves(connection, query.period, compared=query.compared)
    now, before = _curves(connection, cache, query, all_clicks)
    if query.filters:
        tables = cache.filtered.tables(connection, all_clicks[0], query.timezone, query.filters)
    else:
        all_of = (Dimension.PLACE, Dimension.DEVICE)  # which the catalog and we ourselves limit
        tables = {
            dimension: cache.top(connection, dimension, now, None if dimension in all_of else TOP)
            for dimension in FILTERABLE
        }
    covered = sum((row.counts for row in tables[Dimension.DEVICE]), Counts())
    cut = cut_to_now(connection, query, before)
    shown = cut if query.is_today else cut or before
    hours = read_hours(connection, query, now, shown)
    return Figures(now, shown, cut is not None, tables, covered.clicks + covered.bots, hours)


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
) -> tuple[Curve, ...]:
    if len(query.filters) > 1:
        return cache.filtered.curves(connection, all_clicks, query.timezone, query.filters)
    for dimension, value in query.filters.items():
        return curves(connection, query.period, dimension, value, compared=query.compared)
    return all_clicks
