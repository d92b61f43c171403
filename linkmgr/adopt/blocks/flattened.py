"""Finding blocks whose line breaks were lost, so that they are one line.

… text --- ### あわせて読みたい - [title](/url/) --- ## heading text [label](/url?utm…) …
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from linkmgr.adopt.blocks.ctas import split_utm
from linkmgr.adopt.blocks.disclosures import is_only_disclosure
from linkmgr.adopt.blocks.entries import (
    LONGEST_BLURB,
    BookEntry,
    books_of,
    keep_reasons,
    untitled_products,
)
from linkmgr.adopt.post.anchors import Anchor, Part, TextLine, classes_of
from linkmgr.adopt.post.model import OldBlock, OldCta, OldRelated
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.adopt.post.parts import article_of
from linkmgr.adopt.post.phrases import is_books_heading, is_label, is_related_heading
from linkmgr.adopt.post.products import code_reason_in
from linkmgr.messages.message import Message, message

_SEPARATOR = re.compile(rb"(?:(?<=[ \t])|^)---[ \t]+(?=#{1,6}[ \t]|[*\xe2(])", re.MULTILINE)
_HEADING = re.compile(rb"(#{1,6})[ \t]+")
# The mark of a list's first item, after the heading in the same line.
_LIST_MARK = re.compile(r"(?<!\s)\s+[-*+]$")
_ATTRIBUTES = re.compile(r"\s*\{:[^}]*\}\s*")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a line from one separator to the next; its content begins at `inside`."""

    start: int
    inside: int
    end: int


def without_flattened(parsed: ParsedPost) -> tuple[ParsedPost, list[OldBlock], set[int]]:
    """Return a post to search further, the blocks in its lines, and the parts that are only blocks.

    The rest of a part is searched with blanks in place of those blocks.
    """
    in_lines: list[OldBlock] = []
    only_blocks: set[int] = set()
    raw = bytearray(parsed.raw)
    ends: dict[int, int] = {}
    for part in parsed.article.parts:
        if part.kind not in ("paragraph", "heading", "list", "quote"):
            continue
        blocks = [*_find(parsed, part)]
        in_lines += blocks
        sure = [block for block in blocks if block.removable]
        if not sure:
            continue
        starts = [part.start, *(block.end for block in sure)]
        stops = [*(block.start for block in sure), part.end]
        if not any(raw[start:stop].strip() for start, stop in zip(starts, stops, strict=True)):
            only_blocks.add(part.start)
            continue
        for block in sure:
            raw[block.start : block.end] = b" " * (block.end - block.start)
            line = parsed.article.lines[block.line - 1]
            ends[line.start] = line.start + len(raw[line.start : line.end].rstrip(b" \t"))
    if ends:
        parsed = ParsedPost(article_of(bytes(raw), ends), parsed.live, parsed.titles)
    return parsed, in_lines, only_blocks


def _find(parsed: ParsedPost, part: Part) -> Iterator[OldBlock]:
    """Yield the blocks in a part's lines; those that only a marker follows leave."""
    if parsed.raw.find(b"---", part.start, part.end) < 0:
        return
    for line in parsed.article.lines[part.first : part.last]:
        yield from _in_line(parsed, part, line)
        if marker := parsed.raw[line.end : line.after].rstrip(b"\r\n"):
            end = line.end + len(marker)
            yield OldBlock("marker", line.end, end, parsed.line_at(line.end))


def _in_line(parsed: ParsedPost, part: Part, line: TextLine) -> Sequence[OldBlock]:
    if parsed.raw.find(b"--- #", line.start, line.end) < 0:
        return ()
    cuts = [match.span() for match in _SEPARATOR.finditer(parsed.raw, line.start, line.end)]
    cuts.append((line.end, line.end))
    blocks: list[OldBlock] = []
    ended = True
    for cut, (after, _) in reversed(list(pairwise(cuts))):
        block = _block(parsed, part, _Piece(*cut, after))
        if block and block.removable:
            reason = code_reason_in(parsed, block.start, block.end)
            block = replace(block, keep_reason=reason)
        if block and block.removable and not ended:
            block = replace(block, keep_reason=message("adopt.keep-line-rest"))
        ended = ended and block is not None and block.removable
        if block:
            blocks.append(block)
    return blocks[::-1]


def _block(parsed: ParsedPost, part: Part, piece: _Piece) -> OldBlock | None:
    """Return the block that a piece is or, with a reason, resembles; `None` for anything else."""
    inside = parsed.anchors_between(part, piece.inside, piece.end)
    line = parsed.line_at(piece.start)
    block = OldBlock("disclosure", piece.start, piece.end, line, part_end=part.end)
    heading = _HEADING.match(parsed.raw, piece.inside, piece.end)
    if heading is None:
        only = is_only_disclosure(parsed.article.text(piece.inside, piece.end))
        return block if only and not inside else None
    if not inside:
        return None
    name = parsed.article.text(heading.end(), inside[0].start)
    ends = (*(anchor.start for anchor in inside[1:]), piece.end)
    texts = [parsed.article.text(anchor.end, end) for anchor, end in zip(inside, ends, strict=True)]
    if is_related_heading(_LIST_MARK.sub("", name.rstrip())):
        related = tuple(OldRelated(anchor.url, anchor.text, line) for anchor in inside)
        return replace(
            block, kind="related", related=related, keep_reason=_more(parsed, inside, texts)
        )
    if is_books_heading(name.rstrip(" \t#*_")):
        entries, reason = _entries(parsed, inside, texts, line)
        books = books_of(entries)
        kept = untitled_products(entries)
        return replace(block, kind="books", books=books, kept_products=kept, keep_reason=reason)
    cta = _cta(parsed, name, inside[0], texts[0], line=line)
    if cta is None:
        return None
    more = len(inside) > 1 or _follows(texts[0])
    reason = message("adopt.keep-more-than-one-link") if more else None
    return replace(block, kind="cta", ctas=(cta,), keep_reason=reason)


def _more(parsed: ParsedPost, links: Sequence[Anchor], texts: Sequence[str]) -> Message | None:
    """Return why a list of related posts stays: what else is in it."""
    if any(text.strip(" \t-*+") for text in texts):
        return message("adopt.keep-more-than-links")
    own = all(link.form == "cut" or parsed.live.own_path(link.url) for link in links)
    return None if own else message("adopt.keep-link-to-other-site")


def _entries(
    parsed: ParsedPost, links: Sequence[Anchor], texts: Sequence[str], line: int
) -> tuple[list[BookEntry], Message | None]:
    """Return the books of a piece, each begun by a link that is no "see more", and a reason.

    After "see more" no text may follow, and none that is longer than a blurb anywhere.
    """
    entries: list[BookEntry] = []
    reason: Message | None = None
    for link, text in zip(links, texts, strict=True):
        blurb = text.strip(" \t*_#-")
        label = is_label(link.text)
        if len(blurb) > LONGEST_BLURB:
            reason = reason or message("adopt.keep-long-blurb")
        elif label and blurb:
            reason = reason or message("adopt.keep-text-after-link")
        if not (link.form == "cut" or parsed.link(link)):
            reason = reason or message("adopt.keep-link-to-no-shop")
        if not (label and entries):
            entries.append(BookEntry(line))
        entries[-1].take(parsed, (link,))
        if blurb:
            entries[-1].blurbs.append(blurb)
    return entries, reason or next((why for _, why in keep_reasons(entries)), None)


def _cta(parsed: ParsedPost, name: str, link: Anchor, after: str, *, line: int) -> OldCta | None:
    """Return the call to action of a piece whose first link has UTM parameters."""
    url, utm = split_utm(parsed.live.without_base(link.url))
    if utm is None:
        return None
    heading, _, text = name.strip().partition(" ")
    attributes = _ATTRIBUTES.match(after)
    css_class = classes_of(attributes[0]) if attributes else ""
    return OldCta(url, utm, heading, text.strip(), link.text, css_class or None, line)


def _follows(text: str) -> bool:
    """Whether a link is followed by more than its attribute list."""
    return bool(text.strip()) and not _ATTRIBUTES.fullmatch(text)
