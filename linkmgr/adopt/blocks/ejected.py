"""Finding the blocks that `linkmgr eject` left: linkmgr's own HTML between two comments."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from linkmgr.adopt.blocks.ctas import split_utm
from linkmgr.adopt.blocks.entries import BookEntry
from linkmgr.adopt.post.anchors import Anchor, Part, unescape
from linkmgr.adopt.post.model import (
    OldBook,
    OldCta,
    OldProduct,
    OldRelated,
    OwnWords,
)
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost
from linkmgr.adopt.post.products import with_newlines
from linkmgr.blocks.link_views import BUTTON_CLASS
from linkmgr.catalog.blocks import BOOKS, CTA, KINDS, PRODUCTS, RELATED
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.reading.ids import id_problem
from linkmgr.links.model import IssuedCode
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.recognition.issued_code import read_code
from linkmgr.links.urls import target_problem
from linkmgr.messages.message import Message, message, readable

_OPENING = re.compile(r"<!-- linkmgr:(?P<block>[\w-]+)(?P<items>(?: [a-z0-9-]+)*) -->\s*")
_CLOSING = re.compile(r"<!-- /linkmgr:(?P<block>[\w-]+) -->\s*")
_KIND = re.compile(r'<div class="linkmgr linkmgr-([\w-]+)[ "]')
_CARD = re.compile(r'<div class="linkmgr-card"[^<>]*>')
_CARD_BYTES = re.compile(_CARD.pattern.encode())
# Elements of the same name do not nest in linkmgr's HTML: the next one ends an unclosed one.
_IN_P = r"(?:(?!</?p[ >]).)*+"
# A text in another language than its block says so.
_LANG = r'(?: lang="[\w-]+")?'
_LABEL = re.compile(rf'<p class="linkmgr-label"{_LANG}>{_IN_P}</p>', re.DOTALL)
_DISCLOSURE = re.compile(rf'<p class="linkmgr-disclosure"{_LANG}>{_IN_P}</p>', re.DOTALL)
_HEADING = re.compile(
    rf'<h[2-6] class="linkmgr-heading"{_LANG}>(?:(?!</?h[2-6]).)*+</h[2-6]>', re.DOTALL
)
_TITLE = re.compile(rf'<p class="linkmgr-title"{_LANG}>({_IN_P})</p>', re.DOTALL)
_AUTHOR = re.compile(rf'<p class="linkmgr-by"{_LANG}>({_IN_P})</p>', re.DOTALL)
_TEXT = re.compile(rf'<p class="linkmgr-blurb"{_LANG}>({_IN_P})</p>', re.DOTALL)
_LINK = re.compile(r"<a\b[^<>]*>(?:(?!</?a[ >]).)*+</a>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_COVER = re.compile(r'<span class="linkmgr-cover"><img\s+src="([^"<>]*)"[^<>]*></span>')
_NO_COVER = re.compile(
    r'<span class="linkmgr-cover linkmgr-blank" aria-hidden="true"><span>[^<>]*</span></span>'
)
_BADGE = re.compile(rf'<p class="linkmgr-badge"{_LANG}><span>([^<>]*)</span></p>')
_RATING = re.compile(
    r'<p class="linkmgr-rating">'
    r'(?:<span aria-hidden="true">[★☆]{5}</span> <b>(?P<rating>[\d.]+)</b>/5'
    r" <small>[^<>]*</small>)?"
    r'(?: <a href="(?P<review>[^"<>]*)">[^<>]*</a>)?</p>'
)
_PRICE = re.compile(
    rf'<p class="linkmgr-price"><b{_LANG}>([^<>]*)</b> '
    r'<small>[^<>]*<time datetime="[\d-]*">[^<>]*</time>[^<>]*</small></p>'
)
_SALE = re.compile(r'<p class="linkmgr-sale">(?:(?!</p>).)*+</p>', re.DOTALL)
_HREF = re.compile(r'href="([^"<>]*)"')
_DATE = re.compile(r'<time datetime="[\d-]*">[^<>]*</time>')
_CODE = re.compile(r'<div class="[^"<>]*\blinkmgr-code">((?:(?!</?div).)*+)</div>', re.DOTALL)
# What comes after a card's texts, whose blurb may be missing.
_ACTIONS = '<div class="linkmgr-actions">'
# The tags that linkmgr writes around an item's texts and links.
_FRAME = re.compile(r"</?(?:div|ul|li|p)\b[^<>]*>")

_UNKNOWN = message("adopt.keep-unknown-form")


def find_ejected(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the block whose HTML is `parts[at]`, with the comments around it."""
    if at == 0 or at + 1 >= len(parts):
        return None
    before, part, after = (
        parsed.article.text(piece.start, piece.end) for piece in parts[at - 1 : at + 2]
    )
    opening, closing = _OPENING.fullmatch(before), _CLOSING.fullmatch(after)
    if not (opening and closing and opening["block"] == closing["block"]):
        return None
    kind = _KIND.match(part)
    if kind is None or kind[1] not in KINDS:
        return None
    block = FoundBlock(kind[1], at - 1, at + 2)
    ids = opening["items"].split()
    if KINDS[kind[1]].compares:  # its words are the catalog's
        return replace(block, compared=tuple(ids))
    return _filled(parsed, parts[at], block, ids, block=opening["block"])


def _filled(
    parsed: ParsedPost, part: Part, recognised: FoundBlock, ids: Sequence[str], *, block: str
) -> FoundBlock:
    """Return a block with its items, or with the reason why it stays.

    Its author may have written into the HTML; a catalog has no place for that.
    """
    section = parsed.article.text(part.start, part.end)
    # A book is known by its ASIN, which issued code lacks.
    if _has_additions(section if recognised.kind == BOOKS.name else _CODE.sub("", section)):
        return replace(recognised, keep_reason=message("adopt.keep-author-words"))
    if recognised.kind == RELATED.name:
        return _related(parsed, part, recognised)
    cards = [*_cards(parsed, part)]
    if recognised.kind == PRODUCTS.name:
        return _products(parsed, cards, recognised, ids)
    if recognised.kind not in (BOOKS.name, CTA.name):
        return replace(recognised, keep_reason=_UNKNOWN)
    books: list[OldBook] = []
    ctas: list[OldCta] = []
    reasons = [] if cards else [_UNKNOWN]
    for number, (text, links) in enumerate(cards):
        name = ids[number] if len(ids) == len(cards) and not id_problem(ids[number]) else ""
        item = (
            _book(parsed, text, links, name)
            if recognised.kind == BOOKS.name
            else _cta(parsed, text, links, name, placement=f"{block}-{number + 1}")
        )
        if isinstance(item, OldBook):
            books.append(item)
        elif isinstance(item, OldCta):
            ctas.append(item)
        else:
            reasons.append(item)
    if reasons:
        return replace(recognised, keep_reason=reasons[0])
    return replace(recognised, books=tuple(books), ctas=tuple(ctas))


def _related(parsed: ParsedPost, part: Part, block: FoundBlock) -> FoundBlock:
    links = [anchor for anchor in parsed.anchors(part) if anchor.form == "tag"]
    related = []
    for link, following in zip_longest(links, links[1:]):
        row = parsed.article.text(link.start, following.start if following else part.end)
        line = parsed.line_at(link.start)
        related.append(OldRelated(link.url, link.text, line, _first(_TEXT, row)))
    own = all(parsed.live.own_path(link.url) for link in links)
    reason = None if own else message("adopt.keep-link-to-other-site")
    return replace(block, related=tuple(related), keep_reason=reason)


def addresses_of_sales(html: str) -> frozenset[str]:
    """Return the addresses that lines about sales link, which are their programmes', in HTML."""
    lines = "".join(_SALE.findall(html))
    return frozenset(map(unescape, _HREF.findall(lines)))


def _cards(parsed: ParsedPost, part: Part) -> Iterator[tuple[str, list[Anchor]]]:
    starts = [card.start() for card in _CARD_BYTES.finditer(parsed.raw, part.start, part.end)]
    for start, end in pairwise((*starts, part.end)):
        text = parsed.article.text(start, end)
        of_sales = addresses_of_sales(text)
        links = [
            link
            for link in parsed.anchors_between(part, start, end)
            if link.form == "tag" and link.url not in of_sales  # `[a](b)` in a title is none
        ]
        yield text, links


def _book(parsed: ParsedPost, text: str, links: Sequence[Anchor], name: str) -> OldBook | Message:
    """Return a card's book, or why it stays."""
    if not links:
        return _UNKNOWN
    words = _own_words(parsed, text)
    links = _without_review(links, text)
    entry = BookEntry(parsed.line_at(links[0].start), box=ItemKind.BOOKS)
    entry.add_links(parsed, links)
    entry.name = _first(_TITLE, text)
    entry.blurbs = [_first(_TEXT, text)]
    book = entry.book()
    if book is None:
        return entry.no_book_reason()
    if _CODE.search(text):  # of a further shop, which would lose it to its mere address
        return _UNKNOWN
    if len(entry.links) + len(entry.others) < len(links):
        return message("adopt.keep-link-to-no-shop")
    cover = parsed.live.without_base(_first(_COVER, text))
    cover = "" if target_problem(cover) else cover
    return replace(book, author=_first(_AUTHOR, text), cover=cover, id=name, words=words)


def _own_words(parsed: ParsedPost, text: str) -> OwnWords:
    """Return the owner's own texts of a card's good, other than its blurb."""
    rated = _RATING.search(text)
    review = unescape(rated["review"]) if rated and rated["review"] else ""
    return OwnWords(
        badge=_first(_BADGE, text) or None,
        rating=float(rated["rating"]) if rated and rated["rating"] else None,
        review=readable(parsed.live.without_base(review)) or None,
        price=_first(_PRICE, text),
    )


def _without_review(links: Sequence[Anchor], text: str) -> list[Anchor]:
    """Return the links of a card that lead to shops."""
    rated = _RATING.search(text)
    review = rated["review"] if rated else None
    return [link for link in links if link.url != review]


def _products(
    parsed: ParsedPost,
    cards: Sequence[tuple[str, list[Anchor]]],
    block: FoundBlock,
    ids: Sequence[str],
) -> FoundBlock:
    if not cards or len(ids) != len(cards):
        return replace(block, keep_reason=_UNKNOWN)
    products = tuple(
        OldProduct(
            id=name,
            title=_first(_TITLE, text),
            maker=_first(_AUTHOR, text),
            blurb=_first(_TEXT, text),
            image=parsed.live.without_base(_attribute(_COVER, text)),
            links=tuple(link.url for link in _without_review(links, text)),
            words=_own_words(parsed, text),
        )
        for name, (text, links) in zip(ids, cards, strict=True)
    )
    return replace(block, products=products)


def _cta(
    parsed: ParsedPost, text: str, links: Sequence[Anchor], name: str, *, placement: str
) -> OldCta | Message:
    """Return a card's call to action, or why it stays."""
    if len(links) != 1:
        return _UNKNOWN
    if issued := _CODE.search(text):
        return _cta_of_code(text, issued[1], name, parsed.line_at(links[0].start))
    if parsed.link(links[0]):
        return message("adopt.keep-affiliate-cta")
    (link,) = links
    url, utm = split_utm(parsed.live.without_base(link.url))
    if utm and utm.content == placement:  # which the build adds
        utm = replace(utm, content=None)
    css_class = None if link.css_class == BUTTON_CLASS else link.css_class or None
    line = parsed.line_at(link.start)
    heading, sentence = _first(_TITLE, text), _first(_TEXT, text)
    label = _words(parsed.article.text(link.start, link.end))
    return OldCta(url, utm, heading, sentence, label, css_class, line, id=name)


def _cta_of_code(text: str, issued: str, name: str, line: int) -> OldCta | Message:
    code = read_code(with_newlines(issued), packaged_profiles())
    if not isinstance(code, IssuedCode):
        return _UNKNOWN
    heading, sentence = _first(_TITLE, text), _first(_TEXT, text)
    return OldCta(code.url, None, heading, sentence, "", None, line, id=name, code=code.text)


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text.partition(_ACTIONS)[0])
    return _words(match[1]) if match else ""


def _attribute(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return unescape(match[1]) if match else ""


def _words(markup: str) -> str:
    """Return the text of a piece of HTML, in which Markdown means nothing."""
    return " ".join(unescape(_TAG.sub("", markup)).split())


def _has_additions(section: str) -> bool:
    """Whether a block has more in it than its items, its heading, its ad label and disclosure."""
    frame, *cards = _CARD.split(section)
    if not cards:  # related posts
        for field in (_COVER, _TEXT, _DATE):
            frame = field.sub("", frame)
    pieces = [_LABEL.sub("", _HEADING.sub("", frame, count=1), count=1)]
    pieces += (_DISCLOSURE.sub("", _SALE.sub("", _without_fields(card))) for card in cards)
    return any(_FRAME.sub("", _LINK.sub("", piece)).strip() for piece in pieces)


def _without_fields(card: str) -> str:
    fields, actions, rest = card.partition(_ACTIONS)
    for field in (_TITLE, _AUTHOR, _TEXT, _COVER, _NO_COVER, _BADGE, _RATING, _PRICE):
        fields = field.sub("", fields, count=1)
    return fields + actions + rest
