"""The clicks of several spool files as one sequence in the order of time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from linkmgr.clicks.line import read_line
from linkmgr.clicks.model import Click


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of a file from `position` on; whether there are `more` of it after them."""

    file: str
    position: int
    lines: list[bytes]
    more: bool


@dataclass(slots=True)
class Merged:
    """The clicks, how many lines were damaged, and the position now reached in each file."""

    clicks: list[Click] = field(default_factory=list)
    damaged: int = 0
    positions: dict[str, int] = field(default_factory=dict)


def merge(chunks: Iterable[Chunk]) -> Merged:
    """Take the clicks up to the time to which every file was read.

    So no file runs ahead of the others however much waits in it, and "within ten seconds" needs
    no long memory. The file that was read to the earliest time is taken as a whole: there is
    always progress, where a clock went back too.
    """
    chunks = list(chunks)
    ends = {chunk.file: _last_time(chunk) for chunk in chunks if chunk.more}
    slowest = min(ends, key=ends.__getitem__, default="")
    merged = Merged()
    for chunk in chunks:
        until = ends[slowest] if slowest not in ("", chunk.file) else None
        merged.positions[chunk.file] = _take(chunk, until, merged)
    merged.clicks.sort(key=attrgetter("time"))
    return merged


def _take(chunk: Chunk, until: int | None, merged: Merged) -> int:
    position = chunk.position
    for line in chunk.lines:
        click = read_line(line)
        if click is None:
            merged.damaged += 1
        elif until is not None and click.time > until:
            break
        else:
            merged.clicks.append(click)
        position += len(line) + 1
    return position


def _last_time(chunk: Chunk) -> int:
    """Return the time of the last line that is whole; 0, so that it comes first, if none is."""
    clicks = (read_line(line) for line in reversed(chunk.lines))
    return next((click.time for click in clicks if click), 0)
