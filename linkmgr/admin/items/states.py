"""The states of items: why one is not shown, and what its owner should know or do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from linkmgr.admin.common.context import connection, get_admin, site_index, today
from linkmgr.admin.health.facts import gone_pages
from linkmgr.admin.health.status import find_status
from linkmgr.catalog.items import ITEM_TYPES, Item
from linkmgr.catalog.model import Catalog
from linkmgr.check.online import PageState
from linkmgr.check.shop_links import items_by_page


class State(StrEnum):
    """Why an item is not shown, or what its owner should know."""

    RETIRED = "retired"
    EXPIRED = "expired"
    COMING = "coming"
    UNMAPPED = "unmapped"
    NOWHERE = "nowhere"
    """Something leads to it, and no post shows it."""
    GONE = "gone"
    """A page of a shop that it leads to is gone."""
    TESTED = "tested"
    """Its variants are shown to parts of the readers."""
    UNBUILT = "unbuilt"
    """It was edited since the last build."""


_EXPLAINS_NO_POST = frozenset({State.RETIRED, State.EXPIRED, State.COMING, State.UNMAPPED})


@dataclass(frozen=True, slots=True)
class ItemStates:
    """What the states of a catalog's items on a day follow from; items are ids."""

    day: date

    mapped: frozenset[str]
    """The items that something else uses."""

    gone: frozenset[str]
    """The items that lead to a shop's page that is gone."""

    unbuilt: frozenset[str]
    """The items that were edited since the last build."""

    posts: Mapping[str, int] | None
    """How many posts show each item; `None` while the server does not know the site."""

    @classmethod
    def read(cls, catalog: Catalog) -> Self:
        """Read the states of the present moment."""
        index = site_index()
        posts = index.posts_by_item() if index else None
        return cls(today(), mapped_items(catalog), _gone_items(catalog), _unbuilt_items(), posts)

    def of_item(self, item: Item) -> frozenset[State]:
        """Return the states of an item."""
        since, until = item.validity.since, item.validity.until
        facts = {
            State.RETIRED: item.retired,
            State.EXPIRED: until is not None and until < self.day,
            State.COMING: since is not None and self.day < since,
            State.UNMAPPED: item.id not in self.mapped,
            State.GONE: item.id in self.gone,
            State.TESTED: bool(item.variants) and not item.retired,
            State.UNBUILT: item.id in self.unbuilt,
        }
        states = {state for state, holds in facts.items() if holds}
        if self.posts_of(item) == 0 and not states & _EXPLAINS_NO_POST:
            states.add(State.NOWHERE)
        return frozenset(states)

    def posts_of(self, item: Item) -> int | None:
        """Return how many posts show an item, `None` while nobody knows."""
        return None if self.posts is None else self.posts.get(item.id, 0)


def mapped_items(catalog: Catalog) -> frozenset[str]:
    """Return the items that a mapping, a block, a comparison or another item uses."""
    used: set[str] = set()
    for mapping in catalog.mappings.values():
        if not mapping.exclude:
            used.update(mapping.items)
    for block in catalog.blocks:
        used.update(block.fallback)
    for comparison in catalog.comparisons.values():
        used.update(comparison.items)
    for item in catalog.items.values():
        if item.fallback:
            used.add(item.fallback)
        used.update(variant.item for variant in item.variants if variant.item)
    return frozenset(used)


def _gone_items(catalog: Catalog) -> frozenset[str]:
    """Return the items that lead to a page of a shop's that is gone."""
    pages = gone_pages(get_admin(), connection())
    dead = [page.url for page in pages if page.state is PageState.DEAD]
    if not dead:
        return frozenset()
    by_page = items_by_page(catalog)
    items: set[str] = set()
    for url in dead:
        items.update(by_page.get(url, ()))
    return frozenset(items)


def _unbuilt_items() -> frozenset[str]:
    """Return the items among the edits since the last build that the header names."""
    sections = {item_type.section for item_type in ITEM_TYPES.values()}
    items: set[str] = set()
    for change in find_status().changes:
        entries = [changed.entry for changed in change.entries]
        items.update(entry.name for entry in entries if entry.section in sections)
    return frozenset(items)
