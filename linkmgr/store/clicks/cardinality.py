"""A daily limit on new names of posts and referrers, which come from readers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from sqlalchemy import Connection, func, insert, select

from linkmgr.clicks.model import OTHER
from linkmgr.store.db.models import Name

# The most names that are cached, and that one query asks for.
_KEPT, _ASKED = 100_000, 5_000


class CardinalityLimit:
    """The known values of one dimension; `own` are known without ever having been seen."""

    def __init__(self, dimension: str, limit: int, own: Iterable[str] = ()) -> None:
        self._dimension = dimension
        self._limit = limit
        self._own = frozenset(own) | {"", OTHER}
        self._known = set(self._own)

    def learn(self, connection: Connection, values: Sequence[str], days: Sequence[date]) -> None:
        """Get to know values, each of a day: of the new ones as many as their day has room for."""
        if len(self._known) > _KEPT:
            self._known = set(self._own)
        if not (unknown := set(values) - self._known):
            return
        self._known.update(self._seen_before(connection, unknown))
        # Each once a day in the order of the clicks, which is that of the days.
        new = dict.fromkeys(
            (value, day)
            for value, day in zip(values, days, strict=True)
            if value not in self._known
        )
        self._known.update(self._take_in(connection, new))

    def buckets(self, values: Iterable[str]) -> list[str]:
        """Return the values, with `OTHER` for those that found no room."""
        known = self._known
        return [value if value in known else OTHER for value in values]

    def _seen_before(self, connection: Connection, values: Iterable[str]) -> Iterator[str]:
        rest = iter(values)
        while some := list(islice(rest, _ASKED)):
            yield from connection.scalars(
                select(Name.value).where(Name.dimension == self._dimension, Name.value.in_(some))
            )

    def _take_in(self, connection: Connection, new: Iterable[tuple[str, date]]) -> Iterable[str]:
        """Write down the values that have room, and return them."""
        taken: dict[date, int] = {}
        since: dict[str, date] = {}
        for value, day in new:
            if value in since:
                continue
            if day not in taken:
                taken[day] = self._taken(connection, day)
            if taken[day] < self._limit:
                taken[day] += 1
                since[value] = day
        if since:
            rows = [
                {"dimension": self._dimension, "value": value, "since": day}
                for value, day in since.items()
            ]
            connection.execute(insert(Name), rows)
        return since

    def _taken(self, connection: Connection, day: date) -> int:
        query = select(func.count()).where(Name.dimension == self._dimension, Name.since == day)
        return connection.scalar(query) or 0
