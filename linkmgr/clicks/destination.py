"""Where a request for a link is led: to nothing but what the targets name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from linkmgr.blocks.links import placement_name
from linkmgr.clicks.query import LinkQuery, Places, places_in
from linkmgr.clicks.targets import PLACE_SLOT, TAG_SLOT, Target, Targets
from linkmgr.links.model import UTM_PARAMETERS, Utm
from linkmgr.links.urls import with_utm


@dataclass(frozen=True, slots=True)
class TargetsOfDay:
    """Targets, and what follows from them on one day, worked out before any request asks for it.

    An item that has ended leads to its fallback, without one to the site: `leads_to` has for each
    item the target that is served.
    """

    targets: Targets
    day: date
    places: Places
    leads_to: Mapping[str, Target]

    @classmethod
    def of(cls, targets: Targets, day: date) -> Self:
        """Work it out."""
        site = Target(targets.site)
        leads_to = {item: _on(targets, item, day) or site for item in targets.items}
        return cls(targets, day, places_in(targets.blocks), leads_to)


def destination(target: Target, query: LinkQuery, tags: Mapping[str, frozenset[str]]) -> str:
    """Return the address to which a link leads whose item leads to a target.

    The `utm_*` of the request are added only where the target takes them and has none of that name,
    its tag only if it is one of the catalog's `tags` of the programme.
    """
    _, block, rank, shop, utm, tag = query
    if tag and block and (link := target.tagged.get(shop if shop in target.shops else "")):
        programme, address = link
        if tag in tags.get(programme, ()):
            placed = address.replace(PLACE_SLOT, placement_name(block, rank))
            return placed.replace(TAG_SLOT, tag)
    if shop and (url := target.shops.get(shop)):
        return url
    url = target.url
    if block and target.placed:
        before, after = target.placed
        url = f"{before}{placement_name(block, rank)}{after}"
    if not (utm and target.utm):
        return url
    return with_utm(url, Utm(*(utm.get(name, "") for name in UTM_PARAMETERS)))


def _on(targets: Targets, item: str | None, today: date) -> Target | None:
    """Return the target of an item, or of the first of its fallbacks that has not ended."""
    passed: set[str] = set()
    while item is not None and item not in passed:  # a deleted item may have come back otherwise
        target = targets.items.get(item)
        if target is None or target.until is None or today <= target.until:
            return target
        passed.add(item)
        item = target.fallback
    return None
