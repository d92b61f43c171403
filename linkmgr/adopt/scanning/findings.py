"""What the removal of a post's blocks leaves, and what else its owner should know.

It leaves headings with nothing below them and links in running text; the rest is what is broken.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from linkmgr.adopt.post.anchors import Anchor, Part
from linkmgr.adopt.post.model import (
    FindingKind,
    InlineLink,
    OldBlock,
    PostFinding,
    block_kind,
    in_order,
)
from linkmgr.adopt.post.parsed_post import ParsedPost
from linkmgr.adopt.post.phrases import is_heading_of_links
from linkmgr.adopt.post.products import CodeInPost, code_message
from linkmgr.links.amazon import TAG_SUFFIXES, tag_problem
from linkmgr.links.isbn import asin_problem
from linkmgr.links.model import AMAZON, AffiliateLink
from linkmgr.messages.message import Message, message
from linkmgr.posts.article.text import Spans, apart


def with_headings(parsed: ParsedPost, blocks: Sequence[OldBlock]) -> list[OldBlock]:
    """Return the blocks, each with the heading that would have nothing below it without them.

    A heading that may be the article's own leaves only with what other posts have as well. Above a
    block that has a heading of its own it was empty before.
    """
    parts = parsed.article.parts
    removed = {block.start: block for block in blocks if block.removable}
    inside = _spans(removed.values())
    starts = sorted(
        block.start for block in removed.values() if block.kind not in ("marker", "separator")
    )
    changed: dict[int, OldBlock] = {}
    taken: set[int] = set()
    for at in range(len(parts) - 1, -1, -1):
        heading = parts[at]
        if heading.kind != "heading" or heading.start in inside:
            continue
        end = _end_of_blocks(parts, at, removed, taken)
        # A line of nothing but blocks leaves no part.
        number = bisect_left(starts, heading.end)
        if number == len(starts) or starts[number] >= end:
            continue
        first = removed[starts[number]]
        # A tag takes the place of a comparison.
        if first.heading or first.start in changed or first.kind == "compare":
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
            heading_level=heading.level,
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
    """Return the end of the blocks below a heading, 0 where anything else is there."""
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


def findings_of(
    path: str,
    parsed: ParsedPost,
    blocks: Sequence[OldBlock],
    inline: Sequence[InlineLink],
    *,
    code: Sequence[CodeInPost],
) -> tuple[PostFinding, ...]:
    """Return all findings of a post, in the order of its lines.

    A link within a block that stays is reported with it, and not as one in running text; a link of
    issued code with that.
    """
    pairs = [*_links(parsed), *_blocks(blocks), *_leftovers(parsed, blocks)]
    staying = _spans(block for block in blocks if not block.removable)
    for link in inline:
        programme = link.link.wrapper or link.link.programme
        own_code = _spans(issued for issued in code if issued.programme == programme)
        if link.start not in staying and link.start not in own_code:
            reported = message("adopt.finding-inline-link", url=link.link.url)
            pairs.append((link.line, "inline-link", reported))
    in_blocks = _spans(blocks)
    pairs += [
        (issued.line, "issued-code", code_message(issued.programme))
        for issued in code
        if not in_blocks.meet(issued.start, issued.end)
    ]
    return in_order({PostFinding(path, *pair) for pair in pairs})


_Pair = tuple[int, FindingKind, Message]
_INLINE_MARKER = re.compile(rb"-{3}END-{3}")


def _links(parsed: ParsedPost) -> Iterator[_Pair]:
    for anchor in parsed.all_anchors():
        line = parsed.line_at(anchor.start)
        if link := parsed.link(anchor):
            yield from _affiliate(link, line)
        elif anchor.form == "cut" and "amazon" in anchor.url:
            yield line, "check-digit", message("adopt.finding-broken-off", url=anchor.url)
        elif anchor.form != "cut" and (dead := _dead(parsed, anchor)):
            yield line, "dead-link", dead


def _affiliate(link: AffiliateLink, line: int) -> Iterator[_Pair]:
    if link.kind == "short":
        yield line, "short-link", message("adopt.finding-short-link", url=link.url)
    if link.kind == "search":
        yield line, "search-link", message("adopt.finding-search-link", url=link.url)
    if link.kind in ("product", "frame", "image") and link.asin is not None:
        problem = asin_problem(link.asin)
        if problem:
            bad = message("adopt.finding-bad-asin", asin=link.asin, problem=problem)
            yield line, "check-digit", bad
    if link.programme != AMAZON or link.kind == "short":
        return
    if link.tag is None:
        if link.wrapper is None and link.kind in ("product", "search"):
            yield line, "no-tag", message("adopt.finding-no-tag", url=link.url)
    elif link.liquid_tag:
        yield line, "unsure", message("adopt.finding-liquid-tag", url=link.url)
    elif link.marketplace in TAG_SUFFIXES and (problem := tag_problem(link.tag, link.marketplace)):
        foreign = message("adopt.finding-foreign-tag", tag=link.tag, problem=problem)
        yield line, "foreign-tag", foreign


def _dead(parsed: ParsedPost, anchor: Anchor) -> Message | None:
    """Return the finding about a link to this site whose post does not exist."""
    live = parsed.live
    path = live.own_path(anchor.url)
    if path is None or anchor.form in ("image", "frame") or live.post(path):
        return None
    closest = live.closest_post(path) if live.is_post_like(path) else None
    if closest:
        return message("adopt.finding-moved-post", url=anchor.url, address=closest)
    return message("adopt.finding-dead-link", url=anchor.url) if live.is_dated(path) else None


def _blocks(blocks: Sequence[OldBlock]) -> Iterator[_Pair]:
    first: dict[str, int] = {}
    for block in blocks:
        kind = block_kind(block.kind)
        if block.kind == "marker":
            yield block.line, "marker", message("adopt.finding-marker")
        if block.keep_reason:
            kept = message("adopt.finding-looks-like", block=kind, reason=block.keep_reason)
            yield block.line, "unsure", kept
        # What two copies of a block have in common, whatever one of them has lost.
        if block.kind in ("related", "books") and block.heading:
            key = f"{block.kind} {block.heading}"
        elif block.kind == "cta" and block.ctas:
            key = f"cta {block.ctas[0].url} {block.ctas[0].utm}"
        else:
            continue
        if key in first:
            twice = message("adopt.finding-block-twice", block=kind, line=first[key])
            yield block.line, "block-twice", twice
        first.setdefault(key, block.line)


def _leftovers(parsed: ParsedPost, blocks: Sequence[OldBlock]) -> Iterator[_Pair]:
    """Find merge conflicts, markers, and text that goes on after blocks that end an article."""
    removed = {block.start: block for block in blocks if block.removable}
    inside = _spans(removed.values())
    after_end = False
    for part in parsed.article.parts:
        block = removed.get(part.start)
        if part.kind == "conflict":
            yield part.first + 1, "unsure", message("adopt.finding-merge-conflict")
        if block or part.start in inside:
            after_end = after_end or bool(block and block.heading)
        elif part.kind not in ("rule", "conflict"):
            if after_end:
                yield part.first + 1, "text-after-block", message("adopt.finding-text-after-block")
            after_end = False
    for part in parsed.text_parts:
        for match in _INLINE_MARKER.finditer(parsed.raw, part.start, part.end):
            if match.start() not in inside:
                line = parsed.line_at(match.start())
                yield line, "marker", message("adopt.finding-marker-in-line")


def inline_links(parsed: ParsedPost, blocks: Sequence[OldBlock]) -> tuple[InlineLink, ...]:
    """Return the affiliate links that stay in the article, in order and not overlapping.

    The URL of a reference link is elsewhere, and may be shared by others.
    """
    removed = _spans(block for block in blocks if block.removable)
    text = _spans(parsed.text_parts)
    by_place: dict[tuple[int, int], InlineLink] = {}
    for anchor in parsed.all_anchors():
        link, start = parsed.link(anchor), anchor.url_start
        is_elsewhere = anchor.form == "reference" and start not in text
        if link is None or anchor.start in removed or is_elsewhere:
            continue
        inline = InlineLink(anchor.form, start, anchor.url_end, parsed.line_at(start), link)
        by_place.setdefault((inline.start, inline.end), inline)
    links: list[InlineLink] = []
    for inline in sorted(by_place.values(), key=lambda link: (link.start, -link.end)):
        if not links or inline.start >= links[-1].end:
            links.append(inline)
    return tuple(links)


def _spans(spans: Iterable[OldBlock | Part | CodeInPost]) -> Spans:
    return Spans(apart((span.start, span.end) for span in spans))
