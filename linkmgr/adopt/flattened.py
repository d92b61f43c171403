"""Finding blocks whose line breaks were lost, so that they stand in one line.

    … text --- ### あわせて読みたい - [title](/url/) --- ## heading text [label](/url?utm…) …
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from linkmgr.adopt.anchors import Anchor
from linkmgr.adopt.ctas import split_utm
from linkmgr.adopt.entries import Entry
from linkmgr.adopt.markup import Part, without_marker
from linkmgr.adopt.model import OldBlock, OldBook, OldCta, OldRelated
from linkmgr.adopt.reading import Reading
from linkmgr.adopt.wording import is_disclosure, is_label, names_books, names_related

_SEPARATOR = re.compile(rb"(?:(?<=[ \t])|^)---[ \t]+(?=#{1,6}[ \t]|[*\xe2(])", re.MULTILINE)
_HEADING = re.compile(rb"(#{1,6})[ \t]+")
_ATTRIBUTES = re.compile(r"\s*\{:\s*[^}]*\}\s*$")
_CLASS = re.compile(r"\.([\w-]+)")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a line from one separator to the next; its content begins at `inside`."""

    start: int
    inside: int
    end: int


def find_flattened(reading: Reading, part: Part) -> Iterator[OldBlock]:
    """Yield the blocks at the ends of a part's lines; nothing but a marker may follow them."""
    if reading.raw.find(b"---", part.start, part.end) < 0:
        return
    for line in reading.article.lines[part.first : part.last]:
        end = without_marker(reading.raw, line.start, line.end)
        yield from _in_line(reading, part, line.start, end)
        if end < line.end:
            yield OldBlock("marker", end, line.end, reading.line_at(end))


def _in_line(reading: Reading, part: Part, line: int, end: int) -> Sequence[OldBlock]:
    if reading.raw.find(b"--- #", line, end) < 0:
        return ()
    cuts = [found.span() for found in _SEPARATOR.finditer(reading.raw, line, end)]
    cuts.append((end, end))
    blocks: list[OldBlock] = []
    for cut, (after, _) in reversed(list(pairwise(cuts))):
        block = _block(reading, part, _Piece(*cut, after))
        if block is None:
            break
        blocks.insert(0, block)
    return blocks


def _block(reading: Reading, part: Part, piece: _Piece) -> OldBlock | None:
    """Return the block that a piece is, `None` for anything else."""
    inside = tuple(
        each for each in reading.anchors(part) if piece.inside <= each.start < piece.end
    )
    text = reading.article.text(piece.inside, piece.end)
    line = reading.line_at(piece.start)
    heading = _HEADING.match(reading.raw, piece.inside, piece.end)
    if heading is None:
        if inside or not is_disclosure(text):
            return None
        return OldBlock("disclosure", piece.start, piece.end, line)
    if not inside:
        return None
    name = reading.article.text(heading.end(), inside[0].start)
    if names_related(re.sub(r"\s+[-*+]?\s*$", "", name)):
        if not all(reading.live.own(each.url) or each.form == "cut" for each in inside):
            return None
        related = tuple(OldRelated(each.url, each.text, line) for each in inside)
        return OldBlock("related", piece.start, piece.end, line, related=related)
    if all(reading.link(each) or each.form == "cut" for each in inside):
        if not names_books(re.sub(r"[\s#*_]+$", "", name)):
            return None
        books = tuple(_books(reading, inside, piece.end, line))
        return OldBlock("books", piece.start, piece.end, line, books=books)
    cta = _cta(reading, name, inside, piece, line)
    return OldBlock("cta", piece.start, piece.end, line, ctas=(cta,)) if cta else None


def _books(
    reading: Reading, inside: tuple[Anchor, ...], end: int, line: int
) -> Iterator[OldBook]:
    """Yield the books of a piece: each link that is no "see more" begins one."""
    entry: Entry | None = None
    for anchor, after in zip(inside, (*(each.start for each in inside[1:]), end), strict=True):
        if entry is None or not is_label(anchor.text):
            if entry and (book := entry.book()):
                yield book
            entry = Entry(line)
        entry.take(reading, (anchor,))
        if blurb := reading.article.text(anchor.end, after).strip(" *_#-\n"):
            entry.blurbs.append(blurb)
    if entry and (book := entry.book()):
        yield book


def _cta(
    reading: Reading, name: str, inside: tuple[Anchor, ...], piece: _Piece, line: int
) -> OldCta | None:
    anchor = inside[0]
    rest = reading.article.text(anchor.end, piece.end)
    attributes = _ATTRIBUTES.match(rest)
    url, utm = split_utm(anchor.url)
    if len(inside) > 1 or utm is None or (rest.strip() and not attributes):
        return None
    heading, _, text = name.strip().partition(" ")
    css_class = " ".join(_CLASS.findall(attributes[0])) if attributes else ""
    return OldCta(url, utm, heading, text.strip(), anchor.text, css_class or None, line)
