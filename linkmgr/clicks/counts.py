"""What clicks and views are counted by, and what is counted of them."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from operator import add
from typing import NamedTuple, Self, TypeVar

_Key = TypeVar("_Key")
_Seen = TypeVar("_Seen")


class Dimension(StrEnum):
    """What clicks and views are counted by."""

    ALL = "all"
    """All of them, under one empty value."""
    ITEM = "item"
    POST = "post"
    PLACE = "place"
    """`<block>.<rank>`."""
    DAY = "day"
    """No value of a click's: each total is of a day."""
    REFERRER = "referrer"
    DEVICE = "device"
    CAMPAIGN = "campaign"
    """Clicks without one are in no sum of campaigns; so of the next two."""
    TRACKING = "tracking"
    VARIANT = "variant"
    """`<item>/<key of the test>.<variant>`."""
    BLOCK = "block"
    """Summed up from places, as tags are from posts."""
    TAG = "tag"


COUNTED = tuple(
    dimension
    for dimension in Dimension
    if dimension not in {Dimension.DAY, Dimension.BLOCK, Dimension.TAG}
)
"""The dimensions that have totals."""

TABLES = tuple(dimension for dimension in Dimension if dimension is not Dimension.ALL)
"""The dimensions that have a table."""


class Counts(NamedTuple):
    """Clicks and views of a value. A tuple: a frozen dataclass takes four times as long to make."""

    clicks: int = 0
    """Of readers; with the next two, what `totals` stores."""
    visitors: int = 0
    """Readers of each day, added up."""
    bots: int = 0
    """Clicks of bots."""
    views: int = 0
    """Of reports alone, as the next; `view_totals` stores them."""
    clicked: int = 0
    """Views that led to a click. These are among `clicks`, too, and never added to them."""

    @property
    def with_bots(self) -> int:
        """All clicks, of readers and of bots."""
        return self.clicks + self.bots

    def __add__(self, other: "Counts") -> "Counts":  # type: ignore[override]
        """Add two counts, field by field, where other tuples are joined."""
        return Counts(*map(add, self, other))


class ViewCounts(NamedTuple):
    """How often something was seen, and how often that led to a click."""

    views: int = 0
    clicked: int = 0

    def plus(self, other: Self) -> Self:
        """Return the sums of both."""
        return type(self)(self.views + other.views, self.clicked + other.clicked)


def sum_views(counts: Iterable[ViewCounts]) -> ViewCounts:
    """Return the sums of views and of the clicked ones."""
    views, clicked = 0, 0
    for seen in counts:
        views, clicked = views + seen.views, clicked + seen.clicked
    return ViewCounts(views, clicked)


def sum_views_by(
    key: Callable[[_Seen], _Key], seen: Mapping[_Seen, ViewCounts]
) -> dict[_Key, ViewCounts]:
    """Return the sums of views by the key of what was seen, in the order of the first of each."""
    sums: dict[_Key, list[int]] = {}
    for placement, (views, clicked) in seen.items():
        of_key = sums.setdefault(key(placement), [0, 0])
        of_key[0] += views
        of_key[1] += clicked
    return {value: ViewCounts(*counts) for value, counts in sums.items()}
