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
from operator import attrgetter
from typing import NamedTuple

from linkmgr.adopt.blocks.disclosures import is_only_disclosure
from linkmgr.adopt.blocks.ejected import addresses_of_sales
from linkmgr.adopt.blocks.entries import is_of_tool
from linkmgr.adopt.post.anchors import (
    LINE_END,
    Anchor,
    anchors,
    definitions_of,
    unescape,
    visible,
)
from linkmgr.adopt.post.model import KeptProduct, OldBlock, OldCta, OldPost, Unsaved
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

_Key = tuple[str, ...]


def keep_unrepeated(old: Mapping[str, OldPost], catalog: Catalog) -> dict[str, OldPost]:
    """Return the posts, by path, keeping the blocks that no other posts share.

    Everything in a block that leaves must be in several posts, in a block that is certain by
    itself, or in the catalog, where an interrupted run has put it.
    """
    pasted = _pasted(old, catalog)
    result: dict[str, OldPost] = {}
    for path, post in old.items():
        reasons: dict[int, Message] = {}
        for block in post.blocks:
            keys = _keys(block)
            is_pasted = bool(keys) and pasted.issuperset(keys)
            if block.reason_if_unrepeated and not is_pasted:
                reasons[block.start] = block.reason_if_unrepeated
        result[path] = keep_blocks(post, reasons)
    return result


def _pasted(old: Mapping[str, OldPost], catalog: Catalog) -> set[_Key]:
    """Return the keys of what was pasted: of the catalog, of certain blocks, of several posts."""
    pasted = set(map(_cta_key, catalog.ctas.values()))
    for good in catalog.goods.values():
        if good.blurb:
            pasted.add(_compared(good.asin or "", good.title, good.blurb, ""))
    paths: dict[_Key, set[str]] = defaultdict(set)
    for post in old.values():
        for block in post.leaving:
            for key in _keys(block):
                paths[key].add(post.path)
                is_certain = not block.reason_if_unrepeated
                if is_certain or len(paths[key]) >= SEVERAL:
                    pasted.add(key)
    return pasted


def keep_blocks(post: OldPost, reasons: Mapping[int, Message]) -> OldPost:
    """Return a post that keeps those of its blocks that begin at these bytes, with the reasons.

    What belongs to such a block stays with it: the rule before it, and the disclosures.
    """
    leaving = [block for block in post.leaving if block.start not in reasons]
    goods = [block for block in post.blocks if block.kind in ("books", "compare")]
    of_disclosures: Message | None = None
    if post.inline or any(block not in leaving for block in goods):
        of_disclosures = message("adopt.keep-disclosed-links")
    elif not any(block.earns for block in leaving):
        of_disclosures = message("adopt.keep-disclosure-alone")
    blocks: list[OldBlock] = []
    follower_is_kept = False
    for block in reversed(post.blocks):
        reason = reasons.get(block.start)
        if block.kind == "disclosure":
            reason = reason or of_disclosures
        is_kept = block.removable and reason is not None
        if not (block.kind == "separator" and follower_is_kept):
            blocks.append(replace(block, keep_reason=reason) if is_kept else block)
        follower_is_kept = is_kept
    blocks.reverse()
    findings = []
    for finding in post.findings:
        before = bisect_left(blocks, finding.line, key=attrgetter("line")) - 1
        # Where that block stays, it is no news that the article goes on after it.
        after_kept = before >= 0 and not blocks[before].removable
        if not (finding.kind == "text-after-block" and after_kept):
            findings.append(finding)
    return replace(post, blocks=tuple(blocks), findings=tuple(findings))


def keep_unknown_comparisons(site: OldSite, catalog: Catalog) -> OldSite:
    """Return a blog whose posts keep the comparisons that they were not ejected with by a catalog.

    In the place of each of the others a post gets a tag, so that a page shows it where it did.
    """
    posts = {**site.old}
    for path, post in site.old.items():
        reasons: dict[int, Message] = {}
        for block in post.blocks:
            name, *items = block.compared or ("",)
            own = catalog.comparisons.get(name)
            is_known = own is not None and _may_be_shown(catalog, own).issuperset(items)
            if block.kind == "compare" and not (is_known and post.takes_tags):
                reasons[block.start] = message("adopt.keep-comparison")
        if reasons:
            posts[path] = keep_blocks(post, reasons)
    return replace(site, old=posts)


def _may_be_shown(catalog: Catalog, comparison: Comparison) -> set[str]:
    """Return the items that a comparison may show on some day, replacements included."""
    items: set[str] = set()
    waiting = [*comparison.items]
    while waiting:
        item = waiting.pop()
        replacement = catalog.items[item].fallback
        if replacement and item not in items:
            waiting.append(replacement)
        items.add(item)
    return items


def _keys(block: OldBlock) -> list[_Key]:
    """Return the key of each item of a block, for comparison."""
    keys = list(map(_cta_key, block.ctas))
    for book in block.books:
        # A title alone says little: the section must be the same one.
        heading = "" if book.blurb else block.heading
        keys.append(_compared(book.asin, book.title, book.blurb, heading))
    return keys


def _cta_key(cta: OldCta | Cta) -> _Key:
    return _compared(without_utm(cta.url), cta.heading, cta.text)


def _compared(*values: str) -> _Key:
    return tuple(" ".join(value.split()) for value in values)


def keep_equal(old: Mapping[str, OldPost]) -> dict[str, OldPost]:
    """Return the posts; where several have books by the same words, all leave or all stay.

    Readers would wonder why "Get the book" is below one post and a card below the next.
    """
    posts: dict[str, set[str]] = defaultdict(set)
    staying = set()
    for post in old.values():
        for block in post.blocks:
            posts[block.label].add(post.path)
            if not block.removable:
                staying.add(block.label)
    kept = dict(old)
    for path, post in old.items():
        reasons: dict[int, Message] = {}
        for block in post.leaving:
            number = len(posts[block.label])
            if block.label and block.label in staying and number >= SEVERAL:
                reasons[block.start] = message("adopt.keep-equal", count=number)
        if reasons:
            kept[path] = keep_blocks(post, reasons)
    return kept


def keep_refused(post: OldPost, refused: Mapping[str, Message]) -> OldPost:
    """Return a post that keeps the blocks with items that no catalog takes."""
    if not refused:
        return post
    reasons: dict[int, Message] = {}
    for block in post.blocks:
        for key in (*(book.asin for book in block.books), *(cta.url for cta in block.ctas)):
            if key in refused:
                reasons.setdefault(block.start, refused[key])
    return keep_blocks(post, reasons)


# What readers find in a block besides its products: its sentences, and where its links lead.
#
# What linkmgr writes itself is not lost: links to related posts, disclosures, the blocks' headings,
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


class _LossReading:
    def __init__(self, raw: bytes, block: OldBlock, definitions: _Definitions) -> None:
        self.raw = raw
        self.block = block
        self.definitions = definitions
        breaks = LINE_END.finditer(raw, block.start, block.end)
        self.breaks = [match.end() for match in breaks]
        names = [block.heading]
        self.reviews: tuple[str, ...] = ()
        for book in block.books:
            names.append(book.title)
            if book.words and book.words.badge:
                names.append(book.words.badge)
            if book.words and book.words.review:
                self.reviews += (encode_url(book.words.review),)
        for post in block.related:
            names += (post.title, post.excerpt)
        self.expected = set(map(letters_of, names))
        self.related = {related.url for related in block.related}
        html = raw[block.start : block.end].decode(errors="replace")
        self.sales = addresses_of_sales(html) if block.kind in ("books", "cta") else frozenset()

    def passages(self) -> Iterator[Passage]:
        """Yield the passages of the block. Any bytes will do."""
        block = self.block
        if block.kind in ("marker", "separator", "products") or any(cta.code for cta in block.ctas):
            return
        # The line break keeps a rule from being read as the beginning of front matter.
        article = article_of(b"\n" + self.raw[block.start : block.end])
        for part in article.parts:
            if part.kind not in _SHOWN:
                continue
            start, end = block.start + part.start - 1, block.start + part.end - 1
            links = tuple(anchors(self.raw, start, end, self.definitions))
            # All of a disclosure's text was read when it was found.
            if block.kind != "disclosure":
                texts = self.html if part.kind == "html" else self.text
                for text in texts(start, end, links):
                    if not self.is_expected(text.text):
                        yield text
            yield from self.addresses(links)
            # The catalog has no picture for a call to action.
            if block.kind == "cta" and part.kind != "heading":
                pattern = _HTML_IMAGE if part.kind == "html" else _IMAGE
                for match in pattern.finditer(self.raw, start, end):
                    url = match[match.lastindex or 1].decode("utf-8", "replace")
                    yield Passage(self.line_at(match.start()), url, url)

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
        if not self.expected.isdisjoint((letters_of(text), letters_of(bare_title(text)))):
            return True
        if is_label(text) or is_edition(text) or is_only_disclosure(text):
            return True
        return not any(map(str.isalpha, letters_of(_DAY.sub("", text))))

    def addresses(self, links: tuple[Anchor, ...]) -> Iterator[Passage]:
        for link in links:
            if link.form == "image" or not link.url.strip() or link.url.startswith("#"):
                continue
            # Products have a search of their own.
            if self.is_rewritten(link) or products_in(self.raw[link.url_start : link.url_end]):
                continue
            address = link.url
            for cta in self.block.ctas:
                # The catalog has it without the site's path.
                if cta.url.startswith("/") and without_utm(link.url).endswith(without_utm(cta.url)):
                    address = without_utm(cta.url)
                    break
            yield Passage(self.line_at(link.start), link.url, address)

    def is_rewritten(self, link: Anchor) -> bool:
        """Whether linkmgr writes such a link itself, or the old tool had it for its own use."""
        url = unescape(link.url)
        if link.url in self.related or url in self.sales or is_of_tool(self.raw, link):
            return True
        if self.reviews and encode_url(url).endswith(self.reviews):
            return True
        # Beside a book's own there are links to Amazon such as ヨメレバ's search for Kindle.
        affiliate = affiliate_link(link.url)
        sees_more = is_label(link.text) or is_edition(link.text)
        at_amazon = affiliate is not None and affiliate.programme == AMAZON
        return bool(self.block.books) and sees_more and at_amazon

    def line_at(self, at: int) -> int:
        return self.block.line + bisect_right(self.breaks, at)


# What would be lost: the products and passages of a block that the catalog lacks.


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
            if isinstance(item, Cta):
                texts = [item.heading, item.text, item.label]
                self.addresses.add(without_utm(item.url))
            else:
                texts = [item.title, item.blurb, item.author_or_maker]
                texts += [shop.label or "" for shop in item.shops]
            self.texts[_item_key(item)].update(letters_of(text) for text in texts if text)

    def has(self, passage: Passage, texts: Sequence[str]) -> bool:
        """Whether one of the `texts` of a block's own items, or an address, is a passage."""
        if passage.url:
            return without_utm(passage.url) in self.addresses
        letters = letters_of(passage.text)
        if any(letters in text for text in texts):
            return True
        author = author_of(passage.text)
        if author and letters_of(author) in texts:
            return True
        for text in texts:
            letters = letters.replace(text, "")
        return not letters

    def texts_of(self, block: OldBlock) -> list[str]:
        """Return the texts of a block's items, as they are compared, the longest first."""
        texts: set[str] = set()
        for key in (*(book.asin for book in block.books), *map(_item_key, block.ctas)):
            texts.update(self.texts.get(key, ()))
        return sorted(texts, key=len)[::-1]


def _item_key(item: Item | OldCta) -> str:
    """Return the key that matches a catalog's items with those of posts."""
    if isinstance(item, Good):
        return item.asin or item.id
    if item.code:
        return item.code if isinstance(item, OldCta) else item.code.text
    return without_utm(item.url)


def contents_of(raw: bytes, post: OldPost) -> Contents:
    """Return the contents of a post's file `raw`, which was scanned as `post`."""
    definitions = definitions_of(raw, 0)
    blocks: dict[int, Mapping[ProductKey, int]] = {}
    passages: dict[int, tuple[Passage, ...]] = {}
    for block in post.leaving:
        passages[block.start] = (*_LossReading(raw, block, definitions).passages(),)
        breaks = [match.start() for match in LINE_END.finditer(raw, block.start, block.end)]
        products: dict[ProductKey, int] = {}
        for url in reversed(_referred(raw, block.start, block.end, definitions)):
            products |= dict.fromkeys(products_in(url), block.line)
        for product, at in products_in(raw[block.start : block.end]).items():
            products[product] = block.line + bisect_left(breaks, block.start + at)
        blocks[block.start] = products
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
    """Return the losses of a post that the catalog lacks, by the start of their block."""
    starts = {block.start for block in post.leaving}
    staying = set(contents.rest)
    for start, in_block in contents.blocks.items():
        if start not in starts:
            staying.update(in_block)
    lost: dict[int, Loss] = {}
    for block in post.leaving:
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
    if product.asin:
        reason = message("adopt.kept-not-in-catalog")
    elif product.code:
        reason = message("adopt.kept-code-not-in-catalog")
    else:
        reason = message("adopt.kept-shop-not-in-catalog")
    return KeptProduct(line, product.asin, product.address or product.code, reason, untitled=False)


def keep_losing(post: OldPost, lost: Mapping[int, Loss], *, discard: bool) -> OldPost:
    """Return a post that keeps the blocks with what would be lost.

    With `discard` they stay only for their products.
    """
    reasons: dict[int, Message] = {}
    for start, loss in lost.items():
        if loss.products:
            product = loss.products[0].asin or loss.products[0].url
            reasons[start] = message("adopt.keep-lost", product=product)
        elif loss.unsaved and not discard:
            reasons[start] = message("adopt.keep-unsaved", text=loss.unsaved[0].text)
    post = keep_blocks(post, reasons)
    blocks = []
    for block in post.blocks:
        if own := lost.get(block.start):
            kept = own.products or block.kept_products
            blocks.append(replace(block, kept_products=kept, unsaved=own.unsaved))
        else:
            blocks.append(block)
    return replace(post, blocks=tuple(blocks))


def lost_products(before: bytes, after: bytes, catalog: Collection[ProductKey]) -> set[ProductKey]:
    """Return the products that a post would lose and the catalog lacks."""
    return _products_of(before) - _products_of(after) - {*catalog}


def _referred(raw: bytes, start: int, end: int, definitions: _Definitions) -> list[bytes]:
    """Return the addresses to which links refer by a label: they are outside of the links."""
    if not definitions:
        return []
    return [
        raw[anchor.url_start : anchor.url_end]
        for anchor in anchors(raw, start, end, definitions)
        if not anchor.start <= anchor.url_start <= anchor.end
    ]
