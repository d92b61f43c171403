"""Finding blocks whose line breaks were lost, so that they stand in one line.

… text --- ### あわせて読みたい - [title](/url/) --- ## heading text [label](/url?utm…) …
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from linkmgr.adopt.anchors import Anchor, classes_of
from linkmgr.adopt.article import Line, Part
from linkmgr.adopt.ctas import split_utm
from linkmgr.adopt.entries import LONGEST_BLURB, Entry
from linkmgr.adopt.model import OldBlock, OldBook, OldCta, OldRelated
from linkmgr.adopt.notices import only_discloses
from linkmgr.adopt.reading import Reading
from linkmgr.adopt.wording import is_label, names_books, names_related

_SEPARATOR = re.compile(rb"(?:(?<=[ \t])|^)---[ \t]+(?=#{1,6}[ \t]|[*\xe2(])", re.MULTILINE)
_HEADING = re.compile(rb"(#{1,6})[ \t]+")
_ATTRIBUTES = re.compile(r"\s*\{:[^}]*\}\s*")


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
        yield from _in_line(reading, part, line)
        if marker := reading.raw[line.end : line.after].rstrip(b"\r\n"):
            end = line.end + len(marker)
            yield OldBlock("marker", line.end, end, reading.line_at(line.end))


def _in_line(reading: Reading, part: Part, line: Line) -> Sequence[OldBlock]:
    if reading.raw.find(b"--- #", line.start, line.end) < 0:
        return ()
    cuts = [found.span() for found in _SEPARATOR.finditer(reading.raw, line.start, line.end)]
    cuts.append((line.end, line.end))
    blocks: list[OldBlock] = []
    for cut, (after, _) in reversed(list(pairwise(cuts))):
        block = _block(reading, part, _Piece(*cut, after))
        if block is None:
            break
        blocks.insert(0, block)
    return blocks


def _block(reading: Reading, part: Part, piece: _Piece) -> OldBlock | None:
    """Return the block that a piece is, `None` for anything else."""
    inside = tuple(each for each in reading.anchors(part) if piece.inside <= each.start < piece.end)
    line = reading.line_at(piece.start)
    block = OldBlock("disclosure", piece.start, piece.end, line)
    heading = _HEADING.match(reading.raw, piece.inside, piece.end)
    if heading is None:
        only = only_discloses(reading.article.text(piece.inside, piece.end))
        return block if only and not inside else None
    if not inside:
        return None
    name = reading.article.text(heading.end(), inside[0].start)
    ends = (*(each.start for each in inside[1:]), piece.end)
    texts = [reading.article.text(each.end, end) for each, end in zip(inside, ends, strict=True)]
    if names_related(re.sub(r"\s+[-*+]?\s*$", "", name)):
        if any(text.strip(" -*+") for text in texts) or not _own(reading, inside):
            return None
        related = tuple(OldRelated(each.url, each.text, line) for each in inside)
        return replace(block, kind="related", related=related)
    if names_books(re.sub(r"[\s#*_]+$", "", name)):
        books = _books(reading, inside, texts, line)
        return None if books is None else replace(block, kind="books", books=books)
    cta = _cta(name, inside, texts, line)
    return replace(block, kind="cta", ctas=(cta,)) if cta else None


def _own(reading: Reading, links: Sequence[Anchor]) -> bool:
    return all(each.form == "cut" or reading.live.own(each.url) for each in links)


def _books(
    reading: Reading, links: Sequence[Anchor], texts: Sequence[str], line: int
) -> tuple[OldBook, ...] | None:
    """Return the books of a piece: each link that is no "see more" begins one.

    After "see more" no text may follow, and none that is longer than a blurb anywhere.
    """
    entries: list[Entry] = []
    for link, text in zip(links, texts, strict=True):
        blurb = text.strip(" *_#-")
        label = is_label(link.text)
        if len(blurb) > LONGEST_BLURB or (label and blurb):
            return None
        if not (link.form == "cut" or reading.link(link)):
            return None
        if not (label and entries):
            entries.append(Entry(line))
        entries[-1].take(reading, (link,))
        if blurb:
            entries[-1].blurbs.append(blurb)
    if any(entry.doubt() for entry in entries):
        return None
    return tuple(book for entry in entries if (book := entry.book()))


def _cta(name: str, links: Sequence[Anchor], texts: Sequence[str], line: int) -> OldCta | None:
    attributes = _ATTRIBUTES.fullmatch(texts[0])
    url, utm = split_utm(links[0].url)
    if len(links) > 1 or utm is None or not (attributes or not texts[0].strip()):
        return None
    heading, _, text = name.strip().partition(" ")
    css_class = classes_of(attributes[0]) if attributes else ""
    return OldCta(url, utm, heading, text.strip(), links[0].text, css_class or None, line)
