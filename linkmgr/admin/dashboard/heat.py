"""How hot the places are: the clicks of blocks by rank."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from linkmgr.store.figures.figures import Ranked

# So many shades can be distinguished; no clicks have none.
_SHADES = 5

_HIGHEST_RANK = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """A place with its clicks and its shade, 0 for none."""

    place: str
    clicks: int
    shade: int


@dataclass(frozen=True, slots=True)
class Heat:
    """The clicks of each block (a row) by rank, from 1 on; whether there are `further` ranks."""

    ranks: range
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    further: bool


def heat(places: Iterable[Ranked]) -> Heat:
    """Lay places out by block and rank, the block of the most clicked place first."""
    clicks: dict[str, dict[int, int]] = {}
    for place in places:
        block, _, rank = place.value.rpartition(".")
        if block:
            clicks.setdefault(block, {})[int(rank)] = place.counts.clicks
    highest = max((rank for ranks in clicks.values() for rank in ranks), default=0)
    most = max((number for ranks in clicks.values() for number in ranks.values()), default=0)
    ranks = range(1, min(highest, _HIGHEST_RANK) + 1)
    return Heat(
        ranks,
        tuple(
            (block, tuple(_cell(f"{block}.{rank}", by_rank.get(rank, 0), most) for rank in ranks))
            for block, by_rank in clicks.items()
        ),
        highest > _HIGHEST_RANK,
    )


def _cell(place: str, clicks: int, most: int) -> Cell:
    return Cell(place, clicks, ceil(_SHADES * clicks / most) if clicks else 0)
