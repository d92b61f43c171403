"""Blocks: where they are in a post, and what fills them."""

from collections import abc
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from linkmgr.catalog.items import GOODS, ItemKind
from linkmgr.links.model import Tag
from linkmgr.messages.message import Language

_FrontMatterKey = Literal["books", "cta", "products"]
"""The keys under `linkmgr:` in a post's front matter that choose items."""


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
    """What fills a block: `items` of these kinds or, without any, related posts.

    `limit` and `headings`, by language, apply where a block has none of its own. With
    `front_matter_key`, posts may choose the items under that key of their front matter.
    """

    name: str
    items: tuple[ItemKind, ...]
    limit: int
    headings: abc.Mapping[Language, str] = field(compare=False)
    front_matter_key: _FrontMatterKey | None = None

    def __reduce__(self) -> tuple[abc.Callable[[str], "BlockKind"], tuple[str]]:
        """Have a copy in another process be that process's own kind, which `is` compares."""
        return kind_named, (self.name,)


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
# catalog then accepts it, the resolver fills it, and the renderer, `explain`, `check` and the
# clicks know it.

RELATED = BlockKind(
    "related",
    items=(),
    limit=3,
    headings=MappingProxyType({"ja": "あわせて読みたい", "en": "Read next"}),
)
CTA = BlockKind(
    "cta",
    items=(ItemKind.CTA,),
    limit=1,
    headings=MappingProxyType({"ja": "", "en": ""}),  # a call to action has a heading of its own
    front_matter_key="cta",
)
BOOKS = BlockKind(
    "books",
    items=(ItemKind.BOOKS,),
    limit=3,
    headings=MappingProxyType({"ja": "おすすめの本", "en": "Books on this topic"}),
    front_matter_key="books",
)
PRODUCTS = BlockKind(
    "products",
    items=(ItemKind.PRODUCTS,),
    limit=3,
    headings=MappingProxyType({"ja": "おすすめの商品", "en": "Products on this topic"}),
    front_matter_key="products",
)

COMPARE = BlockKind(
    "compare",
    items=GOODS,
    limit=1,
    headings=MappingProxyType({"ja": "比較", "en": "Compared"}),
)
"""Shows one comparison, whose items are at the ranks from 1. It comes after the kinds that show
single items: the card of an item is that of the first kind that has it."""

KINDS: dict[str, BlockKind] = {kind.name: kind for kind in (RELATED, CTA, BOOKS, PRODUCTS, COMPARE)}
"""Every kind by the name that a catalog gives it."""


def kind_named(name: str) -> BlockKind:
    """Return the kind of this name."""
    return KINDS[name]


DEFAULT_BLOCKS = tuple(Block(kind.name, kind, kind.limit) for kind in (RELATED, CTA, BOOKS))
"""The blocks of a catalog that names none and has no products."""


def default_blocks(kinds: abc.Container[ItemKind], *, has_comparisons: bool) -> tuple[Block, ...]:
    """Return the blocks of a catalog that names none and has items of these kinds.

    What is added is last, so that no other moves.
    """
    usual = [block.kind for block in DEFAULT_BLOCKS]
    blocks = [*DEFAULT_BLOCKS]
    for kind in KINDS.values():
        has_content = any(own in kinds for own in kind.items)
        if kind is COMPARE:
            has_content = has_comparisons
        if has_content and kind not in usual:
            blocks.append(Block(kind.name, kind, kind.limit))
    return tuple(blocks)
