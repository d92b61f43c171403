"""Writing the index, `site-index.db`: a new file that replaces the last one as a whole."""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linkmgr.blocks.include import post_key
from linkmgr.catalog.model import Catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post
from linkmgr.resolver.fold import fold
from linkmgr.resolver.resolve import Placed, PreparedPosts
from linkmgr.resolver.rules import matching
from linkmgr.resolver.statistics import term, terms

# Raise it whenever the tables change: an index of another format is rebuilt.
FORMAT = 5

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
    tag TEXT PRIMARY KEY,
    written TEXT NOT NULL,
    posts INTEGER NOT NULL,
    items TEXT NOT NULL,
    mapped INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE post_tags (tag TEXT, post INTEGER, PRIMARY KEY (tag, post)) WITHOUT ROWID;
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
    PRIMARY KEY (post, place)
) WITHOUT ROWID;
"""

# Made after the rows, which takes half the time. Posts are numbered in Jekyll's order, the newest
# first, so that a list by day is one by number.
INDEXES = """
CREATE UNIQUE INDEX posts_by_key ON posts (key);
CREATE INDEX posts_with_nothing ON posts (number) WHERE items = 0;
CREATE INDEX tags_by_need ON tags (mapped, posts DESC, tag);
CREATE INDEX tags_by_use ON tags (posts DESC, tag);
CREATE INDEX placements_by_item ON placements (item, post);
"""

_NEW = "site-index.new"


def index_file(instance: Path) -> Path:
    """Return the index's file in an instance folder."""
    return instance / "site-index.db"


def encodable(text: str) -> str:
    """Return a text that UTF-8 can encode: YAML can make lone surrogates."""
    return text.encode(errors="replace").decode()


def write_index(
    instance: Path,
    catalog: Catalog,
    revision: str,
    prepared: PreparedPosts,
    placed: Iterable[Placed],
) -> None:
    """Write all posts, in Jekyll's order, and what they show by one revision of the catalog."""
    posts = prepared.posts
    with _replaced(instance) as connection:
        connection.executescript(TABLES)
        connection.executemany(
            "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (_post_row(number, post) for number, post in enumerate(posts)),
        )
        connection.executemany(
            "INSERT INTO post_tags VALUES (?, ?)",
            (
                (encodable(tag), number)
                for number, post in enumerate(posts)
                for tag in terms(post.tags)
            ),
        )
        connection.executemany(
            "INSERT INTO mapping_posts VALUES (?, ?)",
            (
                (name, number)
                for number, names in enumerate(
                    matching(catalog.mappings.values(), posts, prepared.texts)
                )
                for name in names
            ),
        )
        _write_placements(connection, placed)
        _write_tags(connection, posts, catalog)
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


def _write_placements(connection: sqlite3.Connection, placed: Iterable[Placed]) -> None:
    """Write what the posts, by number, show."""
    for number, items in enumerate(placed):
        placements = [placement for block in items.values() for placement in block]
        connection.executemany(
            "INSERT INTO placements VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (number, place, p.block, p.rank, p.item, p.score, _json(p.reasons), _json(p.tags))
                for place, p in enumerate(placements)
            ),
        )
        connection.execute("UPDATE posts SET items = ? WHERE number = ?", (len(placements), number))


def _post_row(number: int, post: Post) -> tuple[int | str, ...]:
    title = encodable(title_text(post.title))
    tags = list(dict.fromkeys(encodable(str(tag)) for tag in post.tags))
    return (
        *(number, post_key(post.path), encodable(post.path), encodable(post.url), title),
        *(post.date.date().isoformat(), _json(tags), encodable(post.excerpt)),
        fold(f"{title}\n{encodable(post.path)}"),
    )


def _write_tags(connection: sqlite3.Connection, posts: Sequence[Post], catalog: Catalog) -> None:
    """Write the site's tags, each with the items that its mappings name."""
    written: dict[str, str] = {}
    number: dict[str, int] = {}
    for post in posts:
        for tag in {term(str(tag)): str(tag) for tag in reversed(post.tags)}.items():
            written.setdefault(*tag)
            number[tag[0]] = number.get(tag[0], 0) + 1
    items = _items_of_tags(catalog)
    connection.executemany(
        "INSERT INTO tags VALUES (?, ?, ?, ?, ?)",
        (
            (encodable(tag), encodable(written[tag]), count, _json([*mapped]), bool(mapped))
            for tag, count in number.items()
            for mapped in [items.get(tag, {})]
        ),
    )


def _items_of_tags(catalog: Catalog) -> Mapping[str, dict[str, None]]:
    """Return by folded tag the items that its mappings name, in their order, each once."""
    found: dict[str, dict[str, None]] = {}
    for mapping in catalog.mappings.values():
        if not mapping.exclude:
            for tag in (*mapping.any_of.tags, *mapping.all_of.tags):
                found.setdefault(term(tag), {}).update(dict.fromkeys(mapping.items))
    return found


def _write_meta(connection: sqlite3.Connection, **facts: Any) -> None:
    rows = ((name, _json(value)) for name, value in {**facts, "made_at": _now()}.items())
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
