"""From the spool into the database: rows, totals and positions in one transaction a batch."""

import struct
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import compress
from operator import ne
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from linkmgr.clicks.model import Click
from linkmgr.store.clicks.cardinality import CardinalityLimit
from linkmgr.store.clicks.daily_cap import DAILY_CLICKS, DailyCap
from linkmgr.store.clicks.deduplicate import ClickDeduplicator
from linkmgr.store.clicks.positions import SpoolPositions
from linkmgr.store.clicks.totals import Row
from linkmgr.store.clicks.writes import add
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ClickRow
from linkmgr.store.spool import backlog
from linkmgr.store.spool.merge import Chunk, Merged, judgeable, merge

# What one transaction takes, in bytes of all files together: some 68,000 lines. Half of it costs
# a tenth more for each click, and a crash repeats no more than this.
_BATCH = 12 * 2**20

# So many user agents are judged in one transaction, which others wait for: half a second at most.
_JUDGED = 1_500

# So many ids are asked for in one query.
_ASKED = 5_000


class Loaded(NamedTuple):
    """What became of the lines that were read: of `counted` clicks some are `folded`."""

    read: int = 0
    counted: int = 0
    bots: int = 0
    repeated: int = 0
    folded: int = 0
    damaged: int = 0
    capped: int = 0


class Loader:
    """Loads a spool. There may be others at it: each batch begins at the position it finds."""

    def __init__(  # noqa: PLR0913 - what is loaded, where to, and by which limits
        self,
        engine: Engine,
        spool: Path,
        timezone: str,
        new_names: int,
        own_posts: frozenset[str] = frozenset(),
        *,
        daily_clicks: int = DAILY_CLICKS,
    ) -> None:
        self._engine = engine
        self._spool = spool
        self._zone = ZoneInfo(timezone)
        self._daily_clicks = daily_clicks
        self._new_names = new_names
        self._own_posts = own_posts
        self.positions = SpoolPositions(engine, spool)
        self._forget()

    def load(self, on_batch: Callable[[Loaded], None] = lambda _: None) -> Loaded:
        """Load what is there now, and delete the files that are done; call `on_batch` after each.

        Raise OSError, SQLAlchemyError, or LinkmgrError if the tables are of another version; what
        was not loaded then waits where it was.
        """
        try:
            return self._load(on_batch)
        except BaseException:
            self.positions.distrust()
            self._forget()
            raise

    def _load(self, on_batch: Callable[[Loaded], None]) -> Loaded:
        sizes, positions = backlog.spool_sizes(self._spool), self.positions
        steps = []
        if not positions.still_right(sizes):
            self._forget()
        if positions.waits(sizes):
            positions.check_database()
            while positions.waits(sizes) and (step := self._load_batch(sizes)):
                steps.append(step)
                on_batch(step)
                positions.publish()
            positions.publish()
        positions.delete_done(sizes)
        if steps:
            positions.note_writing()
        return Loaded(*map(sum, zip(Loaded(), *steps, strict=True)))

    def _forget(self) -> None:
        """Begin as after a start: what is remembered may differ from the database."""
        self.positions.forget()
        self._forget_clicks()

    def _forget_clicks(self) -> None:
        self._repeats = ClickDeduplicator()
        self._cap = DailyCap(self._daily_clicks, self._zone.key)
        self._posts = CardinalityLimit("post", self._new_names, self._own_posts)
        self._referrers = CardinalityLimit("referrer", self._new_names)

    def _load_batch(self, sizes: Mapping[str, int]) -> Loaded | None:
        try:
            return self._transact(sizes)
        except IntegrityError:  # lines that were loaded once, put back with a copy of the spool
            self._forget()
            return self._transact(sizes, without_known=True)

    def _transact(self, sizes: Mapping[str, int], *, without_known: bool = False) -> Loaded | None:
        with writing(self._engine) as connection:
            if not self.positions.read(connection, sizes):
                self._forget_clicks()
            chunks = self._read_chunks(sizes)
            if not chunks:
                return None
            merged = merge(chunks)
            known = _known(connection, merged.clicks) if without_known else set()
            loaded = self._write(connection, merged, known)
            self.positions.write(connection, merged.positions)
        self.positions.advance(merged.positions)
        return loaded

    def _read_chunks(self, sizes: Mapping[str, int]) -> list[Chunk]:
        waiting = {
            name: (position, size)
            for name, size in sizes.items()
            if (position := self.positions[name]) < size
        }
        share = max(_BATCH // max(len(waiting), 1), backlog.LONGEST_LINE)
        chunks = []
        for name, (position, size) in waiting.items():
            length = min(share, size - position)
            if read := backlog.read_lines(self._spool / name, position, length):
                lines = judgeable(read, max(_JUDGED // len(waiting), 1))
                more = position + length < size or len(lines) < len(read)
                chunks.append(Chunk(name, position, lines, more))
        return chunks

    def _write(self, connection: Connection, merged: Merged, known: set[str]) -> Loaded:
        if not merged.clicks:
            return Loaded(read=merged.damaged, damaged=merged.damaged)
        # Column by column, in which Python takes a third of the time.
        ids, times, items, named, blocks, ranks, shops, routes, pages, devices, bots, hashes = zip(
            *merged.clicks, strict=True
        )
        days = _days(times, self._zone)
        self._posts.learn(connection, named, days)
        self._referrers.learn(connection, pages, days)
        posts, referrers = self._posts.buckets(named), self._referrers.buckets(pages)
        visitors = _signed(hashes)
        self._repeats.recall(connection, times[0], times[-1])
        places = zip(visitors, items, posts, blocks, ranks, shops, strict=True)
        repeated = map(self._repeats.is_repeat, places, times)
        counts = [
            not repeat and id_ not in known for repeat, id_ in zip(repeated, ids, strict=True)
        ]
        single = sum(counts)
        by_reader = [count and not bot for count, bot in zip(counts, bots, strict=True)]
        pairs = compress(zip(visitors, items, strict=True), by_reader)
        exceeded = self._cap.exceeded(connection, pairs, compress(days, by_reader))
        counts = [
            count and not (reader and next(exceeded))
            for count, reader in zip(counts, by_reader, strict=True)
        ]
        link = items, posts, blocks, ranks, shops
        kinds = map(str, routes), referrers, map(str, devices), bots
        rows = zip(ids, times, *link, *kinds, visitors, strict=True)
        of_day = defaultdict[date, list[Row]](list)
        for day, row in compress(zip(days, rows, strict=True), counts):
            of_day[day].append(row)
        for day in sorted(of_day):
            add(connection, day, of_day[day])
        counted, by_bots = sum(counts), sum(map(bool, compress(bots, counts)))
        folded = map(ne, zip(named, pages, strict=True), zip(posts, referrers, strict=True))
        return Loaded(
            read=len(ids) + merged.damaged,
            counted=counted - by_bots,
            bots=by_bots,
            repeated=len(ids) - single,
            folded=sum(compress(folded, counts)),
            damaged=merged.damaged,
            capped=single - counted,
        )


# Wherever on earth, a new day begins on a quarter of an hour.
_SECONDS = 15 * 60
_QUARTER = _SECONDS * 1000


def _days(times: Sequence[int], zone: ZoneInfo) -> list[date]:
    """Return the day in a time zone of each time."""
    quarters = [time // _QUARTER for time in times]
    moments = {each: datetime.fromtimestamp(each * _SECONDS, UTC) for each in set(quarters)}
    days = {each: moment.astimezone(zone).date() for each, moment in moments.items()}
    return [days[each] for each in quarters]


def _signed(visitors: Sequence[str]) -> Sequence[int]:
    """Return each one's 64 bits as the databases have them."""
    return struct.unpack(f">{len(visitors)}q", bytes.fromhex("".join(visitors)))


def _known(connection: Connection, clicks: Sequence[Click]) -> set[str]:
    """Return the ids that have a row already."""
    known: set[str] = set()
    for first in range(0, len(clicks), _ASKED):
        ids = [click.id for click in clicks[first : first + _ASKED]]
        found = connection.scalars(select(ClickRow.id).where(ClickRow.id.in_(ids)))
        known.update(each.replace("-", "") for each in found)  # as PostgreSQL writes them
    return known
