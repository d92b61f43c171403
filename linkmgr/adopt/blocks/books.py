"""Finding books: in the cards of tools, in Amazon's own widgets, and in sections of a post."""

import re
from collections.abc import Sequence
from dataclasses import replace

from linkmgr.adopt.blocks.disclosures import is_only_disclosure
from linkmgr.adopt.blocks.entries import (
    LONGEST_BLURB,
    BookEntry,
    books_of,
    keep_reasons,
    untitled_products,
)
from linkmgr.adopt.post.anchors import LINK, Anchor, Part, unescape
from linkmgr.adopt.post.names import may_be_title
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost, TextRow
from linkmgr.adopt.post.phrases import (
    ends_sentence,
    is_books_heading,
    is_disclosure,
    is_only_books_heading,
    is_personal,
    names_book,
    refers_to_book,
    sentences_of,
)
from linkmgr.catalog.items import ItemKind
from linkmgr.messages.message import Message, message

# Cards: the HTML of the tools that paste affiliate links.

# The beginning of a tag up to a name of its class. Without the limits here and below, a text of
# many `<div class=` would take cubic time, one of unclosed elements quadratic time.
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


def _card_block(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the books of a part that is nothing but cards, `None` for any other."""
    part = parts[at]
    if part.kind != "html":
        return None
    entries: list[BookEntry] = []
    own: Message | None = None
    after = part.start
    while card := _CARD.search(parsed.raw, after, part.end):
        end = _div_end(parsed.raw, card.start(), min(part.end, card.start() + _LONGEST))
        if end is None or not _AROUND.fullmatch(parsed.raw, after, card.start()):
            return None
        entry, links = _card(parsed, part, card.start(), end)
        entries.append(entry)
        own = own or _own_words(parsed.raw, card.start(), end)
        own = own or entry.leads_elsewhere(parsed, links)
        after = end
    if not entries or not _AROUND.fullmatch(parsed.raw, after, part.end):
        return None
    block = _block_of_entries(entries, at)
    return replace(block, keep_reason=block.keep_reason or own)


def _block_of_entries(entries: Sequence[BookEntry], at: int) -> FoundBlock:
    """Return the part `at` as books, each of which must be one."""
    reason: Message | None = None
    for entry in entries:
        reason = reason or entry.keep_reason()
        if reason is None and entry.book() is None:
            reason = entry.no_book_reason()
    kept = untitled_products(entries)
    books = books_of(entries)
    return FoundBlock("books", at, at + 1, books=books, keep_reason=reason, kept_products=kept)


def _own_words(raw: bytes, start: int, end: int) -> Message | None:
    """Return why a card that its author wrote into stays."""
    for match in _PARAGRAPH.finditer(_DETAIL.sub(b"", raw[start:end])):
        text = _words(LINK.sub(b"", match["inside"]))
        if len(text) > _LONGEST_NOTE and not _OF_TOOL.search(match["attributes"]):
            return message("adopt.keep-author-words")
    return None


def _div_end(raw: bytes, start: int, end: int) -> int | None:
    depth = 0
    for match in _DIV.finditer(raw, start, end):
        if match[1]:
            depth -= 1
        elif not match[2]:
            depth += 1
        if depth == 0:
            return match.end()
    return None


def _card(parsed: ParsedPost, part: Part, start: int, end: int) -> tuple[BookEntry, list[Anchor]]:
    """Return a card's entry, and its links."""
    inside = [*parsed.anchors_between(part, start, end)]
    entry = BookEntry(parsed.line_at(start), box=_box(parsed.raw[start:end]))
    if name := _NAME.search(parsed.raw, start, end):
        entry.name = _words(_POWERED.sub(b"", name["inside"]))
        named = [anchor for anchor in inside if name.start() <= anchor.start < name.end()]
        inside = [*named, *(anchor for anchor in inside if anchor not in named)]
    if detail := _DETAIL.search(parsed.raw, start, end):
        entry.blurbs = [_words(detail["inside"])]
    entry.add_links(parsed, inside)
    return entry, inside


def _box(card: bytes) -> ItemKind | None:
    """Return the kind of a card's item: ヨメレバ makes cards of books, カエレバ of other goods."""
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


# Amazon's own widgets: SiteStripe's links, images and frames, alone in their part.

_SPACE = re.compile(rb"<[^<>]*>|&nbsp;|\s")


def _widget_block(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the books of a part that is nothing but widgets, `None` for any other.

    Each has an image of Amazon's: a link without one may be the article's own.
    """
    part = parts[at]
    links = parsed.anchors(part)
    forms = {link.form for link in links}
    if forms.isdisjoint(("image", "frame")) or (part.kind == "paragraph" and "markdown" in forms):
        return None
    for link in links:
        # In Amazon's picture of a product there is no tag.
        at_amazon = "media-amazon." in link.url or "images-amazon." in link.url
        if not parsed.link(link) and not (link.form == "image" and at_amazon):
            return None
    shown = parsed.raw[part.start : part.end]
    if _SPACE.sub(b"", LINK.sub(b"", shown)):
        return None
    entries = []
    for group in _by_product(parsed, links):
        entry = BookEntry(parsed.line_at(group[0].start))
        entry.add_links(parsed, group)
        entries.append(entry)
    block = _block_of_entries(entries, at)
    follower = _follower(parsed, parts, at + 1)
    # The text after links, as a reader sees them, may refer to them.
    if _SPACE.sub(b"", shown) and follower and refers_to_book(parsed.text(follower)):
        referred = message("adopt.keep-referred", line=follower.first + 1)
        block = replace(block, reason_if_unrepeated=referred)
    return block


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


# Sections: a heading and, under it, books each with its affiliate links.

# Below a post of one or two paragraphs there may be as many books.
_SEVERAL_BOOKS = 3


def find_books(
    parsed: ParsedPost, parts: Sequence[Part], at: int, *, bordered: bool
) -> FoundBlock | None:
    """Return the section of books that begins with `parts[at]`.

    `bordered` says whether a rule or another block comes before it.
    """
    part = parts[at]
    if cards := _cards(parsed, parts, at):
        return cards
    # `None` where rows begin without one.
    heading = parsed.heading(part)
    named, reason = False, None
    if part.kind == "heading" and parsed.affiliate(part):
        # The heading is the first book's own.
        entries, last, reason = _entries(parsed, parts, at, part.level)
        heading = ""
    elif heading is not None and not parsed.anchors(part):
        level = part.level + 1 if part.kind == "heading" else 1
        entries, last, reason = _entries(parsed, parts, at + 1, level)
        named = is_books_heading(heading)
        if part.kind != "heading" and not named:
            return None
    elif part.kind in ("paragraph", "list"):
        entries, last = _row_entries(parsed, part) or [], at + 1
        heading = None
    else:
        return None
    if not entries:
        return None
    pasted = named or bordered or all(entry.labelled and entry.blurbs for entry in entries)
    reason = reason or _keep_reason(entries, pasted=pasted)
    is_section = heading is not None
    if is_section and reason is None and _is_most_of_post(parsed, parts[at:last], entries):
        reason = message("adopt.keep-most-of-post")
    if is_only_books_heading(heading or ""):
        for entry in entries:
            entry.box = ItemKind.BOOKS
    return FoundBlock(
        "books",
        at,
        last,
        heading or "",
        books=books_of(entries),
        keep_reason=reason,
        # As long as no other post has the same, its author may have written it.
        reason_if_unrepeated=_reason_if_unrepeated(parsed, parts, last, entries),
        # The article's own text needs no titles.
        kept_products=untitled_products(entries) if pasted else (),
    )


def _is_most_of_post(parsed: ParsedPost, own: Sequence[Part], entries: Sequence[BookEntry]) -> bool:
    """Whether a section of several books has more text than the rest of its post."""
    if len(entries) < _SEVERAL_BOOKS:
        return False
    inside = {part.start for part in own}
    rest = sum(len(parsed.text(part)) for part in parsed.text_parts if part.start not in inside)
    return sum(len(parsed.text(part)) for part in own) > rest


def _cards(parsed: ParsedPost, parts: Sequence[Part], at: int) -> FoundBlock | None:
    """Return the books of a part that is nothing but cards or widgets, `None` for any other."""
    part = parts[at]
    if part.kind not in ("html", "paragraph") or parsed.raw.find(b"<", part.start, part.end) < 0:
        return None
    return _card_block(parsed, parts, at) or _widget_block(parsed, parts, at)


def _entries(
    parsed: ParsedPost, parts: Sequence[Part], at: int, level: int
) -> tuple[list[BookEntry], int, Message | None]:
    """Return the books from a part on, the part after them, and why they stay."""
    entries: list[BookEntry] = []
    reason: Message | None = None
    while at < len(parts):
        part = parts[at]
        if part.kind == "heading":
            under_heading = _heading_entry(parsed, parts, at) if part.level >= level else None
            if under_heading is None:
                break
            entry, following = under_heading
            if entry.paragraphs > 1 and not entry.labelled:
                if following < len(parts) and _heading_entry(parsed, parts, following):
                    long_blurb = message("adopt.keep-long-blurb")
                    reason = message("adopt.at-line", line=entry.line, reason=long_blurb)
                # Nothing says where the last book's text ends and the article goes on.
                shortest = _heading_entry(parsed, parts, at, paragraphs=1)
                entry, following = shortest or under_heading
            entries.append(entry)
            at = following
        elif _cards(parsed, parts, at):
            # What a card shows is read once, by `find_books`, called for the card alone.
            if not entries:
                return [], at, None
            break
        elif part.kind in ("paragraph", "list") and (rows := _row_entries(parsed, part)):
            entries += rows
            at += 1
        else:
            break
    return entries, at, reason


def _keep_reason(entries: Sequence[BookEntry], *, pasted: bool) -> Message | None:
    """Return why entries stay, `pasted` if they are not the article's own text."""
    for entry in entries:
        if len(entry.blurb) > LONGEST_BLURB:
            too_long = message("adopt.keep-long-blurb")
            return message("adopt.at-line", line=entry.line, reason=too_long)
    for entry, reason in keep_reasons(entries):
        return message("adopt.at-line", line=entry.line, reason=reason)
    return None if pasted else message("adopt.keep-no-books-heading")


def _reason_if_unrepeated(
    parsed: ParsedPost, parts: Sequence[Part], last: int, entries: Sequence[BookEntry]
) -> Message | None:
    """Return why books stay if no other post has them: their author may write about them."""
    for entry in entries:
        if sentences_of(entry.blurb) > 1 or is_personal(entry.blurb):
            return message("adopt.at-line", line=entry.line, reason=message("adopt.keep-personal"))
    follower = _follower(parsed, parts, last)
    if follower is None or parsed.anchors(follower):
        return None
    text = parsed.text(follower)
    refers = refers_to_book(text)
    if not entries[-1].labelled and not is_only_disclosure(text):
        refers = refers or follower.kind != "paragraph" or ends_sentence(text)
    return message("adopt.keep-referred", line=follower.first + 1) if refers else None


def _follower(parsed: ParsedPost, parts: Sequence[Part], last: int) -> Part | None:
    """Return the text right after a section, with nothing that was removed between them."""
    if last == len(parts) or parts[last].kind not in ("paragraph", "list", "quote"):
        return None
    apart = parsed.raw[parts[last - 1].end : parts[last].start].strip()
    return None if apart else parts[last]


def _heading_entry(
    parsed: ParsedPost, parts: Sequence[Part], at: int, *, paragraphs: int | None = None
) -> tuple[BookEntry, int] | None:
    """Return the book under the sub-heading `parts[at]`, and the part after it.

    At most that many paragraphs of its text are taken.
    """
    part = parts[at]
    if part.kind != "heading":
        return None
    entry = BookEntry(part.first + 1)
    links = parsed.anchors(part)
    entry.add_links(parsed, links)
    if links and not entry.links and not entry.cut:
        return None
    heading = "" if links else parsed.heading(part)
    if heading and may_be_title(heading, ""):
        entry.name = heading
    last = at + 1
    while last < len(parts) and parts[last].kind == "paragraph":
        rows = parsed.rows(parts[last])
        if any(_foreign(parsed, row) for row in rows):
            break
        texts = [row for row in rows if not row.anchors]
        is_text_alone = len(texts) == len(rows)
        is_after_book = bool(entry.links) and entry.labelled
        if is_text_alone and (is_after_book or is_disclosure(parsed.text(parts[last]))):
            break
        if texts and entry.paragraphs == paragraphs:
            break
        if texts:
            entry.paragraphs += 1
            entry.blurbs += [row.text for row in texts]
        for row in rows:
            entry.add_links(parsed, row.anchors)
        last += 1
    return (entry, last) if entry.links or entry.cut else None


def _row_entries(parsed: ParsedPost, part: Part) -> list[BookEntry] | None:
    """Return the books of a paragraph or list in which each begins with its link.

    A paragraph that has one book may go on with lines of blurb. `None` where it is anything else.
    """
    if not parsed.affiliate(part):
        return None
    entries: list[BookEntry] = []
    for row in parsed.rows(part):
        if row.anchors:
            before = parsed.raw[row.start : row.anchors[0].start]
            if before.strip(b" \t*_~") or not parsed.link(row.anchors[0]):
                return None
            entries.append(BookEntry(row.line))
            entries[-1].add_links(parsed, row.anchors)
            if blurb := row.rest.strip(" *_:：-–—|→"):
                entries[-1].blurbs.append(blurb)
        elif not entries:
            return None
        elif not is_disclosure(row.text):
            entries[-1].blurbs.append(row.text)
    return entries or None


def _foreign(parsed: ParsedPost, row: TextRow) -> bool:
    """Whether a row is running text with links, or links elsewhere."""
    if not row.anchors:
        return False
    return not row.only_link or not any(parsed.link(anchor) for anchor in row.anchors)
