"""What the posts give a catalog."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple

from linkmgr.adopt.scanning.titles import Frequencies
from linkmgr.catalog.items import Item, ItemKind
from linkmgr.catalog.keys.placing import MAX_LIMIT
from linkmgr.links.amazon import is_of_hatena, tag_problem
from linkmgr.links.model import Programme
from linkmgr.messages.message import Message


class CollectedItem(NamedTuple):
    """An item in the blocks that leave the posts."""

    item: Item

    posts: int
    """How many posts carried it."""

    alternatives: tuple[Message, ...]
    """Other wordings of it."""

    known: bool
    """Whether the catalog has it already."""

    doubtful: bool = False
    """Whether it is a product that may be a book."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The items that a post carried, in its order."""

    books: tuple[str, ...]
    ctas: tuple[str, ...]
    products: tuple[str, ...] = ()
    in_place: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Those that stay at their place, as between its texts, by where their block begins."""

    @property
    def items(self) -> tuple[str, ...]:
        return (*self.books, *self.ctas, *self.products)

    def of_kind(self, kind: ItemKind) -> tuple[str, ...]:
        by_kind = {ItemKind.BOOKS: self.books, ItemKind.CTA: self.ctas}
        return by_kind.get(kind, self.products)

    def at_end(self, kind: ItemKind) -> tuple[str, ...]:
        """Return the items of one kind that the block below the article shows."""
        elsewhere = set(chain.from_iterable(self.in_place.values()))
        return tuple(item for item in self.of_kind(kind) if item not in elsewhere)


@dataclass(frozen=True, slots=True)
class CollectedItems:
    """What the posts' blocks give a catalog.

    `tags` and `marketplaces` are those of the goods' links with their numbers, the most frequent
    first. `limits` is how many items of a kind a block shows: as many as most posts carried below
    their article. `refused` gives for a good (by ASIN) or a CTA (by URL) why it can be in no
    catalog.
    """

    books: tuple[CollectedItem, ...]
    products: tuple[CollectedItem, ...]
    ctas: tuple[CollectedItem, ...]
    programmes: tuple[Programme, ...]
    tags: tuple[tuple[str, int], ...]
    marketplaces: tuple[tuple[str, int], ...]
    placed: Mapping[str, Placed]
    limits: Mapping[ItemKind, int]
    refused: Mapping[str, Message]
    headings: Mapping[str, Frequencies] = field(default_factory=dict)
    """Of the blocks that leave, by their kind."""

    heading_levels: Mapping[str, int] = field(default_factory=dict)
    """The commonest level of their headings, by their kind."""

    def with_room(self, pinned: Mapping[ItemKind, int]) -> "CollectedItems":
        """Return the same with limits that leave room for these numbers of items in a post."""
        limits = dict(self.limits)
        for kind, number in pinned.items():
            limits[kind] = min(max(limits[kind], number), MAX_LIMIT)
        return replace(self, limits=limits)

    @property
    def items(self) -> tuple[CollectedItem, ...]:
        return (*self.books, *self.products, *self.ctas)

    @property
    def marketplace(self) -> str | None:
        """The marketplace of most goods."""
        return self.marketplaces[0][0] if self.marketplaces else None

    @property
    def tag(self) -> str | None:
        """The blog's own tag of most goods that suits the marketplace."""
        for tag, _ in self.tags:
            place = self.marketplace
            if place and not is_of_hatena(tag) and tag_problem(tag, place) is None:
                return tag
        return None
