"""The dashboard's figures: of all clicks out of totals, of those that fit filters one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from linkmgr.stats.model import By, Line, Table
from linkmgr.store.figures.cache import KeptSums
from linkmgr.store.figures.figures import Counts, Curve, Dimension, Ranked, curves
from linkmgr.store.figures.filtered import Fit, crossed, crossed_curves
from linkmgr.store.figures.periods import Period

NOTHING: Final = "-"
"""Stands for an empty value in addresses, where an empty parameter is none."""

TOP = 10
"""So many rows of a table are shown."""

_TOLD_APART = tuple(dimension for dimension in Dimension if dimension is not Dimension.ALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """The days of a time zone, and the filters, that figures are asked for."""

    period: Period
    timezone: str
    fit: Fit


@dataclass(frozen=True, slots=True)
class Figures:
    """The curves of a period and of the one before, and the values by dimension, best first.

    `told` of the period's clicks, bots' included, are in the tables.
    """

    now: Curve
    before: Curve
    tables: Mapping[Dimension, tuple[Ranked, ...]]
    told: int

    @property
    def whole(self) -> bool:
        """Whether the tables tell all of the period's clicks."""
        return self.told >= self.now.sum.clicks + self.now.sum.bots


def read_fit(args: MultiDict[str, str]) -> Fit:
    """Return the filters that an address names."""
    return {
        dimension: "" if value == NOTHING else value
        for dimension in _TOLD_APART
        if (value := args.get(dimension, "")) and value.isprintable()
    }


def read_figures(connection: Connection, kept: KeptSums, asked: Asked) -> Figures:
    """Return all the page shows, by a number of queries that depends on the filters alone."""
    now, before = _curves(connection, asked)
    if asked.fit:
        tables = crossed(connection, asked.period, asked.timezone, asked.fit)
    else:
        all_of = (Dimension.PLACE, Dimension.DEVICE)  # which the catalog and we ourselves limit
        tables = {
            dimension: kept.top(connection, dimension, now, None if dimension in all_of else TOP)
            for dimension in _TOLD_APART
        }
    told = sum((row.counts for row in tables[Dimension.DEVICE]), Counts())
    return Figures(now, before, tables, told.clicks + told.bots)


def read_table(connection: Connection, kept: KeptSums, by: By, asked: Asked) -> Table:
    """Return one table with all its lines, without titles."""
    now, before = _curves(connection, asked)
    if by is By.DAY:
        days = zip(now.period, now.days, strict=True)
        lines = tuple(Line(day.isoformat(), "", counts) for day, counts in days)
    else:
        dimension = Dimension(by)
        found = (
            crossed(connection, asked.period, asked.timezone, asked.fit)[dimension]
            if asked.fit
            else kept.top(connection, dimension, now)
        )
        lines = tuple(Line(row.value, "", row.counts) for row in found)
    return Table(by, asked.timezone, now, before, lines)


def _curves(connection: Connection, asked: Asked) -> tuple[Curve, Curve]:
    if len(asked.fit) > 1:
        return crossed_curves(connection, asked.period, asked.timezone, asked.fit)
    for dimension, value in asked.fit.items():
        return curves(connection, asked.period, dimension, value)
    return curves(connection, asked.period)
