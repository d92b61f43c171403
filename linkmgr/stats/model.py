"""A table of figures as values."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from linkmgr.store.figures.figures import Counts, Curve


class By(StrEnum):
    """What the lines of a table are."""

    ITEM = "item"
    POST = "post"
    PLACE = "place"
    DAY = "day"
    REFERRER = "referrer"
    DEVICE = "device"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class Line:
    """A line: an item, a post's key, a place, a day (ISO) and so on; `title` is for people.

    `views` is how often a post was seen in the period; `None` where that is not known.
    """

    value: str
    title: str
    counts: Counts
    views: int | None = None

    def titled(self, title: str) -> Self:
        """Return the line with a title; in a third of the time that `replace` takes."""
        return type(self)(self.value, title, self.counts, self.views)


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a period, and those of the one before, in the days of `timezone`.

    `with_views` says whether views are known of any post, so that rates can be shown. On `doubled`
    days of either period a reader may count as two visitors.
    """

    by: By
    timezone: str
    now: Curve
    before: Curve
    lines: tuple[Line, ...]
    with_views: bool = False
    doubled: tuple[date, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was counted, be it bots."""
        return self.now.sum != Counts()
