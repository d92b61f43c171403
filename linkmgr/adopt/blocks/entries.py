"""One book in a section of books: its heading or link, its blurb, its "see more" links."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from linkmgr.adopt.blocks.model import KeptProduct, OldBook
from linkmgr.adopt.blocks.parsed_post import ParsedPost, Row
from linkmgr.adopt.blocks.phrases import is_disclosure, is_edition, is_label, joined
from linkmgr.adopt.blocks.products import is_shop, shop_target
from linkmgr.adopt.markup.anchors import Anchor
from linkmgr.adopt.markup.article import Part
from linkmgr.links.affiliate import affiliate_link
from linkmgr.links.isbn import asin_problem
from linkmgr.links.model import AffiliateLink
from linkmgr.links.wrappers import address_of
from linkmgr.messages.message import Message, message

# Blurbs of a card are a sentence or two; what is longer is a review, and the article's own.
LONGEST_BLURB = 300

# The element of ヨメレバ and カエレバ right before the link to a shop.
_SHOP_LINK = re.compile(rb"<[^<>]*\bshoplink[^<>]*>\s*$")


@dataclass(slots=True)
class Entry:
    """A book as it is being read from the parts of a section."""

    line: int
    title: str = ""
    blurbs: list[str] = field(default_factory=list)
    links: list[tuple[Anchor, AffiliateLink]] = field(default_factory=list)
    others: list[Anchor] = field(default_factory=list)
    paragraphs: int = 0
    labelled: bool = False
    cut: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def blurb(self) -> str:
        return joined(self.blurbs)

    def take(self, parsed: ParsedPost, anchors: Sequence[Anchor]) -> None:
        """Add the links of a row, and the title where one of them is it."""
        self.titles = parsed.titles
        for anchor in anchors:
            link = parsed.link(anchor)
            if anchor.form == "cut":
                self.cut = True
            if link is None:
                before = parsed.raw[max(anchor.start - 200, 0) : anchor.start]
                if _SHOP_LINK.search(before) or is_shop(anchor.url):
                    self.others.append(anchor)
                continue
            self.links.append((anchor, link))
            if anchor.form in ("image", "frame") or not anchor.text:
                continue
            if is_label(anchor.text):
                self.labelled = True
            elif not self.title:
                self.title = anchor.text

    @property
    def product(self) -> AffiliateLink | None:
        """The first link with a valid ASIN."""
        for _, link in self.links:
            if link.asin and asin_problem(link.asin) is None and link.kind != "search":
                return link
        return None

    def book(self) -> OldBook | None:
        """Return the book, `None` where no valid ASIN or no title is known."""
        product = self.product
        if product is None or product.asin is None:
            return None
        title = self.title or self.titles.get(product.asin)
        if not title:
            return None
        tag = next((link.tag for _, link in self.links if link.tag), None)
        return OldBook(
            product.asin,
            title,
            self.blurb,
            tag,
            product.marketplace,
            self.shops(),
            self.line,
            self.editions(product.asin),
        )

    def untitled(self) -> tuple[KeptProduct, ...]:
        """Return the product of an entry that is no book because no title is known."""
        if self.product is None or self.product.asin is None or self.book():
            return ()
        return (
            KeptProduct(
                self.line, self.product.asin, "", message("adopt.kept-no-title"), untitled=True
            ),
        )

    def editions(self, asin: str) -> tuple[tuple[str, str], ...]:
        """Return the other products that are the same book, such as Kindle beside paper."""
        found: dict[str, str] = {}
        for anchor, link in self.links:
            other = link.asin or ""
            if link.kind != "product" or other == asin or asin_problem(other) or link.wrapper:
                continue
            if is_label(anchor.text) or is_edition(anchor.text):
                found.setdefault(other, anchor.text)
        return tuple(found.items())

    def keep_reason(self) -> Message | None:
        """Return why the entry must stay: a book of the catalog would not earn the same way."""
        links = [link for _, link in self.links]
        amazon = [link for link in links if link.programme == "amazon"]
        if any(link.kind == "short" for link in amazon) and not self.book():
            return self.no_book_reason() if self.product else message("adopt.keep-short-link")
        if any(link.kind == "short" and is_edition(a.text) for a, link in self.links):
            return message("adopt.keep-short-edition")
        if any(link.liquid_tag for link in amazon):
            return message("adopt.keep-liquid-tag")
        if any(link.tag for link in amazon):
            return None
        wrapper = next((link.wrapper for link in amazon if link.wrapper), None)
        if wrapper and all(link.wrapper or link.kind == "image" for link in amazon):
            return message("adopt.keep-wrapper", wrapper=wrapper)
        return self.no_book_reason() if links and not amazon else None

    def no_book_reason(self) -> Message:
        """Return why the entry is no book for the catalog."""
        if self.product:
            return message("adopt.keep-no-title", asin=self.product.asin or "")
        if not self.links:
            return message("adopt.keep-no-affiliate-link")
        for _, link in self.links:
            if link.asin and (problem := asin_problem(link.asin)):
                return message("adopt.keep-bad-asin", asin=link.asin, problem=problem)
        hosts = [urlsplit(link.url).hostname or "" for _, link in self.links]
        return message("adopt.keep-no-asin", count=len(hosts), hosts=tuple(dict.fromkeys(hosts)))

    def shops(self) -> tuple[tuple[str, str], ...]:
        """Return the other shops that sell it; images and frames are none."""
        found: dict[str, str] = {}
        for anchor in (*(anchor for anchor, _ in self.links), *self.others):
            url = html.unescape(anchor.url)
            if anchor.form in ("image", "frame", "cut") or not url.startswith(("http", "//")):
                continue
            link = affiliate_link(url)
            if link is None or link.programme != "amazon":
                found.setdefault(shop_target(url), f"https:{url}" if url[0] == "/" else url)
        return tuple((shop_host(url), url) for url in found.values())


def books_of(entries: Iterable[Entry]) -> tuple[OldBook, ...]:
    """Return the entries that are books."""
    return tuple(book for entry in entries if (book := entry.book()))


def untitled_products(entries: Iterable[Entry]) -> tuple[KeptProduct, ...]:
    """Return the products of entries that are no books because no title is known."""
    return tuple(product for entry in entries for product in entry.untitled())


def keep_reasons(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Message]]:
    """Yield the entries of a section that must stay, with why."""
    kept = {book.asin for book in books_of(entries)}
    for entry in entries:
        reason = entry.keep_reason()
        if not reason and entry.product and entry.product.asin not in kept:
            reason = entry.no_book_reason()
        if reason:
            yield entry, reason


def shop_host(url: str) -> str:
    """Return the server of the shop that a link leads to in the end."""
    address = address_of(f"//{shop_target(url)}")
    return address.host if address else ""


def heading_entry(
    parsed: ParsedPost, parts: Sequence[Part], at: int, *, paragraphs: int | None = None
) -> tuple[Entry, int] | None:
    """Return the book under the sub-heading `parts[at]`, and the part after it.

    Of its text at most that many paragraphs are taken.
    """
    part = parts[at]
    if part.kind != "heading":
        return None
    entry = Entry(part.first + 1)
    links = parsed.anchors(part)
    entry.take(parsed, links)
    if links and not entry.links and not entry.cut:
        return None
    entry.title = entry.title or ("" if links else parsed.heading(part) or "")
    last = at + 1
    while last < len(parts) and parts[last].kind == "paragraph":
        rows = parsed.rows(parts[last])
        if any(_foreign(parsed, row) for row in rows):
            break
        if entry.links and not any(row.anchors for row in rows) and entry.labelled:
            break
        if is_disclosure(parsed.text(parts[last])) and not any(row.anchors for row in rows):
            break
        texts = [row for row in rows if not row.anchors]
        if texts and entry.paragraphs == paragraphs:
            break
        if texts:
            entry.paragraphs += 1
            entry.blurbs += [row.text for row in texts]
        for row in rows:
            entry.take(parsed, row.anchors)
        last += 1
    return (entry, last) if entry.links or entry.cut else None


def row_entries(parsed: ParsedPost, part: Part) -> list[Entry] | None:
    """Return the books of a paragraph or list in which each begins with its link.

    A paragraph that has one book may go on with lines of blurb. `None` where it is anything else.
    """
    if not parsed.affiliate(part):
        return None
    entries: list[Entry] = []
    for row in parsed.rows(part):
        if row.anchors and parsed.link(row.anchors[0]) and _begins(parsed, row):
            entry = Entry(row.line)
            entry.take(parsed, row.anchors)
            if blurb := row.rest.strip(" *_:：-–—|→"):
                entry.blurbs.append(blurb)
            entries.append(entry)
        elif entries and not row.anchors:
            if not is_disclosure(row.text):
                entries[-1].blurbs.append(row.text)
        else:
            return None
    return entries or None


def _begins(parsed: ParsedPost, row: Row) -> bool:
    """Whether a row has nothing before its first link."""
    before = parsed.raw[row.start : row.anchors[0].start]
    return not before.strip(b" \t*_~")


def _foreign(parsed: ParsedPost, row: Row) -> bool:
    """Whether a row is running text with links, or links elsewhere."""
    if not row.anchors:
        return False
    return not row.only_link or not any(parsed.link(each) for each in row.anchors)
