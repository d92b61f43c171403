"""Finding blocks whose line breaks were lost, so that they stand in one line.

… text --- ### あわせて読みたい - [title](/url/) --- ## heading text [label](/url?utm…) …
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from linkmgr.adopt.blocks.ctas import split_utm
from linkmgr.adopt.blocks.disclosures import only_discloses
from linkmgr.adopt.blocks.entries import LONGEST_BLURB, Entry, doubts
from linkmgr.adopt.blocks.model import OldBlock, OldCta, OldRelated
from linkmgr.adopt.blocks.parsed_post import Reading
from linkmgr.adopt.blocks.phrases import is_label, names_books, names_related
from linkmgr.adopt.markup.anchors import Anchor, classes_of
from linkmgr.adopt.markup.article import Line, Part
from linkmgr.adopt.markup.parts import article_of

_SEPARATOR = re.compile(rb"(?:(?<=[ \t])|^)---[ \t]+(?=#{1,6}[ \t]|[*\xe2(])", re.MULTILINE)
_HEADING = re.compile(rb"(#{1,6})[ \t]+")
_ATTRIBUTES = re.compile(r"\s*\{:[^}]*\}\s*")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a line from one separator to the next; its content begins at `inside`."""

    start: int
    inside: int
    end: int


def without_flattened(reading: Reading) -> tuple[Reading, list[OldBlock], set[int]]:
    """Return a post to search further, the blocks in its lines, and the parts that are such alone.

    What else is in a part is searched as it will stand: with blanks in the place of those blocks.
    """
    found: list[OldBlock] = []
    alone: set[int] = set()
    raw = bytearray(reading.raw)
    ends: dict[int, int] = {}
    for part in reading.article.parts:
        if part.kind not in ("paragraph", "heading", "list", "quote"):
            continue
        blocks = [*_find(reading, part)]
        found += blocks
        sure = [block for block in blocks if block.sure]
        if not sure:
            continue
        starts = [part.start, *(block.end for block in sure)]
        stops = [*(block.start for block in sure), part.end]
        if not any(raw[start:stop].strip() for start, stop in zip(starts, stops, strict=True)):
            alone.add(part.start)
            continue
        for block in sure:
            raw[block.start : block.end] = b" " * (block.end - block.start)
            line = reading.article.lines[block.line - 1]
            ends[line.start] = line.start + len(raw[line.start : line.end].rstrip(b" \t"))
    if ends:
        reading = Reading(article_of(bytes(raw), ends), reading.live, reading.titles)
    return reading, found, alone


def _find(reading: Reading, part: Part) -> Iterator[OldBlock]:
    """Yield the blocks in a part's lines; those are sure that nothing but a marker follows."""
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
    ended = True
    for cut, (after, _) in reversed(list(pairwise(cuts))):
        block = _block(reading, part, _Piece(*cut, after))
        if block and block.sure and not ended:
            block = replace(block, sure=False, doubt="what follows it in its line stays")
        ended = ended and block is not None and block.sure
        if block:
            blocks.insert(0, block)
    return blocks


def _block(reading: Reading, part: Part, piece: _Piece) -> OldBlock | None:
    """Return the block that a piece is or, with a doubt, resembles; `None` for anything else."""
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
        related = tuple(OldRelated(each.url, each.text, line) for each in inside)
        return _doubted(
            replace(block, kind="related", related=related), _more(reading, inside, texts)
        )
    if names_books(re.sub(r"[\s#*_]+$", "", name)):
        entries, doubt = _entries(reading, inside, texts, line)
        books = tuple(book for entry in entries if (book := entry.book()))
        kept = tuple(each for entry in entries for each in entry.untitled())
        return _doubted(replace(block, kind="books", books=books, kept=kept), doubt)
    cta = _cta(name, inside[0], texts[0], line)
    if cta is None:
        return None
    doubt = "there is more in it than one link" if len(inside) > 1 or _follows(texts[0]) else ""
    return _doubted(replace(block, kind="cta", ctas=(cta,)), doubt)


def _doubted(block: OldBlock, doubt: str) -> OldBlock:
    return replace(block, sure=not doubt, doubt=doubt)


def _more(reading: Reading, links: Sequence[Anchor], texts: Sequence[str]) -> str:
    """Return the doubt about a list of related posts: what else is in it."""
    if any(text.strip(" \t-*+") for text in texts):
        return "there is more in it than links"
    own = all(each.form == "cut" or reading.live.own(each.url) for each in links)
    return "" if own else "a link in it leads to another site"


def _entries(
    reading: Reading, links: Sequence[Anchor], texts: Sequence[str], line: int
) -> tuple[list[Entry], str]:
    """Return the books of a piece, each begun by a link that is no "see more", and a doubt.

    After "see more" no text may follow, and none that is longer than a blurb anywhere.
    """
    entries: list[Entry] = []
    doubt = ""
    for link, text in zip(links, texts, strict=True):
        blurb = text.strip(" \t*_#-")
        label = is_label(link.text)
        if len(blurb) > LONGEST_BLURB:
            doubt = doubt or "its text is longer than a blurb"
        elif label and blurb:
            doubt = doubt or "text follows its last link"
        if not (link.form == "cut" or reading.link(link)):
            doubt = doubt or "a link in it is none to a shop"
        if not (label and entries):
            entries.append(Entry(line))
        entries[-1].take(reading, (link,))
        if blurb:
            entries[-1].blurbs.append(blurb)
    return entries, doubt or next((why for _, why in doubts(entries)), "")


def _cta(name: str, link: Anchor, after: str, line: int) -> OldCta | None:
    """Return the call to action of a piece whose first link has UTM parameters."""
    url, utm = split_utm(link.url)
    if utm is None:
        return None
    heading, _, text = name.strip().partition(" ")
    attributes = _ATTRIBUTES.match(after)
    css_class = classes_of(attributes[0]) if attributes else ""
    return OldCta(url, utm, heading, text.strip(), link.text, css_class or None, line)


def _follows(text: str) -> bool:
    """Whether a link is followed by more than its attribute list."""
    return bool(text.strip()) and not _ATTRIBUTES.fullmatch(text)
