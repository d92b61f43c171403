"""The parts of a fragment: which blocks of a post stand where.

A fragment begins with the blocks that stand at the end. Those of each other place follow the
comment that names it, by which the include takes them apart.
"""

from collections.abc import Iterable
from typing import NamedTuple

from linkmgr.catalog.model import Block, Place


class Spot(NamedTuple):
    """A place in a post; in the middle, before the heading with the number `heading` (0: any)."""

    place: Place
    heading: int = 0


_READING_ORDER = (Place.MANUAL, Place.BEFORE_CONTENT, Place.MIDDLE, Place.END)
"""What a page shows last comes last; nobody knows where a page has what is put in by hand."""


def by_spot(blocks: Iterable[Block]) -> dict[Spot, tuple[str, ...]]:
    """Return the names of blocks by their spots, those at the end first."""
    found: dict[Spot, list[str]] = {Spot(Place.END): []}
    for block in blocks:
        middle = block.at is Place.MIDDLE
        spot = Spot(block.at, block.before_heading or 0 if middle else 0)
        found.setdefault(spot, []).append(block.name)
    return {spot: tuple(names) for spot, names in found.items()}


def in_reading_order(spots: dict[Spot, tuple[str, ...]]) -> list[str]:
    """Return the names of blocks in the order in which a page shows them."""
    ordered = sorted(spots, key=lambda spot: (_READING_ORDER.index(spot.place), spot.heading))
    return [name for spot in ordered for name in spots[spot]]


def spot_mark(spot: Spot) -> str:
    """Return the comment before the blocks of a spot, empty for those at the end."""
    if spot.place is Place.END:
        return ""
    return f"<!-- linkmgr-at:{spot.place}:{spot.heading} -->\n"
