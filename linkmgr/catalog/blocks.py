"""Blocks: where they are in a post, and what fills them."""

from collections import abc
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from linkmgr.catalog.items import ItemKind
from linkmgr.links.model import Tag
from linkmgr.messages.language import Language

FrontMatterKey = Literal["books", "cta", "products"]
"""The keys under `linkmgr:` in a post's front matter that choose items."""


class Place(StrEnum):
    """Where a block is in a post; `MANUAL` is wherever a post or a layout asks for it."""

    END = "end"
    MIDDLE = "middle"
    MANUAL = "manual"
    BEFORE_CONTENT = "before-content"

    @property
    def needs_content(self) -> bool:
        """Whether a layout has to hand the content to the include, to have the block there."""
        return self in (Place.MIDDLE, Place.BEFORE_CONTENT)


@dataclass(frozen=True, slots=True)
class BlockKind:
    """What fills a block: `items` of these kinds or, without any, related posts.

    `limit`, `headings`, by language, and `heading_level` (2 is `<h2>`) apply where a block has none
    of its own. With `front_matter_key`, posts may choose the items under that key of their front
    matter.
    """

    name: str
    items: tuple[ItemKind, ...]
    limit: int
    headings: abc.Mapping[Language, str] = field(compare=False)
    front_matter_key: FrontMatterKey | None = None
    heading_level: int = 2


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
