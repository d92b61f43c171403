"""The clicks of several spool files as one sequence in the order of time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from linkmgr.clicks.bots.find import find_bot
from linkmgr.clicks.bulk import Clicks, clicks_of, read_clicks
from linkmgr.clicks.line import AGENT, AgentLine, read_agent_line, read_line
from linkmgr.clicks.model import NOT_JUDGED, Click

Judge = Callable[[str], str]
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
    """The clicks, how many lines were damaged, and the position now reached in each file."""

    clicks: Clicks
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
    """Take the clicks up to the time to which every file was read.

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
    damaged: int
    position: int


def _take(chunk: Chunk, until: int | None, judge: Judge) -> _Taken:
    """Take the clicks of a chunk up to a time."""
    clicks = read_clicks(chunk.lines)
    if clicks is None:
        return _take_each(chunk, until, judge)
    end = len(chunk.lines)
    if until is not None and max(clicks.time) > until:
        end = next(place for place, time in enumerate(clicks.time) if time > until)
    length = sum(map(len, chunk.lines[:end])) + end
    return _Taken(clicks.part(0, end), 0, chunk.position + length)


def _take_each(chunk: Chunk, until: int | None, judge: Judge) -> _Taken:
    """Take a chunk line by line, as some are damaged or are user agents to be judged.

    A user agent is taken together with the click after it, so a chunk that ends between the two is
    taken up to both, unless nothing follows.
    """
    position, agent, agent_length = chunk.position, None, 0
    clicks, damaged = list[Click](), 0
    for line in chunk.lines:
        length = len(line) + 1
        if line.startswith(AGENT) and (found := read_agent_line(line)):
            position, agent, agent_length = position + agent_length, found, length
            continue
        click = read_line(line)
        if click is None:
            damaged += 1
        elif until is not None and click.time > until:
            return _Taken(clicks_of(clicks), damaged, position)
        else:
            clicks.append(_judged(click, agent, judge) if agent else click)
        position, agent, agent_length = position + agent_length + length, None, 0
    end = position if chunk.more else position + agent_length
    return _Taken(clicks_of(clicks), damaged, end)


def _judged(click: Click, agent: AgentLine, judge: Judge) -> Click:
    if click.bot != NOT_JUDGED or agent.click != click.id:
        return click
    return click._replace(bot=judge(agent.user_agent))


def _last_time(chunk: Chunk) -> int:
    """Return the time of the last line that is whole; 0, so that it comes first, if none is."""
    clicks = (read_line(line) for line in reversed(chunk.lines))
    return next((click.time for click in clicks if click), 0)
