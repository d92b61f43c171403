"""One reader's second click on the same link within seconds is no second click."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from linkmgr.store.clicks.loads import Span
from linkmgr.store.db.models import ClickRow, key_at

WINDOW = 10_000
"""Milliseconds: longer than a double click, shorter than a second decision."""

# A generation of links that were clicked is forgotten when two more have come, each of this many
# and at least this long (milliseconds), a second being what clicks of several workers may come
# late: at 25,000 clicks a second some 550,000 links are remembered.
_GENERATION = 50_000
_LENGTH = WINDOW + 1_000

Place = tuple[int, str, str, str, int, str]
"""Who clicked on what: the visitor, and the item, post, block, rank and shop."""


@dataclass(slots=True)
class _Generation:
    """When links were counted, each known by a hash of who clicked on what.

    `first` has for each the first time that was counted, which for nearly all is the only one. In
    `others` are the rest: time is cut into windows, in each of which a link has at most one.
    """

    since: int = 0
    first: dict[int, int] = field(default_factory=dict)
    others: dict[int, int] = field(default_factory=dict)

    def has_near(self, link: int, time: int) -> bool:
        """Whether a link was counted within a window's length of a time, before it or after."""
        times = [self.first.get(link), *(self.others.get(key) for key in _windows(link, time))]
        return any(each is not None and -WINDOW < time - each < WINDOW for each in times)

    def remember(self, link: int, time: int) -> None:
        """Remember that a link was counted at a time."""
        if self.first.setdefault(link, time) != time:
            self.others[_windows(link, time)[0]] = time


def _windows(link: int, time: int) -> tuple[int, int, int]:
    key = link + time // WINDOW
    return key, key - 1, key + 1


class ClickDeduplicator:
    """Remembers the clicks that were counted, so that it matters not which of two came first."""

    def __init__(self) -> None:
        self._now = _Generation()
        self._before = _Generation()
        self._remembered = 0, 0  # of which time all are
        self._by_others: tuple[Span, ...] = ()

    def catch_up(self, by_others: Sequence[Span] | None) -> None:
        """Take note of what other loaders have written since, `None` if that is unknown."""
        if by_others is None:
            self._remembered = 0, 0
        else:
            self._by_others += tuple(by_others)

    def recall(self, connection: Connection, first: int, last: int) -> None:
        """Get to know the rows that clicks from the time `first` to `last` may repeat.

        What was asked for is asked again only where others wrote, so that a loader which keeps up
        reads next to none.
        """
        since, until = self._remembered
        first, last = first - WINDOW, last + WINDOW
        if not since <= first <= until:  # after a start, a pause, or a clock's leap
            since = until = first
        for span in self._by_others:
            start, end = max(span.first, since), min(span.last + 1, until)
            if start < end:
                # What is too old to be repeated now is read should it ever be needed.
                since = max(since, min(end, first)) if start < first else since
                self._learn(connection, max(start, first), end)
        self._by_others = ()
        self._remembered = since, max(until, last)
        self._learn(connection, until, last)

    def _learn(self, connection: Connection, since: int, until: int) -> None:
        for place, time in _counted(connection, since, until) if since < until else ():
            any(self.repeated([place], [time]))

    def repeated(self, places: Iterable[Place], times: Iterable[int]) -> Iterator[bool]:
        """Yield for each click whether its place was clicked within a window's length.

        If it was not, it is remembered.
        """
        now, before = self._now, self._before
        first, first_before = now.first, before.first
        for link, time in zip(map(hash, places), times, strict=True):
            if link not in first and link not in first_before:  # as nearly all are
                first[link] = time
            elif now.has_near(link, time) or before.has_near(link, time):
                yield True
                continue
            else:
                now.remember(link, time)
            if len(first) + len(now.others) >= _GENERATION and abs(time - now.since) >= _LENGTH:
                self._age(time)
                now, before = self._now, self._before
                first, first_before = now.first, before.first
            yield False

    def _age(self, time: int) -> None:
        """Begin a new generation."""
        since, until = self._remembered
        self._remembered = max(since, self._now.since), until
        self._now, self._before = _Generation(time), self._now


def _counted(connection: Connection, since: int, until: int) -> Iterator[tuple[Place, int]]:
    """Yield the clicks that have a row, from one time to another."""
    query = select(
        ClickRow.visitor,
        ClickRow.item,
        ClickRow.post,
        ClickRow.block,
        ClickRow.rank,
        ClickRow.shop,
        ClickRow.time,
    ).where(ClickRow.id >= key_at(since), ClickRow.id < key_at(until))
    for row in connection.execute(query.order_by(ClickRow.id)):
        visitor, item, post, block, rank, shop, time = row
        yield (visitor, item, post, block, rank, shop), time
