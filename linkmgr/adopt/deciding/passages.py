"""What readers find in a block besides its products: its sentences, and where its links lead.

What linkmgr writes anew is none of it: links to related posts, disclosures, the blocks' headings,
"see more", and what the tools that made a card say of themselves. A book has the catalog's title;
issued code is a product of its own.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from linkmgr.adopt.blocks.disclosures import is_only_disclosure
from linkmgr.adopt.blocks.entries import is_of_tool
from linkmgr.adopt.markup.anchors import Anchor, anchors, unescape, visible
from linkmgr.adopt.markup.article import LINE_END, Part
from linkmgr.adopt.markup.parts import article_of
from linkmgr.adopt.post.model import OldBlock
from linkmgr.adopt.post.phrases import is_edition, is_heading_of_links, is_label, letters_of
from linkmgr.adopt.post.products import products_in
from linkmgr.links.model import AMAZON
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.urls import without_utm

Definitions = dict[bytes, tuple[int, int]]

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


def passages_of(raw: bytes, block: OldBlock, definitions: Definitions) -> tuple[Passage, ...]:
    """Return the passages of a block of the file `raw`. Any bytes will do."""
    if block.kind in ("marker", "separator", "products") or any(cta.code for cta in block.ctas):
        return ()
    return tuple(_Reading(raw, block, definitions).passages())


class _Reading:
    def __init__(self, raw: bytes, block: OldBlock, definitions: Definitions) -> None:
        self.raw = raw
        self.block = block
        self.definitions = definitions
        breaks = LINE_END.finditer(raw, block.start, block.end)
        self.breaks = [found.end() for found in breaks]
        names = [*(book.title for book in block.books), *(each.title for each in block.related)]
        self.expected = {letters_of(name) for name in (block.heading, *names)}
        self.related = {each.url for each in block.related}

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
        return (each for each in texts if not self.is_expected(each.text))

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
        for found in _LINE.finditer(self.raw, start, end):
            text = _UNSEEN.sub("", found[0].decode("utf-8", "replace"))
            marker = _MARKER.match(text)
            if marker and marker["hashes"] and is_heading_of_links(text[marker.end() :]):
                continue
            shown = visible(_MARKER.sub("", text)).strip(_AROUND)
            yield Passage(self.line_at(found.start()), shown)

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
        for found in pattern.finditer(self.raw, start, end):
            url = next(filter(None, found.groups())).decode("utf-8", "replace")
            yield Passage(self.line_at(found.start()), url, url)

    def line_at(self, at: int) -> int:
        return self.block.line + bisect_right(self.breaks, at)


def _is_see_more(link: Anchor) -> bool:
    """Whether a link leads to Amazon beside a book's own, such as ヨメレバ's search for Kindle."""
    found = affiliate_link(link.url)
    named = is_label(link.text) or is_edition(link.text)
    return named and found is not None and found.programme == AMAZON
