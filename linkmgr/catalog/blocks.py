"""Blocks: where they are in a post, and what fills them."""

from collections import abc
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from linkmgr.catalog.items import GOODS, ItemKind
from linkmgr.links.model import Tag
from linkmgr.messages.message import Language

Show = Literal["picture", "date", "excerpt"]
"""What a related post has beside its title."""

DEFAULT_SHOW: tuple[Show, ...] = ("date",)


class Place(StrEnum):
    """Where a block is in a post; `MANUAL` is wherever a post or a layout asks for it."""

    END = "end"
    MIDDLE = "middle"
    MANUAL = "manual"
    BEFORE_CONTENT = "before-content"

    @property
    def needs_content(self) -> bool:
        """Whether a layout must hand the content to the include to have the block there."""
        return self in (Place.MIDDLE, Place.BEFORE_CONTENT)


@dataclass(frozen=True, slots=True)
class BlockKind:
    """What fills a block, and all else that is known of such blocks."""

    name: str
    title: str
    """What it is called, in English: `declared` says it in other languages."""

    items: tuple[ItemKind, ...]
    """The kinds of items that fill it; without any it shows related posts."""

    limit: int
    """How many it shows where a block has no limit of its own."""

    headings: abc.Mapping[Language, str] = field(compare=False)
    """Its heading by language where a block has none of its own."""

    is_default: bool = False
    """Whether a catalog that names no blocks has it, even without anything to show there."""

    compares: bool = False
    """Whether it shows one comparison, whose items are at the ranks from 1."""

    @property
    def front_matter_key(self) -> str | None:
        """The key under `linkmgr:` by which a post chooses its items: the name of their kind."""
        return self.name if self.items == (self.name,) else None

    @property
    def shows_goods(self) -> bool:
        """Whether what shops sell may be in it."""
        return any(kind in GOODS for kind in self.items)

    @property
    def refused_keys(self) -> abc.Mapping[str, str]:
        """The keys that its blocks can't have, each with the code of the message that says why."""
        if not self.items:
            return dict.fromkeys(("items", "fallback", "tag"), "catalog.related-with-items")
        refused = {"show": "catalog.show-without-posts"}
        if self.compares:
            refused |= dict.fromkeys(("items", "fallback", "limit"), "catalog.compare-with-items")
        return refused

    def usual_block(self) -> "Block":
        """Return the block of this kind with its defaults, for a catalog that does not name it."""
        return Block(self.name, self, self.limit)


@dataclass(frozen=True, slots=True)
class Block:
    """A place in a post that shows up to `limit` placements of one `kind`.

    `items` (empty: all of the kind) are the candidates; `fallback` is shown when nothing else
    reaches `minimum`. `heading` `None` is the language's default, empty is no heading;
    `heading_level` `None` is the site's. In the middle it is before the heading of the article
    with the number `before_heading`, `None` the middle one.
    """

    name: str
    kind: BlockKind
    limit: int
    heading: str | None = None
    minimum: float | None = None
    items: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    at: Place = Place.END
    before_heading: int | None = None
    heading_level: int | None = None
    tags: tuple[Tag, ...] = ()

    show: tuple[Show, ...] = DEFAULT_SHOW
    """What related posts have beside their titles."""


# To add a kind, add it to `KINDS` and its template, `<name>.html`, to `blocks/templates`. The
# catalog then accepts it, the resolver fills it, and the renderer, `explain`, `check`, `adopt`, the
# admin and the clicks know it.

RELATED = BlockKind(
    "related",
    "Related posts",
    items=(),
    limit=3,
    headings={"ja": "あわせて読みたい", "en": "Read next"},
    is_default=True,
)
CTA = BlockKind(
    "cta",
    "CTAs",
    items=(ItemKind.CTA,),
    limit=1,
    headings={"ja": "", "en": ""},  # a call to action has a heading of its own
    is_default=True,
)
BOOKS = BlockKind(
    "books",
    "Books",
    items=(ItemKind.BOOKS,),
    limit=3,
    headings={"ja": "おすすめの本", "en": "Books on this topic"},
    is_default=True,
)
PRODUCTS = BlockKind(
    "products",
    "Products",
    items=(ItemKind.PRODUCTS,),
    limit=3,
    headings={"ja": "おすすめの商品", "en": "Products on this topic"},
)
# After the kinds that show single items: the card of an item is that of the first that has it.
COMPARE = BlockKind(
    "compare",
    "Comparisons",
    items=GOODS,
    limit=1,
    headings={"ja": "比較", "en": "Compared"},
    compares=True,
)

KINDS: dict[str, BlockKind] = {kind.name: kind for kind in (RELATED, CTA, BOOKS, PRODUCTS, COMPARE)}
"""Every kind by the name that a catalog gives it."""

DEFAULT_BLOCKS = tuple(kind.usual_block() for kind in KINDS.values() if kind.is_default)
"""The blocks of a catalog that names none and has no other items."""


def default_blocks(kinds: abc.Container[ItemKind], *, has_comparisons: bool) -> tuple[Block, ...]:
    """Return the blocks of a catalog that names none and has items of these kinds.

    What is added is last, so that no other moves.
    """
    blocks = [*DEFAULT_BLOCKS]
    for kind in KINDS.values():
        has_content = any(own in kinds for own in kind.items)
        if kind.compares:
            has_content = has_comparisons
        if has_content and not kind.is_default:
            blocks.append(kind.usual_block())
    return tuple(blocks)
