"""What a post's owner should know: whatever is broken, and whatever is left."""

import re
from collections.abc import Iterator, Sequence

from linkmgr.adopt.blocks.model import Finding, FindingKind, InlineLink, OldBlock
from linkmgr.adopt.blocks.parsed_post import Reading
from linkmgr.adopt.markup.anchors import Anchor
from linkmgr.adopt.markup.article import Part
from linkmgr.links.amazon import TAG_SUFFIXES, tag_problem
from linkmgr.links.isbn import asin_problem
from linkmgr.links.model import AMAZON, AffiliateLink
from linkmgr.messages.wording import word

_ATTRIBUTE_LIST = re.compile(rb"\{:(?!:|/)[^}\r\n]*\}")
# kramdown gives these the attribute list that follows them; after plain text it prints the list.
_ELEMENT_END = re.compile(rb"[*_`~>]$")
_INLINE_MARKER = re.compile(rb"-{3}END-{3}")
_SHIELDED = ("shielded", "marker", "rule", "attributes", "conflict")


def findings_of(
    path: str,
    reading: Reading,
    blocks: Sequence[OldBlock],
    inline: Sequence[InlineLink],
) -> tuple[Finding, ...]:
    """Return all findings of a post, in the order of its lines.

    A link within a block that stays is told with it, and not as one in running text.
    """
    unsure = [(block.start, block.end) for block in blocks if not block.sure]
    running = (
        each for each in inline if not any(start <= each.start < end for start, end in unsure)
    )
    pairs = [
        *_links(reading),
        *_blocks(reading, blocks),
        *_leftovers(reading, blocks),
        *((each.line, "inline-link", _stays(each.link)) for each in running),
    ]
    found = {Finding(path, line, kind, message) for line, kind, message in pairs}
    return tuple(sorted(found))


_Pair = tuple[int, FindingKind, str]


def _links(reading: Reading) -> Iterator[_Pair]:
    for part in reading.article.parts:
        if part.kind in _SHIELDED:
            continue
        for anchor in reading.anchors(part):
            line = reading.line_at(anchor.start)
            if link := reading.link(anchor):
                yield from _affiliate(link, line)
            elif anchor.form == "cut" and anchor.url:
                if "amazon" in anchor.url:
                    yield line, "check-digit", f"a link that breaks off: {anchor.url}"
            elif anchor.form != "cut" and (message := _dead(reading, anchor)):
                yield line, "dead-link", message


def _affiliate(link: AffiliateLink, line: int) -> Iterator[_Pair]:
    if link.kind == "short":
        yield line, "short-link", f"{link.url} hides which product it leads to"
    if link.kind == "search":
        yield line, "search-link", f"{link.url} leads to a search: no book is known by it"
    if link.kind in ("product", "frame", "image") and link.asin is not None:
        problem = asin_problem(link.asin)
        if problem:
            yield line, "check-digit", f"ASIN {link.asin} {word(problem, 'en')}"
    if link.programme != AMAZON or link.kind == "short":
        return
    if link.tag is None:
        if link.wrapper is None and link.kind in ("product", "search"):
            yield line, "no-tag", f"{link.url} has no tag, so that it earns nothing"
    elif link.liquid_tag:
        yield line, "unsure", f"{link.url} stays: its tag is made by Liquid"
    elif link.marketplace in TAG_SUFFIXES and (problem := tag_problem(link.tag, link.marketplace)):
        yield line, "foreign-tag", f"tag {link.tag} {word(problem, 'en')}"


def _dead(reading: Reading, anchor: Anchor) -> str | None:
    """Return what is to be said of a link to this site whose post is not there."""
    live = reading.live
    path = live.own(anchor.url)
    if path is None or anchor.form in ("image", "frame") or live.post(path):
        return None
    meant = live.meant(path) if live.is_post_like(path) else None
    if meant:
        return f"{anchor.url} is dead; the post is at {meant}"
    return f"{anchor.url} is dead" if live.is_dated(path) else None


def _blocks(reading: Reading, blocks: Sequence[OldBlock]) -> Iterator[_Pair]:
    first: dict[tuple[str, str], int] = {}
    for block in blocks:
        if block.kind == "marker":
            yield block.line, "marker", "a generator's marker that readers see"
        if not block.sure:
            yield block.line, "unsure", f"looks like a block ({block.kind}), but {block.doubt}"
        key = _sameness(block)
        if key is None:
            continue
        if key in first:
            message = f"a block ({block.kind}) that stands in line {first[key]} already"
            yield block.line, "block-twice", message
        first.setdefault(key, block.line)
    yield from _after_blocks(reading, blocks)


def _sameness(block: OldBlock) -> tuple[str, str] | None:
    """Return what two copies of a block have in common, whatever one of them has lost."""
    if block.kind in ("related", "books") and block.heading:
        return block.kind, block.heading
    if block.kind == "cta" and block.ctas:
        return block.kind, f"{block.ctas[0].url} {block.ctas[0].utm}"
    return None


def _after_blocks(reading: Reading, blocks: Sequence[OldBlock]) -> Iterator[_Pair]:
    """Find article text that goes on after blocks that end an article."""
    removed = {block.start: block for block in blocks if block.sure}
    after_end = False
    for part in reading.article.parts:
        block = removed.get(part.start)
        if block or any(each.start <= part.start < each.end for each in removed.values()):
            after_end = after_end or bool(block and block.heading)
        elif part.kind not in ("rule", "conflict"):
            if after_end:
                yield part.first + 1, "text-after-block", "the article goes on after its blocks"
            after_end = False


def _leftovers(reading: Reading, blocks: Sequence[OldBlock]) -> Iterator[_Pair]:
    removed = [(block.start, block.end) for block in blocks if block.sure]
    for part in reading.article.parts:
        if part.kind == "conflict":
            message = "a merge conflict, from which nothing is removed: resolve it first"
            yield part.first + 1, "unsure", message
        if part.kind in _SHIELDED:
            continue
        text = reading.raw[part.start : part.end]
        if b"{:" in text:
            for found in _ATTRIBUTE_LIST.finditer(text):
                if _is_printed(reading, part, text[: found.start()]):
                    shown = found[0].decode("utf-8", "replace")
                    line = reading.line_at(part.start + found.start())
                    yield line, "printed-attribute", f"readers see {shown}"
        if b"---END" in text:
            for found in _INLINE_MARKER.finditer(text):
                at = part.start + found.start()
                if not any(start <= at < end for start, end in removed):
                    message = "a generator's marker inside a line, which is left"
                    yield reading.line_at(at), "marker", message


def _is_printed(reading: Reading, part: Part, before: bytes) -> bool:
    """Whether kramdown prints an attribute list that has these bytes of a part before it."""
    line = before[max(before.rfind(b"\n"), before.rfind(b"\r")) + 1 :]
    if part.kind == "list" and not line.strip(b" \t-+*.0123456789"):
        return False
    if part.kind == "quote" and not line.strip(b" \t>"):
        return False
    at = part.start + len(before)
    if any(anchor.start < at < anchor.end for anchor in reading.anchors(part)):
        return False
    return _ELEMENT_END.search(before) is None


def _stays(link: AffiliateLink) -> str:
    return f"{link.url} is in running text and stays"


def inline_links(reading: Reading, blocks: Sequence[OldBlock]) -> tuple[InlineLink, ...]:
    """Return the affiliate links that stay in the article, in order and apart from each other.

    The URL of a reference link stands elsewhere, and may be that of others too.
    """
    removed = [(block.start, block.end) for block in blocks if block.sure]
    parts = [part for part in reading.article.parts if part.kind not in _SHIELDED]
    found: dict[tuple[int, int], InlineLink] = {}
    for part in parts:
        for anchor in reading.anchors(part):
            link, span = reading.link(anchor), (anchor.url_start, anchor.url_end)
            if link is None or any(start <= anchor.start < end for start, end in removed):
                continue
            if anchor.form == "reference" and not any(
                each.start <= span[0] and span[1] <= each.end for each in parts
            ):
                continue
            inline = InlineLink(anchor.form, *span, reading.line_at(span[0]), link)
            found.setdefault(span, inline)
    links: list[InlineLink] = []
    for each in sorted(found.values(), key=lambda each: (each.start, -each.end)):
        if not links or each.start >= links[-1].end:
            links.append(each)
    return tuple(links)
