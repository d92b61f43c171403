"""Headings that would have nothing below them once the blocks are gone."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from linkmgr.adopt.markup.article import Part
from linkmgr.adopt.post.model import OldBlock
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.adopt.post.phrases import is_heading_of_links
from linkmgr.messages.message import message
from linkmgr.posts.article.text import Spans


def with_headings(parsed: ParsedPost, blocks: Sequence[OldBlock]) -> list[OldBlock]:
    """Return the blocks, where such a heading is a part of the first block below it.

    A heading that may be the article's own leaves only with what other posts have as well. Above a
    block that has a heading of its own it was empty before.
    """
    parts = parsed.article.parts
    removed = {block.start: block for block in blocks if block.removable}
    starts = sorted(
        block.start for block in removed.values() if block.kind not in ("marker", "separator")
    )
    changed: dict[int, OldBlock] = {}
    taken: set[int] = set()
    end = 0
    inside: set[int] = set()
    for part in parts:
        end = max(end, removed[part.start].end if part.start in removed else 0)
        if part.start < end:
            inside.add(part.start)
    for at in range(len(parts) - 1, -1, -1):
        heading = parts[at]
        if heading.kind != "heading" or heading.start in inside:
            continue
        end = _end_of_blocks(parts, at, removed, taken)
        # Of a line that is blocks alone no part is left.
        number = bisect_left(starts, heading.end)
        if number == len(starts) or starts[number] >= end:
            continue
        first = removed[starts[number]]
        if first.heading or first.start in changed:
            continue
        text = parsed.heading(heading) or ""
        own = first.reason_if_unrepeated
        if not is_heading_of_links(text):
            own = message("adopt.keep-empty-heading", heading=text)
        taken.add(heading.start)
        changed[first.start] = replace(
            first,
            start=heading.start,
            line=heading.first + 1,
            heading=text,
            heading_end=heading.end,
            reason_if_unrepeated=own,
        )
    # Markers and rules between a heading and its block are within that now.
    within = Spans([(block.start, start) for start, block in changed.items()])
    return [
        changed.get(block.start, block)
        for block in blocks
        if block.start in changed or block.start not in within
    ]


def _end_of_blocks(
    parts: Sequence[Part], at: int, removed: Mapping[int, OldBlock], taken: Collection[int]
) -> int:
    """Return where the blocks below a heading end, 0 where anything else is there."""
    end = parts[at].end
    for number in range(at + 1, len(parts)):
        part = parts[number]
        if part.start < end or part.start in taken:
            continue
        block = removed.get(part.start)
        if block:
            end = block.end
        elif part.kind == "heading" and part.level <= parts[at].level:
            break
        elif part.kind not in ("rule", "attributes"):
            return 0
    return end
