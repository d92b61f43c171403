"""From the spool into the database: rows, totals and positions in one transaction a batch."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from linkmgr.store.clicks.cardinality import OwnNames
from linkmgr.store.clicks.counting import ClickCounter, Loaded, known_ids
from linkmgr.store.clicks.daily_cap import DAILY_CLICKS
from linkmgr.store.clicks.positions import SpoolPositions
from linkmgr.store.db.engine import writing
from linkmgr.store.spool import backlog
from linkmgr.store.spool.merge import Chunk, has_agents, judgeable, merge

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

# So many user agents are judged in one transaction, which others wait for: half a second at most.
_JUDGED = 1_500

_NO_NAMES = OwnNames()


class Loader:
    """Loads a spool. There may be others at it: each batch begins at the position it finds."""

    def __init__(  # noqa: PLR0913 - what is loaded, where to, and by which limits
        self,
        engine: Engine,
        spool: Path,
        timezone: str,
        new_names: int,
        own: OwnNames = _NO_NAMES,
        *,
        daily_clicks: int = DAILY_CLICKS,
    ) -> None:
        self._engine = engine
        self._spool = spool
        self._zone = ZoneInfo(timezone)
        self._daily_clicks = daily_clicks
        self._new_names = new_names
        self._own = own
        self.positions = SpoolPositions(engine, spool)
        self._brief_batch = _FIRST_BRIEF
        self._forget()

    def load(
        self, on_batch: Callable[[Loaded], None] = lambda _: None, *, brief: bool = False
    ) -> Loaded:
        """Load what is there now, and delete the files that are done; call `on_batch` after each.

        To be `brief` is to end after a second, and to hold no transaction open for much longer,
        even where others leave little of the processor.
        Raise OSError, SQLAlchemyError, or LinkmgrError if the tables are of another version; what
        was not loaded then waits where it was.
        """
        try:
            return self._load(on_batch, brief=brief)
        except BaseException:
            self.positions.distrust()
            self._forget()
            raise

    def _load(self, on_batch: Callable[[Loaded], None], *, brief: bool) -> Loaded:
        end = time.monotonic() + (_BRIEF_SECONDS if brief else float("inf"))
        sizes, positions = backlog.spool_sizes(self._spool), self.positions
        loaded = Loaded()
        if not positions.still_right(sizes):
            self._forget()
        if positions.waits(sizes):
            positions.check_database()
            while positions.waits(sizes) and (step := self._load_batch(sizes, brief=brief)):
                loaded = loaded.plus(step)
                on_batch(step)
                positions.publish()
                if time.monotonic() > end:
                    break
            positions.publish()
        positions.delete_done(sizes)
        if loaded.read:
            positions.note_writing()
        return loaded

    def _forget(self) -> None:
        """Begin as after a start: what is remembered may differ from the database."""
        self.positions.forget()
        self._forget_clicks()

    def _forget_clicks(self) -> None:
        self._counter = ClickCounter(self._zone, self._daily_clicks, self._new_names, self._own)

    def _load_batch(self, sizes: Mapping[str, int], *, brief: bool) -> Loaded | None:
        most, began = min(self._brief_batch, _BATCH) if brief else _BATCH, time.monotonic()
        try:
            return self._transact(sizes, most)
        except IntegrityError:  # lines that were loaded once, put back with a copy of the spool
            self._forget()
            return self._transact(sizes, most, without_known=True)
        finally:
            if brief:
                faster = min(_BRIEF_SECONDS / max(time.monotonic() - began, 0.001), 2.0)
                self._brief_batch = max(min(int(most * faster), _BATCH), _LEAST_BRIEF)

    def _transact(
        self, sizes: Mapping[str, int], most: int, *, without_known: bool = False
    ) -> Loaded | None:
        with writing(self._engine) as connection:
            if not self.positions.read(connection, sizes):
                self._forget_clicks()
            self._counter.catch_up(connection)
            loaded, reached, left = Loaded(), dict[str, int](), most
            while left > 0 and (chunks := self._read_chunks(sizes, reached, min(_PIECE, left))):
                merged = merge(chunks)
                known = known_ids(connection, merged.clicks.id) if without_known else set()
                loaded = loaded.plus(self._counter.add(connection, merged.clicks, known))
                loaded = loaded.plus(Loaded(read=merged.damaged, damaged=merged.damaged))
                for chunk in chunks:
                    reached[chunk.file] = merged.positions[chunk.file]
                    left -= reached[chunk.file] - chunk.position
                if any(chunk.judges for chunk in chunks):
                    break
            if not reached:
                return None
            self._counter.finish(connection)
            self.positions.write(connection, reached)
        self.positions.advance(reached)
        return loaded

    def _read_chunks(
        self, sizes: Mapping[str, int], reached: Mapping[str, int], most: int
    ) -> list[Chunk]:
        """Read on where the transaction is, so many bytes of all files together."""
        waiting = {
            name: (position, size)
            for name, size in sizes.items()
            if (position := reached.get(name, self.positions[name])) < size
        }
        share = max(most // max(len(waiting), 1), backlog.LONGEST_LINE)
        chunks = []
        for name, (position, size) in waiting.items():
            length = min(share, size - position)
            if data := backlog.read_lines(self._spool / name, position, length):
                read = data.removesuffix(b"\n").split(b"\n")
                judges = has_agents(data)
                lines = judgeable(read, max(_JUDGED // len(waiting), 1)) if judges else read
                more = position + length < size or len(lines) < len(read)
                chunks.append(Chunk(name, position, lines, more, judges))
        return chunks
