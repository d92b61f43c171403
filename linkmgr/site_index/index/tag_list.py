"""Which tags a list has, and in which order, as a query of the index."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from linkmgr.resolver.fold import fold


class TagColumn(StrEnum):
    """By what tags are sorted; `NEED` has those without items first, then those on most posts."""

    NEED = "need"
    TAG = "tag"
    USES = "uses"
    CLICKS = "clicks"


_RISING = {
    TagColumn.NEED: "mapped, posts DESC, tag",
    TagColumn.TAG: "tag",
    TagColumn.USES: "posts, tag",
    TagColumn.CLICKS: "ifnull(clicks, 0), tag",
}
_FALLING = {
    TagColumn.NEED: "mapped DESC, posts DESC, tag",
    TagColumn.TAG: "tag DESC",
    TagColumn.USES: "posts DESC, tag",
    TagColumn.CLICKS: "ifnull(clicks, 0) DESC, tag",
}

_WITH_CLICKS = (
    "(WITH given AS MATERIALIZED (SELECT number AS post, each.value AS value "
    "FROM json_each(?) AS each JOIN posts ON posts.key = each.key), "
    "counted AS MATERIALIZED (SELECT tag, sum(value) AS clicks "
    "FROM post_tags JOIN given USING (post) GROUP BY tag) "
    "SELECT tags.*, clicks FROM tags LEFT JOIN counted USING (tag))"
)


@dataclass(frozen=True, slots=True)
class TagQuery:
    """Tags that have the words of `search`, those without items first.

    `without` selects those for which no mapping names an item, `items` those with one of the
    items, `block` those of posts that show something in the block. `clicks` of posts by key sort by
    clicks.
    """

    search: str = ""
    without: bool = False
    items: Sequence[str] | None = None
    block: str = ""
    column: TagColumn = TagColumn.NEED
    falling: bool = False
    clicks: Mapping[str, int] = field(default_factory=dict)

    def sql(self) -> tuple[str, list[Any]]:
        """Return the query for rows of `tags`, and its values."""
        words = fold(self.search).split()
        conditions = ["instr(tag, ?)"] * len(words)
        values: list[Any] = [*words]
        if self.without:
            conditions.append("mapped = 0")
        if self.items is not None:
            conditions.append(
                "EXISTS (SELECT 1 FROM json_each(items) AS named "
                "WHERE named.value IN (SELECT value FROM json_each(?)))"
            )
            values.append(json.dumps(list(self.items)))
        if self.block:
            conditions.append(
                "tag IN (SELECT tag FROM post_tags "
                "WHERE post IN (SELECT post FROM placements WHERE block = ?))"
            )
            values.append(self.block)
        order = (_FALLING if self.falling else _RISING)[self.column]
        source = "tags"
        if self.column is TagColumn.CLICKS:
            source = _WITH_CLICKS
            values.insert(0, json.dumps(dict(self.clicks)))
        which = " AND ".join(conditions) or "TRUE"
        return f"SELECT * FROM {source} WHERE {which} ORDER BY {order}", values  # noqa: S608 - ours
