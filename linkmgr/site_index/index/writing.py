"""Writing the index, `site-index.db`: a new file that replaces the last one as a whole."""

import json
import shutil
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from linkmgr.blocks.include import post_key
from linkmgr.blocks.shown import InArticle, ShownItems, distinct_items
from linkmgr.catalog.blocks import COMPARE
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, Cause
from linkmgr.resolver.resolve import Placed, PreparedPosts
from linkmgr.resolver.rules import matching
from linkmgr.resolver.statistics import term
from linkmgr.resolver.unshown import UnshownItem

# Raise it whenever the tables change: an index of another format is rebuilt.
FORMAT = 7

TABLES = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE posts (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    day TEXT NOT NULL,
    tags TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    folded TEXT NOT NULL,
    items INTEGER NOT NULL
);
CREATE TABLE tags (
    kind TEXT NOT NULL,
    tag TEXT NOT NULL,
    written TEXT NOT NULL,
    posts INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    items TEXT NOT NULL,
    mapped INTEGER NOT NULL,
    needs INTEGER NOT NULL,
    blocks TEXT NOT NULL,
    numbers BLOB NOT NULL,
    PRIMARY KEY (kind, tag)
);
CREATE TABLE mapping_posts (mapping TEXT, post INTEGER, PRIMARY KEY (mapping, post)) WITHOUT ROWID;
CREATE TABLE placements (
    post INTEGER NOT NULL,
    place INTEGER NOT NULL,
    block TEXT NOT NULL,
    rank INTEGER NOT NULL,
    item TEXT NOT NULL,
    score REAL NOT NULL,
    reasons TEXT NOT NULL,
    tags TEXT NOT NULL,
    doubted_category TEXT NOT NULL,
    PRIMARY KEY (post, place)
) WITHOUT ROWID;
CREATE TABLE shown (item TEXT, post INTEGER, PRIMARY KEY (item, post)) WITHOUT ROWID;
CREATE TABLE filled (block TEXT, post INTEGER, PRIMARY KEY (block, post)) WITHOUT ROWID;
CREATE TABLE unshown (
    item TEXT PRIMARY KEY,
    mapping TEXT NOT NULL,
    why TEXT NOT NULL
) WITHOUT ROWID;
"""

# Made after the rows, which takes half the time. Posts are numbered in Jekyll's order, the newest
# first, so that a list by day is one by number.
INDEXES = """
CREATE UNIQUE INDEX posts_by_key ON posts (key);
CREATE INDEX posts_with_nothing ON posts (number) WHERE items = 0;
CREATE INDEX tags_by_need ON tags (needs DESC, posts - shown DESC, posts DESC, tag);
CREATE INDEX tags_by_use ON tags (posts DESC, tag);
CREATE INDEX placements_by_item ON placements (item, post);
CREATE INDEX placements_by_block ON placements (block, post);
CREATE INDEX doubted_placements ON placements (post) WHERE doubted_category != '';
"""

_NEW = "site-index.new"


def index_file(instance: Path) -> Path:
    """Return the index's file in an instance folder."""
    return instance / "site-index.db"


def encodable(text: str) -> str:
    """Return a text that UTF-8 can encode: YAML can make lone surrogates."""
    return text.encode(errors="replace").decode()


class PlacedItems(NamedTuple):
    """What a post shows: its placements in blocks and in its article, and the items of both."""

    in_blocks: Placed
    in_article: InArticle
    shown: ShownItems


FindUnshown = Callable[[Collection[str]], Iterable[UnshownItem]]
"""Returns the items of rules that are not among those that posts show."""


def write_index(  # noqa: PLR0913, PLR0917 - what an index is made from
    instance: Path,
    catalog: Catalog,
    revision: str,
    prepared: PreparedPosts,
    placed: Iterable[PlacedItems],
    find_unshown: FindUnshown,
) -> None:
    """Write all posts, in Jekyll's order, and what they show by one revision of the catalog."""
    with _replaced(instance) as connection:
        connection.executescript(TABLES)
        connection.executemany(
            "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (_post_row(number, post) for number, post in enumerate(prepared.posts)),
        )
        connection.executemany(
            "INSERT INTO mapping_posts VALUES (?, ?)",
            (
                (name, number)
                for number, names in enumerate(
                    matching(catalog.mappings.values(), prepared.posts, prepared.texts)
                )
                for name in names
            ),
        )
        blocks = _write_placements(connection, catalog, placed)
        _write_unshown(connection, find_unshown)
        _write_tags(connection, prepared, catalog, blocks)
        _write_meta(connection, revision=revision, problems=[])
        connection.executescript(INDEXES)


def write_problems(instance: Path, error: LinkmgrError) -> None:
    """Note in the last index why it is not up to date; without one, make an empty index."""
    exists = index_file(instance).exists()
    with _replaced(instance, copy=exists) as connection:
        if not exists:
            connection.executescript(TABLES + INDEXES)
            _write_meta(connection, revision="")
        _write_meta(connection, problems=error.to_json())


@contextmanager
def _replaced(instance: Path, *, copy: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the new file, which replaces the last one if the block succeeds."""
    file = index_file(instance)
    new = file.with_name(_NEW)
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)  # no umask says so: the site index builds the blog, too
    if copy:
        shutil.copyfile(file, new)
    with closing(sqlite3.connect(new)) as connection:
        # Nobody reads it yet, and after a power cut it is rebuilt.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        yield connection
        connection.commit()
    new.replace(file)


def _write_placements(
    connection: sqlite3.Connection, catalog: Catalog, placed: Iterable[PlacedItems]
) -> list[frozenset[str]]:
    """Write what the posts, by number, show; return the blocks in which each does."""
    blocks = []
    for number, post in enumerate(placed):
        placements = [placement for block in post.in_blocks.values() for placement in block]
        placements += post.in_article.text.values()
        for compared in post.in_article.compared.values():
            placements += compared
        connection.executemany(
            "INSERT INTO placements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(number, place, p.block, p.rank, p.item, p.score),
                    *(_json(p.reasons), _json(p.tags), p.doubted_category),
                )
                for place, p in enumerate(placements)
            ),
        )
        items = {placement.item for placement in placements}
        connection.execute("UPDATE posts SET items = ? WHERE number = ?", (len(items), number))
        connection.executemany(
            "INSERT INTO shown VALUES (?, ?)",
            ((item, number) for item in distinct_items(post.shown)),
        )
        connection.executemany(
            "INSERT INTO filled VALUES (?, ?)",
            ((block, number) for block in _filled_blocks(catalog, post)),
        )
        blocks.append(frozenset(placement.block for placement in placements))
    return blocks


def _filled_blocks(catalog: Catalog, post: PlacedItems) -> set[str]:
    """Return the blocks that a post does not lack: a book that its article shows is one, too."""
    filled = set(post.in_blocks)
    in_article = post.in_article
    shown = chain(in_article.text.values(), *in_article.compared.values())
    kinds = {catalog.items[placement.item].kind for placement in shown}
    for block in catalog.blocks:
        if block.kind is COMPARE:
            fills = bool(in_article.compared)
        else:
            fills = not block.items and bool(kinds.intersection(block.kind.items))
        if fills:
            filled.add(block.name)
    return filled


def _write_unshown(connection: sqlite3.Connection, find_unshown: FindUnshown) -> None:
    """Write why the items of rules that no post shows are on none."""
    shown = {item for (item,) in connection.execute("SELECT DISTINCT item FROM shown")}
    connection.executemany(
        "INSERT INTO unshown VALUES (?, ?, ?)",
        ((item.item, item.mapping, _json(item.why.to_json())) for item in find_unshown(shown)),
    )


def _post_row(number: int, post: Post) -> tuple[int | str, ...]:
    title = encodable(title_text(post.title))
    tags = list(dict.fromkeys(encodable(str(tag)) for tag in post.tags))
    return (
        *(number, post_key(post.path), encodable(post.path), encodable(post.url), title),
        *(post.date.date().isoformat(), _json(tags), encodable(post.excerpt)),
        fold(f"{title}\n{encodable(post.path)}"),
    )


# The tags of posts, their categories, and the keywords of mappings: by kind, and as compared.
_Tag = tuple[Cause, str]


def _write_tags(
    connection: sqlite3.Connection,
    prepared: PreparedPosts,
    catalog: Catalog,
    blocks: Sequence[frozenset[str]],
) -> None:
    """Write the site's tags with their posts and the items that their mappings name.

    A post is a number of four bytes: as rows, the keywords of 10,000 posts would be a million.
    """
    items = _items_of_tags(catalog)
    written, numbers = _tags_of_posts(prepared, catalog)
    connection.executemany(
        "INSERT INTO tags VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(kind, encodable(tag), encodable(written[kind, tag])),
                *(len(posts), shown := sum(bool(blocks[post]) for post in posts)),
                *(_json([*mapped]), bool(mapped), not mapped and shown < len(posts)),
                _json(sorted(frozenset().union(*map(blocks.__getitem__, posts)))),
                posts.tobytes(),
            )
            for (kind, tag), posts in numbers.items()
            for mapped in [items.get((kind, tag), {})]
        ),
    )


def _items_of_tags(catalog: Catalog) -> Mapping[_Tag, dict[str, None]]:
    """Return the items that the mappings of each tag name, in their order, each once."""
    found: dict[_Tag, dict[str, None]] = {}
    for mapping in catalog.mappings.values():
        if not mapping.exclude:
            for kind, text in named_tags(mapping):
                found.setdefault((kind, term(text)), {}).update(dict.fromkeys(mapping.items))
    return found


def _tags_of_posts(
    prepared: PreparedPosts, catalog: Catalog
) -> tuple[dict[_Tag, str], dict[_Tag, "array[int]"]]:
    """Return the tags as the newest post has them, keywords as mappings do; and their posts."""
    written: dict[_Tag, str] = {}
    for mapping in catalog.mappings.values():
        for kind, text in named_tags(mapping):
            if kind == KEYWORD:
                written.setdefault((kind, term(text)), text)
    numbers: dict[_Tag, array[int]] = defaultdict(lambda: array("I"))
    for number, post in enumerate(prepared.posts):
        for kind, texts in ((TAG, post.tags), (CATEGORY, post.categories)):
            for tag, text in {term(text): text for text in map(str, reversed(texts))}.items():
                written.setdefault((kind, tag), text)
                numbers[kind, tag].append(number)
        for keyword in prepared.texts[post.path].counts:
            if (KEYWORD, keyword) in written:
                numbers[KEYWORD, keyword].append(number)
    return written, numbers


def named_tags(mapping: CatalogMapping) -> Iterator[tuple[Cause, str]]:
    """Yield the tags, categories and keywords that a mapping names, each with its kind."""
    for named in (mapping.any_of, mapping.all_of):
        yield from ((TAG, text) for text in named.tags)
        yield from ((CATEGORY, text) for text in named.categories)
        yield from ((KEYWORD, text) for text in named.keywords)


def _write_meta(connection: sqlite3.Connection, **facts: Any) -> None:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    rows = ((name, _json(value)) for name, value in {**facts, "made_at": made_at}.items())
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
