"""What a batch of clicks adds to the totals, and whose first click of the day it holds."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from linkmgr.clicks.model import Click


class Added(NamedTuple):
    """What is to be added to a row of `totals`."""

    dimension: str
    value: str
    day: date
    clicks: int
    visitors: int
    bots: int


class Tally:
    """What a batch adds to one row of `totals`; `salt` tells the row apart in `seen`."""

    __slots__ = ("bots", "clicks", "salt", "visitors")

    def __init__(self, salt: int) -> None:
        self.clicks = self.visitors = self.bots = 0
        self.salt = salt


class Tallies(dict[str, Tally]):
    """The tallies of one dimension on one day by their values, made when first asked for."""

    def __init__(self, dimension: str, day: date) -> None:
        super().__init__()
        self.dimension = dimension
        self._day = day

    def __missing__(self, value: str) -> Tally:
        tally = self[value] = Tally(_salt(self.dimension, value, self._day))
        return tally


class DayTotals:
    """What a batch adds to the totals of one day.

    A visitor's hash is even already, so its key in `seen` is that of the total, the one hash
    XOR the other. `first` maps the keys of the batch to the tallies that gain a visitor if the
    key is a new one.
    """

    def __init__(self, day: date) -> None:
        self.day = day
        self.first: dict[int, Tally] = {}
        self._dimensions = tuple(Tallies(dimension, day) for dimension in DIMENSIONS)

    def add(self, click: Click, visitor: int) -> None:
        """Add a click that is counted."""
        values = values_of(click)
        if click.bot:
            for tallies, value in zip(self._dimensions, values, strict=True):
                tallies[value].bots += 1
            return
        first = self.first
        for tallies, value in zip(self._dimensions, values, strict=True):
            tally = tallies[value]
            tally.clicks += 1
            first[tally.salt ^ visitor] = tally

    def added(self, new: Iterable[int]) -> Iterator[Added]:
        """Return what is to be added, in the order of the table, if the `new` keys are so."""
        for key in new:
            self.first[key].visitors += 1
        for tallies in self._dimensions:
            for value, tally in sorted(tallies.items()):
                counts = tally.clicks, tally.visitors, tally.bots
                yield Added(tallies.dimension, value, self.day, *counts)


DIMENSIONS = ("all", "item", "post", "place", "referrer", "device")


def values_of(click: Click) -> tuple[str, ...]:
    """Return the click's value in each dimension; a link that names no place has an empty one."""
    place = f"{click.block}.{click.rank}" if click.block else ""
    return "", click.item, click.post, place, click.referrer, click.device


@lru_cache(maxsize=65536)
def _salt(dimension: str, value: str, day: date) -> int:
    digest = blake2b(f"{dimension}\0{value}\0{day}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
