"""Finding cards: the HTML of the tools that paste affiliate links."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from linkmgr.adopt.blocks.entries import Entry, books_of, untitled_products
from linkmgr.adopt.markup.anchors import LINK, Anchor, unescape
from linkmgr.adopt.markup.article import Part
from linkmgr.adopt.post.model import KeptProduct, OldBook
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.adopt.post.phrases import is_label, names_book
from linkmgr.catalog.items import ItemKind
from linkmgr.messages.message import Message, message

# The beginning of a tag up to a name of its class. Without the limits here and below, a text of
# many `<div class=` would take the cube of its length, of elements that are not closed the square.
_CLASS = rb"\b[^<>]{0,500}\bclass\s*=\s*[\"']?[^\"'<>]{0,500}?"
_CARD = re.compile(
    rb"<div"
    + _CLASS
    + rb"(?<![\w-])(?:booklink-box|kaerebalink-box|yyi-rinker-contents|pochipp-box"
    rb"|cstmreba|tomarebalink-box|tabereba-box|appreach|amazlet-box|hatena-asin-detail|pochireba"
    rb"|easyLink-box|aawp-product)(?![\w-])[^<>]*>",
    re.IGNORECASE,
)
# Hatena's cards name a good's kind: "メディア: Kindle版", "メディア: エレクトロニクス".
_MEDIUM = re.compile(r"メディア\s*[:：]\s*(\S+)")
_DIV = re.compile(rb"<(/?)div\b[^<>]*?(/?)>", re.IGNORECASE)
# The element with the title: booklink-name, pochi_name, yyi-rinker-title, aawp-product__title.
_NAME = re.compile(
    rb"<(?P<tag>div|p|span|h[1-6]|a)" + _CLASS + rb"[-_](?:name|title)\b[^<>]*>"
    rb"(?P<inside>.{0,5000}?)</(?P=tag)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_DETAIL = re.compile(
    rb"<(?P<tag>div|p)" + _CLASS + rb"\b(?:yyi-rinker-|aawp-product__)description\b[^<>]*>"
    rb"(?P<inside>.{0,5000}?)</(?P=tag)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(rb"<[^<>]*>")
# What a blog or an export puts around cards; anything else between them is the article's.
_AROUND = re.compile(
    rb"(?:</?(?:div|p|section|center|span)\b[^<>]*>|<br\s*/?>|&nbsp;|\s)*+", re.IGNORECASE
)
_PARAGRAPH = re.compile(
    rb"<p(?=[\s>])(?P<attributes>[^<>]*)>(?P<inside>.{0,5000}?)</p\s*>", re.IGNORECASE | re.DOTALL
)
_OF_TOOL = re.compile(rb"name|title|detail|description|powered|credit|price", re.IGNORECASE)
# In bytes. With a description and the links of six shops the longest have some 10,000.
_LONGEST = 20_000
# A tool's own paragraphs ("2024年1月1日") are shorter than a sentence of the author's.
_LONGEST_NOTE = 20
_POWERED = re.compile(rb"<div\b[^<>]*powered-date.*", re.IGNORECASE | re.DOTALL)


class Books(NamedTuple):
    """Books, why the cards they are from stay, and the products that lack a title.

    `is_text`: a reader sees them as links in a text, which the text around them may refer to.
    """

    books: tuple[OldBook, ...]
    keep_reason: Message | None
    kept_products: tuple[KeptProduct, ...]
    is_text: bool = False


def card_books(parsed: ParsedPost, part: Part) -> Books | None:
    """Return the books of a part that is nothing but cards, `None` for any other."""
    if part.kind != "html" or not _CARD.search(parsed.raw, part.start, part.end):
        return None
    entries: list[Entry] = []
    own = None
    at = part.start
    while card := _CARD.search(parsed.raw, at, part.end):
        end = _div_end(parsed.raw, card.start(), min(part.end, card.start() + _LONGEST))
        if end is None or not _AROUND.fullmatch(parsed.raw, at, card.start()):
            return None
        entry, links = _card(parsed, part, card.start(), end)
        entries.append(entry)
        own = own or _own_words(parsed.raw, card.start(), end)
        own = own or entry.leads_elsewhere(parsed, links)
        at = end
    if not _AROUND.fullmatch(parsed.raw, at, part.end):
        return None
    found = books_of_entries(entries)
    return found._replace(keep_reason=found.keep_reason or own)


def books_of_entries(entries: Sequence[Entry]) -> Books:
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
    for found in _PARAGRAPH.finditer(_DETAIL.sub(b"", raw[start:end])):
        text = _words(LINK.sub(b"", found["inside"]))
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


def _card(parsed: ParsedPost, part: Part, start: int, end: int) -> tuple[Entry, list[Anchor]]:
    """Return a card's entry, and its links."""
    inside = [*parsed.anchors_between(part, start, end)]
    entry = Entry(parsed.line_at(start), box=_box(parsed.raw[start:end]))
    if name := _NAME.search(parsed.raw, start, end):
        entry.title = _words(_POWERED.sub(b"", name["inside"]))
        named = [each for each in inside if name.start() <= each.start < name.end()]
        inside = [*named, *(each for each in inside if each not in named)]
    if detail := _DETAIL.search(parsed.raw, start, end):
        entry.blurbs = [_words(detail["inside"])]
    entry.take(parsed, inside)
    links = (each for each in inside if each.form == "image" or parsed.link(each))
    entry.title = entry.title or alternative_title(links)
    return entry, inside


def _box(card: bytes) -> ItemKind | None:
    """Return what a card is for: ヨメレバ makes those of books, カエレバ those of other goods."""
    if b"booklink-box" in card:
        return ItemKind.BOOKS
    if b"kaerebalink-box" in card:
        return ItemKind.PRODUCTS
    medium = _MEDIUM.search(_words(card))
    if medium is None:
        return None
    return ItemKind.BOOKS if names_book(medium[1]) else ItemKind.PRODUCTS


def _words(markup: bytes) -> str:
    """Return the text of a piece of HTML."""
    return " ".join(unescape(_TAG.sub(b"", markup).decode("utf-8", "replace")).split())


def alternative_title(links: Iterable[Anchor]) -> str:
    """Return the text that a picture, a frame or a link has for a title, "see more" aside."""
    texts = (each.text for each in links if each.form in ("image", "tag", "frame"))
    return next((text for text in texts if text and not is_label(text)), "")
