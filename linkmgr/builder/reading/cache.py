"""What a build stores of the posts, so that the next one reads only what has changed.

One SQLite file in the site's `.linkmgr-cache/` (Jekyll passes over dotfiles). Everything in it
can be computed again: a cache that is damaged or of another format is deleted. It may come with
a site from elsewhere, so nothing in it is followed out of its folder: links are refused, and a
journal is never played back.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkmgr.fs import CACHE_FOLDER, locked, make_cache_folder, refuse_links
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

_FILE = "posts.sqlite"
_LOCK = "lock"

# What SQLite leaves beside a database when its process is killed. A journal can name any file for
# SQLite to delete (https://www.sqlite.org/fileformat2.html, "The Rollback Journal").
_JOURNALS = tuple(f"{_FILE}-{kind}" for kind in ("journal", "wal", "shm"))
_NAMES = (_FILE, *_JOURNALS, _LOCK)

# Raise it whenever what is stored changes its form. What it means belongs to linkmgr's version,
# which is stored with it.
FORMAT = 12

# How long a build waits for another one of the same site, in seconds.
LOCK_TIMEOUT = 60

_TABLES = {
    "post": "CREATE TABLE post (path TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID",
    "state": "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "numbers": "CREATE TABLE numbers (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
}


# The errors from a value that is JSON but not in its stored form.
_WRONG_FORM = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class DamagedCacheError(LinkmgrError):
    """A cache that cannot be read or written any more: a build makes a new one."""


@dataclass(frozen=True, slots=True)
class Cache:
    """An open cache, inside its transaction."""

    _database: sqlite3.Connection

    def facts(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield path and facts of every stored post."""
        for path, facts in self._database.execute("SELECT path, facts FROM post"):
            yield path, json.loads(facts)

    def paths(self) -> set[str]:
        """Return the paths of the stored posts."""
        return {path for (path,) in self._database.execute("SELECT path FROM post")}

    def store(self, facts: Iterable[tuple[str, str]], forget: Iterable[str]) -> None:
        """Store the facts (JSON) of posts by path, and drop those of posts that are gone."""
        self._database.executemany("INSERT OR REPLACE INTO post VALUES (?, ?)", facts)
        forgotten = [(path,) for path in forget]
        self._database.executemany("DELETE FROM post WHERE path = ?", forgotten)

    def state(self, name: str) -> Any:
        """Return a stored fact of the whole site, `None` if there is none."""
        query = "SELECT value FROM state WHERE name = ?"
        row = self._database.execute(query, (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_state(self, **state: Any) -> None:
        """Store facts of the whole site by name; their values are JSON's."""
        for name, value in state.items():
            row = name, json.dumps(value, ensure_ascii=False)
            self._database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", row)

    def numbers(self) -> dict[str, bytes]:
        """Return the stored columns of numbers by name."""
        return dict(self._database.execute("SELECT name, value FROM numbers"))

    def set_numbers(self, numbers: Mapping[str, bytes]) -> None:
        """Store columns of numbers by name, and drop all others."""
        self._database.execute("DELETE FROM numbers")
        self._database.executemany("INSERT INTO numbers VALUES (?, ?)", numbers.items())


@contextmanager
def open_cache(root: Path, *, read_only: bool = False) -> Iterator[Cache]:
    """Open the cache of the site at `root`; changes are committed if the block ends well.

    With `read_only` nothing is written, and a site without a cache gets one in memory. Raise
    DamagedCacheError, from within the block too: unless `read_only`, the cache is then gone.
    """
    if read_only:
        folder = root / CACHE_FOLDER
        refuse_links(folder, _NAMES)
        with _as_damaged(folder), closing(_copy_of(folder)) as database, _blame_cache(database):
            yield Cache(database)
            database.rollback()
        return
    folder = make_cache_folder(root, _NAMES)
    with _as_damaged(folder), _exclusive(folder):
        if any((folder / name).exists() for name in _JOURNALS):
            _delete(folder)  # the last build was killed
        try:
            with closing(_begin_transaction(folder / _FILE)) as database, _blame_cache(database):
                yield Cache(database)
                database.commit()
        except sqlite3.DatabaseError:
            _delete(folder)
            raise


@contextmanager
def _as_damaged(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        file = folder / _FILE
        raise DamagedCacheError(
            message("build.cache-damaged", file=str(file), reason=str(error))
        ) from error


@contextmanager
def _blame_cache(database: sqlite3.Connection) -> Iterator[None]:
    """Take errors from values of the wrong form for damage of the cache, unless it is empty."""
    (has_state,) = database.execute("SELECT EXISTS (SELECT * FROM state)").fetchone()
    try:
        yield
    except _WRONG_FORM as error:
        if not has_state:
            raise
        raise sqlite3.DatabaseError(f"holds what no build stored ({error!r})") from error


def _exclusive(folder: Path, *, shared: bool = False) -> AbstractContextManager[None]:
    """Wait until no other build of the site runs, and keep others waiting."""
    busy = message("build.already-running", folder=str(folder.parent), seconds=LOCK_TIMEOUT)
    return locked(folder / _LOCK, LOCK_TIMEOUT, shared=shared, busy=busy)


def _delete(folder: Path) -> None:
    for name in (_FILE, *_JOURNALS):
        (folder / name).unlink(missing_ok=True)


def _begin_transaction(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    try:
        # Losing the cache in a power cut costs one slow build.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN IMMEDIATE")
        if not _is_ours(database):
            _make_tables(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_tables(database: sqlite3.Connection) -> None:
    for statement in _TABLES.values():
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {FORMAT}")


def _is_ours(database: sqlite3.Connection) -> bool:
    """Whether a database has our tables or none; with others it counts as damaged."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    tables = dict(database.execute("SELECT name, sql FROM sqlite_master"))
    if tables and (version, tables) != (FORMAT, _TABLES):
        raise sqlite3.DatabaseError("is of another format")
    return bool(tables)


def _copy_of(folder: Path) -> sqlite3.Connection:
    """Copy what a build without write access may use; a damaged cache counts as none."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    _make_tables(copy)
    copy.execute("BEGIN")
    lock, file = folder / _LOCK, folder / _FILE
    with _exclusive(folder, shared=True) if lock.exists() else nullcontext():
        if file.exists() and not any((folder / name).exists() for name in _JOURNALS):
            try:
                _copy(file, copy)
            except sqlite3.DatabaseError:
                for table in _TABLES:
                    copy.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
    return copy


def _copy(file: Path, target: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source:
        if _is_ours(source):
            for table in _TABLES:
                rows = source.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
                target.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608
