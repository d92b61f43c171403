"""Loading the spool into the database: rows, totals and positions in one transaction a batch."""

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import IntegrityError

from linkmgr.fs import identity
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store import spool as spool_files
from linkmgr.store.clicks.counting import ClickCounter, Loaded, known_ids
from linkmgr.store.clicks.limits import DAILY_CLICKS, OwnNames, Shown
from linkmgr.store.clicks.writes import upsert
from linkmgr.store.db.engine import sqlite_file, writing
from linkmgr.store.db.models import SpoolPosition
from linkmgr.store.db.schema import check_version, create_if_empty
from linkmgr.store.spool import Chunk, has_agents, judgeable, merge

_Sizes = Mapping[str, int]
"""The size of each file of the spool, or a position in it."""

# What one transaction takes, in bytes of all files together: some 89,000 clicks. The keys of `seen`
# come in no order, so that each writes most pages of that table: half of it costs a tenth more for
# each click. A crash repeats no more than this.
_BATCH = 12 * 2**20

# How long (seconds) a brief transaction may take, as others wait for it, and how long there are
# more of them. What it takes begins with one megabyte and follows the time that the last one took;
# the least is a quarter, at which a click costs twice as much.
_BRIEF_SECONDS = 1.0
_FIRST_BRIEF, _LEAST_BRIEF = 2**20, 2**18

# What is held in memory of it at once.
_PIECE = 2**21

# The most user agents judged in one transaction, which others wait for: half a second's work.
_JUDGED = 1_500

_NO_NAMES = OwnNames()


class Loader:
    """Loads a spool. Others may be loading it, too: each batch begins at the position it finds."""

    def __init__(  # noqa: PLR0913 - what is loaded, where to, and by which limits
        self,
        engine: Engine,
        spool: Path,
        timezone: str,
        new_names: int,
        own: OwnNames = _NO_NAMES,
        *,
        daily_clicks: int = DAILY_CLICKS,
        shown: Callable[[], Collection[Shown]] = tuple,
    ) -> None:
        self._engine = engine
        self._spool = spool
        self._zone = ZoneInfo(timezone)
        self._daily_clicks = daily_clicks
        self._new_names = new_names
        self._own = own
        self._shown = shown
        self.positions = SpoolPositions(engine, spool)
        self._brief_batch = _FIRST_BRIEF
        self._forget()

    def load(
        self, on_batch: Callable[[Loaded], None] = lambda _: None, *, brief: bool = False
    ) -> Loaded:
        """Load what is there now, and delete the files that are done; call `on_batch` each time.

        With `brief` it ends after a second, and holds no transaction open for much longer, however
        busy the machine is. Raise OSError, SQLAlchemyError, or LinkmgrError if the tables are of
        another version; what was not loaded then waits where it was.
        """
        try:
            return self._load(on_batch, brief=brief)
        except BaseException:
            self.positions.distrust()
            self._forget()
            raise

    def _load(self, on_batch: Callable[[Loaded], None], *, brief: bool) -> Loaded:
        end = time.monotonic() + (_BRIEF_SECONDS if brief else float("inf"))
        sizes, positions = spool_files.spool_sizes(self._spool), self.positions
        loaded = Loaded()
        if not positions.still_right(sizes):
            self._forget()
        if positions.waits(sizes):
            positions.check_database()
            while positions.waits(sizes) and (step := self._load_batch(sizes, brief=brief)):
                loaded = loaded.plus(step)
                on_batch(step)
                positions.write_file()
                if time.monotonic() > end:
                    break
            positions.write_file()
        positions.delete_done(sizes)
        if loaded.read:
            positions.note_writing()
        return loaded

    def _forget(self) -> None:
        """Begin as after a start: what is remembered may differ from the database."""
        self.positions.forget()
        self._forget_clicks()

    def _forget_clicks(self) -> None:
        self._counter = ClickCounter(
            self._zone, self._daily_clicks, self._new_names, self._own, self._shown
        )

    def _load_batch(self, sizes: _Sizes, *, brief: bool) -> Loaded | None:
        """Load what one transaction takes; `None` if nothing is left."""
        most, began = min(self._brief_batch, _BATCH) if brief else _BATCH, time.monotonic()
        try:
            return self._transact(sizes, most)
        except IntegrityError:  # lines that were loaded once, put back with a copy of the spool
            self._forget()
            return self._transact(sizes, most, skip_known=True)
        finally:
            if brief:
                faster = min(_BRIEF_SECONDS / max(time.monotonic() - began, 0.001), 2.0)
                self._brief_batch = max(min(int(most * faster), _BATCH), _LEAST_BRIEF)

    def _transact(self, sizes: _Sizes, most: int, *, skip_known: bool = False) -> Loaded | None:
        """Load at most `most` bytes in one transaction, `None` if nothing is left.

        With `skip_known` clicks that have a row already are left out.
        """
        loaded, reached, left = Loaded(), dict[str, int](), most
        with writing(self._engine) as connection:
            check_version(connection)  # of tables that may have been upgraded meanwhile
            if not self.positions.read(connection, sizes):
                self._forget_clicks()
            self._counter.catch_up(connection)
            while left > 0 and (chunks := self._read_chunks(sizes, reached, min(_PIECE, left))):
                merged = merge(chunks)
                known = known_ids(connection, merged.clicks.id) if skip_known else set()
                loaded = loaded.plus(self._counter.add(connection, merged.clicks, known))
                loaded = loaded.plus(self._counter.add_views(connection, merged.reports))
                loaded = loaded.plus(Loaded(read=merged.damaged, damaged=merged.damaged))
                reached |= merged.positions
                left -= sum(merged.positions[chunk.file] - chunk.position for chunk in chunks)
                if any(chunk.judges for chunk in chunks):  # which takes long
                    break
            if not reached:
                return None
            self._counter.finish(connection)
            self.positions.write(connection, reached)
        self.positions.advance(reached)
        return loaded

    def _read_chunks(self, sizes: _Sizes, reached: _Sizes, most: int) -> list[Chunk]:
        """Read on from the transaction's position, at most `most` bytes of all files together."""
        begin = {name: reached.get(name, self.positions[name]) for name in sizes}
        waiting = [name for name, size in sizes.items() if begin[name] < size]
        share = max(most // max(len(waiting), 1), spool_files.LONGEST_LINE)
        judged = max(_JUDGED // max(len(waiting), 1), 1)
        chunks = (
            self._read_chunk(name, begin[name], sizes[name], share, judged) for name in waiting
        )
        return [chunk for chunk in chunks if chunk]

    def _read_chunk(
        self, name: str, position: int, size: int, most: int, most_judged: int
    ) -> Chunk | None:
        """Read lines of one file, `None` if there is no whole one."""
        length = min(most, size - position)
        data = spool_files.read_lines(self._spool / name, position, length)
        if not data:
            return None
        lines = data.removesuffix(b"\n").split(b"\n")
        more = position + length < size
        judges = has_agents(data)
        if judges:
            taken = judgeable(lines, most_judged)
            more = more or len(taken) < len(lines)
            lines = taken
        return Chunk(name, position, lines, more, judges)


# For how long (seconds) the positions of files that are gone are known.
_KEPT_SECONDS = 14 * 24 * 3600

# Seconds between two checks that the database still has what was loaded into it.
_VERIFY_PAUSE = 10.0


class SpoolPositions:
    """The position in each file of the spool, as the database has it, and a watch on that database.

    `replaced` is set once positions are behind those that were reached: it is another database, or
    an older copy, and what the spool still has is loaded again.
    """

    def __init__(self, engine: Engine, spool: Path) -> None:
        self.replaced = False
        self._engine = engine
        self._spool = spool
        self._file = sqlite_file(engine)
        self._present: _Sizes = {}
        self._in_file: _Sizes = {}
        self._reached: _Sizes = spool_files.read_positions(spool)
        self._is_checked = False
        self._verified = float("-inf")
        self._written: tuple[int, int, int] | None = None

    def __getitem__(self, name: str) -> int:
        return self._present.get(name, 0)

    def forget(self) -> None:
        """Forget all positions, as after a start."""
        self._present = {}

    def distrust(self) -> None:
        """Have the tables checked before the next transaction."""
        self._is_checked = False

    def waits(self, sizes: _Sizes) -> bool:
        """Whether the files may have lines to load; asks no database."""
        return any(self[name] != size for name, size in sizes.items())

    def still_right(self, sizes: _Sizes) -> bool:
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
            return self._are_those_of(_read_positions(connection, sizes), sizes)

    def check_database(self) -> None:
        """Make the tables if there are none. Raise OSError or SQLAlchemyError."""
        if not (self._is_checked and self._has_file()):
            create_if_empty(self._engine)
            self._is_checked = True

    def read(self, connection: Connection, sizes: _Sizes) -> bool:
        """Read the positions, and return whether they are those that were known.

        If not, another loader was here, or it is another database.
        """
        found = _read_positions(connection, sizes)
        known = self._are_those_of(found, sizes)
        if any(found.get(name, 0) < self._reached.get(name, 0) for name in sizes):
            self.replaced = True
        self._present = self._reached = found
        return known

    def write(self, connection: Connection, reached: _Sizes) -> None:
        """Record the positions that a transaction reaches."""
        rows = [{"file": file, "position": position} for file, position in reached.items()]
        upsert(connection, SpoolPosition, "file", rows)

    def advance(self, reached: _Sizes) -> None:
        """Take note that the transaction is committed."""
        self._reached = self._present = {**self._present, **reached}

    def write_file(self) -> None:
        """Write the positions for other processes; the loader itself asks the database."""
        if self._present != self._in_file:
            with suppress(LinkmgrError):
                spool_files.write_positions(self._spool, self._present)
                self._in_file = self._present

    def note_writing(self) -> None:
        """Take note that SQLite's file was changed by this process."""
        if self._file:
            self._written = identity(self._file)

    def delete_done(self, sizes: _Sizes) -> None:
        """Delete the files that are loaded and whose writers are gone.

        Their positions stay for a while, in case a copy of the spool is put back: rows of clicks
        have ids by which they are known, but what reports add to is known by nothing else.
        """
        folder = self._spool
        gone = [name for name in sizes if spool_files.delete_if_left(folder / name, self[name])]
        if any(name in self._present for name in gone):
            self._forget_old()

    def _forget_old(self) -> None:
        """Delete the positions of files that were made long ago, as their names say."""
        oldest = f"{int((time.time() - _KEPT_SECONDS) * 1000):012x}"
        with writing(self._engine) as connection:
            connection.execute(delete(SpoolPosition).where(SpoolPosition.file < oldest))

    def _are_those_of(self, found: _Sizes, sizes: _Sizes) -> bool:
        return all(found.get(name, 0) == self[name] for name in sizes)

    def _has_file(self) -> bool:
        return self._file is None or self._file.exists()


def _read_positions(connection: Connection, sizes: _Sizes) -> dict[str, int]:
    query = select(SpoolPosition.file, SpoolPosition.position)
    found = connection.execute(query.where(SpoolPosition.file.in_(sizes)))
    return {file: position for file, position in found}  # noqa: C416 - a Row is a tuple to mypy
