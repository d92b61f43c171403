"""Views by several of their columns at once, such as item and post; totals know one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, SQLColumnExpression, select

from linkmgr.clicks.counts import ViewCounts, sum_views_by
from linkmgr.clicks.periods import Period
from linkmgr.store.clicks.renames import renames_of
from linkmgr.store.db.engine import sum_of
from linkmgr.store.db.models import ViewRow

By = Literal["item", "post", "block", "rank", "variant", "tracking"]


class BlockRank(NamedTuple):
    """A block and a rank in it, from 1."""

    block: str
    rank: int


class PlacedItem(NamedTuple):
    """An item at a rank of a block, from 1, whatever the post."""

    item: str
    block: str
    rank: int

    @property
    def place(self) -> BlockRank:
        return BlockRank(self.block, self.rank)


PlacedViews = Mapping[PlacedItem, ViewCounts]
"""How often items were seen at places, and in how many of these views clicked."""


def places_by_item(placed: PlacedViews) -> dict[str, dict[BlockRank, ViewCounts]]:
    """Return the views of each item by its places."""
    places: dict[str, dict[BlockRank, ViewCounts]] = {}
    for (item, block, rank), counts in placed.items():
        places.setdefault(item, {})[BlockRank(block, rank)] = counts
    return places


def shares_in_same_places(placed: PlacedViews) -> dict[str, float]:
    """Return by item the share of views that the other items have clicked in its places, 0 to 1.

    Each place counts as much as the item was seen there. Items that nothing else was seen beside
    are left out.
    """
    at_place = sum_views_by(lambda own: own.place, placed)
    shares: dict[str, float] = {}
    for item, places in places_by_item(placed).items():
        compared, expected = 0, 0.0
        for place, counts in places.items():
            others = at_place[place].views - counts.views
            if others > 0:
                clicked = at_place[place].clicked - counts.clicked
                compared += counts.views
                expected += counts.views * clicked / others
        if compared:
            shares[item] = expected / compared
    return shares


def view_sums(
    connection: Connection,
    period: Period,
    by: Sequence[By],
    *,
    items: Sequence[str] | None = None,
    posts: Sequence[str] | None = None,
) -> dict[tuple[Any, ...], ViewCounts]:
    """Return the views of a period by some columns, of all items and posts or of the given ones.

    Past a day's limit of rows views have no place, and the post `OTHER`.
    """
    rows = _sum_rows(connection, period, by, items, posts=posts)
    return {tuple(row[:-2]): ViewCounts(*row[-2:]) for row in rows}


def views_of_placed_items(
    connection: Connection, period: Period, posts: Sequence[str] | None = None
) -> dict[PlacedItem, ViewCounts]:
    """Return the views at each place in a period, on all posts or on the given ones."""
    rows = _sum_rows(connection, period, ("item", "block", "rank"), None, posts=posts)
    placed: dict[PlacedItem, ViewCounts] = {}
    for item, block, rank, views, clicked in rows:
        if block:
            placed[PlacedItem(item, block, rank)] = ViewCounts(views, clicked)
    return placed


def _sum_rows(
    connection: Connection,
    period: Period,
    by: Sequence[By],
    items: Sequence[str] | None,
    *,
    posts: Sequence[str] | None,
) -> Sequence[Any]:
    renames = renames_of(connection)
    columns: list[SQLColumnExpression[Any]] = [getattr(ViewRow, name) for name in by]
    if "item" in by:
        columns[by.index("item")] = renames.present_ids(ViewRow.item)
    names = None if items is None else renames.all_ids(items)
    sums = sum_of(ViewRow.views), sum_of(ViewRow.clicked)
    query = select(*columns, *sums).where(*_within(period, names, posts)).group_by(*columns)
    return connection.execute(query).all()


def _within(
    period: Period, items: Sequence[str] | None, posts: Sequence[str] | None
) -> Iterator[ColumnElement[bool]]:
    if items is None:
        yield ViewRow.day.between(period.since, period.until)
    else:  # day by day: within a day an item's rows lie together
        yield ViewRow.day.in_(list(period))
        yield ViewRow.item.in_(items)
    if posts is not None:
        yield ViewRow.post.in_(posts)
