"""The clicks of several spool files as one sequence in the order of time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter

from linkmgr.clicks.bots.find import find_bot
from linkmgr.clicks.line import AGENT, AgentLine, read_agent_line, read_line
from linkmgr.clicks.model import NOT_JUDGED, Click

Judge = Callable[[str], str]
_JUDGED = 4096


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


def judgeable(lines: list[bytes], most: int) -> list[bytes]:
    """Return the lines up to the user agent past `most` of them that are to be judged."""
    agents = [number for number, line in enumerate(lines) if line.startswith(AGENT)]
    return lines[: agents[most]] if len(agents) > most else lines


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
    judge = lru_cache(maxsize=_JUDGED)(find_bot)  # a flood repeats itself; kept no longer than this
    for chunk in chunks:
        until = ends[slowest] if slowest not in ("", chunk.file) else None
        merged.positions[chunk.file] = _take(chunk, until, merged, judge)
    merged.clicks.sort(key=attrgetter("time"))
    return merged


def _take(chunk: Chunk, until: int | None, merged: Merged, judge: Judge) -> int:
    """Add the clicks of a chunk; return the position that is reached.

    A user agent is taken together with the click after it, so a chunk that ends between the two is
    taken up to both, unless nothing follows.
    """
    position, agent, agent_length = chunk.position, None, 0
    taken = merged.clicks.append
    for line in chunk.lines:
        length = len(line) + 1
        if line.startswith(AGENT) and (found := read_agent_line(line)):
            position, agent, agent_length = position + agent_length, found, length
            continue
        click = read_line(line)
        if click is None:
            merged.damaged += 1
        elif until is not None and click.time > until:
            return position
        else:
            taken(_judged(click, agent, judge) if agent else click)
        position, agent, agent_length = position + agent_length + length, None, 0
    return position if chunk.more else position + agent_length


def _judged(click: Click, agent: AgentLine, judge: Judge) -> Click:
    if click.bot != NOT_JUDGED or agent.click != click.id:
        return click
    return click._replace(bot=judge(agent.user_agent))


def _last_time(chunk: Chunk) -> int:
    """Return the time of the last line that is whole; 0, so that it comes first, if none is."""
    clicks = (read_line(line) for line in reversed(chunk.lines))
    return next((click.time for click in clicks if click), 0)
