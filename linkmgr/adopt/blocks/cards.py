"""Finding cards: the HTML of the tools that paste affiliate links, and Amazon's own widgets."""

import re
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple

from linkmgr.adopt.blocks.entries import Entry
from linkmgr.adopt.blocks.model import Kept, OldBook
from linkmgr.adopt.blocks.parsed_post import Reading
from linkmgr.adopt.blocks.phrases import is_label
from linkmgr.adopt.markup.anchors import Anchor
from linkmgr.adopt.markup.article import Part

_CARD = re.compile(
    rb"<div\b[^>]*\bclass\s*=\s*[\"']?[^\"'>]*?"
    rb"\b(?:booklink-box|kaerebalink-box|yyi-rinker-contents|pochipp-box|cstmreba|tomarebalink-box"
    rb"|tabereba-box|appreach)(?![\w-])[^>]*>",
    re.IGNORECASE,
)
_DIV = re.compile(rb"<(/?)div\b[^>]*?(/?)>", re.IGNORECASE)
# The element that holds the title: booklink-name, kaerebalink-name, yyi-rinker-title,
# pochipp-box__title.
_NAME = re.compile(
    rb"<(?P<tag>div|p|span|h[1-6])\b[^>]*\bclass\s*=\s*[\"']?[^\"'>]*?(?:-name|[-_]title)\b[^>]*>"
    rb"(?P<inside>.*?)</(?P=tag)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_DETAIL = re.compile(
    rb"<(?P<tag>div|p)\b[^>]*\bclass\s*=\s*[\"']?[^\"'>]*?\byyi-rinker-description\b[^>]*>"
    rb"(?P<inside>.*?)</(?P=tag)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(rb"<[^<>]*>")
_PARAGRAPH = re.compile(
    rb"<p(?=[\s>])(?P<attributes>[^>]*)>(?P<inside>.*?)</p\s*>", re.IGNORECASE | re.DOTALL
)
_OF_TOOL = re.compile(rb"name|title|detail|description|powered|credit|price", re.IGNORECASE)
_LINK = re.compile(rb"<a\b[^>]*>.*?</a\s*>", re.IGNORECASE | re.DOTALL)
# A tool's own paragraphs ("2024年1月1日") are shorter than a sentence of the author's.
_LONGEST_NOTE = 20
_POWERED = re.compile(rb"<div\b[^>]*powered-date.*", re.IGNORECASE | re.DOTALL)


class Books(NamedTuple):
    """Books, a doubt about the cards that they are from, and the products that lack a title."""

    books: tuple[OldBook, ...]
    doubt: str
    kept: tuple[Kept, ...]


def card_books(reading: Reading, part: Part) -> Books | None:
    """Return the books of a part that is nothing but cards or widgets, `None` for any other."""
    text = reading.raw[part.start : part.end]
    if b"<" not in text:
        return None
    if part.kind == "html" and _CARD.match(text.lstrip()):
        return _cards(reading, part)
    return _widgets(reading, part)


def _cards(reading: Reading, part: Part) -> Books | None:
    entries: list[Entry] = []
    own_words = ""
    at = part.start
    while reading.raw[at : part.end].strip():
        gap = re.compile(rb"\s*").match(reading.raw, at)
        at = gap.end() if gap else at
        if not _CARD.match(reading.raw, at, part.end):
            return None
        end = _div_end(reading.raw, at, part.end)
        if end is None:
            return None
        entries.append(_card(reading, part, at, end))
        own_words = own_words or _own_words(reading.raw, at, end)
        at = end
    found = _books(entries)
    return found._replace(doubt=found.doubt or own_words)


def _books(entries: Sequence[Entry]) -> Books:
    """Return the books of entries, each of which must be one."""
    doubts = (each.doubt() or ("" if each.book() else each.lack()) for each in entries)
    return Books(
        tuple(book for each in entries if (book := each.book())),
        next(filter(None, doubts), ""),
        tuple(kept for each in entries for kept in each.untitled()),
    )


def _own_words(raw: bytes, start: int, end: int) -> str:
    """Return the doubt about a card into which its author wrote."""
    for found in _PARAGRAPH.finditer(raw, start, end):
        text = _words(_LINK.sub(b"", found["inside"]))
        if len(text) > _LONGEST_NOTE and not _OF_TOOL.search(found["attributes"]):
            return "there are words of its author in it"
    return ""


def _div_end(raw: bytes, start: int, end: int) -> int | None:
    depth = 0
    for found in _DIV.finditer(raw, start, end):
        depth += -1 if found[1] else 0 if found[2] else 1
        if depth == 0:
            return found.end()
    return None


def _card(reading: Reading, part: Part, start: int, end: int) -> Entry:
    inside = [each for each in reading.anchors(part) if start <= each.start < end]
    entry = Entry(reading.line_at(start))
    if name := _NAME.search(reading.raw, start, end):
        entry.title = _words(_POWERED.sub(b"", name["inside"]))
        named = [each for each in inside if name.start() <= each.start < name.end()]
        inside = [*named, *(each for each in inside if each not in named)]
    if detail := _DETAIL.search(reading.raw, start, end):
        entry.blurbs = [_words(detail["inside"])]
    entry.take(reading, inside)
    entry.title = entry.title or _alternative(inside)
    return entry


def _words(markup: bytes) -> str:
    """Return the text of a piece of HTML."""
    return " ".join(unescape(_TAG.sub(b"", markup).decode("utf-8", "replace")).split())


def _widgets(reading: Reading, part: Part) -> Books | None:
    """Return what a part shows that holds nothing but Amazon's images and frames."""
    links = reading.anchors(part)
    if not links or not any(each.form in ("image", "frame") for each in links):
        return None
    if not all(reading.link(each) or _is_picture(each) for each in links):
        return None
    shown = reading.raw[part.start : part.end]
    if part.kind == "paragraph" and any(each.form == "markdown" for each in links):
        return None
    if _TAG.sub(b"", shown).strip():
        return None
    entries = []
    for group in _by_product(reading, links):
        entry = Entry(reading.line_at(group[0].start))
        entry.take(reading, group)
        entry.title = entry.title or _alternative(group)
        entries.append(entry)
    return _books(entries)


def _by_product(reading: Reading, links: Sequence[Anchor]) -> list[list[Anchor]]:
    """Return the links of each product together, with the pictures that follow them."""
    groups: dict[str, list[Anchor]] = {}
    asin = ""
    for anchor in links:
        link = reading.link(anchor)
        asin = (link.asin if link else None) or asin
        groups.setdefault(asin, []).append(anchor)
    if "" in groups and len(groups) > 1:
        # What stands before the first product is its picture.
        before = groups.pop("")
        next(iter(groups.values())).extend(before)
    return list(groups.values())


def _is_picture(anchor: Anchor) -> bool:
    """Whether an image is Amazon's picture of a product, in which there is no tag."""
    return anchor.form == "image" and (
        "media-amazon." in anchor.url or "images-amazon." in anchor.url
    )


def _alternative(links: Sequence[Anchor]) -> str:
    """Return the text that a picture, a frame or a link has for a title, "see more" aside."""
    texts = (each.text for each in links if each.form in ("image", "tag", "frame"))
    return next((text for text in texts if text and not is_label(text)), "")
