"""The dashboard's figures: of all clicks out of totals, of those that match filters one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from linkmgr.stats.model import By, Line, Table
from linkmgr.store.figures.cache import FigureCache
from linkmgr.store.figures.figures import Counts, Curve, Dimension, Ranked, curves
from linkmgr.store.figures.filtered import Filters
from linkmgr.store.figures.periods import Period

NOTHING: Final = "-"
"""Represents an empty value in addresses, where an empty parameter means no filter."""

TOP = 10
"""So many rows of a table are shown."""

_FILTERABLE = tuple(dimension for dimension in Dimension if dimension is not Dimension.ALL)


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """The days of a time zone, those they are `compared` with, and the filters of figures."""

    period: Period
    timezone: str
    filters: Filters
    compared: Period


@dataclass(frozen=True, slots=True)
class Figures:
    """The curves of a period and of the one it is compared with, and the values by dimension.

    Those with the most clicks are first. The tables cover so many of the period's clicks
    (`covered`), bots' included.
    """

    now: Curve
    before: Curve
    tables: Mapping[Dimension, tuple[Ranked, ...]]
    covered: int

    @property
    def is_complete(self) -> bool:
        """Whether the tables cover all of the period's clicks."""
        return self.covered >= self.now.sum.clicks + self.now.sum.bots


def read_filters(args: MultiDict[str, str]) -> Filters:
    """Return the filters that an address names."""
    return {
        dimension: "" if value == NOTHING else value
        for dimension in _FILTERABLE
        if (value := args.get(dimension, "")) and value.isprintable()
    }


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
            for dimension in _FILTERABLE
        }
    covered = sum((row.counts for row in tables[Dimension.DEVICE]), Counts())
    return Figures(now, before, tables, covered.clicks + covered.bots)


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
