"""What is to be known of an item beside its figures: why it is not shown, or needs its owner."""

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
    """Why an item is not shown or not chosen by anything, and what goes on with it."""

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
    """The states of a catalog's items on a day; `gone` and `unbuilt` are ids."""

    day: date
    mapped: frozenset[str]
    gone: frozenset[str]
    unbuilt: frozenset[str]

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
    """Return the items that a mapping, a block or another item uses."""
    called = {
        item
        for mapping in catalog.mappings.values()
        if not mapping.exclude
        for item in mapping.items
    }
    called |= {item for block in catalog.blocks for item in block.fallback}
    called |= {item for own in catalog.comparisons.values() for item in own.items}
    called |= {item.fallback for item in catalog.items.values() if item.fallback}
    for item in catalog.items.values():
        called |= {variant.item for variant in item.variants if variant.item}
    return frozenset(called)


def _gone_items(catalog: Catalog) -> frozenset[str]:
    """Return the items that lead to a page of a shop's that is gone."""
    dead = [
        page.url for page in gone_pages(get_admin(), connection()) if page.state is PageState.DEAD
    ]
    if not dead:
        return frozenset()
    items = items_by_page(catalog)
    return frozenset(item for url in dead for item in items.get(url, ()))


def _unbuilt_items() -> frozenset[str]:
    """Return the items among the edits since the last build that the header names."""
    sections = {item_type.section for item_type in ITEM_TYPES.values()}
    changed = [changed.entry for change in find_status().changes for changed in change.entries]
    return frozenset(entry.name for entry in changed if entry.section in sections)
