"""Finding sections of books: a heading and, under it, books each with its affiliate links."""

from collections.abc import Sequence
from dataclasses import replace

from linkmgr.adopt.blocks.cards import card_books
from linkmgr.adopt.blocks.disclosures import only_discloses
from linkmgr.adopt.blocks.entries import LONGEST_BLURB, Entry, doubts, heading_entry, row_entries
from linkmgr.adopt.blocks.parsed_post import Found, Reading
from linkmgr.adopt.blocks.phrases import (
    ends_sentence,
    names_books,
    sentences_of,
    speaks_of_book,
    tells_of_author,
)
from linkmgr.adopt.markup.article import Part


def find_books(reading: Reading, parts: Sequence[Part], at: int, *, bordered: bool) -> Found | None:
    """Return the section of books that begins with `parts[at]`.

    `bordered` says whether a rule or another block stands before it.
    """
    part = parts[at]
    if part.kind in ("html", "paragraph") and (cards := card_books(reading, part)) is not None:
        books, doubt, kept = cards
        return Found("books", at, at + 1, books=books, doubt=doubt, kept=kept)
    heading = reading.heading(part)
    if part.kind == "heading" and reading.affiliate(part):
        entries, last, doubt = _entries(reading, parts, at, part.level)
        named, heading = False, ""
    elif heading is not None and not reading.anchors(part):
        level = part.level + 1 if part.kind == "heading" else 1
        entries, last, doubt = _entries(reading, parts, at + 1, level)
        named = bool(entries) and names_books(heading)
        if part.kind != "heading" and not named:
            return None
    else:
        return _loose(reading, parts, at, bordered=bordered)
    if not entries:
        return None
    doubt = doubt or _doubt(entries, named=named, bordered=bordered)
    found = Found("books", at, last, heading or "", doubt=doubt)
    return _section(
        reading, parts, found, entries, pasted=_is_pasted(entries, named=named, bordered=bordered)
    )


def _entries(
    reading: Reading, parts: Sequence[Part], at: int, level: int
) -> tuple[list[Entry], int, str]:
    """Return the books from a part on, the part after them, and a doubt about them."""
    entries: list[Entry] = []
    doubt = ""
    while at < len(parts):
        part = parts[at]
        if part.kind == "heading":
            if part.level < level or not (found := heading_entry(reading, parts, at)):
                break
            if found[0].paragraphs > 1 and not found[0].labelled:
                if found[1] < len(parts) and heading_entry(reading, parts, found[1]):
                    doubt = f"line {found[0].line}: its text is longer than a blurb"
                # Nothing says where the last book's text ends and the article goes on.
                found = heading_entry(reading, parts, at, paragraphs=1) or found
            entries.append(found[0])
            at = found[1]
        elif part.kind in ("html", "paragraph") and card_books(reading, part) is not None:
            # What a card shows is read once, by `find_books`, when it is asked for the card alone.
            if not entries:
                return [], at, ""
            break
        elif part.kind in ("paragraph", "list") and (rows := row_entries(reading, part)):
            entries += rows
            at += 1
        else:
            break
    return entries, at, doubt


def _loose(reading: Reading, parts: Sequence[Part], at: int, *, bordered: bool) -> Found | None:
    """Return the books of a paragraph that stands under no heading for them."""
    part = parts[at]
    if part.kind not in ("paragraph", "list"):
        return None
    entries = row_entries(reading, part)
    if entries is None:
        return None
    doubt = _doubt(entries, named=False, bordered=bordered)
    found = Found("books", at, at + 1, doubt=doubt)
    return _section(
        reading, parts, found, entries, pasted=_is_pasted(entries, named=False, bordered=bordered)
    )


def _section(
    reading: Reading,
    parts: Sequence[Part],
    found: Found,
    entries: Sequence[Entry],
    *,
    pasted: bool,
) -> Found:
    """Return a section with its books, and the doubt about it where it stands alone.

    In one that is not `pasted`, but may be the article's own text, no title is wanting.
    """
    books = tuple(book for entry in entries if (book := entry.book()))
    alone = _if_alone(reading, parts, found.last, entries)
    kept = tuple(each for entry in entries for each in entry.untitled()) if pasted else ()
    return replace(found, books=books, if_alone=alone, kept=kept)


def _doubt(entries: Sequence[Entry], *, named: bool, bordered: bool) -> str:
    for entry in entries:
        if len(entry.blurb) > LONGEST_BLURB:
            return f"line {entry.line}: its text is longer than a blurb"
    for entry, doubt in doubts(entries):
        return f"line {entry.line}: {doubt}"
    if _is_pasted(entries, named=named, bordered=bordered):
        return ""
    return "no heading says that books follow, so that this may be the article's own text"


def _is_pasted(entries: Sequence[Entry], *, named: bool, bordered: bool) -> bool:
    """Whether entries are no text of the article's own."""
    return named or bordered or all(entry.labelled and entry.blurbs for entry in entries)


def _if_alone(reading: Reading, parts: Sequence[Part], last: int, entries: Sequence[Entry]) -> str:
    """Return the doubt about books of which the author may speak in their own words."""
    for entry in entries:
        if sentences_of(entry.blurb) > 1 or tells_of_author(entry.blurb):
            return f"line {entry.line}: its text may be its author's own"
    follower = _follower(reading, parts, last)
    if follower is None or reading.anchors(follower):
        return ""
    text = reading.text(follower)
    speaks = speaks_of_book(text)
    if not entries[-1].labelled and not only_discloses(text):
        speaks = speaks or follower.kind != "paragraph" or ends_sentence(text)
    return f"line {follower.first + 1} may speak of it" if speaks else ""


def _follower(reading: Reading, parts: Sequence[Part], last: int) -> Part | None:
    """Return the text right after a section, with nothing that was removed between them."""
    if last == len(parts) or parts[last].kind not in ("paragraph", "list", "quote"):
        return None
    apart = reading.raw[parts[last - 1].end : parts[last].start].strip()
    return None if apart else parts[last]
