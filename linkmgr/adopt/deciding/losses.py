"""The invariant of an adoption: nothing is lost that a reader has been shown.

Whatever is in a block that is to leave its post must be in the catalog that is written: its
sentences and links unless the owner asks for less, and always the products, shops' pages and issued
code, which may also be in the text that stays. A block for which this is not so stays. Since what
stays gives the catalog nothing, the catalog has less then, and all blocks are checked again until
nothing changes.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from linkmgr.adopt.deciding.keep_blocks import keep_blocks
from linkmgr.adopt.deciding.passages import Passage, passages_of
from linkmgr.adopt.finding.removal import remove_blocks
from linkmgr.adopt.markup.anchors import anchors, definitions_of
from linkmgr.adopt.markup.article import LINE_END
from linkmgr.adopt.post.model import KeptProduct, OldBlock, OldCta, OldPost, Unsaved
from linkmgr.adopt.post.phrases import author_of, letters_of
from linkmgr.adopt.post.products import Product, products_in, products_of_items
from linkmgr.catalog.items import Book, Cta, Good, Item
from linkmgr.links.urls import without_utm
from linkmgr.messages.message import Message, message

_REASON = message("adopt.kept-not-in-catalog")
_SHOP_REASON = message("adopt.kept-shop-not-in-catalog")
_CODE_REASON = message("adopt.kept-code-not-in-catalog")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in one post: in its blocks that could leave, by their start, and in the rest.

    Products of blocks have their line; `passages` are of blocks alone.
    """

    blocks: Mapping[int, Mapping[Product, int]]
    passages: Mapping[int, tuple[Passage, ...]]
    rest: frozenset[Product]


class Loss(NamedTuple):
    """What a block would take with it."""

    products: tuple[KeptProduct, ...]
    unsaved: tuple[Unsaved, ...]


class Saved:
    """What a catalog with these items has: their products, texts and addresses."""

    def __init__(self, items: Iterable[Item]) -> None:
        items = tuple(items)
        self.products = products_of_items(items)
        self.texts: dict[str, set[str]] = defaultdict(set)
        self.addresses: set[str] = set()
        for item in items:
            self.texts[_key(item)] |= {letters_of(text) for text in _texts(item) if text}
            if isinstance(item, Cta):
                self.addresses.add(without_utm(item.url))

    def has(self, passage: Passage, texts: Sequence[str]) -> bool:
        """Whether one of the `texts` of a block's own items, or an address, is a passage."""
        if passage.url:
            return without_utm(passage.url) in self.addresses
        letters = letters_of(passage.text)
        if any(letters in text for text in texts):
            return True
        if author_of(passage.text) and letters_of(author_of(passage.text)) in texts:
            return True
        for text in texts:
            letters = letters.replace(text, "")
        return not letters

    def texts_of(self, block: OldBlock) -> list[str]:
        """Return the texts of a block's items, as they are compared, the longest first."""
        keys = (*(book.asin for book in block.books), *map(_key, block.ctas))
        return sorted({text for key in keys for text in self.texts.get(key, ())}, key=len)[::-1]


def _key(item: Item | OldCta) -> str:
    """Return by what the items of a catalog and those of posts are matched."""
    if isinstance(item, Good):
        return item.asin or item.id
    if item.code:
        return item.code if isinstance(item, OldCta) else item.code.text
    return without_utm(item.url)


def _texts(item: Item) -> Iterator[str]:
    if not isinstance(item, Cta):
        yield from (item.title, item.blurb, *(shop.label or "" for shop in item.shops))
        yield (item.author if isinstance(item, Book) else item.maker) or ""
    else:
        yield from (item.heading, item.text, item.label)


def contents_of(raw: bytes, post: OldPost) -> Contents:
    """Return what is in a post's file `raw`, in which `post` was found."""
    sure = [block for block in post.blocks if block.removable]
    definitions = definitions_of(raw, 0)
    passages = {block.start: passages_of(raw, block, definitions) for block in sure}
    blocks = {block.start: _in_block(raw, block, definitions) for block in sure}
    return Contents(blocks, passages, frozenset(products_of(remove_blocks(raw, post))))


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


def losses(post: OldPost, contents: Contents, saved: Saved) -> dict[int, Loss]:
    """Return what a post would lose that the catalog has not, by the start of its block."""
    leaving = [block for block in post.blocks if block.removable]
    starts = {block.start for block in leaving}
    staying = contents.rest.union(
        *(products for start, products in contents.blocks.items() if start not in starts)
    )
    found: dict[int, Loss] = {}
    for block in leaving:
        products = tuple(
            _kept(product, line)
            for product, line in contents.blocks[block.start].items()
            if product not in saved.products and product not in staying
        )
        passages = contents.passages[block.start]
        texts = saved.texts_of(block) if passages else []
        unsaved = tuple(
            Unsaved(each.line, each.text) for each in passages if not saved.has(each, texts)
        )
        if products or unsaved:
            found[block.start] = Loss(products, unsaved)
    return found


def _kept(product: Product, line: int) -> KeptProduct:
    reason = _CODE_REASON if product.code else _REASON if product.asin else _SHOP_REASON
    address = product.address or product.code
    return KeptProduct(line, product.asin, address, reason, untitled=False)


def keep_losing(post: OldPost, lost: Mapping[int, Loss], *, discard: bool) -> OldPost:
    """Return a post in which the blocks stay that have what would be lost.

    With `discard` they stay only for their products.
    """
    reasons = {
        start: _reason(loss)
        for start, loss in lost.items()
        if loss.products or (loss.unsaved and not discard)
    }
    post = keep_blocks(post, reasons)
    blocks = (
        replace(
            each,
            kept_products=lost[each.start].products or each.kept_products,
            unsaved=lost[each.start].unsaved,
        )
        if each.start in lost
        else each
        for each in post.blocks
    )
    return replace(post, blocks=tuple(blocks))


def _reason(loss: Loss) -> Message:
    if loss.products:
        return message("adopt.keep-lost", product=loss.products[0].asin or loss.products[0].url)
    return message("adopt.keep-unsaved", text=loss.unsaved[0].text)


def lost_products(before: bytes, after: bytes, catalog: Collection[Product]) -> set[Product]:
    """Return what a post would lose that the catalog has not."""
    return products_of(before) - products_of(after) - {*catalog}


def _in_block(
    raw: bytes, block: OldBlock, definitions: dict[bytes, tuple[int, int]]
) -> Mapping[Product, int]:
    text = raw[block.start : block.end]
    breaks = [each.start() for each in LINE_END.finditer(text)]
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
