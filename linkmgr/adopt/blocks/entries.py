"""One book in a section of books: its heading or link, its blurb, its "see more" links."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from linkmgr.adopt.blocks.model import Kept, OldBook
from linkmgr.adopt.blocks.parsed_post import Reading, Row
from linkmgr.adopt.blocks.phrases import is_disclosure, is_label, joined, names_edition
from linkmgr.adopt.blocks.products import is_shop, shop_target
from linkmgr.adopt.markup.anchors import Anchor
from linkmgr.adopt.markup.article import Part
from linkmgr.links.affiliate import affiliate_link
from linkmgr.links.isbn import asin_problem
from linkmgr.links.model import AffiliateLink
from linkmgr.links.wrappers import address_of
from linkmgr.messages.wording import word

# Blurbs of a card are a sentence or two; what is longer is a review, and the article's own.
LONGEST_BLURB = 300

NO_TITLE = "no title is known: give its link a text, or add it to the catalog's books"
"""Why a product stays that no text names, and what to do."""

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

    def take(self, reading: Reading, anchors: Sequence[Anchor]) -> None:
        """Add the links of a row, and the title where one of them is it."""
        self.titles = reading.titles
        for anchor in anchors:
            link = reading.link(anchor)
            if anchor.form == "cut":
                self.cut = True
            if link is None:
                before = reading.raw[max(anchor.start - 200, 0) : anchor.start]
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
        """The first link with a good ASIN."""
        for _, link in self.links:
            if link.asin and asin_problem(link.asin) is None and link.kind != "search":
                return link
        return None

    def book(self) -> OldBook | None:
        """Return the book, `None` where no good ASIN or no title is known."""
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

    def untitled(self) -> tuple[Kept, ...]:
        """Return the product of an entry that is no book because no title is known."""
        if self.product is None or self.product.asin is None or self.book():
            return ()
        return (Kept(self.line, self.product.asin, "", NO_TITLE, untitled=True),)

    def editions(self, asin: str) -> tuple[tuple[str, str], ...]:
        """Return the other products that are the same book, such as Kindle beside paper."""
        found: dict[str, str] = {}
        for anchor, link in self.links:
            other = link.asin or ""
            if link.kind != "product" or other == asin or asin_problem(other) or link.wrapper:
                continue
            if is_label(anchor.text) or names_edition(anchor.text):
                found.setdefault(other, anchor.text)
        return tuple(found.items())

    def doubt(self) -> str:
        """Return why the entry must stay: it earns by what no book of the catalog would keep."""
        links = [link for _, link in self.links]
        amazon = [link for link in links if link.programme == "amazon"]
        if any(link.kind == "short" for link in amazon) and not self.book():
            return self.lack() if self.product else "a short link hides the book"
        if any(link.kind == "short" and names_edition(a.text) for a, link in self.links):
            return "a short link hides another edition of the book"
        if any(link.liquid_tag for link in amazon):
            return "its tag is made by Liquid"
        if any(link.tag for link in amazon):
            return ""
        wrapper = next((link.wrapper for link in amazon if link.wrapper), None)
        if wrapper and all(link.wrapper or link.kind == "image" for link in amazon):
            return f"it earns through {wrapper}, which the catalog's link would not"
        return self.lack() if links and not amazon else ""

    def lack(self) -> str:
        """Return why the entry is no book for the catalog."""
        if self.product:
            return f"it tells no title for ASIN {self.product.asin}"
        if not self.links:
            return "it has no affiliate link, so that it may be the article's own"
        for _, link in self.links:
            if link.asin and (problem := asin_problem(link.asin)):
                return f"its ASIN {link.asin} {word(problem, 'en')}"
        hosts = [urlsplit(link.url).hostname or "" for _, link in self.links]
        count = f"{len(hosts)} link{'s' if len(hosts) != 1 else ''}"
        return f"its book has no ASIN: {count} to {', '.join(dict.fromkeys(hosts))}"

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


def doubts(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield the entries of a section that must stay, with why."""
    kept = {book.asin for entry in entries if (book := entry.book())}
    for entry in entries:
        doubt = entry.doubt()
        if not doubt and entry.product and entry.product.asin not in kept:
            doubt = entry.lack()
        if doubt:
            yield entry, doubt


def shop_host(url: str) -> str:
    """Return the server of the shop that a link leads to in the end."""
    address = address_of(f"//{shop_target(url)}")
    return address.host if address else ""


def heading_entry(
    reading: Reading, parts: Sequence[Part], at: int, *, paragraphs: int | None = None
) -> tuple[Entry, int] | None:
    """Return the book under the sub-heading `parts[at]`, and the part after it.

    Of its text at most that many paragraphs are taken.
    """
    part = parts[at]
    if part.kind != "heading":
        return None
    entry = Entry(part.first + 1)
    links = reading.anchors(part)
    entry.take(reading, links)
    if links and not entry.links and not entry.cut:
        return None
    entry.title = entry.title or ("" if links else reading.heading(part) or "")
    last = at + 1
    while last < len(parts) and parts[last].kind == "paragraph":
        rows = reading.rows(parts[last])
        if any(_foreign(reading, row) for row in rows):
            break
        if entry.links and not any(row.anchors for row in rows) and entry.labelled:
            break
        if is_disclosure(reading.text(parts[last])) and not any(row.anchors for row in rows):
            break
        texts = [row for row in rows if not row.anchors]
        if texts and entry.paragraphs == paragraphs:
            break
        if texts:
            entry.paragraphs += 1
            entry.blurbs += [row.text for row in texts]
        for row in rows:
            entry.take(reading, row.anchors)
        last += 1
    return (entry, last) if entry.links or entry.cut else None


def row_entries(reading: Reading, part: Part) -> list[Entry] | None:
    """Return the books of a paragraph or list in which each begins with its link.

    A paragraph that has one book may go on with lines of blurb. `None` where it is anything else.
    """
    if not reading.affiliate(part):
        return None
    entries: list[Entry] = []
    for row in reading.rows(part):
        if row.anchors and reading.link(row.anchors[0]) and _begins(reading, row):
            entry = Entry(row.line)
            entry.take(reading, row.anchors)
            if blurb := row.rest.strip(" *_:：-–—|→"):
                entry.blurbs.append(blurb)
            entries.append(entry)
        elif entries and not row.anchors:
            if not is_disclosure(row.text):
                entries[-1].blurbs.append(row.text)
        else:
            return None
    return entries or None


def _begins(reading: Reading, row: Row) -> bool:
    """Whether a row has nothing before its first link."""
    before = reading.raw[row.start : row.anchors[0].start]
    return not before.strip(b" \t*_~")


def _foreign(reading: Reading, row: Row) -> bool:
    """Whether a row is running text with links, or links elsewhere."""
    if not row.anchors:
        return False
    return not row.only_link or not any(reading.link(each) for each in row.anchors)
