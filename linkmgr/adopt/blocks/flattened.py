"""Finding blocks whose line breaks were lost, so that they are one line.

… text --- ### あわせて読みたい - [title](/url/) --- ## heading text [label](/url?utm…) …
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

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
        blanked = bytearray(raw[part.start : part.end])
        for block in sure:
            size = block.end - block.start
            blanked[block.start - part.start : block.end - part.start] = b" " * size
        if not blanked.strip():
            only_blocks.add(part.start)
            continue
        raw[part.start : part.end] = blanked
        for block in sure:
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
    blocks: list[OldBlock] = []
    is_rest, end = False, line.end
    for start, inside in reversed(cuts):
        block = _block(parsed, part, (start, inside), end)
        end = start
        if block and block.removable:
            reason = code_reason_in(parsed, block.start, block.end)
            if is_rest and not reason:
                reason = message("adopt.keep-line-rest")
            block = replace(block, keep_reason=reason)
        is_rest = is_rest or block is None or not block.removable
        if block:
            blocks.append(block)
    return blocks[::-1]


def _block(parsed: ParsedPost, part: Part, separator: tuple[int, int], end: int) -> OldBlock | None:
    """Return the block that a line is from a separator to an end or, with a reason, resembles.

    `None` for anything else.
    """
    start, begin = separator
    inside = parsed.anchors_between(part, begin, end)
    line = parsed.line_at(start)
    block = OldBlock("disclosure", start, end, line, part_end=part.end)
    heading = _HEADING.match(parsed.raw, begin, end)
    if heading is None:
        only = is_only_disclosure(parsed.article.text(begin, end))
        return block if only and not inside else None
    if not inside:
        return None
    name = parsed.article.text(heading.end(), inside[0].start)
    # The text after each link.
    texts = []
    for anchor, following in zip_longest(inside, inside[1:]):
        text_end = following.start if following else end
        texts.append(parsed.article.text(anchor.end, text_end))
    if is_related_heading(_LIST_MARK.sub("", name.rstrip())):
        related = tuple(OldRelated(anchor.url, anchor.text, line) for anchor in inside)
        reason = None
        if any(text.strip(" \t-*+") for text in texts):
            reason = message("adopt.keep-more-than-links")
        elif not all(a.form == "cut" or parsed.live.own_path(a.url) for a in inside):
            reason = message("adopt.keep-link-to-other-site")
        return replace(block, kind="related", related=related, keep_reason=reason)
    if is_books_heading(name.rstrip(" \t#*_")):
        entries, reason = _entries(parsed, inside, texts, line)
        books = books_of(entries)
        kept = untitled_products(entries)
        return replace(block, kind="books", books=books, kept_products=kept, keep_reason=reason)
    cta = _cta(parsed, name, inside[0], texts[0], line=line)
    if cta is None:
        return None
    # After its link there is nothing but an attribute list.
    is_more = len(inside) > 1 or (texts[0].strip() and not _ATTRIBUTES.fullmatch(texts[0]))
    reason = message("adopt.keep-more-than-one-link") if is_more else None
    return replace(block, kind="cta", ctas=(cta,), keep_reason=reason)


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
        entries[-1].add_links(parsed, (link,))
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
