"""One book in a section of books: its heading or link, its blurb, its "see more" links."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from linkmgr.adopt.post.anchors import Anchor, unescape
from linkmgr.adopt.post.model import KeptProduct, OldBook
from linkmgr.adopt.post.names import Naming, best_title, slug_of
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.adopt.post.phrases import author_of, is_edition, is_label, joined, names_book
from linkmgr.adopt.post.products import is_shop, shop_target
from linkmgr.catalog.items import ItemKind
from linkmgr.links.isbn import asin_problem, to_isbn13
from linkmgr.links.model import AffiliateLink
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.wrappers import address_of
from linkmgr.messages.message import Message, message

# Blurbs of a card are a sentence or two; what is longer is a review, and the article's own.
LONGEST_BLURB = 300

# Where the tools that make cards link to for themselves, and what comes before such a link.
_TOOLS = frozenset(
    (
        *("amazlet.com", "kaereba.com", "yomereba.com", "tomareba.com", "tabereba.com"),
        *("pochireba.com", "pochipp.com", "oyakosodate.com", "getaawp.com", "d.hatena.ne.jp"),
    )
)
_CREDIT = re.compile(rb"powered|credit|posted with", re.IGNORECASE)
# The element of ヨメレバ and カエレバ right before the link to a shop.
_SHOP_LINK = re.compile(rb"<[^<>]*\bshoplink[^<>]*>\s*$")
# A counting picture of Amazon's.
_PIXEL = re.compile(r"//(?:ir-[a-z]{2}\.|(?:www\.)?assoc-amazon\.)")
_ISBN13 = re.compile(r"(?<![0-9])97[89][0-9]{10}(?![0-9])")


@dataclass(slots=True)
class BookEntry:
    """A book being read from the parts of a section.

    `name` is the title that its card or its heading states, `namings` are texts that may be one.
    `box` is what the card or the section around it is for, `None` where for any good.
    """

    line: int
    name: str = ""
    namings: list[Naming] = field(default_factory=list)
    blurbs: list[str] = field(default_factory=list)
    links: list[tuple[Anchor, AffiliateLink]] = field(default_factory=list)
    others: list[Anchor] = field(default_factory=list)
    paragraphs: int = 0
    labelled: bool = False
    cut: bool = False
    pictured: bool = False
    box: ItemKind | None = None
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def author(self) -> str:
        """The author, where the first line of the text names nothing else."""
        return author_of(self.blurbs[0]) if self.blurbs else ""

    @property
    def blurb(self) -> str:
        return joined(self.blurbs[bool(self.author) :])

    def add_links(self, parsed: ParsedPost, anchors: Sequence[Anchor]) -> None:
        """Add the links of a row, and the title and a picture if they are among them."""
        self.titles = parsed.titles
        for anchor in anchors:
            link = parsed.link(anchor)
            is_picture = anchor.form in ("image", "frame")
            if anchor.form == "cut":
                self.cut = True
            if link is None and anchor.form != "image":
                before = parsed.raw[max(anchor.start - 200, 0) : anchor.start]
                if _SHOP_LINK.search(before) or is_shop(anchor.url):
                    self.others.append(anchor)
                continue
            if is_picture and not _PIXEL.search(anchor.url):
                self.pictured = True
            if anchor.text and anchor.form != "cut":
                self.namings.append(Naming("", anchor.text, slug_of(anchor.url), anchor.is_alt))
            if link:
                self.links.append((anchor, link))
                if anchor.text and not is_picture and is_label(anchor.text):
                    self.labelled = True

    def leads_elsewhere(self, parsed: ParsedPost, anchors: Iterable[Anchor]) -> Message | None:
        """Return why a card with these links stays: one to no shop and no tool would be lost."""
        taken = [*(anchor for anchor, _ in self.links), *self.others]
        for anchor in anchors:
            is_lost = anchor not in taken and anchor.form not in ("image", "frame")
            if is_lost and address_of(anchor.url) and not is_of_tool(parsed.raw, anchor):
                return message("adopt.keep-link-to-no-shop")
        return None

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
        title = self.name or best_title(self.namings) or self.titles.get(product.asin)
        if not title:
            return None
        tags = [link.tag for _, link in self.links if link.tag]
        return OldBook(
            product.asin,
            title,
            self.blurb,
            tags[0] if tags else None,
            product.marketplace,
            self.shops(),
            self.line,
            self.editions(product.asin),
            author=self.author,
            kind=self._kind(title),
            has_cover=self.pictured,
            is_named=bool(self.name),
        )

    def _kind(self, title: str) -> ItemKind | None:
        """Return the kind the entry states; Kindle books and other goods have similar ASINs."""
        numbers, names = [], [title]
        for anchor, link in self.links:
            numbers += [link.asin or "", *_ISBN13.findall(anchor.url)]
            names.append(anchor.text)
        for anchor in self.others:
            numbers += _ISBN13.findall(anchor.url)
        is_book = any(map(to_isbn13, numbers)) or any(map(names_book, names))
        return ItemKind.BOOKS if is_book else self.box

    def editions(self, asin: str) -> tuple[tuple[str, str], ...]:
        """Return the other products that are the same book, such as Kindle beside paper."""
        labels: dict[str, str] = {}
        for anchor, link in self.links:
            other = link.asin or ""
            if link.kind != "product" or other == asin or asin_problem(other) or link.wrapper:
                continue
            if is_label(anchor.text) or is_edition(anchor.text):
                labels.setdefault(other, anchor.text)
        return tuple(labels.items())

    def keep_reason(self) -> Message | None:
        """Return why the entry must stay: a book of the catalog would not earn the same way."""
        amazon = [link for _, link in self.links if link.programme == "amazon"]
        if any(link.kind == "short" for link in amazon) and not self.book():
            return self.no_book_reason() if self.product else message("adopt.keep-short-link")
        if any(link.kind == "short" and is_edition(anchor.text) for anchor, link in self.links):
            return message("adopt.keep-short-edition")
        if any(link.liquid_tag for link in amazon):
            return message("adopt.keep-liquid-tag")
        if any(link.tag for link in amazon):
            return None
        wrappers = [link.wrapper for link in amazon if link.wrapper]
        if wrappers and all(link.wrapper or link.kind == "image" for link in amazon):
            return message("adopt.keep-wrapper", wrapper=wrappers[0])
        return self.no_book_reason() if self.links and not amazon else None

    def no_book_reason(self) -> Message:
        """Return why the entry is no book for the catalog."""
        if self.product:
            asin, slug = self.product.asin or "", slug_of(self.product.url)
            if slug:
                return message("adopt.keep-no-title-but-address", asin=asin, words=slug)
            return message("adopt.keep-no-title", asin=asin)
        if not self.links:
            return message("adopt.keep-no-affiliate-link")
        for _, link in self.links:
            if link.asin and (problem := asin_problem(link.asin)):
                return message("adopt.keep-bad-asin", asin=link.asin, problem=problem)
        hosts = [urlsplit(link.url).hostname or "" for _, link in self.links]
        return message("adopt.keep-no-asin", count=len(hosts), hosts=tuple(dict.fromkeys(hosts)))

    def shops(self) -> tuple[tuple[str, str], ...]:
        """Return the other shops that sell it; images and frames are none."""
        urls: dict[str, str] = {}
        for anchor in (*(anchor for anchor, _ in self.links), *self.others):
            url = unescape(anchor.url)
            if anchor.form in ("image", "frame", "cut") or not url.startswith(("http", "//")):
                continue
            link = affiliate_link(url)
            if link is None or link.programme != "amazon":
                urls.setdefault(shop_target(url), f"https:{url}" if url[0] == "/" else url)
        shops = []
        for url in urls.values():
            # The server of the shop to which the link leads in the end.
            address = address_of(f"//{shop_target(url)}")
            shops.append((address.host if address else "", url))
        return tuple(shops)


def books_of(entries: Iterable[BookEntry]) -> tuple[OldBook, ...]:
    return tuple(book for entry in entries if (book := entry.book()))


def untitled_products(entries: Iterable[BookEntry]) -> tuple[KeptProduct, ...]:
    """Return the products of entries that are no books because no title is known."""
    reason = message("adopt.kept-no-title")
    return tuple(
        KeptProduct(entry.line, entry.product.asin, "", reason, untitled=True)
        for entry in entries
        if entry.product and entry.product.asin and not entry.book()
    )


def keep_reasons(entries: Sequence[BookEntry]) -> Iterator[tuple[BookEntry, Message]]:
    """Yield the entries of a section that must stay, with why."""
    kept = {book.asin for book in books_of(entries)}
    for entry in entries:
        reason = entry.keep_reason()
        if not reason and entry.product and entry.product.asin not in kept:
            reason = entry.no_book_reason()
        if reason:
            yield entry, reason


def is_of_tool(raw: bytes, anchor: Anchor) -> bool:
    """Whether a card's link leads to its own tool."""
    address = address_of(anchor.url)
    if address and address.host.removeprefix("www.") in _TOOLS:
        return True
    return _CREDIT.search(raw, max(anchor.start - 100, 0), anchor.start) is not None
