"""A visitor's clicks on an item count up to a number a day, whatever posts and places they name."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from linkmgr.store.db.models import ClickRow, key_of_day

DAILY_CLICKS = 20
"""Clicks of one visitor on one item that count on one day.

A reader seldom follows one link more than once or twice. A visitor is an address with a user agent,
though, and so may be all telephones of one kind behind an office's or a mobile network's address.
"""

# As many visitors' items are remembered, about 100 bytes each. Past that, those with the fewest
# clicks are forgotten first, and may count as many more.
_REMEMBERED = 500_000

# A backlog has clicks of several days, each of which is read from the database when it comes up.
_DAYS = 3

Pair = tuple[int, str]
"""A visitor and an item."""


class DailyCap:
    """Counts the clicks that were counted: in memory, and after a start from their rows."""

    def __init__(self, most: int, timezone: str) -> None:
        self._most = most
        self._timezone = timezone
        self._days: dict[date, dict[Pair, int]] = {}

    def exceeded(self, connection: Connection, day: date, pairs: Iterable[Pair]) -> Iterator[bool]:
        """Yield for each click of a visitor on an item whether it comes past the day's cap."""
        most, counts = self._most, self._counts(connection, day)
        count_of = counts.get
        for pair in pairs:
            count = count_of(pair, 0)
            if count < most:
                counts[pair] = count + 1
            yield count >= most

    def _counts(self, connection: Connection, day: date) -> dict[Pair, int]:
        known = self._days.pop(day, None)  # to be put back as the latest
        counts = dict(self._counted(connection, day)) if known is None else known
        if len(counts) > _REMEMBERED:
            _forget_fewest(counts)
        self._days[day] = counts
        if len(self._days) > _DAYS:
            del self._days[next(iter(self._days))]
        return counts

    def _counted(self, connection: Connection, day: date) -> Iterator[tuple[Pair, int]]:
        since = key_of_day(day, self._timezone)
        until = key_of_day(day + timedelta(days=1), self._timezone)
        query = (
            select(ClickRow.visitor, ClickRow.item, func.count())
            .where(ClickRow.id >= since, ClickRow.id < until, ClickRow.bot == "")
            .group_by(ClickRow.visitor, ClickRow.item)
        )
        for visitor, item, count in connection.execute(query):
            yield (visitor, item), count


def _forget_fewest(counts: dict[Pair, int]) -> None:
    """Halve what is remembered, at least."""
    least = 0
    while len(counts) > _REMEMBERED // 2:
        least += 1
        kept = [(pair, count) for pair, count in counts.items() if count > least]
        counts.clear()
        counts.update(kept)
