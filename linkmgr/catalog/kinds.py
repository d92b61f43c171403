"""The kinds of blocks: what fills one, and what its defaults are.

To add a kind, add it to `KINDS` and its template, `<name>.html`, to `blocks/templates`. The catalog
then accepts it, the resolver fills it, and the renderer, `explain`, `check` and the clicks know it.
"""

from types import MappingProxyType

from linkmgr.catalog.blocks import Block, BlockKind
from linkmgr.catalog.items import ItemKind

RELATED = BlockKind(
    "related",
    items=(),
    limit=3,
    headings=MappingProxyType({"ja": "あわせて読みたい", "en": "Read next"}),
    heading_level=3,
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
    headings=MappingProxyType(
        {"ja": "この記事に関連するおすすめ書籍", "en": "Books on this topic"}
    ),
    front_matter_key="books",
)

PRODUCTS = BlockKind(
    "products",
    items=(ItemKind.PRODUCTS,),
    limit=3,
    headings=MappingProxyType(
        {"ja": "この記事に関連するおすすめ商品", "en": "Products on this topic"}
    ),
    front_matter_key="products",
)

KINDS: dict[str, BlockKind] = {kind.name: kind for kind in (RELATED, CTA, BOOKS, PRODUCTS)}
"""Every kind by the name that a catalog gives it."""

DEFAULT_BLOCKS = tuple(Block(kind.name, kind, kind.limit) for kind in (RELATED, CTA, BOOKS))
"""The blocks of a catalog that names none and has no products."""


def default_blocks(*, has_products: bool) -> tuple[Block, ...]:
    """Return the blocks of a catalog that names none; products come last, so no other moves."""
    if not has_products:
        return DEFAULT_BLOCKS
    return (*DEFAULT_BLOCKS, Block(PRODUCTS.name, PRODUCTS, PRODUCTS.limit))
