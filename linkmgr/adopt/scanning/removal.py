"""Taking blocks out of a post, or putting tags in their place, and nothing else.

The seam, where the text before the blocks meets the text after them, is made so that blocks which
were put before a line of the article leave it as it was before:

- Blocks take the blank lines after them with them, and leave those before them.
- Where no blank line is before them, the ones after them stay; where none is there either, an empty
  line stays for what is removed, lest two paragraphs become one.
- At the end of the file they take one blank line before them too, which was put there for them, and
  where the file ends without a line break the one before that.
- From within a line they take the spaces before them.

A block in whose place tags come keeps the heading above its items and the rule before it. The tags
are on lines of their own between blank ones; those of a block within a line come after the
paragraph or list that has the line, lest that is cut in two.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter
from types import MappingProxyType

from linkmgr.adopt.post.anchors import LINE_END, line_start
from linkmgr.adopt.post.model import OldBlock, OldPost
from linkmgr.builder.setup.layouts import line_ending
from linkmgr.posts.document import BOM, split_front_matter

Tags = Mapping[int, Sequence[str]]
"""What replaces blocks, by where these begin."""

_NO_TAGS: Tags = MappingProxyType({})
_BLANKS = re.compile(rb"(?:[ \t\f\v]*(?:\r\n|\n|\r))*(?:[ \t\f\v]*\Z)?")


@dataclass(frozen=True, slots=True)
class Removal:
    """Bytes that leave a file, from `start` to `end`, because of a block of a kind.

    `tags` come instead of them, at the byte `place`.
    """

    kind: str
    start: int
    end: int
    line: int
    tags: tuple[str, ...] = ()
    place: int = 0


def remove_blocks(raw: bytes, post: OldPost, tags: Tags = _NO_TAGS) -> bytes:
    """Return a file without the blocks that `scan_post` found in it and is sure of."""
    return replaced(raw, replacements(raw, removals(raw, post, tags)))


def replaced(raw: bytes, changes: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return a file in which spans, given in order, become other bytes."""
    pieces: list[bytes] = []
    at = 0
    for start, end, text in changes:
        pieces += (raw[at:start], text)
        at = max(at, end)
    return b"".join((*pieces, raw[at:]))


def replacements(raw: bytes, gone: Sequence[Removal]) -> list[tuple[int, int, bytes]]:
    """Return, in order, the spans of a file's bytes that change and what they become."""
    changes = []
    for removal in gone:
        changes.append((removal.start, removal.end, b""))
        if removal.tags:
            changes.append((removal.place, removal.place, _lines(raw, removal)))
    return sorted(changes, key=itemgetter(0, 1))


def removals(raw: bytes, post: OldPost, tags: Tags = _NO_TAGS) -> tuple[Removal, ...]:
    """Return the stretches that `remove_blocks` removes, in order and not overlapping."""
    body = len(raw) - len(split_front_matter(raw.removeprefix(BOM))[1])
    removed: list[Removal] = []
    for run in _runs(raw, post, tags):
        first = run[0]
        own = tuple(tags.get(first.start, ()))
        if _is_replaced(first, tags):
            start = first.heading_end or first.start
            end = len(raw[: first.end].rstrip())
            removed.append(Removal(first.kind, start, end, first.line, own, start))
            continue
        begin, run_end = _seam(raw, body, first.start, run[-1].end)
        for block, following in zip_longest(run, run[1:]):
            end = following.start if following else run_end
            own = tuple(tags.get(block.start, ()))
            removed.append(Removal(block.kind, begin, end, block.line, own, block.part_end))
            begin = end
    return tuple(removed)


def _is_replaced(block: OldBlock, tags: Tags) -> bool:
    """Whether tags come just where a block is: it has its lines for itself."""
    return block.start in tags and not block.part_end


def _runs(raw: bytes, post: OldPost, tags: Tags) -> Iterator[list[OldBlock]]:
    """Yield the blocks to remove, grouping those with only blank lines between them.

    Those at the end of a line that has text before them are by themselves, and those in whose place
    tags come.
    """
    run: list[OldBlock] = []
    for block, after in zip_longest(post.leaving, post.leaving[1:]):
        if block.kind == "separator" and after and _is_replaced(after, tags):
            continue
        if run:
            between = raw[run[-1].end : block.start]
            is_apart = between.strip() or (between and not _begins_line(raw, run[0].start))
            if is_apart or _is_replaced(run[-1], tags) or _is_replaced(block, tags):
                yield run
                run = []
        run.append(block)
    if run:
        yield run


def _lines(raw: bytes, removal: Removal) -> bytes:
    """Return the tags that come in the place of a block, as lines between blank ones."""
    ending = line_ending(raw)
    above, below = raw[: removal.place], raw[max(removal.place, removal.end) :]
    text = (ending * 2).join(tag.encode() for tag in removal.tags)
    if above.strip():
        ends = len(LINE_END.findall(above[len(above.rstrip()) :]))
        text = ending * (2 - ends) + text
    if below.strip():
        ends = len(LINE_END.findall(below[: -len(below.lstrip())]))
        text += ending * (2 - ends)
    return text


def _seam(raw: bytes, body: int, start: int, end: int) -> tuple[int, int]:
    """Return the first byte to remove for the blocks from `start` to `end`, and the one after."""
    if start > body and not _begins_line(raw, start):
        return len(raw[:start].rstrip(b" \t")), len(raw[:end].rstrip(b"\r\n"))
    blanks = _BLANKS.match(raw, end)
    after = blanks.end() if blanks else end
    if start == body:
        # Without front matter, a rule as the first line would become the beginning of one.
        if raw.startswith(b"---", after) and not raw[:body].strip(BOM):
            after = _without_break(raw, start, end)
        return start, after
    text_end = _without_break(raw, body, start)
    line = line_start(raw, text_end, body)
    is_below_blank = not raw[line:text_end].strip()
    if after == len(raw):
        if is_below_blank:
            start = line
        if not raw.endswith((b"\n", b"\r")) and start > body:
            start = _without_break(raw, body, start)
        return start, after
    if is_below_blank:
        return start, after
    return start, end if after > end else _without_break(raw, start, end)


def _begins_line(raw: bytes, start: int) -> bool:
    return start == 0 or raw[start - 1 : start] in (b"\n", b"\r")


def _without_break(raw: bytes, start: int, end: int) -> int:
    """Return the start of the line break before `end`, `end` where there is none."""
    if raw.endswith(b"\r\n", start, end):
        return end - 2
    return end - 1 if raw.endswith((b"\n", b"\r"), start, end) else end
