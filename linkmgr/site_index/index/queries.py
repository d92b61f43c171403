"""Querying the index, as views do: each call is one query, or two, however many posts there are.

An index file never changes: a new one replaces it. So all that is read from one belongs together.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from linkmgr.messages.errors import error_from_json
from linkmgr.resolver.model import Counts, Placement, PlaceTag, Reason
from linkmgr.site_index.index.post_list import PostQuery
from linkmgr.site_index.index.tag_list import TagQuery
from linkmgr.site_index.index.writing import FORMAT, index_file

PAGE = 50
"""Rows of a page."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class IndexedPost:
    """A published post; `items` is how many items it shows, `tags` as their author wrote them."""

    key: str
    path: str
    url: str
    title: str
    day: date
    tags: tuple[str, ...]
    excerpt: str
    items: int


@dataclass(frozen=True, slots=True)
class IndexedTag:
    """A tag of the site: `tag` as tags are compared, `written` as the newest post has it.

    `posts` is how many have it, `items` are those that its mappings name.
    """

    tag: str
    written: str
    posts: int
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostPlacement:
    """A post that shows an item, and where."""

    post: IndexedPost
    placement: Placement


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """One page, counted from 1, of `total` rows."""

    rows: tuple[_T, ...]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Meta:
    """Which `revision` of the catalog the index is of, and when it was made (UTC).

    While there are `problems`, worded in the current language, it is the last that could be made.
    """

    revision: str
    made_at: datetime
    problems: tuple[str, ...]


class SiteIndex:
    """The open index of a site; a context manager, for one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, instance: Path) -> "SiteIndex | None":
        """Open the last index, `None` where there is none yet."""
        # Immutable: it is replaced, never changed, so no locks are needed.
        uri = f"{index_file(instance).absolute().as_uri()}?mode=ro&immutable=1"
        with suppress(sqlite3.DatabaseError):
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            with suppress(sqlite3.DatabaseError):
                if connection.execute("PRAGMA user_version").fetchone() == (FORMAT,):
                    return cls(connection)
            connection.close()
        return None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def meta(self) -> Meta:
        """The facts about the index itself."""
        facts = {name: json.loads(text) for name, text in self._rows("SELECT * FROM meta")}
        problems = facts["problems"]
        lines = error_from_json(problems).worded().splitlines() if problems else ()
        return Meta(facts["revision"], datetime.fromisoformat(facts["made_at"]), tuple(lines))

    def posts(self, page: int = 1, wanted: PostQuery = PostQuery()) -> Page[IndexedPost]:  # noqa: B008 - frozen
        """Return a page of the posts that are wanted."""
        return self._page(*wanted.sql(), page, _post)

    def post(self, key: str) -> tuple[IndexedPost, tuple[Placement, ...]] | None:
        """Return a post with all of its placements, `None` if there is none of this key."""
        found = self._rows("SELECT * FROM posts WHERE key = ?", [key])
        if not found:
            return None
        query = "SELECT * FROM placements WHERE post = ? ORDER BY place"
        placements = self._rows(query, [found[0][0]])
        return _post(found[0]), tuple(map(_placement, placements))

    def tags(self, page: int = 1, wanted: TagQuery = TagQuery()) -> Page[IndexedTag]:  # noqa: B008 - frozen
        """Return a page of the tags that are wanted."""
        return self._page(*wanted.sql(), page, _tag)

    def placements_of(self, item: str, page: int = 1) -> Page[PostPlacement]:
        """Return the posts that show an item, the newest first."""
        query = "SELECT * FROM placements JOIN posts ON number = post WHERE item = ? ORDER BY post"
        return self._page(query, [item], page, _post_placement)

    def items_of(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Return the items that posts show, in their order, by the posts' keys."""
        query = (
            "SELECT key, item FROM posts JOIN placements ON post = number "
            "WHERE key IN (SELECT value FROM json_each(?)) ORDER BY post, place"
        )
        return _grouped(self._rows(query, [json.dumps(keys)]))

    def items_in(self, block: str) -> list[str]:
        """Return the items that posts show in a block."""
        rows = self._rows("SELECT DISTINCT item FROM placements WHERE block = ?", [block])
        return [item for (item,) in rows]

    def titles(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the titles of posts by key; unknown keys are left out."""
        query = "SELECT key, title FROM posts WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._rows(query, [json.dumps(list(keys))]))

    def urls(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the paths of posts' pages by key; unknown keys are left out."""
        query = "SELECT key, url FROM posts WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._rows(query, [json.dumps(list(keys))]))

    def sums_by_tag(self, tags: Sequence[str], numbers: Mapping[str, int]) -> dict[str, int]:
        """Return for tags (folded) the sum of what `numbers` has for their posts, by key.

        Tags without any such post are left out.
        """
        query = (
            "WITH given AS MATERIALIZED (SELECT number AS post, each.value AS value "
            "FROM json_each(?) AS each JOIN posts ON posts.key = each.key) "
            "SELECT tag, sum(value) FROM post_tags JOIN given USING (post) "
            "WHERE tag IN (SELECT value FROM json_each(?)) GROUP BY tag"
        )
        return dict(self._rows(query, [json.dumps(numbers), json.dumps(tags)]))

    def posts_by_item(self) -> dict[str, int]:
        """Return how many posts show each item; those that none shows are left out."""
        return dict(self._rows("SELECT item, count(*) FROM placements GROUP BY item"))

    def _page(
        self, query: str, values: list[Any], page: int, read: Callable[[tuple[Any, ...]], _T]
    ) -> Page[_T]:
        number = max(page, 1)
        counted = f"SELECT count(*) FROM ({query})"  # noqa: S608 - a query of this class
        [(total,)] = self._rows(counted, values)
        rows = self._rows(f"{query} LIMIT ? OFFSET ?", [*values, PAGE, PAGE * (number - 1)])
        return Page(tuple(map(read, rows)), total, number)

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()


def _grouped(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in rows:
        groups.setdefault(name, []).append(value)
    return groups


def _post(row: tuple[Any, ...]) -> IndexedPost:
    _, key, path, url, title, day, tags, excerpt, _, items, *_ = row
    return IndexedPost(
        key, path, url, title, date.fromisoformat(day), tuple(json.loads(tags)), excerpt, items
    )


def _tag(row: tuple[Any, ...]) -> IndexedTag:
    tag, written, posts, items, *_ = row
    return IndexedTag(tag, written, posts, tuple(json.loads(items)))


def _post_placement(row: tuple[Any, ...]) -> PostPlacement:
    return PostPlacement(_post(row[8:]), _placement(row[:8]))


def _placement(row: tuple[Any, ...]) -> Placement:
    _, _, block, rank, item, score, reasons, tags = row
    parsed = (
        Reason(cause, word, points, _found(found))
        for cause, word, points, found in json.loads(reasons)
    )
    chosen = tuple(PlaceTag(*tag) for tag in json.loads(tags))
    return Placement(block, rank, item, score, tuple(parsed), chosen)


def _found(value: Any) -> Any:
    """Return what a reason's `found` was before JSON made lists of its tuples."""
    if not isinstance(value, list):
        return value
    return Counts(*value) if len(value) == len(Counts._fields) else tuple(value)
