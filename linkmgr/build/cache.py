"""What a build remembers of the posts, so that the next one reads only what has changed.

One SQLite file in the site's `.linkmgr-cache/` (Jekyll passes over dotfiles). It holds nothing that
cannot be made again: a cache that is damaged or of another format is thrown away. Its transaction
also keeps two builds of one site apart.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkmgr.errors import LinkmgrError

CACHE_FOLDER = ".linkmgr-cache"
_FILE = "posts.sqlite"

# Raise it whenever what is stored changes its form. What it means belongs to linkmgr's version,
# which is remembered with it.
FORMAT = 1

# How long a build waits for another one of the same site, in seconds.
PATIENCE = 60

_TABLES = """
CREATE TABLE IF NOT EXISTS post (path TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class DamagedCacheError(LinkmgrError):
    """A cache that cannot be read or written any more: a build makes a new one."""


@dataclass(frozen=True, slots=True)
class Cache:
    """An open cache, inside its transaction."""

    _database: sqlite3.Connection

    def facts(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield path and facts of every remembered post."""
        for path, facts in self._database.execute("SELECT path, facts FROM post"):
            yield path, _decoded(facts)

    def paths(self) -> set[str]:
        """Return the paths of the remembered posts."""
        return {path for (path,) in self._database.execute("SELECT path FROM post")}

    def remember(self, facts: Iterable[tuple[str, str]], forget: Iterable[str]) -> None:
        """Store the facts (JSON) of posts by path, and drop those of posts that are gone."""
        self._database.executemany("INSERT OR REPLACE INTO post VALUES (?, ?)", facts)
        self._database.executemany("DELETE FROM post WHERE path = ?", ((p,) for p in forget))

    def state(self, name: str) -> Any:
        """Return a remembered fact of the whole site, `None` if there is none."""
        query = "SELECT value FROM state WHERE name = ?"
        row = self._database.execute(query, (name,)).fetchone()
        return _decoded(row[0]) if row else None

    def keep_state(self, **state: Any) -> None:
        """Remember facts of the whole site by name; their values are JSON's."""
        rows = ((name, json.dumps(value, ensure_ascii=False)) for name, value in state.items())
        self._database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)


@contextmanager
def open_cache(root: Path, *, read_only: bool = False) -> Iterator[Cache]:
    """Open the cache of the site at `root`; what is remembered is kept if the block ends well.

    With `read_only` nothing is written, and a site without a cache gets one in memory. Raise
    DamagedCacheError, from within the block too.
    """
    try:
        with closing(_connect(root / CACHE_FOLDER, read_only=read_only)) as database:
            yield Cache(database)
            if read_only:
                database.rollback()
            else:
                database.commit()
    except sqlite3.DatabaseError as error:
        file = root / CACHE_FOLDER / _FILE
        raise DamagedCacheError(f"{file}: {error}: `linkmgr build` makes it anew") from error


def throw_away_cache(root: Path) -> None:
    """Have the next build of the site at `root` start without a memory."""
    (root / CACHE_FOLDER / _FILE).unlink(missing_ok=True)


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise sqlite3.DatabaseError(f"a value is no JSON ({error})") from error


def _connect(folder: Path, *, read_only: bool) -> sqlite3.Connection:
    file = folder / _FILE
    if read_only:
        copy = sqlite3.connect(":memory:", isolation_level=None)
        copy.executescript(_TABLES)
        if file.exists():
            _copy(file, copy)
        copy.execute("BEGIN")
        return copy
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# Made by linkmgr build; it makes it again when it is gone.\n*\n")
    try:
        return _begin(file)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise LinkmgrError(
                f"{folder.parent}: another build has been running for {PATIENCE} s; try again later"
            ) from error
        file.unlink(missing_ok=True)
        return _begin(file)


def _begin(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
    try:
        # Losing the last build's memory in a power cut costs one slow build.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN IMMEDIATE")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version != FORMAT:
            for table in ("post", "state"):
                database.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _TABLES.strip().splitlines():
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {FORMAT}")
    except BaseException:
        database.close()
        raise
    return database


def _copy(file: Path, target: sqlite3.Connection) -> None:
    """Copy what a build without the right to write may use; a damaged cache counts as none."""
    try:
        source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)
        try:
            (version,) = source.execute("PRAGMA user_version").fetchone()
            if version == FORMAT:
                for table in ("post", "state"):
                    rows = source.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
                    target.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608
        finally:
            source.close()
    except sqlite3.DatabaseError:
        target.executescript("DELETE FROM post; DELETE FROM state;")
