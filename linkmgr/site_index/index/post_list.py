"""Which posts a list has, and in which order, as a query of the index."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from linkmgr.resolver.fold import fold


class PostColumn(StrEnum):
    """By what posts are sorted; `ITEMS` is how many a post shows."""

    TITLE = "title"
    DAY = "day"
    ITEMS = "items"
    CLICKS = "clicks"


# Posts are numbered with the newest first.
_RISING = {
    PostColumn.TITLE: "title COLLATE NOCASE, number",
    PostColumn.DAY: "number DESC",
    PostColumn.ITEMS: "items, number",
    PostColumn.CLICKS: "ifnull(clicks, 0), number",
}
_FALLING = {
    PostColumn.TITLE: "title COLLATE NOCASE DESC, number",
    PostColumn.DAY: "number",
    PostColumn.ITEMS: "items DESC, number",
    PostColumn.CLICKS: "ifnull(clicks, 0) DESC, number",
}


@dataclass(frozen=True, slots=True)
class PostQuery:
    """Posts whose title or path has the words of `search`, the newest first.

    `tag` (folded) selects those that have it, `without` those that show no item, `items` and
    `block` those that show one of the items, in the block. `clicks` by key sort by clicks.
    """

    search: str = ""
    tag: str | None = None
    without: bool = False
    items: Sequence[str] | None = None
    block: str = ""
    column: PostColumn = PostColumn.DAY
    falling: bool = True
    clicks: Mapping[str, int] = field(default_factory=dict)

    def sql(self) -> tuple[str, list[Any]]:
        """Return the query for rows of `posts`, and its values."""
        conditions, values = self._conditions()
        order = (_FALLING if self.falling else _RISING)[self.column]
        source = "posts"
        if self.column is PostColumn.CLICKS:
            source = (
                "(WITH counted AS MATERIALIZED (SELECT key, value AS clicks FROM json_each(?)) "
                "SELECT posts.*, clicks FROM posts LEFT JOIN counted USING (key))"
            )
            values.insert(0, json.dumps(dict(self.clicks)))
        return f"SELECT * FROM {source} WHERE {conditions} ORDER BY {order}", values  # noqa: S608 - ours

    def _conditions(self) -> tuple[str, list[Any]]:
        words = fold(self.search).split()
        conditions = ["instr(folded, ?)"] * len(words)
        values: list[Any] = [*words]
        if self.tag is not None:
            conditions.append("number IN (SELECT post FROM post_tags WHERE tag = ?)")
            values.append(self.tag)
        if self.without:
            conditions.append("items = 0")
        placed = []
        if self.items is not None:
            placed.append("item IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(self.items)))
        if self.block:
            placed.append("block = ?")
            values.append(self.block)
        if placed:
            conditions.append(
                f"number IN (SELECT post FROM placements WHERE {' AND '.join(placed)})"  # noqa: S608 - ours
            )
        return " AND ".join(conditions) or "TRUE", values
