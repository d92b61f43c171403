"""What a batch adds to the totals, and which visitors click for the first time that day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from linkmgr.clicks.model import Click
from linkmgr.store.figures.figures import Dimension

Row = tuple[str, int, str, str, str, int, str, str, str, str, str, int]
"""A row of `clicks`: the fields of a `Click`, with the visitor as a signed number."""

Added = tuple[str, str, str, int, int, int]
"""What is to be added to a row of `totals`; the day is ISO, as both databases take it."""

_is_bot = itemgetter(Click._fields.index("bot"))


class DayTotals:
    """What a batch's rows of one day add to the totals.

    Column by column, since Python counts a column twenty times as fast as it adds to rows.
    """

    def __init__(self, day: date, rows: Sequence[Row]) -> None:
        readers = _columns([row for row in rows if not _is_bot(row)])
        bots = _columns([row for row in rows if _is_bot(row)])
        visitors = readers["visitor"]
        self._totals = [
            _DimensionTotals(each, day.isoformat(), values, visitors, of_bots)
            for (each, values), of_bots in zip(
                _values(readers).items(), _values(bots).values(), strict=True
            )
        ]

    def seen(self) -> set[int]:
        """Return the keys in `seen` of the batch's visitors."""
        return {key for totals in self._totals for key in totals.seen}

    def added(self, new: Iterable[int]) -> Iterator[Added]:
        """Return what is to be added, if the `new` ones of the keys are so."""
        keys = frozenset(new)
        for totals in self._totals:
            yield from totals.added(keys)


def _columns(rows: Sequence[Row]) -> Mapping[str, Sequence[Any]]:
    columns = zip(*rows, strict=True) if rows else [()] * len(Click._fields)
    return dict(zip(Click._fields, columns, strict=True))


def _values(columns: Mapping[str, Sequence[Any]]) -> Mapping[Dimension, Sequence[str]]:
    """Return the value that each row has in each dimension."""
    return {
        Dimension.ALL: [""] * len(columns["id"]),
        Dimension.ITEM: columns["item"],
        Dimension.POST: columns["post"],
        Dimension.PLACE: [*map(_place, columns["block"], columns["rank"])],
        Dimension.REFERRER: columns["referrer"],
        Dimension.DEVICE: columns["device"],
    }


@lru_cache(maxsize=4096)
def _place(block: str, rank: int) -> str:
    """Name the place of a link; one that names none has an empty one."""
    return f"{block}.{rank}" if block else ""


class _DimensionTotals:
    """One dimension. `seen` maps the keys of the batch's visitors to the values they are at.

    A visitor's hash is even already, so its key is the one hash XOR that of the row of `totals`.
    """

    def __init__(
        self,
        dimension: Dimension,
        day: str,
        values: Sequence[str],
        visitors: Sequence[int],
        bots: Sequence[str],
    ) -> None:
        self._dimension = dimension.value
        self._day = day
        self._clicks = Counter(values)
        self._bots = Counter(bots)
        salts = {value: _salt(self._dimension, value, day) for value in self._clicks}
        self.seen = {
            salts[value] ^ visitor: value for value, visitor in zip(values, visitors, strict=True)
        }

    def added(self, new: frozenset[int]) -> Iterator[Added]:
        dimension, day, seen, clicks, bots = (
            self._dimension,
            self._day,
            self.seen,
            self._clicks,
            self._bots,
        )
        visitors = Counter(map(seen.__getitem__, new & seen.keys()))
        for value in sorted(clicks.keys() | bots.keys()):
            yield dimension, value, day, clicks[value], visitors[value], bots[value]


@lru_cache(maxsize=65536)
def _salt(dimension: str, value: str, day: str) -> int:
    digest = blake2b(f"{dimension}\0{value}\0{day}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
