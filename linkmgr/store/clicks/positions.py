"""How far the spool is loaded, and whether the database still has what was loaded into it."""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, select

from linkmgr.fs.atomic import identity
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.clicks.writes import upsert
from linkmgr.store.db.engine import sqlite_file, writing
from linkmgr.store.db.models import SpoolPosition
from linkmgr.store.db.schema import check_tables
from linkmgr.store.spool import backlog

# Seconds between two questions whether the database still has what was loaded into it.
_VERIFY_PAUSE = 10.0

Sizes = Mapping[str, int]
"""The size of each file of the spool."""


class SpoolPositions:
    """The position in each file of the spool, as the database has it, and a watch on that database.

    `replaced` is set once positions are behind of those that were reached: it is another database,
    or an older copy, and what the spool still has is loaded again.
    """

    def __init__(self, engine: Engine, spool: Path) -> None:
        self.replaced = False
        self._engine = engine
        self._spool = spool
        self._file = sqlite_file(engine)
        self._present: Sizes = {}
        self._published: Sizes = {}
        self._reached: Sizes = backlog.read_positions(spool)
        self._is_checked = False
        self._verified = float("-inf")
        self._written: tuple[int, int, int] | None = None

    def __getitem__(self, name: str) -> int:
        return self._present.get(name, 0)

    def forget(self) -> None:
        """Know nothing, as after a start."""
        self._present = {}

    def distrust(self) -> None:
        """Have the tables checked before the next transaction."""
        self._is_checked = False

    def waits(self, sizes: Sizes) -> bool:
        """Whether the files may have lines to load; asks no database."""
        return any(self[name] != size for name, size in sizes.items())

    def still_right(self, sizes: Sizes) -> bool:
        """Whether the database still has these positions, which no transaction reads when idle.

        It is asked now and then, and SQLite's whenever its file has changed.
        """
        # Others write to SQLite's file, too, but seldom: the admin, and `linkmgr clicks`.
        written = self._file is not None and identity(self._file) != self._written
        late = time.monotonic() > self._verified + _VERIFY_PAUSE
        if not self._is_checked or not (written or late):
            return True
        self._verified = time.monotonic()
        if self._file and written:
            self._engine.dispose()  # its connections keep pages of the file as it was
            self._written = identity(self._file)
        if not self._has_file():
            self._is_checked = False
            return False
        with self._engine.connect() as connection:
            return self._are_those_of(_read(connection, sizes), sizes)

    def check_database(self) -> None:
        """Check the tables unless that is done. Raise as `check_tables` does."""
        if not (self._is_checked and self._has_file()):
            check_tables(self._engine)
            self._is_checked = True

    def read(self, connection: Connection, sizes: Sizes) -> bool:
        """Read the positions; whether they are those that were known.

        If not, another loader was here, or it is another database.
        """
        found = _read(connection, sizes)
        known = self._are_those_of(found, sizes)
        if any(found.get(name, 0) < self._reached.get(name, 0) for name in sizes):
            self.replaced = True
        self._present = self._reached = found
        return known

    def write(self, connection: Connection, reached: Sizes) -> None:
        """Write down which positions a transaction reaches."""
        rows = [{"file": file, "position": position} for file, position in reached.items()]
        upsert(connection, SpoolPosition, "file", rows)

    def advance(self, reached: Sizes) -> None:
        """Take note that the transaction is committed."""
        self._reached = self._present = {**self._present, **reached}

    def publish(self) -> None:
        """Publish the positions for other processes; the loader itself asks the database."""
        if self._present != self._published:
            with suppress(LinkmgrError):
                backlog.publish_positions(self._spool, self._present)
                self._published = self._present

    def note_writing(self) -> None:
        """Take note that SQLite's file was changed by this process."""
        if self._file:
            self._written = identity(self._file)

    def delete_done(self, sizes: Sizes) -> None:
        """Delete the files that are loaded and whose writers are gone, with their positions."""
        folder = self._spool
        gone = [name for name in sizes if backlog.delete_if_left(folder / name, self[name])]
        if any(name in self._present for name in gone):
            self._delete(gone)

    def _delete(self, names: Iterable[str]) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(SpoolPosition).where(SpoolPosition.file.in_(names)))

    def _are_those_of(self, found: Sizes, sizes: Sizes) -> bool:
        return all(found.get(name, 0) == self[name] for name in sizes)

    def _has_file(self) -> bool:
        return self._file is None or self._file.exists()


def _read(connection: Connection, sizes: Sizes) -> dict[str, int]:
    query = select(SpoolPosition.file, SpoolPosition.position)
    found = connection.execute(query.where(SpoolPosition.file.in_(sizes)))
    return {file: position for file, position in found}  # noqa: C416 - a Row is a tuple to mypy
