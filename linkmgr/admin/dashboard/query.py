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
    """The days of a time zone, those they are `compared` with, and the filters of figures.

    `now` is the present moment, an aware one.
    """

    period: Period
    timezone: str
    filters: Filters
    compared: Period
    now: datetime

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


def read_filters(args: MultiDict[str, str]) -> Filters:
    """Return the filters that an address names."""
    return {
        dimension: "" if value == NOTHING else value
        for dimension in FILTERABLE
        if (value := args.get(dimension, "")) and value.isprintable()
    }
