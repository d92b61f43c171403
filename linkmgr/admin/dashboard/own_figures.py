"""The figures of one item or post for its own page: 30 days as the dashboard has them, 90 drawn.

What was seen at which place comes from the rows of views: totals don't have it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from linkmgr.admin.common.context import (
    connection,
    get_admin,
    last_month,
    last_month_query,
    reading,
    today,
)
from linkmgr.admin.common.drawing import ChartFlag, Mark
from linkmgr.admin.dashboard.charts import (
    Chart,
    EditGroup,
    chart,
    flags_of,
    group_edits,
    marks_of,
    read_edits,
)
from linkmgr.clicks.counts import Dimension, ViewCounts, sum_views_by
from linkmgr.clicks.periods import Period, last_days
from linkmgr.figures.comparison import RateRatio, compare_items
from linkmgr.figures.queries import curves
from linkmgr.figures.table import Overview, overview, placed_views
from linkmgr.figures.views import BlockRank, PlacedItem, view_sums, views_of_placed_items
from linkmgr.store.revisions import Entry

_DAYS_DRAWN = 90


def read_month(of: Dimension, value: str, by: Sequence[Dimension]) -> Overview:
    """Return the figures of a value in the last 30 days, with tables by other dimensions."""
    query = replace(last_month_query(), filters={of: value})
    return overview(reading(), query, dict.fromkeys(by))


def seen_of_item(item: str) -> tuple[Mapping[str, ViewCounts], Mapping[str, ViewCounts]]:
    """Return what was seen of an item in 30 days by post, and by place, the first one first."""
    sums = view_sums(connection(), last_month(), ("post", "block", "rank"), items=[item])
    by_post = sum_views_by(lambda key: str(key[0]), sums)
    by_place: dict[str, ViewCounts] = {}
    for place, counts in sorted(sum_views_by(lambda key: BlockRank(*key[1:]), sums).items()):
        if place.block:  # past a day's limit of rows there is none
            by_place[f"{place.block}.{place.rank}"] = counts
    return by_post, by_place


def seen_of_post(post: str) -> Mapping[PlacedItem, ViewCounts]:
    """Return what was seen of a post in 30 days by item and place."""
    return views_of_placed_items(connection(), last_month(), [post])


def compared_with_others(item: str) -> RateRatio | None:
    """Return how an item is clicked beside others at its places, in 30 days."""
    seen = placed_views(reading(), last_month())
    return compare_items(seen).get(item)


@dataclass(frozen=True, slots=True)
class Quarter:
    """The chart of an item's clicks in 90 days, with its edits."""

    period: Period
    chart: Chart
    marks: Sequence[Mark]
    edits: Sequence[EditGroup]
    flags: Sequence[ChartFlag]

    began: date | None
    """The day on which counting began, if the chart has days before it."""


def read_quarter(item: str, entry: Entry, began: date | None) -> Quarter:
    """Return the chart of an item; counting `began` on a day."""
    period = last_days(_DAYS_DRAWN, today())
    timezone = get_admin().catalog().catalog.site.timezone
    curve, _ = curves(connection(), period, Dimension.ITEM, item)
    drawn = chart(curve, None, began, lambda counts: counts.clicks, is_open=True)
    groups = group_edits(drawn, read_edits(connection(), period, timezone, entry))
    marks, flags = list(marks_of(drawn)), list(flags_of(groups))
    shown_beginning = began if drawn.lines.uncounted else None
    return Quarter(period, drawn, marks, groups, flags, shown_beginning)
