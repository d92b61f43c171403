"""Finding cards: the HTML of the tools that paste affiliate links, and Amazon's own widgets."""

import re
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple

from linkmgr.adopt.blocks.entries import Entry, books_of, untitled_products
from linkmgr.adopt.blocks.model import KeptProduct, OldBook
from linkmgr.adopt.blocks.parsed_post import ParsedPost
from linkmgr.adopt.blocks.phrases import is_label
from linkmgr.adopt.markup.anchors import Anchor
from linkmgr.adopt.markup.article import Part
from linkmgr.messages.message import Message, message

_CARD = re.compile(
    rb"<div\b[^>]*\bclass\s*=\s*[\"']?[^\"'>]*?"
    rb"\b(?:booklink-box|kaerebalink-box|yyi-rinker-contents|pochipp-box|cstmreba|tomarebalink-box"
    rb"|tabereba-box|appreach)(?![\w-])[^>]*>",
    re.IGNORECASE,
)
_DIV = re.compile(rb"<(/?)div\b[^>]*?(/?)>", re.IGNORECASE)
# The element with the title: booklink-name, kaerebalink-name, yyi-rinker-title,
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
    """Books, why the cards they are from stay, and the products that lack a title."""

    books: tuple[OldBook, ...]
    keep_reason: Message | None
    kept_products: tuple[KeptProduct, ...]


def card_books(parsed: ParsedPost, part: Part) -> Books | None:
    """Return the books of a part that is nothing but cards or widgets, `None` for any other."""
    text = parsed.raw[part.start : part.end]
    if b"<" not in text:
        return None
    if part.kind == "html" and _CARD.match(text.lstrip()):
        return _cards(parsed, part)
    return _widgets(parsed, part)


def _cards(parsed: ParsedPost, part: Part) -> Books | None:
    entries: list[Entry] = []
    own_words = None
    at = part.start
    while parsed.raw[at : part.end].strip():
        gap = re.compile(rb"\s*").match(parsed.raw, at)
        at = gap.end() if gap else at
        if not _CARD.match(parsed.raw, at, part.end):
            return None
        end = _div_end(parsed.raw, at, part.end)
        if end is None:
            return None
        entries.append(_card(parsed, part, at, end))
        own_words = own_words or _own_words(parsed.raw, at, end)
        at = end
    found = _books(entries)
    return found._replace(keep_reason=found.keep_reason or own_words)


def _books(entries: Sequence[Entry]) -> Books:
    """Return the books of entries, each of which must be one."""
    reasons = (
        each.keep_reason() or (None if each.book() else each.no_book_reason()) for each in entries
    )
    return Books(
        books_of(entries),
        next(filter(None, reasons), None),
        untitled_products(entries),
    )


def _own_words(raw: bytes, start: int, end: int) -> Message | None:
    """Return why a card stays into which its author wrote."""
    for found in _PARAGRAPH.finditer(raw, start, end):
        text = _words(_LINK.sub(b"", found["inside"]))
        if len(text) > _LONGEST_NOTE and not _OF_TOOL.search(found["attributes"]):
            return message("adopt.keep-author-words")
    return None


def _div_end(raw: bytes, start: int, end: int) -> int | None:
    depth = 0
    for found in _DIV.finditer(raw, start, end):
        depth += -1 if found[1] else 0 if found[2] else 1
        if depth == 0:
            return found.end()
    return None


def _card(parsed: ParsedPost, part: Part, start: int, end: int) -> Entry:
    inside = [each for each in parsed.anchors(part) if start <= each.start < end]
    entry = Entry(parsed.line_at(start))
    if name := _NAME.search(parsed.raw, start, end):
        entry.title = _words(_POWERED.sub(b"", name["inside"]))
        named = [each for each in inside if name.start() <= each.start < name.end()]
        inside = [*named, *(each for each in inside if each not in named)]
    if detail := _DETAIL.search(parsed.raw, start, end):
        entry.blurbs = [_words(detail["inside"])]
    entry.take(parsed, inside)
    entry.title = entry.title or _alternative(inside)
    return entry


def _words(markup: bytes) -> str:
    """Return the text of a piece of HTML."""
    return " ".join(unescape(_TAG.sub(b"", markup).decode("utf-8", "replace")).split())


def _widgets(parsed: ParsedPost, part: Part) -> Books | None:
    """Return the books of a part that is nothing but Amazon's images and frames."""
    links = parsed.anchors(part)
    if not links or not any(each.form in ("image", "frame") for each in links):
        return None
    if not all(parsed.link(each) or _is_picture(each) for each in links):
        return None
    shown = parsed.raw[part.start : part.end]
    if part.kind == "paragraph" and any(each.form == "markdown" for each in links):
        return None
    if _TAG.sub(b"", shown).strip():
        return None
    entries = []
    for group in _by_product(parsed, links):
        entry = Entry(parsed.line_at(group[0].start))
        entry.take(parsed, group)
        entry.title = entry.title or _alternative(group)
        entries.append(entry)
    return _books(entries)


def _by_product(parsed: ParsedPost, links: Sequence[Anchor]) -> list[list[Anchor]]:
    """Return the links of each product together, with the pictures that follow them."""
    groups: dict[str, list[Anchor]] = {}
    asin = ""
    for anchor in links:
        link = parsed.link(anchor)
        asin = (link.asin if link else None) or asin
        groups.setdefault(asin, []).append(anchor)
    if "" in groups and len(groups) > 1:
        # What comes before the first product is its picture.
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
