"""Finding sections of books: a heading and, under it, books each with its affiliate links."""

from collections.abc import Sequence
from dataclasses import replace

from linkmgr.adopt.blocks.cards import Books, card_books
from linkmgr.adopt.blocks.disclosures import is_only_disclosure
from linkmgr.adopt.blocks.entries import (
    LONGEST_BLURB,
    Entry,
    books_of,
    keep_reasons,
    untitled_products,
)
from linkmgr.adopt.blocks.widgets import widget_books
from linkmgr.adopt.markup.article import Part
from linkmgr.adopt.post.parsed_post import FoundBlock, ParsedPost, Row
from linkmgr.adopt.post.phrases import (
    ends_sentence,
    is_books_heading,
    is_disclosure,
    is_only_books_heading,
    is_personal,
    refers_to_book,
    sentences_of,
)
from linkmgr.catalog.items import ItemKind
from linkmgr.messages.message import Message, message


def find_books(
    parsed: ParsedPost, parts: Sequence[Part], at: int, *, bordered: bool
) -> FoundBlock | None:
    """Return the section of books that begins with `parts[at]`.

    `bordered` says whether a rule or another block comes before it.
    """
    part = parts[at]
    if (cards := _cards(parsed, part)) is not None:
        referred = _referred(parsed, parts, at + 1) if cards.is_text else None
        return FoundBlock(
            "books",
            at,
            at + 1,
            books=cards.books,
            keep_reason=cards.keep_reason,
            reason_if_unrepeated=referred,
            kept_products=cards.kept_products,
        )
    heading = parsed.heading(part)
    if part.kind == "heading" and parsed.affiliate(part):
        entries, last, reason = _entries(parsed, parts, at, part.level)
        named, heading = False, ""
    elif heading is not None and not parsed.anchors(part):
        level = part.level + 1 if part.kind == "heading" else 1
        entries, last, reason = _entries(parsed, parts, at + 1, level)
        named = bool(entries) and is_books_heading(heading)
        if part.kind != "heading" and not named:
            return None
    else:
        return _loose(parsed, parts, at, bordered=bordered)
    if not entries:
        return None
    if is_only_books_heading(heading or ""):
        for entry in entries:
            entry.box = ItemKind.BOOKS
    reason = reason or _keep_reason(entries, named=named, bordered=bordered)
    found = FoundBlock("books", at, last, heading or "", keep_reason=reason)
    return _section(
        parsed, parts, found, entries, pasted=_is_pasted(entries, named=named, bordered=bordered)
    )


def _cards(parsed: ParsedPost, part: Part) -> Books | None:
    """Return the books of a part that is nothing but cards or widgets, `None` for any other."""
    if part.kind not in ("html", "paragraph") or parsed.raw.find(b"<", part.start, part.end) < 0:
        return None
    return card_books(parsed, part) or widget_books(parsed, part)


def _entries(
    parsed: ParsedPost, parts: Sequence[Part], at: int, level: int
) -> tuple[list[Entry], int, Message | None]:
    """Return the books from a part on, the part after them, and why they stay."""
    entries: list[Entry] = []
    reason: Message | None = None
    while at < len(parts):
        part = parts[at]
        if part.kind == "heading":
            if part.level < level or not (found := _heading_entry(parsed, parts, at)):
                break
            if found[0].paragraphs > 1 and not found[0].labelled:
                if found[1] < len(parts) and _heading_entry(parsed, parts, found[1]):
                    reason = message(
                        "adopt.at-line", line=found[0].line, reason=message("adopt.keep-long-blurb")
                    )
                # Nothing says where the last book's text ends and the article goes on.
                found = _heading_entry(parsed, parts, at, paragraphs=1) or found
            entries.append(found[0])
            at = found[1]
        elif _cards(parsed, part) is not None:
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


def _loose(
    parsed: ParsedPost, parts: Sequence[Part], at: int, *, bordered: bool
) -> FoundBlock | None:
    """Return the books of a paragraph that no heading announces."""
    part = parts[at]
    if part.kind not in ("paragraph", "list"):
        return None
    entries = _row_entries(parsed, part)
    if entries is None:
        return None
    reason = _keep_reason(entries, named=False, bordered=bordered)
    found = FoundBlock("books", at, at + 1, keep_reason=reason)
    return _section(
        parsed, parts, found, entries, pasted=_is_pasted(entries, named=False, bordered=bordered)
    )


def _section(
    parsed: ParsedPost,
    parts: Sequence[Part],
    found: FoundBlock,
    entries: Sequence[Entry],
    *,
    pasted: bool,
) -> FoundBlock:
    """Return a section with its books, and why it stays if no other post has it.

    In one that is not `pasted`, but may be the article's own text, no title is missing.
    """
    books = books_of(entries)
    alone = _reason_if_unrepeated(parsed, parts, found.last, entries)
    kept = untitled_products(entries) if pasted else ()
    return replace(found, books=books, reason_if_unrepeated=alone, kept_products=kept)


def _keep_reason(entries: Sequence[Entry], *, named: bool, bordered: bool) -> Message | None:
    for entry in entries:
        if len(entry.blurb) > LONGEST_BLURB:
            return message(
                "adopt.at-line", line=entry.line, reason=message("adopt.keep-long-blurb")
            )
    for entry, reason in keep_reasons(entries):
        return message("adopt.at-line", line=entry.line, reason=reason)
    if _is_pasted(entries, named=named, bordered=bordered):
        return None
    return message("adopt.keep-no-books-heading")


def _is_pasted(entries: Sequence[Entry], *, named: bool, bordered: bool) -> bool:
    """Whether entries are no text of the article's own."""
    return named or bordered or all(entry.labelled and entry.blurbs for entry in entries)


def _reason_if_unrepeated(
    parsed: ParsedPost, parts: Sequence[Part], last: int, entries: Sequence[Entry]
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


def _referred(parsed: ParsedPost, parts: Sequence[Part], last: int) -> Message | None:
    """Return that the text after a link to a book refers to it, as in "this book"."""
    follower = _follower(parsed, parts, last)
    if follower is None or not refers_to_book(parsed.text(follower)):
        return None
    return message("adopt.keep-referred", line=follower.first + 1)


def _follower(parsed: ParsedPost, parts: Sequence[Part], last: int) -> Part | None:
    """Return the text right after a section, with nothing that was removed between them."""
    if last == len(parts) or parts[last].kind not in ("paragraph", "list", "quote"):
        return None
    apart = parsed.raw[parts[last - 1].end : parts[last].start].strip()
    return None if apart else parts[last]


def _heading_entry(
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


def _row_entries(parsed: ParsedPost, part: Part) -> list[Entry] | None:
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
