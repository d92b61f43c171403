"""Writing `survey.db`: a new file, put in the place of the last one as a whole."""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linkmgr.blocks.keys import post_key
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.posts.values import text_of
from linkmgr.resolver.fold import fold
from linkmgr.resolver.statistics import term, terms
from linkmgr.site_index.index.decisions import Placed
from linkmgr.site_index.index.plain import plain
from linkmgr.site_index.index.tables import INDEXES, TABLES, database

_NEW = "survey.new"


def write_survey(
    instance: Path,
    catalog: Catalog,
    revision: str,
    posts: Sequence[Post],
    placed: Iterable[tuple[int, Placed]],
) -> None:
    """Write all posts, in Jekyll's order, and what they show by one revision of the catalog."""
    with _replaced(instance) as connection:
        connection.executescript(TABLES)
        connection.executemany(
            "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (_post_row(number, post) for number, post in enumerate(posts)),
        )
        connection.executemany(
            "INSERT INTO post_tags VALUES (?, ?)",
            ((plain(tag), number) for number, post in enumerate(posts) for tag in terms(post.tags)),
        )
        _place(connection, placed)
        _map_tags(connection, posts, catalog)
        _say(connection, revision=revision, problems=())
        connection.executescript(INDEXES)


def update_survey(
    instance: Path,
    catalog: Catalog,
    revision: str,
    posts: Sequence[Post],
    placed: Iterable[tuple[int, Placed]],
) -> None:
    """Write what some posts show by another revision of the catalog; the others show what they did.

    The posts are those of the last survey.
    """
    with _replaced(instance, copy=True) as connection:
        _place(connection, placed)
        connection.execute("DELETE FROM tags")
        _map_tags(connection, posts, catalog)
        _say(connection, revision=revision, problems=())


def write_problems(instance: Path, problems: Sequence[str]) -> None:
    """Have the last survey say why it is not up to date; without one, an empty survey."""
    there = database(instance).exists()
    with _replaced(instance, copy=there) as connection:
        if not there:
            connection.executescript(TABLES + INDEXES)
            _say(connection, revision="")
        _say(connection, problems=problems)


@contextmanager
def _replaced(instance: Path, *, copy: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the new file, which takes the last one's place if the block ends well."""
    file = database(instance)
    new = file.with_name(_NEW)
    new.unlink(missing_ok=True)
    if copy:
        shutil.copyfile(file, new)
    with closing(sqlite3.connect(new)) as connection:
        # Nobody reads it yet, and after a power cut it is made again.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        yield connection
        connection.commit()
    new.replace(file)


def _place(connection: sqlite3.Connection, placed: Iterable[tuple[int, Placed]]) -> None:
    """Have posts, by number, show what they do in the place of what they did."""
    for number, items in placed:
        placements = [placement for block in items.values() for placement in block]
        connection.execute("DELETE FROM placements WHERE post = ?", (number,))
        connection.executemany(
            "INSERT INTO placements VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (number, place, p.block, p.rank, p.item, p.score, _json(p.reasons))
                for place, p in enumerate(placements)
            ),
        )
        connection.execute("UPDATE posts SET items = ? WHERE number = ?", (len(placements), number))


def _post_row(number: int, post: Post) -> tuple[int | str, ...]:
    title = plain(text_of(post.title))
    tags = list(dict.fromkeys(plain(str(tag)) for tag in post.tags))
    return (
        *(number, post_key(post.path), plain(post.path), plain(post.url), title),
        *(post.date.date().isoformat(), _json(tags), plain(post.excerpt)),
        fold(f"{title}\n{plain(post.path)}"),
    )


def _map_tags(connection: sqlite3.Connection, posts: Sequence[Post], catalog: Catalog) -> None:
    """Write the site's tags, each with the items to which mappings lead from it."""
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
            (plain(tag), plain(written[tag]), count, _json([*mapped]), bool(mapped))
            for tag, count in number.items()
            for mapped in [items.get(tag, {})]
        ),
    )


def _items_of_tags(catalog: Catalog) -> Mapping[str, dict[str, None]]:
    """Return by folded tag the items that its mappings call for, in their order, each once."""
    found: dict[str, dict[str, None]] = {}
    for mapping in catalog.mappings.values():
        if not mapping.exclude:
            for tag in (*mapping.any_of.tags, *mapping.all_of.tags):
                found.setdefault(term(tag), {}).update(dict.fromkeys(mapping.items))
    return found


def _say(connection: sqlite3.Connection, **facts: Any) -> None:
    rows = ((name, _json(value)) for name, value in {**facts, "made_at": _now()}.items())
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
