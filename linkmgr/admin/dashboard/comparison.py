"""What the figures of a page are compared with: other days, or the same days of another value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from werkzeug.datastructures import MultiDict

from linkmgr.admin.dashboard.periods import MONTHS_A_YEAR, PeriodForm, Picked
from linkmgr.admin.dashboard.query import value_in
from linkmgr.store.figures.figures import Dimension
from linkmgr.store.figures.filtered import Filters
from linkmgr.store.figures.periods import Period

PREFIX = "against-"
"""Begins the names of days and values to compare with in addresses."""


class Against(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    YEAR = "year"
    DAYS = "days"  # any others
    VALUE = "value"  # the same days of another item, post and so on


@dataclass(frozen=True, slots=True)
class Compared:
    """The days and the filters that figures are compared with, as `Picked` has those of the page.

    The `query` is empty where the address names nothing to compare with. `dimension` is that of
    whose values two are compared.
    """

    against: Against
    period: Period
    query: Mapping[str, str]
    form: PeriodForm
    filters: Filters
    dimension: Dimension | None = None


def compare(args: MultiDict[str, str], picked: Picked, filters: Filters, today: date) -> Compared:
    """Return what an address compares its period with, the days before it if it names nothing."""
    previous = picked.previous
    form = PeriodForm.of(previous, today, prefix=PREFIX)
    for dimension, value in filters.items():
        name = f"{PREFIX}{dimension}"
        other = value_in(args, name)
        if other not in {None, value}:
            others = {**filters, dimension: other or ""}
            query = {name: args[name]}
            return Compared(Against.VALUE, picked.period, query, form, others, dimension)
    if {f"{PREFIX}since", f"{PREFIX}until"} & args.keys():
        form = PeriodForm(args, today, prefix=PREFIX)
        if period := form.period():
            return Compared(Against.DAYS, period, form.query(period), form, filters)
        return Compared(Against.PREVIOUS, previous, {}, form, filters)
    named = args.get("against")
    if named == Against.YEAR:
        year_before = picked.period.months_before(MONTHS_A_YEAR)
        return Compared(Against.YEAR, year_before, {"against": named}, form, filters)
    query = {"against": Against.PREVIOUS.value} if named == Against.PREVIOUS else {}
    return Compared(Against.PREVIOUS, previous, query, form, filters)
