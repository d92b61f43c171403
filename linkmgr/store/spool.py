"""The spool: a folder in which clicks and reports wait for the loader, one a line of its files."""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, compress
from math import inf
from operator import itemgetter, not_
from pathlib import Path
from typing import NamedTuple, TypeVar

from uuid_utils import uuid7

from linkmgr.clicks.bots import find_bot
from linkmgr.clicks.line import (
    AGENT,
    AgentLine,
    Clicks,
    clicks_of,
    read_agent_line,
    read_clicks,
    read_line,
)
from linkmgr.clicks.model import NOT_JUDGED, Click
from linkmgr.clicks.reports import REPORT, Report, read_report_line
from linkmgr.fs import is_at, replace_quickly, sync_folder

_SUFFIX = ".spool"

# Reading: what waits for the loader, and what is left to delete.

# What has no line break within this many bytes is not a line: a request has 2,000 at most.
LONGEST_LINE = 16 * 2**10

# How far each file is loaded, for those who cannot ask the database.
_POSITIONS = "positions.json"


class SpoolState(NamedTuple):
    """How many bytes wait for the loader, and for how long (seconds) the first of them has."""

    waiting: int
    age: float


def spool_sizes(folder: Path) -> dict[str, int]:
    """Return the size of each spool file, the oldest file first, which its name begins with."""
    sizes = {}
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIX) and entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):  # a loader has just deleted it
                    sizes[entry.name] = entry.stat().st_size
    return dict(sorted(sizes.items()))


def read_lines(file: Path, position: int, length: int) -> bytes:
    """Read whole lines from a position on, each with its break, `length` bytes at the most."""
    try:
        with file.open("rb", buffering=0) as opened:
            opened.seek(position)
            data = opened.read(length)
    except FileNotFoundError:  # another loader was quicker
        return b""
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and len(data) >= LONGEST_LINE:
        return data[:-1] + b"\n"  # no writer of ours wrote this
    return whole


def delete_if_left(file: Path, position: int) -> bool:
    """Delete a file if its writer is gone and no whole line follows the position."""
    with suppress(FileNotFoundError, BlockingIOError), file.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        opened.seek(position)
        rest = opened.read(LONGEST_LINE)
        if b"\n" not in rest and len(rest) < LONGEST_LINE:  # a torn line was not answered for
            file.unlink()
            return True
    return False


def write_positions(folder: Path, positions: Mapping[str, int]) -> None:
    """Write down how far the files are loaded, for `spool_state`. Raise LinkmgrError."""
    replace_quickly(folder / _POSITIONS, json.dumps(positions).encode())


def spool_state(folder: Path) -> SpoolState:
    """Return what waits for the loader. Raise OSError."""
    positions = read_positions(folder)
    waiting, oldest = 0, None
    for name, size in spool_sizes(folder).items():
        position = positions.get(name, 0)
        waiting += max(size - position, 0)
        # A user agent may lie before the click.
        for line in read_lines(folder / name, position, LONGEST_LINE).split(b"\n", 2)[:2]:
            if entry := _read_entry(line):
                oldest = min(oldest or entry.time, entry.time)
    return SpoolState(waiting, max(time.time() - oldest / 1000, 0.0) if oldest else 0.0)


def _read_entry(line: bytes) -> Click | Report | None:
    """Return the click or the report of a line, `None` if it is neither, or is not whole."""
    return read_report_line(line) if line.startswith(REPORT) else read_line(line)


def read_positions(folder: Path) -> dict[str, int]:
    """Return what `write_positions` wrote last, nothing where that cannot be read."""
    try:
        positions = json.loads((folder / _POSITIONS).read_bytes())
    except (OSError, ValueError):
        return {}
    return positions if isinstance(positions, dict) else {}


# Writing: each writer has a file of its own.

# A file is deleted as a whole once it is loaded, so a writer begins a new one past this size.
LARGEST = 64 * 2**20

# Bytes that are copied at once.
_COPIED = 2**20


class SpoolWriter:
    """Appends lines to a file of its own, which stays locked while it writes there.

    `append` may be called by several threads, `sync` and `close` by one. None of them raises: what
    the disk refuses is lost, as `append` says, and `sync` begins a new file where it must. A file
    that was deleted or moved is written again by `sync` and `close`, as often as `restored` says.
    """

    def __init__(self, folder: Path) -> None:
        self.restored = 0
        self._folder = folder
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._file = folder
        self._size = 0
        self._torn = False
        self._dirty = False
        self._ends_at = inf
        self._begin_file()

    def append(self, line: bytes, *, ends_in: float = inf) -> bool:
        """Write a line down. Return whether it is there, as a whole; if not, nothing of it is.

        One that must be deleted once it is loaded has its file end in so many seconds at the most.
        """
        with self._lock:
            if self._descriptor is None or self._torn:
                return False
            try:
                done = os.write(self._descriptor, line)
            except OSError:
                return False
            if done != len(line):
                self._take_back()
                return False
            self._size += done
            self._dirty = True
            if ends_in < inf:
                self._ends_at = min(self._ends_at, time.monotonic() + ends_in)
            return True

    def sync(self) -> None:
        """Have the lines so far outlive a loss of power; begin a new file if it is time to."""
        if self._dirty and self._descriptor is not None:
            self._dirty = False
            try:
                os.fdatasync(self._descriptor)
            except OSError:
                self._torn = True  # what of the file is on the disk is not known any more
        self._restore()
        full = self._size >= LARGEST or time.monotonic() >= self._ends_at
        if self._descriptor is None or self._torn or full:
            self._begin_file()

    def close(self) -> None:
        """End writing. The loader deletes the file once it is loaded."""
        self._restore()
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        _end_file(descriptor)

    def _take_back(self) -> None:
        """Remove a line that was not written as a whole."""
        if self._descriptor is not None:
            try:
                os.ftruncate(self._descriptor, self._size)
            except OSError:
                self._torn = True  # the loader drops a last line without a break

    def _restore(self) -> None:
        """Write the file again, under its name, if it is not where it was made.

        The name, as that is how the database knows which of its lines are loaded. The file that is
        still open has them all. If the disk refuses, lines are appended to that one until it can.
        """
        if self._descriptor is None or is_at(self._descriptor, self._file):
            return
        with self._lock:  # until the copy is complete no line may be added
            try:
                copy = _copied(self._descriptor, self._file)
            except OSError:
                return
            ended, self._descriptor = self._descriptor, copy
        os.close(ended)
        self.restored += 1

    def _begin_file(self) -> None:
        try:
            descriptor, file = _new_file(self._folder)
        except OSError:
            return
        with self._lock:
            ended, self._descriptor = self._descriptor, descriptor
            self._file = file
            self._size, self._torn, self._ends_at = 0, False, inf
        _end_file(ended)


def _new_file(folder: Path) -> tuple[int, Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        file = folder / f"{uuid7().hex}{_SUFFIX}"
        descriptor = _create(file)
        # A loader that came before the lock has taken the file for one whose writer is gone.
        if os.fstat(descriptor).st_nlink:
            sync_folder(folder)
            return descriptor, file
        os.close(descriptor)


def _create(file: Path) -> int:
    """Make a file, hold it locked, and return its descriptor. Raise OSError."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL
    descriptor = os.open(file, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _copied(source: int, file: Path) -> int:
    """Put a durable copy of an open file at a path, and return its descriptor. Raise OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_suffix(f".{uuid7().hex}")
    copy = _create(temporary)
    try:
        position = 0
        while data := os.pread(source, _COPIED, position):
            position += os.write(copy, data)
        os.fsync(copy)
        temporary.replace(file)
        sync_folder(file.parent)
    except OSError:
        os.close(copy)
        temporary.unlink(missing_ok=True)
        raise
    return copy


def _end_file(descriptor: int | None) -> None:
    if descriptor is not None:
        with suppress(OSError):
            os.fdatasync(descriptor)
        os.close(descriptor)


# Merging: the clicks of several files as one sequence in the order of time, and their reports.

Judge = Callable[[str], str]
_Entry = TypeVar("_Entry", Click, Report)
_JUDGED = 4096


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of a file from `position` on; whether there are `more` of it after them.

    `judges` says whether some are user agents, which take a while.
    """

    file: str
    position: int
    lines: list[bytes]
    more: bool
    judges: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """What was taken, how many lines were damaged, and the position now reached in each file.

    Reports are in no order, as none depends on another.
    """

    clicks: Clicks
    reports: Sequence[Report]
    damaged: int
    positions: Mapping[str, int]


def has_agents(data: bytes) -> bool:
    """Whether a line of it is a user agent's."""
    return data.startswith(AGENT) or b"\n" + AGENT in data


def judgeable(lines: list[bytes], most: int) -> list[bytes]:
    """Return the lines up to the user agent past `most` of them that are to be judged."""
    agents = [number for number, line in enumerate(lines) if line.startswith(AGENT)]
    return lines[: agents[most]] if len(agents) > most else lines


def merge(chunks: Iterable[Chunk]) -> Merged:
    """Take the clicks and reports up to the time to which every file was read.

    So no file runs ahead of the others however much waits in it, and "within ten seconds" needs
    no long memory. The file that was read to the earliest time is taken as a whole: there is
    always progress, where a clock went back too.
    """
    chunks = list(chunks)
    ends = {chunk.file: _last_time(chunk) for chunk in chunks if chunk.more}
    slowest = min(ends, key=ends.__getitem__, default="")
    judge = lru_cache(maxsize=_JUDGED)(find_bot)  # a flood repeats itself; kept no longer than this
    taken = {
        chunk.file: _take(chunk, ends[slowest] if slowest not in ("", chunk.file) else None, judge)
        for chunk in chunks
    }
    return Merged(
        _in_order([each.clicks for each in taken.values()]),
        [*chain.from_iterable(each.reports for each in taken.values())],
        sum(each.damaged for each in taken.values()),
        {file: each.position for file, each in taken.items()},
    )


def _in_order(parts: Sequence[Clicks]) -> Clicks:
    joined = Clicks(*map(list, map(chain.from_iterable, zip(*parts, strict=True))))
    order = sorted(range(len(joined.time)), key=joined.time.__getitem__)
    # Of a single place `itemgetter` makes no tuple.
    return Clicks(*map(itemgetter(*order), joined)) if order[1:] else joined


class _Taken(NamedTuple):
    """What is taken of a chunk, and the position that is reached with it."""

    clicks: Clicks
    reports: Sequence[Report]
    damaged: int
    position: int


def _take(chunk: Chunk, until: int | None, judge: Judge) -> _Taken:
    """Take what a chunk has up to a time."""
    is_report = [line.startswith(REPORT) for line in chunk.lines]
    lines = compress(chunk.lines, is_report)
    reports = [report for report in map(read_report_line, lines) if report]
    clicks = read_clicks([*compress(chunk.lines, map(not_, is_report))])
    if clicks is None or len(reports) < sum(is_report):
        return _take_each(chunk, until, judge)
    end, reported_at = len(chunk.lines), [report.time for report in reports]
    if until is not None and max(chain(clicks.time, reported_at), default=0) > until:
        of_clicks, of_reports = iter(clicks.time), iter(reported_at)
        times = (next(of_reports if is_one else of_clicks) for is_one in is_report)
        end = next(place for place, time in enumerate(times) if time > until)
    reported = sum(is_report[:end])
    length = sum(map(len, chunk.lines[:end])) + end
    taken = clicks.part(0, end - reported), reports[:reported]
    return _Taken(*taken, damaged=0, position=chunk.position + length)


def _take_each(chunk: Chunk, until: int | None, judge: Judge) -> _Taken:
    """Take a chunk line by line, as some are damaged or are user agents to be judged.

    A user agent is taken together with the click after it, so a chunk that ends between the two is
    taken up to both, unless nothing follows.
    """
    position, agent, agent_length = chunk.position, None, 0
    clicks, reports, damaged = list[Click](), list[Report](), 0
    for line in chunk.lines:
        length = len(line) + 1
        if line.startswith(AGENT) and (found := read_agent_line(line)):
            position, agent, agent_length = position + agent_length, found, length
            continue
        entry = _read_entry(line)
        if entry is None:
            damaged += 1
        elif until is not None and entry.time > until:
            return _Taken(clicks_of(clicks), reports, damaged, position)
        elif isinstance(entry, Report):
            reports.append(_judged(entry, agent, judge) if agent else entry)
        else:
            clicks.append(_judged(entry, agent, judge) if agent else entry)
        position, agent, agent_length = position + agent_length + length, None, 0
    end = position if chunk.more else position + agent_length
    return _Taken(clicks_of(clicks), reports, damaged, end)


def _judged(entry: _Entry, agent: AgentLine, judge: Judge) -> _Entry:
    if entry.bot != NOT_JUDGED or agent.click != entry.id:
        return entry
    return entry._replace(bot=judge(agent.user_agent))


def _last_time(chunk: Chunk) -> int:
    """Return the time of the last line that is whole; 0, so that it comes first, if none is."""
    entries = map(_read_entry, reversed(chunk.lines))
    return next((entry.time for entry in entries if entry), 0)
