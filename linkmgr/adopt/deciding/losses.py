"""The invariant of an adoption: nothing is lost that a reader has been shown.

Whatever is in a block that leaves its post must be in the catalog that is written: its
sentences and links unless the owner asks for less, and always the products, shops' pages and issued
code, which may also be in the text that stays. A block for which this is not so stays. Since what
stays gives the catalog nothing, the catalog has less then, and all blocks are checked again until
nothing changes.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from operator import attrgetter
from typing import NamedTuple

from linkmgr.adopt.blocks.disclosures import is_only_disclosure
from linkmgr.adopt.blocks.ejected import addresses_of_sales
from linkmgr.adopt.blocks.entries import is_of_tool
from linkmgr.adopt.post.anchors import (
    LINE_END,
    Anchor,
    Part,
    anchors,
    definitions_of,
    unescape,
    visible,
)
from linkmgr.adopt.post.model import KeptProduct, OldBlock, OldCta, OldPost, PostFinding, Unsaved
from linkmgr.adopt.post.names import bare_title
from linkmgr.adopt.post.parts import article_of
from linkmgr.adopt.post.phrases import (
    author_of,
    is_edition,
    is_heading_of_links,
    is_label,
    letters_of,
)
from linkmgr.adopt.post.products import ProductKey, products_in, products_of_items
from linkmgr.adopt.scanning.read_blog import OldSite
from linkmgr.adopt.scanning.removal import remove_blocks
from linkmgr.catalog.items import Cta, Good, Item
from linkmgr.catalog.model import Catalog, Comparison
from linkmgr.links.model import AMAZON
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.urls import encode_url, without_utm
from linkmgr.messages.message import Message, message

# Keeping blocks in their posts: those that only one post has, and those that no catalog takes.
#
# What was pasted is in other posts too; what only one post has may be its author's own text.

# A post and its draft, or one that was published again, are two posts.
SEVERAL = 3

_Key = tuple[object, ...]


def keep_unrepeated(old: Mapping[str, OldPost], catalog: Catalog) -> dict[str, OldPost]:
    """Return the posts, by path, keeping the blocks that no other posts share.

    Everything in a block that leaves must be in several posts, in a block that is certain by
    itself, or in the catalog, where an interrupted run has put it.
    """
    pasted = {*_repeated(old.values()), *_certain(old.values()), *_in_catalog(catalog)}
    return {path: _keep_unrepeated(post, pasted) for path, post in old.items()}


def _keep_unrepeated(post: OldPost, pasted: set[_Key]) -> OldPost:
    unrepeated = {
        block.start: block.reason_if_unrepeated
        for block in post.blocks
        if block.reason_if_unrepeated and not _is_pasted(block, pasted)
    }
    return keep_blocks(post, unrepeated)


def _is_pasted(block: OldBlock, pasted: set[_Key]) -> bool:
    """Whether other posts have everything in a block; unknown for one without items."""
    keys = {*_keys(block)}
    return bool(keys) and keys <= pasted


def keep_blocks(post: OldPost, reasons: Mapping[int, Message]) -> OldPost:
    """Return a post that keeps those of its blocks that begin at these bytes, with the reasons.

    What belongs to such a block stays with it: the rule before it, and the disclosures.
    """
    blocks = [
        replace(block, keep_reason=reasons[block.start])
        if block.removable and block.start in reasons
        else block
        for block in post.blocks
    ]
    goods = ("books", "compare")
    if post.inline or any(block.kind in goods and not block.removable for block in blocks):
        reason = message("adopt.keep-disclosed-links")
        blocks = [_keep_disclosure(block, reason) for block in blocks]
    elif not any(block.removable and block.earns for block in blocks):
        reason = message("adopt.keep-disclosure-alone")
        blocks = [_keep_disclosure(block, reason) for block in blocks]
    staying = {old.start for old, new in zip(post.blocks, blocks, strict=True) if old != new}
    blocks = [
        block
        for block, after in zip_longest(blocks, blocks[1:])
        if not (block.kind == "separator" and after and after.start in staying)
    ]
    findings = tuple(finding for finding in post.findings if not _follows_keep(finding, blocks))
    return replace(post, blocks=tuple(blocks), findings=findings)


def _follows_keep(finding: PostFinding, blocks: Sequence[OldBlock]) -> bool:
    """Whether a finding is that the article goes on after a block, but that block stays."""
    if finding.kind != "text-after-block":
        return False
    following = bisect_left(blocks, finding.line, key=attrgetter("line"))
    return following > 0 and not blocks[following - 1].removable


def keep_unknown_comparisons(site: OldSite, catalog: Catalog) -> OldSite:
    """Return a blog whose posts keep the comparisons that they were not ejected with by a catalog.

    In the place of each of the others a post gets a tag, so that a page shows it where it did.
    """
    changed: dict[str, OldPost] = {}
    for path, post in site.old.items():
        reasons: dict[int, Message] = {}
        for block in post.blocks:
            name, *items = block.compared or ("",)
            own = catalog.comparisons.get(name)
            is_known = own is not None and set(items) <= _may_be_shown(catalog, own)
            if block.kind == "compare" and not (is_known and post.takes_tags):
                reasons[block.start] = message("adopt.keep-comparison")
        if reasons:
            changed[path] = keep_blocks(post, reasons)
    return replace(site, old={**site.old, **changed}) if changed else site


def _may_be_shown(catalog: Catalog, comparison: Comparison) -> set[str]:
    """Return the items that a comparison may show on some day, replacements included."""
    items: set[str] = set()
    waiting = [*comparison.items]
    while waiting:
        item = waiting.pop()
        fallback = catalog.items[item].fallback
        if item not in items and fallback:
            waiting.append(fallback)
        items.add(item)
    return items


def _keep_disclosure(block: OldBlock, reason: Message) -> OldBlock:
    if block.kind != "disclosure":
        return block
    return replace(block, keep_reason=block.keep_reason or reason)


def _keys(block: OldBlock) -> Iterator[_Key]:
    """Yield what is compared of each item of a block."""
    for book in block.books:
        # A title alone says little: the section must be the same one.
        yield _compared(book.asin, book.title, book.blurb, "" if book.blurb else block.heading)
    for cta in block.ctas:
        yield _cta_key(cta)


def _cta_key(cta: OldCta | Cta) -> _Key:
    return _compared(without_utm(cta.url), cta.heading, cta.text)


def _compared(*values: object) -> _Key:
    return tuple(" ".join(value.split()) if isinstance(value, str) else value for value in values)


def _repeated(posts: Iterable[OldPost]) -> Iterator[_Key]:
    paths: dict[_Key, set[str]] = defaultdict(set)
    for post in posts:
        for block in post.blocks:
            for key in _keys(block) if block.removable else ():
                paths[key].add(post.path)
    return (key for key, having in paths.items() if len(having) >= SEVERAL)


def _certain(posts: Iterable[OldPost]) -> Iterator[_Key]:
    for post in posts:
        for block in post.blocks:
            if block.removable and not block.reason_if_unrepeated:
                yield from _keys(block)


def _in_catalog(catalog: Catalog) -> Iterator[_Key]:
    for good in catalog.goods.values():
        if good.blurb:
            yield _compared(good.asin, good.title, good.blurb, "")
    for cta in catalog.ctas.values():
        yield _cta_key(cta)


def keep_equal(old: Mapping[str, OldPost]) -> dict[str, OldPost]:
    """Return the posts; where several have books by the same words, all leave or all stay.

    Readers would wonder why "Get the book" is below one post and a card below the next.
    """
    posts: dict[str, set[str]] = defaultdict(set)
    staying = set()
    for post in old.values():
        for block in post.blocks:
            if block.label:
                posts[block.label].add(post.path)
                if not block.removable:
                    staying.add(block.label)
    equal = {label: len(paths) for label, paths in posts.items() if len(paths) >= SEVERAL}
    kept = dict(old)
    for path, post in old.items():
        reasons = {
            block.start: message("adopt.keep-equal", count=equal[block.label])
            for block in post.blocks
            if block.removable and block.label in equal and block.label in staying
        }
        if reasons:
            kept[path] = keep_blocks(post, reasons)
    return kept


def keep_refused(post: OldPost, refused: Mapping[str, Message]) -> OldPost:
    """Return a post that keeps the blocks with items that no catalog takes."""
    if not refused:
        return post
    return keep_blocks(
        post, {block.start: why for block in post.blocks if (why := _refusal(block, refused))}
    )


def _refusal(block: OldBlock, refused: Mapping[str, Message]) -> Message | None:
    keys = [*(book.asin for book in block.books), *(cta.url for cta in block.ctas)]
    return next((refused[key] for key in keys if key in refused), None)


# What readers find in a block besides its products: its sentences, and where its links lead.
#
# What linkmgr writes anew is none of it: links to related posts, disclosures, the blocks' headings,
# "see more", and what the tools that made a card say of themselves. A book has the catalog's title;
# issued code is a product of its own.

_Definitions = dict[bytes, tuple[int, int]]

_SHOWN = ("heading", "paragraph", "list", "nested", "quote", "html")
_LINE = re.compile(rb"[^\r\n]+")
_MARKER = re.compile(r"^[\s>]*(?:[-+*]\s+|[0-9]+\.\s+|-{3}\s+)?(?P<hashes>#{1,6}\s)?")
_AROUND = " *_:：-–—|→"
_UNSEEN = re.compile(r"\{:[^}]*\}|\{%.*?%\}|\{#[^}]*\}|^ {0,3}\[[^\[\]]+\]:.*")
_DAY = re.compile(r"\d{1,2}月\d{1,2}日|\d{4}年|\d+日")
_HTML_IMAGE = re.compile(rb"<img\b[^<>]{0,500}?\bsrc\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)
_IMAGE = re.compile(rb"!\[[^\[\]\r\n]*\]\(\s*<?([^\s()<>]+)|" + _HTML_IMAGE.pattern, re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
# In HTML the text between two of these is one.
_NO_BREAK = rb"(?:a|abbr|b|code|em|i|mark|s|small|span|strong|u|wbr)"
_BREAK = re.compile(
    rb"<!--.{0,5000}?-->|<(script|style)\b.{0,5000}?</\1\s*>|<(?!/?" + _NO_BREAK + rb"\b)[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE = re.compile(r"[。！？]|\w\w[.!?](?:\s|$)")
# The tools' own lines ("出版社/メーカー: 砂丘書房") are shorter, if they end in no full stop.
_LONGEST_LINE = 60


class Passage(NamedTuple):
    """A line of text, or the address of a link (`url`), with its line in the post's file."""

    line: int
    text: str
    url: str = ""


def _passages_of(raw: bytes, block: OldBlock, definitions: _Definitions) -> tuple[Passage, ...]:
    """Return the passages of a block of the file `raw`. Any bytes will do."""
    if block.kind in ("marker", "separator", "products") or any(cta.code for cta in block.ctas):
        return ()
    return tuple(_LossReading(raw, block, definitions).passages())


class _LossReading:
    def __init__(self, raw: bytes, block: OldBlock, definitions: _Definitions) -> None:
        self.raw = raw
        self.block = block
        self.definitions = definitions
        breaks = LINE_END.finditer(raw, block.start, block.end)
        self.breaks = [match.end() for match in breaks]
        names = [block.heading, *(book.title for book in block.books)]
        for post in block.related:
            names += (post.title, post.excerpt)
        words = [book.words for book in block.books if book.words]
        names += (own.badge for own in words if own.badge)
        self.expected = set(map(letters_of, names))
        self.related = {related.url for related in block.related}
        self.reviews = tuple(encode_url(own.review) for own in words if own.review)
        html = raw[block.start : block.end].decode(errors="replace")
        self.sales = addresses_of_sales(html) if block.kind in ("books", "cta") else frozenset()

    def passages(self) -> Iterator[Passage]:
        # The line break keeps a rule from being read as the beginning of front matter.
        article = article_of(b"\n" + self.raw[self.block.start : self.block.end])
        for part in article.parts:
            if part.kind not in _SHOWN:
                continue
            start, end = (self.block.start + at - 1 for at in (part.start, part.end))
            links = tuple(anchors(self.raw, start, end, self.definitions))
            # All of a disclosure's text was read when it was found.
            if self.block.kind != "disclosure":
                yield from self.texts(part, start, end, links)
            yield from self.addresses(links)
            yield from self.banners(part, start, end)

    def texts(
        self, part: Part, start: int, end: int, links: tuple[Anchor, ...]
    ) -> Iterator[Passage]:
        texts = (
            self.html(start, end, links) if part.kind == "html" else self.text(start, end, links)
        )
        return (text for text in texts if not self.is_expected(text.text))

    def text(self, start: int, end: int, links: tuple[Anchor, ...]) -> Iterator[Passage]:
        """Yield the lines of Markdown, cut where links begin and end, and the links' texts."""
        at = start
        for link in links:
            if link.start < at:
                continue
            yield from self.lines(at, link.start)
            if link.text:
                yield Passage(self.line_at(link.start), link.text)
            at = link.end
        yield from self.lines(at, end)

    def lines(self, start: int, end: int) -> Iterator[Passage]:
        for match in _LINE.finditer(self.raw, start, end):
            text = _UNSEEN.sub("", match[0].decode("utf-8", "replace"))
            marker = _MARKER.match(text)
            if marker and marker["hashes"] and is_heading_of_links(text[marker.end() :]):
                continue
            shown = visible(_MARKER.sub("", text)).strip(_AROUND)
            yield Passage(self.line_at(match.start()), shown)

    def html(self, start: int, end: int, links: tuple[Anchor, ...]) -> Iterator[Passage]:
        """Yield the sentences of HTML; the rest of it is what its tool wrote."""
        markdown = any(link.form == "markdown" for link in links)
        at = start
        for stop in (*_BREAK.finditer(self.raw, start, end), None):
            first, after = stop.span() if stop else (end, end)
            shown = self.raw[at:first].decode("utf-8", "replace")
            text = visible(shown) if markdown else unescape(_TAG.sub("", shown))
            text = " ".join(text.split())
            if _SENTENCE.search(text) or len(text) > _LONGEST_LINE:
                yield Passage(self.line_at(at), text)
            at = after

    def is_expected(self, text: str) -> bool:
        return (
            letters_of(text) in self.expected
            or letters_of(bare_title(text)) in self.expected
            or not any(map(str.isalpha, letters_of(_DAY.sub("", text))))
            or is_label(text)
            or is_edition(text)
            or is_only_disclosure(text)
        )

    def addresses(self, links: tuple[Anchor, ...]) -> Iterator[Passage]:
        for link in links:
            if (
                link.form == "image"
                or not link.url.strip()
                or link.url.startswith("#")
                or link.url in self.related
                or unescape(link.url) in self.sales
                or (self.reviews and encode_url(unescape(link.url)).endswith(self.reviews))
                or is_of_tool(self.raw, link)
                or (self.block.books and _is_see_more(link))
                # Products have a search of their own.
                or products_in(self.raw[link.url_start : link.url_end])
            ):
                continue
            yield Passage(self.line_at(link.start), link.url, self.without_base(link.url))

    def without_base(self, url: str) -> str:
        """Return an address as the block's own call to action has it, without the site's path."""
        address = without_utm(url)
        own = (without_utm(cta.url) for cta in self.block.ctas if cta.url.startswith("/"))
        return next((path for path in own if address.endswith(path)), url)

    def banners(self, part: Part, start: int, end: int) -> Iterator[Passage]:
        """Yield the pictures of a call to action: the catalog has none for one."""
        if self.block.kind != "cta" or part.kind == "heading":
            return
        pattern = _HTML_IMAGE if part.kind == "html" else _IMAGE
        for match in pattern.finditer(self.raw, start, end):
            url = next(filter(None, match.groups())).decode("utf-8", "replace")
            yield Passage(self.line_at(match.start()), url, url)

    def line_at(self, at: int) -> int:
        return self.block.line + bisect_right(self.breaks, at)


def _is_see_more(link: Anchor) -> bool:
    """Whether a link leads to Amazon beside a book's own, such as ヨメレバ's search for Kindle."""
    affiliate = affiliate_link(link.url)
    named = is_label(link.text) or is_edition(link.text)
    return named and affiliate is not None and affiliate.programme == AMAZON


# What would be lost: the products and passages of a block that the catalog lacks.

_REASON = message("adopt.kept-not-in-catalog")
_SHOP_REASON = message("adopt.kept-shop-not-in-catalog")
_CODE_REASON = message("adopt.kept-code-not-in-catalog")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in one post: in its blocks that could leave, by their start, and in the rest.

    Products of blocks have their line; `passages` are of blocks alone.
    """

    blocks: Mapping[int, Mapping[ProductKey, int]]
    passages: Mapping[int, tuple[Passage, ...]]
    rest: frozenset[ProductKey]


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
            self.texts[_item_key(item)] |= {letters_of(text) for text in _texts(item) if text}
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
        keys = (*(book.asin for book in block.books), *map(_item_key, block.ctas))
        return sorted({text for key in keys for text in self.texts.get(key, ())}, key=len)[::-1]


def _item_key(item: Item | OldCta) -> str:
    """Return the key that matches a catalog's items with those of posts."""
    if isinstance(item, Good):
        return item.asin or item.id
    if item.code:
        return item.code if isinstance(item, OldCta) else item.code.text
    return without_utm(item.url)


def _texts(item: Item) -> Iterator[str]:
    if not isinstance(item, Cta):
        yield from (item.title, item.blurb, *(shop.label or "" for shop in item.shops))
        yield item.by
    else:
        yield from (item.heading, item.text, item.label)


def contents_of(raw: bytes, post: OldPost) -> Contents:
    """Return what is in a post's file `raw`, in which `post` was found."""
    sure = [block for block in post.blocks if block.removable]
    definitions = definitions_of(raw, 0)
    passages = {block.start: _passages_of(raw, block, definitions) for block in sure}
    blocks = {block.start: _in_block(raw, block, definitions) for block in sure}
    return Contents(blocks, passages, frozenset(_products_of(remove_blocks(raw, post))))


def _products_of(raw: bytes) -> set[ProductKey]:
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
    """Return what a post would lose that the catalog lacks, by the start of its block."""
    leaving = [block for block in post.blocks if block.removable]
    starts = {block.start for block in leaving}
    staying = contents.rest.union(
        *(products for start, products in contents.blocks.items() if start not in starts)
    )
    lost: dict[int, Loss] = {}
    for block in leaving:
        products = tuple(
            _kept(product, line)
            for product, line in contents.blocks[block.start].items()
            if product not in saved.products and product not in staying
        )
        passages = contents.passages[block.start]
        texts = saved.texts_of(block) if passages else []
        unsaved = tuple(
            Unsaved(passage.line, passage.text)
            for passage in passages
            if not saved.has(passage, texts)
        )
        if products or unsaved:
            lost[block.start] = Loss(products, unsaved)
    return lost


def _kept(product: ProductKey, line: int) -> KeptProduct:
    reason = _CODE_REASON if product.code else _REASON if product.asin else _SHOP_REASON
    address = product.address or product.code
    return KeptProduct(line, product.asin, address, reason, untitled=False)


def keep_losing(post: OldPost, lost: Mapping[int, Loss], *, discard: bool) -> OldPost:
    """Return a post that keeps the blocks with what would be lost.

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
            block,
            kept_products=lost[block.start].products or block.kept_products,
            unsaved=lost[block.start].unsaved,
        )
        if block.start in lost
        else block
        for block in post.blocks
    )
    return replace(post, blocks=tuple(blocks))


def _reason(loss: Loss) -> Message:
    if loss.products:
        return message("adopt.keep-lost", product=loss.products[0].asin or loss.products[0].url)
    return message("adopt.keep-unsaved", text=loss.unsaved[0].text)


def lost_products(before: bytes, after: bytes, catalog: Collection[ProductKey]) -> set[ProductKey]:
    """Return what a post would lose that the catalog lacks."""
    return _products_of(before) - _products_of(after) - {*catalog}


def _in_block(raw: bytes, block: OldBlock, definitions: _Definitions) -> Mapping[ProductKey, int]:
    text = raw[block.start : block.end]
    breaks = [match.start() for match in LINE_END.finditer(text)]
    lines = {
        product: block.line + bisect_left(breaks, at) for product, at in products_in(text).items()
    }
    for url in _referred(raw, block.start, block.end, definitions):
        lines = {**dict.fromkeys(products_in(url), block.line), **lines}
    return lines


def _referred(raw: bytes, start: int, end: int, definitions: _Definitions) -> Sequence[bytes]:
    """Return the addresses to which links refer by a label: they are outside of the links."""
    return [
        raw[anchor.url_start : anchor.url_end]
        for anchor in (anchors(raw, start, end, definitions) if definitions else ())
        if not anchor.start <= anchor.url_start <= anchor.end
    ]
