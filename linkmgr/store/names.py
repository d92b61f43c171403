"""Posts and referrers that readers bring are told apart up to a number a day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from sqlalchemy import Connection, func, insert, select

from linkmgr.clicks.model import OTHER
from linkmgr.store.models import Name

# So many names are kept in memory, and asked for in one query.
_KEPT, _ASKED = 100_000, 5_000


class Names:
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
        first: dict[str, date] = {}
        for value, day in zip(values, days, strict=True):
            if value not in self._known:
                first.setdefault(value, day)
        self._known.update(self._take_in(connection, first))

    def fold(self, value: str) -> str:
        """Return the value, or what stands for those that found no room."""
        return value if value in self._known else OTHER

    def _seen_before(self, connection: Connection, values: Iterable[str]) -> Iterator[str]:
        rest = iter(values)
        while some := list(islice(rest, _ASKED)):
            yield from connection.scalars(
                select(Name.value).where(Name.dimension == self._dimension, Name.value.in_(some))
            )

    def _take_in(self, connection: Connection, first: dict[str, date]) -> list[str]:
        """Write down the values that have room, and return them."""
        if not first:
            return []
        taken = Counter[date]()
        for day in set(first.values()):
            taken[day] = (
                connection.scalar(
                    select(func.count()).where(Name.dimension == self._dimension, Name.since == day)
                )
                or 0
            )
        room = []
        for value, day in first.items():
            if taken[day] < self._limit:
                taken[day] += 1
                room.append(value)
        if room:
            rows = [
                {"dimension": self._dimension, "value": value, "since": first[value]}
                for value in room
            ]
            connection.execute(insert(Name), rows)
        return room
