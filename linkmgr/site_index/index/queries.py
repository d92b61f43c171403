"""Querying the index, as views do: each call is one query, or two, however many posts there are.

An index file never changes: a new one replaces it. So all that is read from one belongs together.
"""

import json
import re
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from linkmgr.messages.errors import error_from_json
from linkmgr.messages.message import Message
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import (
    CATEGORY,
    FALLBACK,
    FRONT_MATTER,
    KEYWORD,
    PIN,
    TAG,
    Counts,
    Placement,
    PlaceTag,
    Reason,
)
from linkmgr.resolver.unshown import UnshownItem
from linkmgr.site_index.index.writing import FORMAT, index_file

# A list of posts: which ones, and in which order.


class TagKind(StrEnum):
    """What a post has a tag by: its front matter, or a keyword of a mapping that is in its text."""

    TAG = TAG
    CATEGORY = CATEGORY
    KEYWORD = KEYWORD


class PostColumn(StrEnum):
    """What posts are sorted by; `ITEMS` is how many a post shows."""

    TITLE = "title"
    DAY = "day"
    ITEMS = "items"


class PostState(StrEnum):
    """What a post shows: nothing or something, or an item that is there for a special reason.

    `DOUBTED` are those with an item for whose category alone speaks what the nearest posts lack,
    `EXCLUDED` those whose path is one of the query's `excluded`.
    """

    NOTHING = "nothing"
    SOMETHING = "items"
    PINNED = "pinned"
    CHOSEN = "front-matter"
    FALLBACK = "fallback"
    DOUBTED = "doubted"
    EXCLUDED = "excluded"


# The reason for which an item is shown, whatever its score, is its first.
_CAUSES = {
    PostState.PINNED: PIN,
    PostState.CHOSEN: FRONT_MATTER,
    PostState.FALLBACK: FALLBACK,
}

# Characters that are special in a glob.
_SPECIAL = re.compile(r"[*?[]")
_EXCLUDED = (
    "(path IN (SELECT value FROM json_each(?)) OR number IN "
    "(SELECT number FROM json_each(?) AS glob JOIN posts ON posts.path GLOB glob.value))"
)

# Of any number of words, which one parameter holds: a condition for each would soon be too deep.
_HAS_WORDS = "NOT EXISTS (SELECT 1 FROM json_each(?) AS word WHERE instr({column}, word.value) = 0)"

# Posts are numbered with the newest first.
_POSTS_RISING = {
    PostColumn.TITLE: "title COLLATE NOCASE, number",
    PostColumn.DAY: "number DESC",
    PostColumn.ITEMS: "items, number",
}
_POSTS_FALLING = {
    PostColumn.TITLE: "title COLLATE NOCASE DESC, number",
    PostColumn.DAY: "number",
    PostColumn.ITEMS: "items DESC, number",
}


@dataclass(frozen=True, slots=True)
class PostQuery:
    """Posts whose title or path has the words of `search`, the newest first.

    `tag` (folded) selects those that have it as a `kind`, `state` those in it, `items` and `block`
    those that show one of the items, in the block, `lacking` those that show nothing in that
    block. `excluded` are the globs over paths by which mappings exclude items.
    """

    search: str = ""
    tag: str | None = None
    kind: TagKind = TagKind.TAG
    state: PostState | None = None
    items: Sequence[str] | None = None
    block: str = ""
    lacking: str = ""
    column: PostColumn = PostColumn.DAY
    falling: bool = True
    excluded: Sequence[str] = ()

    def sql(self) -> tuple[str, list[Any]]:
        """Return the query for rows of `posts`, and its values."""
        conditions, values = self._conditions()
        order = (_POSTS_FALLING if self.falling else _POSTS_RISING)[self.column]
        return f"SELECT * FROM posts WHERE {conditions} ORDER BY {order}", values  # noqa: S608 - ours

    def _conditions(self) -> tuple[str, list[Any]]:
        conditions = [_HAS_WORDS.format(column="folded")]
        values: list[Any] = [_words_of(self.search)]
        if self.tag is not None:
            conditions.append(
                "number IN (SELECT value FROM json_each("
                "numbers((SELECT numbers FROM tags WHERE kind = ? AND tag = ?))))"
            )
            values += [self.kind, self.tag]
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
            # A block's placements know nothing of variants, which count wherever they are.
            table = "placements" if self.block else "shown"
            conditions.append(
                f"number IN (SELECT post FROM {table} WHERE {' AND '.join(placed)})"  # noqa: S608 - ours
            )
        if self.lacking:
            conditions.append("number NOT IN (SELECT post FROM filled WHERE block = ?)")
            values.append(self.lacking)
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
            case PostState.DOUBTED:
                return "number IN (SELECT post FROM placements WHERE doubted_category != '')", []
            case PostState.EXCLUDED:
                # Most are whole paths: hundreds, once many selected posts were excluded.
                paths = [each for each in self.excluded if not _SPECIAL.search(each)]
                # SQLite's globs are Python's, except in how a set is negated.
                globs = [
                    each.replace("[!", "[^") for each in self.excluded if _SPECIAL.search(each)
                ]
                return _EXCLUDED, [json.dumps(paths), json.dumps(globs)]
            case PostState.PINNED | PostState.CHOSEN | PostState.FALLBACK:
                caused = "SELECT post FROM placements WHERE instr(reasons, ?) = 1"
                return f"number IN ({caused})", [f'[["{_CAUSES[self.state]}",']


def _words_of(search: str) -> str:
    """Return the words of a search, folded, as JSON."""
    return json.dumps(fold(search).split())


# A list of tags: which ones, and in which order.


class TagColumn(StrEnum):
    """What tags are sorted by.

    `NEED` has those first that no mapping names and of which some posts show nothing; of these, and
    of the others, those of which the most do.
    """

    NEED = "need"
    TAG = "tag"
    USES = "uses"
    CLICKS = "clicks"


class Cover(StrEnum):
    """How many of a tag's posts show items."""

    NOTHING = "nothing"
    SOME = "some"
    ALL = "all"


_COVERS = {
    Cover.NOTHING: "shown = 0",
    Cover.SOME: "shown BETWEEN 1 AND posts - 1",
    Cover.ALL: "shown = posts",
}

_TAGS_RISING = {
    TagColumn.NEED: "needs DESC, posts - shown DESC, posts DESC, tag",
    TagColumn.TAG: "tag, kind",
    TagColumn.USES: "posts, tag",
    TagColumn.CLICKS: "ifnull(clicks, 0), tag",
}
_TAGS_FALLING = {
    TagColumn.NEED: "needs, posts - shown, posts, tag",
    TagColumn.TAG: "tag DESC, kind DESC",
    TagColumn.USES: "posts DESC, tag",
    TagColumn.CLICKS: "ifnull(clicks, 0) DESC, tag",
}

_WITH_CLICKS = (
    "(WITH counted AS MATERIALIZED (SELECT json_extract(value, '$[0]') AS kind, "
    "json_extract(value, '$[1]') AS tag, json_extract(value, '$[2]') AS clicks FROM json_each(?)) "
    "SELECT tags.*, clicks FROM tags LEFT JOIN counted USING (kind, tag))"
)

Tag = tuple[str, str]
"""A tag by its kind and as tags are compared."""


@dataclass(frozen=True, slots=True)
class TagQuery:
    """Tags that have the words of `search`, those that need items first.

    `kind` and `cover` select those of it, `unmapped` those for which no mapping names an item,
    `items` those with one of the items, `block` those of posts that show something in the block.
    `clicks` of tags sort by clicks.
    """

    search: str = ""
    kind: TagKind | None = None
    cover: Cover | None = None
    unmapped: bool = False
    items: Sequence[str] | None = None
    block: str = ""
    column: TagColumn = TagColumn.NEED
    falling: bool = False
    clicks: Mapping[Tag, int] = field(default_factory=dict)

    def sql(self) -> tuple[str, list[Any]]:
        """Return the query for rows of `tags`, and its values."""
        which, values = self._conditions()
        if self.cover:
            which += f" AND {_COVERS[self.cover]}"
        order = (_TAGS_FALLING if self.falling else _TAGS_RISING)[self.column]
        source = "tags"
        if self.column is TagColumn.CLICKS:
            source = _WITH_CLICKS
            values.insert(0, json.dumps([[*tag, clicks] for tag, clicks in self.clicks.items()]))
        columns = "kind, tag, written, posts, shown, items"
        return f"SELECT {columns} FROM {source} WHERE {which} ORDER BY {order}", values  # noqa: S608 - ours

    def count_sql(self) -> tuple[str, list[Any]]:
        """Return the query for the number of all tags, of whatever cover, and of each cover."""
        which, values = self._conditions()
        sums = ", ".join(f"ifnull(sum({condition}), 0)" for condition in _COVERS.values())
        return f"SELECT count(*), {sums} FROM tags WHERE {which}", values  # noqa: S608 - ours

    def _conditions(self) -> tuple[str, list[Any]]:
        conditions = [_HAS_WORDS.format(column="tag")]
        values: list[Any] = [_words_of(self.search)]
        if self.kind:
            conditions.append("kind = ?")
            values.append(self.kind)
        if self.unmapped:
            conditions.append("mapped = 0")
        if self.items is not None:
            conditions.append(
                "EXISTS (SELECT 1 FROM json_each(items) AS named "
                "WHERE named.value IN (SELECT value FROM json_each(?)))"
            )
            values.append(json.dumps(list(self.items)))
        if self.block:
            conditions.append("EXISTS (SELECT 1 FROM json_each(blocks) WHERE value = ?)")
            values.append(self.block)
        return " AND ".join(conditions), values


# The index itself, and what it answers.

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
class PostCounts:
    """How many posts a site has, how many show `nothing`, and how many lack which block not.

    `showing` has by block the posts that show something in it, or of its kind in their text.
    """

    posts: int
    nothing: int
    showing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class IndexedTag:
    """A tag of the site, or a category, or a keyword of a mapping.

    `tag` is as tags are compared, `written` as the newest post or the first mapping has it. `posts`
    is how many have it, `shown` how many of them show items; `items` are those that its mappings
    name.
    """

    kind: TagKind
    tag: str
    written: str
    posts: int
    shown: int
    items: tuple[str, ...]


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
        connection.create_function("numbers", 1, _numbers, deterministic=True)

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

    def posts(self, page: int = 1, wanted: PostQuery = PostQuery()) -> Page[IndexedPost]:
        """Return a page of the posts that are wanted."""
        return self._page(*wanted.sql(), page, _post)

    def post_keys(self, wanted: PostQuery) -> list[str]:
        """Return the keys of all posts that are wanted, in their order."""
        query, values = wanted.sql()
        return [key for (key,) in self._rows(f"SELECT key FROM ({query})", values)]  # noqa: S608 - a query of this module

    def posts_by_key(self, keys: Sequence[str]) -> dict[str, IndexedPost]:
        """Return posts by their keys; unknown keys are left out."""
        query = "SELECT * FROM posts WHERE key IN (SELECT value FROM json_each(?))"
        posts = map(_post, self._rows(query, [json.dumps(list(keys))]))
        return {post.key: post for post in posts}

    def post(self, key: str) -> tuple[IndexedPost, tuple[Placement, ...]] | None:
        """Return a post with all of its placements, `None` if there is none of this key."""
        found = self._rows("SELECT * FROM posts WHERE key = ?", [key])
        if not found:
            return None
        query = "SELECT * FROM placements WHERE post = ? ORDER BY place"
        placements = self._rows(query, [found[0][0]])
        return _post(found[0]), tuple(map(_placement, placements))

    def tags(self, page: int = 1, wanted: TagQuery = TagQuery()) -> Page[IndexedTag]:
        """Return a page of the tags that are wanted."""
        return self._page(*wanted.sql(), page, _tag)

    def tag_keys(self, wanted: TagQuery) -> list[Tag]:
        """Return all tags that are wanted, in their order."""
        query, values = wanted.sql()
        return self._rows(f"SELECT kind, tag FROM ({query})", values)  # noqa: S608 - a query of this module

    def tags_by_key(self, tags: Sequence[Tag]) -> dict[Tag, IndexedTag]:
        """Return tags by their kind and name; unknown ones are left out."""
        query = (
            "SELECT kind, tag, written, posts, shown, items FROM tags WHERE (kind, tag) IN "
            "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
        )
        found = map(_tag, self._rows(query, [json.dumps(tags)]))
        return {(tag.kind, tag.tag): tag for tag in found}

    def posts_of(self, item: str) -> Page[IndexedPost]:
        """Return the first page of the posts that show an item, the newest first."""
        query = "SELECT posts.* FROM shown JOIN posts ON number = post WHERE item = ? ORDER BY post"
        return self._page(query, [item], 1, _post)

    def unshown(self, item: str) -> UnshownItem | None:
        """Return why an item of a rule is on no post, `None` for any other item."""
        query = "SELECT mapping, why FROM unshown WHERE item = ?"
        for mapping, why in self._rows(query, [item]):
            return UnshownItem(item, mapping, Message.from_json(json.loads(why)))
        return None

    def doubted_posts(self) -> list[tuple[str, str]]:
        """Return (category, key) for posts that show an item for a category alone, by category.

        The posts nearest to them lack that category.
        """
        query = (
            "SELECT DISTINCT doubted_category, key FROM placements JOIN posts ON number = post "
            "WHERE doubted_category != '' ORDER BY doubted_category, post"
        )
        return self._rows(query)

    def shown_by(self, keys: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """Return the (block, item) that posts show, in their order, by the posts' keys."""
        query = (
            "SELECT key, block, item FROM posts JOIN placements ON post = number "
            "WHERE key IN (SELECT value FROM json_each(?)) ORDER BY post, place"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for key, block, item in self._rows(query, [json.dumps(keys)]):
            found.setdefault(key, []).append((block, item))
        return found

    def filled_by(self, keys: Sequence[str]) -> dict[str, set[str]]:
        """Return the blocks that posts do not lack, by the posts' keys."""
        query = (
            "SELECT key, block FROM posts JOIN filled ON post = number "
            "WHERE key IN (SELECT value FROM json_each(?))"
        )
        filled: dict[str, set[str]] = {}
        for key, block in self._rows(query, [json.dumps(keys)]):
            filled.setdefault(key, set()).add(block)
        return filled

    def post_counts(self) -> PostCounts:
        """Count the posts."""
        query = "SELECT count(*), ifnull(sum(items = 0), 0) FROM posts"
        [(posts, nothing)] = self._rows(query)
        shown = "SELECT block, count(*) FROM filled GROUP BY block"
        return PostCounts(posts, nothing, dict(self._rows(shown)))

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

    def keys(self) -> dict[str, str]:
        """Return the keys of all posts by the paths of their pages; of two the newest has it."""
        return dict(self._rows("SELECT url, key FROM posts ORDER BY number DESC"))

    def tags_by_post(self) -> dict[str, list[str]]:
        """Return the tags of all posts by key, as their authors wrote them."""
        return {key: json.loads(tags) for key, tags in self._rows("SELECT key, tags FROM posts")}

    def tag_counts(self, wanted: TagQuery) -> tuple[int, dict[Cover, int]]:
        """Return how many tags are wanted, of whatever cover, and how many of each."""
        [(every, *numbers)] = self._rows(*wanted.count_sql())
        return every, dict(zip(_COVERS, numbers, strict=True))

    def sums_by_tag(
        self, numbers: Mapping[str, tuple[int, ...]], tags: Sequence[Tag] | None = None
    ) -> dict[Tag, tuple[int, ...]]:
        """Return for tags, or for all, the sums of each of the `numbers` of their posts, by key.

        Tags without any such post are left out.
        """
        given = "SELECT number, key FROM posts WHERE key IN (SELECT value FROM json_each(?))"
        keys = self._rows(given, [json.dumps(list(numbers))])
        by_number = {number: numbers[key] for number, key in keys}
        query, values = "SELECT kind, tag, numbers FROM tags", []
        if tags is not None:
            query += (
                " WHERE (kind, tag) IN (SELECT json_extract(value, '$[0]'), "
                "json_extract(value, '$[1]') FROM json_each(?))"
            )
            values = [json.dumps(tags)]
        found = (
            ((kind, tag), [by_number[post] for post in array("I", posts) if post in by_number])
            for kind, tag, posts in self._rows(query, values)
        )
        return {tag: tuple(map(sum, zip(*each, strict=True))) for tag, each in found if each}

    def sums_by_mapping(self, numbers: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """Return by mapping the sum of its `numbers` of the posts that it matches, by their keys.

        Mappings that match none of these posts are left out.
        """
        query = (
            "SELECT given.key, sum(each.value) FROM json_each(?) AS given "
            "CROSS JOIN json_each(given.value) AS each "
            "CROSS JOIN posts ON posts.key = each.key "
            "JOIN mapping_posts ON mapping = given.key AND post = number GROUP BY given.key"
        )
        return dict(self._rows(query, [json.dumps(numbers)]))

    def posts_by_mapping(self) -> dict[str, int]:
        """Return how many posts each mapping matches; those that match none are left out."""
        return dict(self._rows("SELECT mapping, count(*) FROM mapping_posts GROUP BY mapping"))

    def posts_by_item(self) -> dict[str, int]:
        """Return how many posts show each item; those that no post shows are left out."""
        return dict(self._rows("SELECT item, count(*) FROM shown GROUP BY item"))

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


def _post(row: tuple[Any, ...]) -> IndexedPost:
    _, key, path, url, title, day, tags, excerpt, _, items, *_ = row
    return IndexedPost(
        key, path, url, title, date.fromisoformat(day), tuple(json.loads(tags)), excerpt, items
    )


def _tag(row: tuple[Any, ...]) -> IndexedTag:
    kind, tag, written, posts, shown, items = row
    return IndexedTag(TagKind(kind), tag, written, posts, shown, tuple(json.loads(items)))


def _numbers(packed: bytes | None) -> str:
    return json.dumps(array("I", packed or b"").tolist())


def _placement(row: tuple[Any, ...]) -> Placement:
    _, _, block, rank, item, score, reasons, tags, doubted_category = row
    parsed = (
        Reason(cause, word, points, _found(found))
        for cause, word, points, found in json.loads(reasons)
    )
    chosen = tuple(PlaceTag(*tag) for tag in json.loads(tags))
    return Placement(block, rank, item, score, tuple(parsed), chosen, doubted_category)


def _found(value: Any) -> Any:
    """Return what a reason's `found` was before JSON made lists of its tuples."""
    if not isinstance(value, list):
        return value
    return Counts(*value) if len(value) == len(Counts._fields) else tuple(value)
