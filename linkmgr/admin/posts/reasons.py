"""Why a block shows an item, in the reader's words."""

from dataclasses import dataclass

from linkmgr.admin.items.chips import Chip, chips
from linkmgr.catalog.model import Catalog
from linkmgr.messages.wording import word
from linkmgr.resolver.explain import reason_message
from linkmgr.resolver.model import Placement, Reason


@dataclass(frozen=True, slots=True)
class ShownPlacement:
    """A placement with its item as a chip; the first reason weighs most."""

    placement: Placement
    chip: Chip
    reasons: list[str]


def shown(catalog: Catalog, placements: tuple[Placement, ...]) -> list[ShownPlacement]:
    """Return placements as a page shows them."""
    named = chips(catalog, [placement.item for placement in placements])
    return [
        ShownPlacement(placement, chip, [reason_text(reason) for reason in placement.reasons])
        for placement, chip in zip(placements, named, strict=True)
    ]


def reason_text(reason: Reason) -> str:
    """Word a reason: `tag coffee (on 3 of 120 posts)`."""
    return word(reason_message(reason))
