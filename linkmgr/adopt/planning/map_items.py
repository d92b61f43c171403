"""Mapping the collected items to posts: by terms, and what no post would show by path."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from linkmgr.adopt.deciding.model import CollectedItems
from linkmgr.adopt.planning.additions import (
    Addition,
    mapping_additions,
    with_additions,
    with_names,
)
from linkmgr.adopt.proposing.measure import item_resolver
from linkmgr.adopt.proposing.propose import Count, Proposal, propose, propose_pins, unnamed
from linkmgr.catalog.editing.new_ids import names_of_numbers
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.posts.model import Post
from linkmgr.resolver.model import PostText
from linkmgr.resolver.rules import keywords_of


@dataclass(frozen=True, slots=True)
class MappedItems:
    """A catalog with its new mappings, as a value and as text, and the posts' counted keywords."""

    catalog: Catalog
    text: str
    new: tuple[Addition, ...]
    proposals: tuple[Proposal, ...]
    texts: Mapping[str, PostText]

    @property
    def most_pinned(self) -> dict[ItemKind, int]:
        """How many items of each kind are pinned in one post, at most."""
        pinned = Counter(
            (path, self.catalog.items[item].kind)
            for proposal in self.proposals
            if proposal.mapping.pin
            for path in proposal.mapping.any_of.paths
            for item in proposal.mapping.items
        )
        most: dict[ItemKind, int] = {}
        for (_, kind), number in pinned.items():
            most[kind] = max(number, most.get(kind, 0))
        return most


def map_items(  # noqa: PLR0913 - what a catalog and a site are made of
    found: CollectedItems,
    text: str,
    name: str,
    *,
    posts: Sequence[Post],
    count: Count,
    today: date,
    pins: bool = True,
) -> MappedItems:
    """Add mappings for the collected items to a catalog, whose `text` has all of them.

    With `pins` the items that no post would show get one by path in the place of the terms. Else
    posts keep them without a mapping, so that one may be missing on purpose: where the catalog has
    any, as after an interrupted run, the items that it knows get none.
    """
    catalog = parse_catalog(text, name)
    items = unnamed(found, catalog)
    if catalog.mappings and not pins:
        items = tuple(each for each in items if not each.known)
    proposals = propose(items, posts, found.placed, count)
    mapped = _mapped(text, name, catalog, proposals)
    texts = count(keywords_of(mapped.mappings.values()))  # paths add none
    if pins:
        resolver = item_resolver(mapped, posts, texts, today)
        pinned = propose_pins(items, mapped, resolver, posts, found.placed)
        hidden = {item for proposal in pinned for item in proposal.mapping.items}
        shown = (each for each in proposals if hidden.isdisjoint(each.mapping.items))
        proposals = (*shown, *pinned)
    new = mapping_additions(proposals, catalog)
    text = with_names(with_additions(text, new), new, names_of_numbers(catalog.items.values()))
    return MappedItems(parse_catalog(text, name), text, new, proposals, texts)


def _mapped(text: str, name: str, catalog: Catalog, proposals: Sequence[Proposal]) -> Catalog:
    return parse_catalog(with_additions(text, mapping_additions(proposals, catalog)), name)
