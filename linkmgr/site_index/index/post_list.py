"""Which posts a list has, and in which order, as a query of the index."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import FALLBACK, FRONT_MATTER, PIN


class PostColumn(StrEnum):
    """By what posts are sorted; `ITEMS` is how many a post shows."""

    TITLE = "title"
    DAY = "day"
    ITEMS = "items"
    CLICKS = "clicks"


class PostState(StrEnum):
    """What a post shows: nothing or something, or an item that is there for a special reason.

    `EXCLUDED` are those whose path is one of the query's `excluded`.
    """

    NOTHING = "nothing"
    SOMETHING = "items"
    PINNED = "pinned"
    CHOSEN = "front-matter"
    FALLBACK = "fallback"
    EXCLUDED = "excluded"


# The reason for which an item is shown, whatever its score, is its first.
_CAUSES = {
    PostState.PINNED: PIN,
    PostState.CHOSEN: FRONT_MATTER,
    PostState.FALLBACK: FALLBACK,
}

# What has a meaning in a glob.
_SPECIAL = re.compile(r"[*?[]")
_EXCLUDED = (
    "(path IN (SELECT value FROM json_each(?)) OR number IN "
    "(SELECT number FROM json_each(?) AS glob JOIN posts ON posts.path GLOB glob.value))"
)

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

    `tag` (folded) selects those that have it, `state` those in it, `items` and `block` those that
    show one of the items, in the block. `clicks` by key sort by clicks. `excluded` are the globs
    over paths by which mappings exclude items.
    """

    search: str = ""
    tag: str | None = None
    state: PostState | None = None
    items: Sequence[str] | None = None
    block: str = ""
    column: PostColumn = PostColumn.DAY
    falling: bool = True
    clicks: Mapping[str, int] = field(default_factory=dict)
    excluded: Sequence[str] = ()

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
        condition, value = self._state()
        conditions.append(condition)
        values += value
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
        return " AND ".join(conditions), values

    def _state(self) -> tuple[str, list[str]]:
        """Return the condition that the state is, and its values."""
        match self.state:
            case None:
                return "TRUE", []
            case PostState.NOTHING:
                return "items = 0", []
            case PostState.SOMETHING:
                return "items > 0", []
            case PostState.EXCLUDED:
                # Most are whole paths: hundreds, once many selected posts were excluded.
                paths = [each for each in self.excluded if not _SPECIAL.search(each)]
                # SQLite's globs are Python's, but for how a set is negated.
                globs = [
                    each.replace("[!", "[^") for each in self.excluded if _SPECIAL.search(each)
                ]
                return _EXCLUDED, [json.dumps(paths), json.dumps(globs)]
            case PostState.PINNED | PostState.CHOSEN | PostState.FALLBACK:
                caused = "SELECT post FROM placements WHERE instr(reasons, ?) = 1"
                return f"number IN ({caused})", [f'[["{_CAUSES[self.state]}",']
