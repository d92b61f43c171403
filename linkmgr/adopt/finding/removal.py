"""Taking blocks out of a post, and nothing else.

The seam, where the text before the blocks meets the text after them, is made so that blocks which
were put before a line of the article leave it as it was before:

- Blocks take the blank lines after them with them, and leave those before them.
- Where no blank line is before them, the ones after them stay; where none is there either, an empty
  line stays for what is removed, lest two paragraphs become one.
- At the end of the file they take one blank line before them too, which was put there for them, and
  where the file ends without a line break the one before that.
- From within a line they take the spaces before them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from linkmgr.adopt.markup.article import line_start
from linkmgr.adopt.post.model import BlockKind, OldBlock, OldPost
from linkmgr.posts.document import BOM, split_front_matter

_BLANKS = re.compile(rb"(?:[ \t\f\v]*(?:\r\n|\n|\r))*(?:[ \t\f\v]*\Z)?")


@dataclass(frozen=True, slots=True)
class Removal:
    """Bytes that leave a file, from `start` to `end`, for the sake of a block of a kind."""

    kind: BlockKind
    start: int
    end: int
    line: int


def remove_blocks(raw: bytes, post: OldPost) -> bytes:
    """Return a file without the blocks that `scan_post` found in it and is sure of."""
    pieces = []
    at = 0
    for removal in removals(raw, post):
        pieces.append(raw[at : removal.start])
        at = removal.end
    return b"".join((*pieces, raw[at:]))


def removals(raw: bytes, post: OldPost) -> tuple[Removal, ...]:
    """Return what `remove_blocks` removes, in order and apart from each other."""
    body = len(raw) - len(split_front_matter(raw.removeprefix(BOM))[1])
    found: list[Removal] = []
    for run in _runs(raw, post):
        start, end = _seam(raw, body, run[0].start, run[-1].end)
        starts = [start, *(block.start for block in run[1:])]
        ends = [*starts[1:], end]
        found += [
            Removal(block.kind, first, last, block.line)
            for block, first, last in zip(run, starts, ends, strict=True)
        ]
    return tuple(found)


def _runs(raw: bytes, post: OldPost) -> Iterator[list[OldBlock]]:
    """Yield the blocks to remove, those together that have only blank lines between them.

    Those at the end of a line that has text before them are by themselves.
    """
    run: list[OldBlock] = []
    for block in post.blocks:
        if not block.removable:
            continue
        between = raw[run[-1].end : block.start] if run else b""
        if run and (between.strip() or (between and not _begins_line(raw, run[0].start))):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _seam(raw: bytes, body: int, start: int, end: int) -> tuple[int, int]:
    """Return which bytes go for the blocks from `start` to `end`."""
    if start > body and not _begins_line(raw, start):
        return _without(raw, start, b" \t"), _without(raw, end, b"\r\n")
    blanks = _BLANKS.match(raw, end)
    after = blanks.end() if blanks else end
    if start == body:
        # Without front matter, a rule as the first line would become the beginning of one.
        if raw.startswith(b"---", after) and not raw[:body].strip(BOM):
            after = _without_break(raw, start, end)
        return start, after
    text_end = _without_break(raw, body, start)
    line = line_start(raw, text_end, body)
    blank = not raw[line:text_end].strip()
    if after == len(raw):
        if blank:
            start = line
        if not raw.endswith((b"\n", b"\r")) and start > body:
            start = _without_break(raw, body, start)
        return start, after
    if blank:
        return start, after
    return start, end if after > end else _without_break(raw, start, end)


def _without(raw: bytes, end: int, characters: bytes) -> int:
    """Return where some characters before `end` begin."""
    while end and raw[end - 1] in characters:
        end -= 1
    return end


def _begins_line(raw: bytes, start: int) -> bool:
    return start == 0 or raw[start - 1 : start] in (b"\n", b"\r")


def _without_break(raw: bytes, start: int, end: int) -> int:
    """Return where the line break before `end` begins, `end` where there is none."""
    if raw.endswith(b"\r\n", start, end):
        return end - 2
    return end - 1 if raw.endswith((b"\n", b"\r"), start, end) else end
