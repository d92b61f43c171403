"""Finding the blocks that `linkmgr eject` left: linkmgr's own HTML between two comments."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from linkmgr.adopt.blocks.ctas import split_utm
from linkmgr.adopt.blocks.entries import Entry
from linkmgr.adopt.blocks.model import BlockKind, OldBook, OldCta, OldRelated
from linkmgr.adopt.blocks.parsed_post import FoundBlock, ParsedPost
from linkmgr.adopt.markup.anchors import Anchor, visible
from linkmgr.adopt.markup.article import Part
from linkmgr.messages.message import message

_OPENING = re.compile(r"<!-- linkmgr:(?P<block>[\w-]+)(?P<items>(?: [a-z0-9-]+)*) -->\s*")
_CLOSING = re.compile(r"<!-- /linkmgr:(?P<block>[\w-]+) -->\s*")
_KINDS: dict[str, BlockKind] = {"related": "related", "cta": "cta", "books": "books"}
_KIND = re.compile(r'<section class="linkmgr linkmgr-(related|cta|books)[ "]')
_CARD = re.compile(rb'<(?:article|div) class="linkmgr-card">')
# A text in another language than its block says so.
_LANG = r'(?: lang="[\w-]+")?'
_HEADING = re.compile(rf'<h[23] class="linkmgr-(?:heading|title)"{_LANG}>(.*?)</h[23]>', re.DOTALL)
_AUTHOR = re.compile(rf'<p class="linkmgr-author"{_LANG}>(.*?)</p>', re.DOTALL)
_TEXT = re.compile(rf"<p{_LANG}>(.*?)</p>", re.DOTALL)


def find_ejected(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the block whose HTML is `parts[at]`, with the comments around it."""
    if at == 0 or at + 1 >= len(parts):
        return None
    before, part, after = (
        parsed.article.text(each.start, each.end) for each in parts[at - 1 : at + 2]
    )
    opening, closing = _OPENING.fullmatch(before), _CLOSING.fullmatch(after)
    if not (opening and closing and opening["block"] == closing["block"]):
        return None
    kind = _KIND.match(part)
    if kind is None:
        return None
    found = FoundBlock(_KINDS[kind[1]], at - 1, at + 2)
    return _filled(parsed, parts[at], found, opening["items"].split(), opening["block"])


def _filled(
    parsed: ParsedPost, part: Part, found: FoundBlock, ids: Sequence[str], block: str
) -> FoundBlock:
    """Return a block with its items, or with the reason why it stays."""
    if found.kind == "related":
        related = tuple(
            OldRelated(each.url, each.text, parsed.line_at(each.start))
            for each in parsed.anchors(part)
        )
        return replace(found, related=related)
    cards = [*_cards(parsed, part)]
    books: list[OldBook] = []
    ctas: list[OldCta] = []
    for number, (text, links) in enumerate(cards):
        name = ids[number] if len(ids) == len(cards) else ""
        item = (
            _book(parsed, text, links, name)
            if found.kind == "books"
            else _cta(parsed, text, links, name, f"{block}-{number + 1}")
        )
        if isinstance(item, OldBook):
            books.append(item)
        elif item is not None:
            ctas.append(item)
    if not cards or len(books) + len(ctas) < len(cards):
        return replace(found, keep_reason=message("adopt.keep-unknown-form"))
    return replace(found, books=tuple(books), ctas=tuple(ctas))


def _cards(parsed: ParsedPost, part: Part) -> Iterator[tuple[str, list[Anchor]]]:
    starts = [card.start() for card in _CARD.finditer(parsed.raw, part.start, part.end)]
    for start, end in pairwise((*starts, part.end)):
        links = [each for each in parsed.anchors(part) if start <= each.start < end]
        yield parsed.article.text(start, end), links


def _book(parsed: ParsedPost, text: str, links: Sequence[Anchor], name: str) -> OldBook | None:
    entry = Entry(parsed.line_at(links[0].start)) if links else None
    if entry is None:
        return None
    entry.take(parsed, links)
    entry.title = _first(_HEADING, text)
    entry.blurbs = [_first(_TEXT, text)]
    book = entry.book()
    return replace(book, author=_first(_AUTHOR, text), id=name) if book else None


def _cta(
    parsed: ParsedPost, text: str, links: Sequence[Anchor], name: str, placement: str
) -> OldCta | None:
    if len(links) != 1 or parsed.link(links[0]):
        return None
    (link,) = links
    url, utm = split_utm(link.url)
    if utm and utm.content == placement:  # which the build adds
        utm = replace(utm, content=None)
    css_class = None if link.css_class == "linkmgr-button" else link.css_class or None
    line = parsed.line_at(link.start)
    heading, sentence = _first(_HEADING, text), _first(_TEXT, text)
    return OldCta(url, utm, heading, sentence, link.text, css_class, line, id=name)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return " ".join(visible(found[1]).split()) if found else ""
