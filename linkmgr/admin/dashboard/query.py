"""What the dashboard's figures are asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from werkzeug.datastructures import MultiDict

from linkmgr.store.db.models import start_of_day
from linkmgr.store.figures.figures import Dimension
from linkmgr.store.figures.filtered import Filters
from linkmgr.store.figures.periods import Period, day_in

NOTHING: Final = "-"
"""Represents an empty value in addresses, where an empty parameter means no filter."""

FILTERABLE = tuple(dimension for dimension in Dimension if dimension is not Dimension.ALL)
"""By these the figures can be filtered."""


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """The days of a time zone and the filters of figures, and those they are `compared` with.

    `now` is the present moment, an aware one. `by_value` asks for the compared figures of each
    value, too.
    """

    period: Period
    timezone: str
    filters: Filters
    compared: Period
    compared_filters: Filters
    now: datetime
    by_value: bool = False

    @property
    def today_so_far(self) -> int | None:
        """How many milliseconds of today are over, if the period ends today; else `None`."""
        if self.period.until != day_in(self.timezone, self.now):
            return None
        return int(self.now.timestamp() * 1000) - start_of_day(self.period.until, self.timezone)

    @property
    def is_today(self) -> bool:
        """Whether the period is today alone."""
        return len(self.period) == 1 and self.today_so_far is not None


def value_in(args: MultiDict[str, str], name: str) -> str | None:
    """Return the value that an address has under a name, `None` without a valid one."""
    value = args.get(name, "")
    if not value or not value.isprintable():
        return None
    return "" if value == NOTHING else value


def read_filters(args: MultiDict[str, str]) -> Filters:
    """Return the filters that an address names."""
    found = ((dimension, value_in(args, dimension)) for dimension in FILTERABLE)
    return {dimension: value for dimension, value in found if value is not None}
