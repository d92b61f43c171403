"""What clicks add to the totals, and which visitors click for the first time that day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from itertools import compress
from operator import and_, xor

from linkmgr.clicks.line import Clicks
from linkmgr.store.figures.figures import Dimension

Row = tuple[str, int, str, str, str, int, str, str, str, str, str, int, str]
"""A row of `clicks`: the fields of a `Click`, with the visitor as a signed number."""

Added = tuple[str, str, str, int, int, int]
"""What is to be added to a row of `totals`; the day is ISO, as both databases take it."""

Values = Mapping[Dimension, Sequence[str]]
"""The value that each click has in each dimension."""


class _Numbers(dict[str, int]):
    """Numbers the rows of `totals` of a dimension by their values, each when it is asked for.

    `salts` has, at the number of a row, what makes its visitors' keys in `seen`; all dimensions
    share it.
    """

    def __init__(self, dimension: str, day: str, salts: list[int]) -> None:
        super().__init__()
        self._dimension = dimension
        self._day = day
        self._salts = salts

    def __missing__(self, value: str) -> int:
        number = self[value] = len(self._salts)
        self._salts.append(_salt(self._dimension, value, self._day))
        return number


class DayTotals:
    """What clicks of one day add to the totals.

    Column by column, since Python counts a column twenty times as fast as it adds to rows.
    """

    def __init__(self, day: date) -> None:
        self._day = day.isoformat()
        self._salts: list[int] = []
        self._numbers = {each: _Numbers(each.value, self._day, self._salts) for each in Dimension}
        self._clicks = Counter[int]()
        self._bots = Counter[int]()
        self._seen_at: dict[int, int] = {}

    def add(
        self,
        dimension: Dimension,
        values: Sequence[str],
        visitors: Sequence[int],
        of_readers: Sequence[bool],
        of_bots: Sequence[bool],
    ) -> None:
        """Add clicks by their values in a dimension; those of neither kind do not count."""
        if dimension is Dimension.CAMPAIGN:
            named = [*map(bool, values)]
            of_readers, of_bots = [*map(and_, of_readers, named)], [*map(and_, of_bots, named)]
        numbers = self._numbers[dimension]
        clicked = [*map(numbers.__getitem__, values)]
        self._bots.update(compress(clicked, of_bots))
        clicked, seen = [*compress(clicked, of_readers)], compress(visitors, of_readers)
        self._clicks.update(clicked)
        # A visitor's hash is even already, so its key is the one hash XOR that of the row.
        if len(numbers) == 1:  # of "all" always: there are far fewer visitors than clicks
            (number,) = numbers.values()
            salt = self._salts[number]
            self._seen_at.update(dict.fromkeys(map(salt.__xor__, {*seen}), number))
            return
        keys = map(xor, map(self._salts.__getitem__, clicked), seen)
        self._seen_at.update(zip(keys, clicked, strict=True))

    def seen(self) -> Iterable[int]:
        """Return the keys in `seen` of the visitors."""
        return self._seen_at.keys()

    def added(self, known: Iterable[int]) -> Iterator[Added]:
        """Return what is to be added, if all but the `known` keys are new; in order of the rows.

        Rows without a click that counts are left out.
        """
        # A Counter's own answer for what it lacks takes ten times as long as `get`.
        clicks, bots = self._clicks.get, self._bots.get
        seen = Counter(self._seen_at.values())
        seen.subtract(map(self._seen_at.__getitem__, known))
        visitors = seen.get
        for dimension, numbers in sorted(self._numbers.items()):
            for value, number in sorted(numbers.items()):
                if number in self._clicks or number in self._bots:
                    counts = clicks(number, 0), visitors(number, 0), bots(number, 0)
                    yield dimension.value, value, self._day, *counts


def values_of(clicks: Clicks) -> Values:
    """Return the values of clicks."""
    return {
        Dimension.ALL: [""] * len(clicks.id),
        Dimension.ITEM: clicks.item,
        Dimension.POST: clicks.post,
        Dimension.PLACE: [*map(_place, clicks.block, clicks.rank)],
        Dimension.REFERRER: clicks.referrer,
        Dimension.DEVICE: clicks.device,
        Dimension.CAMPAIGN: clicks.campaign,
    }


@lru_cache(maxsize=4096)
def _place(block: str, rank: int) -> str:
    """Name the place of a link; one that names none has an empty one."""
    return f"{block}.{rank}" if block else ""


@lru_cache(maxsize=65536)
def _salt(dimension: str, value: str, day: str) -> int:
    digest = blake2b(f"{dimension}\0{value}\0{day}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
