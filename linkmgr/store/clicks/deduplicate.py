"""One reader's second click on the same link within seconds is no second click."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

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


class ClickDeduplicator:
    """Remembers the clicks that were counted.

    Time is cut into windows. A link has at most one counted click in each, so the last and the
    next window are all that must be compared besides, whichever click came first.
    """

    def __init__(self) -> None:
        self._now: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._since = 0
        self._remembered = 0, 0  # of which time all are

    def recall(self, connection: Connection, first: int, last: int) -> None:
        """Get to know the rows that clicks from the time `first` to `last` may repeat.

        What was asked for is not asked again, so that a loader which keeps up reads next to none.
        """
        since, until = self._remembered
        first, last = first - WINDOW, last + WINDOW
        if not since <= first <= until:  # after a start, a pause, or a clock's leap
            since = until = first
        self._remembered = since, max(until, last)
        for place, time in _counted(connection, until, last):
            self.is_repeat(place, time)

    def is_repeat(self, place: Place, time: int) -> bool:
        """Whether it was clicked within a window's length; if not, remember it."""
        now, before = self._now, self._before
        key = hash(place) + time // WINDOW
        last, after = key - 1, key + 1
        if (
            key in now
            or last in now
            or after in now
            or key in before
            or last in before
            or after in before
        ) and self._is_near(key, time):
            return True
        now[key] = time
        if len(now) >= _GENERATION and abs(time - self._since) >= _LENGTH:
            since, until = self._remembered
            self._remembered = max(since, self._since), until
            self._now, self._before, self._since = {}, now, time
        return False

    def _is_near(self, key: int, time: int) -> bool:
        for near in (key, key - 1, key + 1):
            counted = self._now.get(near) or self._before.get(near)
            if counted is not None and -WINDOW < time - counted < WINDOW:
                return True
        return False


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
