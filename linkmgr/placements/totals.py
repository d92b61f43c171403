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
    """The links of what is called `name`, on how many `pages`, and how many are `by_hand`.

    `items` and `programmes` are the ids that the links have, in the order of their first link.
    """

    name: _K
    links: int
    pages: int
    by_hand: int
    items: Sequence[str]
    programmes: Sequence[str]


def total(placements: Iterable[LinkPlacement]) -> PlacementTotal[str]:
    """Count all links together."""
    return next(iter(totals(placements, lambda _: "")), PlacementTotal("", 0, 0, 0, (), ()))


def totals(
    placements: Iterable[LinkPlacement], by: Callable[[LinkPlacement], _K]
) -> list[PlacementTotal[_K]]:
    """Count links by what `by` returns for each, those on most pages first."""
    grouped: dict[_K, list[LinkPlacement]] = {}
    for placement in placements:
        if not placement.entry:
            grouped.setdefault(by(placement), []).append(placement)
    counted = [
        PlacementTotal(
            name,
            len(links),
            len({link.url for link in links}),
            sum(map(is_by_hand, links)),
            [*dict.fromkeys(link.item for link in links if link.item)],
            [*dict.fromkeys(link.programme for link in links if link.programme)],
        )
        for name, links in grouped.items()
    ]
    return sorted(counted, key=lambda row: (-row.pages, -row.links))
