"""A daily limit on new names of posts, referrers and campaigns, which come from readers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import Connection, func, insert, select

from linkmgr.clicks.model import OTHER
from linkmgr.store.db.models import Name

# The most names that are cached, and that one query asks for.
_KEPT, _ASKED = 100_000, 5_000


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The names of the site's own, which find room whatever readers bring."""

    posts: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()


class CardinalityLimit:
    """The known values of one dimension; `own` are known without ever having been seen."""

    def __init__(self, dimension: str, limit: int, own: Iterable[str] = ()) -> None:
        self._dimension = dimension
        self._limit = limit
        self._own = frozenset(own) | {"", OTHER}
        self._known = set(self._own)

    def buckets(self, connection: Connection, values: Sequence[str], day: date) -> Sequence[str]:
        """Return the values of a day's clicks, with `OTHER` for those that find no room.

        Of those that are new there is room for as many as the day's limit leaves. If all find room,
        it is the sequence that was given.
        """
        distinct = {*values}
        if distinct <= self._known or self._learn(connection, distinct, values, day):
            return values
        known = self._known
        return [value if value in known else OTHER for value in values]

    def _learn(
        self, connection: Connection, distinct: set[str], values: Sequence[str], day: date
    ) -> bool:
        """Get to know values; whether all are known then."""
        if len(self._known) > _KEPT:
            self._known = set(self._own)
        self._known.update(self._seen_before(connection, distinct - self._known))
        # In the order of the clicks.
        new = dict.fromkeys(value for value in values if value not in self._known)
        self._known.update(self._take_in(connection, new, day))
        return distinct <= self._known

    def _seen_before(self, connection: Connection, values: Iterable[str]) -> Iterator[str]:
        rest = iter(values)
        while some := list(islice(rest, _ASKED)):
            yield from connection.scalars(
                select(Name.value).where(Name.dimension == self._dimension, Name.value.in_(some))
            )

    def _take_in(self, connection: Connection, new: Iterable[str], day: date) -> Sequence[str]:
        """Write down the values that have room, and return them."""
        room = max(self._limit - self._taken(connection, day), 0)
        if taken := [*islice(new, room)]:
            rows = [{"dimension": self._dimension, "value": each, "since": day} for each in taken]
            connection.execute(insert(Name), rows)
        return taken

    def _taken(self, connection: Connection, day: date) -> int:
        query = select(func.count()).where(Name.dimension == self._dimension, Name.since == day)
        return connection.scalar(query) or 0
