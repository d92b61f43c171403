"""The invariant of an adoption: no product, no shop's page and no issued code is lost.

Whatever is in a block that is to leave its post must be in the catalog that is written, or in
the text that stays. A block for which this is not so stays. Since what stays gives the catalog
nothing, the catalog has less then, and all blocks are checked again until nothing changes.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from linkmgr.adopt.deciding.keep_blocks import keep_blocks
from linkmgr.adopt.finding.removal import remove_blocks
from linkmgr.adopt.markup.anchors import anchors, definitions_of
from linkmgr.adopt.post.model import KeptProduct, OldBlock, OldPost
from linkmgr.adopt.post.products import Product, products_in
from linkmgr.messages.message import message

_LINE_END = re.compile(rb"\r\n|\n|\r")
_REASON = message("adopt.kept-not-in-catalog")
_SHOP_REASON = message("adopt.kept-shop-not-in-catalog")
_CODE_REASON = message("adopt.kept-code-not-in-catalog")


@dataclass(frozen=True, slots=True)
class Contents:
    """The products of one post: of its blocks that could leave, by their start, and of the rest.

    Those of blocks have their line.
    """

    blocks: Mapping[int, Mapping[Product, int]]
    rest: frozenset[Product]


def contents_of(raw: bytes, post: OldPost) -> Contents:
    """Return the products of a post's file `raw`, in which `post` was found."""
    sure = [block for block in post.blocks if block.removable]
    definitions = definitions_of(raw, 0)
    blocks = {block.start: _in_block(raw, block, definitions) for block in sure}
    return Contents(blocks, frozenset(products_of(remove_blocks(raw, post))))


def products_of(raw: bytes) -> set[Product]:
    """Return the products in a post's text. A definition to which no link refers shows none."""
    definitions = definitions_of(raw, 0)
    at = 0
    shown = []
    for start, end in sorted(definitions.values()):
        shown.append(raw[at:start])
        at = max(at, end)
    used = _referred(raw, 0, len(raw), definitions)
    return {*products_in(b"".join((*shown, raw[at:]))), *products_in(b"\n".join(used))}


def losses(
    post: OldPost, contents: Contents, catalog: Collection[Product]
) -> dict[int, tuple[KeptProduct, ...]]:
    """Return what a post would lose that the catalog has not, by the start of its block."""
    leaving = {block.start for block in post.blocks if block.removable}
    staying = contents.rest.union(
        *(products for start, products in contents.blocks.items() if start not in leaving)
    )
    lost = {
        start: tuple(
            _kept(product, line)
            for product, line in contents.blocks[start].items()
            if product not in catalog and product not in staying
        )
        for start in leaving
    }
    return {start: products for start, products in lost.items() if products}


def _kept(product: Product, line: int) -> KeptProduct:
    reason = _CODE_REASON if product.code else _REASON if product.asin else _SHOP_REASON
    address = product.address or product.code
    return KeptProduct(line, product.asin, address, reason, untitled=False)


def keep_losing(post: OldPost, lost: Mapping[int, tuple[KeptProduct, ...]]) -> OldPost:
    """Return a post in which the blocks stay that have what would be lost."""
    reasons = {
        start: message("adopt.keep-lost", product=products[0].asin or products[0].url)
        for start, products in lost.items()
    }
    post = keep_blocks(post, reasons)
    blocks = (
        replace(each, kept_products=lost.get(each.start, each.kept_products))
        for each in post.blocks
    )
    return replace(post, blocks=tuple(blocks))


def lost_products(before: bytes, after: bytes, catalog: Collection[Product]) -> set[Product]:
    """Return what a post would lose that the catalog has not."""
    return products_of(before) - products_of(after) - {*catalog}


def _in_block(
    raw: bytes, block: OldBlock, definitions: dict[bytes, tuple[int, int]]
) -> Mapping[Product, int]:
    text = raw[block.start : block.end]
    breaks = [each.start() for each in _LINE_END.finditer(text)]
    found = {
        product: block.line + bisect_left(breaks, at) for product, at in products_in(text).items()
    }
    for url in _referred(raw, block.start, block.end, definitions):
        found = {**dict.fromkeys(products_in(url), block.line), **found}
    return found


def _referred(
    raw: bytes, start: int, end: int, definitions: dict[bytes, tuple[int, int]]
) -> Sequence[bytes]:
    """Return the addresses to which links refer by a label: they are outside of the links."""
    return [
        raw[each.url_start : each.url_end]
        for each in (anchors(raw, start, end, definitions) if definitions else ())
        if not each.start <= each.url_start <= each.end
    ]
