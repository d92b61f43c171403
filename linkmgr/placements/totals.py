"""How many links and pages each item, page, block or programme has.

Links in feeds repeat those of the pages, and are left out.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from linkmgr.placements.find import BY_HAND, IN_TEMPLATE, LinkPlacement

_K = TypeVar("_K", bound=Hashable)


def is_by_hand(placement: LinkPlacement) -> bool:
    """Whether a link is in no block: it was written into an article or a template."""
    return placement.place in (BY_HAND, IN_TEMPLATE)


@dataclass(frozen=True, slots=True)
class PlacementTotal(Generic[_K]):
    """How many links and pages something has."""

    name: _K
    links: int
    pages: int
    by_hand: int
    """The links among these that are in no block."""
    items: Sequence[str]
    """The ids of the links' items, in the order of their first link."""
    programmes: Sequence[str]
    """The ids of the links' programmes, in the same order."""


def total(placements: Iterable[LinkPlacement]) -> PlacementTotal[str]:
    """Count all links together."""
    everything = totals(placements, lambda _: "")
    return everything[0] if everything else PlacementTotal("", 0, 0, 0, (), ())


def totals(
    placements: Iterable[LinkPlacement], by: Callable[[LinkPlacement], _K]
) -> list[PlacementTotal[_K]]:
    """Count links by what `by` returns for each, those on most pages first."""
    grouped: dict[_K, list[LinkPlacement]] = {}
    for placement in placements:
        if not placement.entry:
            grouped.setdefault(by(placement), []).append(placement)
    counted: list[PlacementTotal[_K]] = []
    for name, links in grouped.items():
        pages = {link.url for link in links}
        items = dict.fromkeys(link.item for link in links if link.item)
        programmes = dict.fromkeys(link.programme for link in links if link.programme)
        by_hand = sum(map(is_by_hand, links))
        counted.append(
            PlacementTotal(name, len(links), len(pages), by_hand, list(items), list(programmes))
        )
    return sorted(counted, key=lambda row: (-row.pages, -row.links))
