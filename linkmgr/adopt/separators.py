"""The rules (`---`) that were pasted together with a block, and go with it."""

import re
from collections.abc import Sequence

from linkmgr.adopt.markup import Part
from linkmgr.adopt.model import OldBlock
from linkmgr.adopt.reading import Reading

_SENTENCE_END = re.compile(r"[。．.！!？?…♪」』）)]$")
# A line as long as this over `---` is a paragraph whose separator has no blank line before it.
_LONGEST_HEADING = 60


def separators_of(
    reading: Reading, blocks: Sequence[OldBlock], headed: frozenset[int]
) -> tuple[OldBlock, ...]:
    """Return the blocks together with their separators, in order.

    A block that has a heading (`headed` has its start) takes the one rule right before it; any
    other takes it where a block stands before the rule. Rules after a block are the article's.
    """
    parts = reading.article.parts
    index = {part.start: at for at, part in enumerate(parts)}
    ends = {block.end for block in blocks if block.sure}
    separators = []
    for block in blocks:
        at = index.get(block.start, 0) - 1
        if at < 0 or not block.sure or block.kind == "marker":
            continue
        span = rule_under(reading, parts[at])
        if span is None:
            continue
        joined = at > 0 and parts[at - 1].end in ends
        if block.start in headed or joined:
            start, end = span
            separators.append(OldBlock("separator", start, end, reading.line_at(start)))
    return tuple(sorted((*blocks, *separators), key=lambda block: block.start))


def rule_under(reading: Reading, part: Part) -> tuple[int, int] | None:
    """Return the span of a rule: the part itself, or the line that makes a sentence a heading.

    `---` right under a paragraph makes a heading of it. Whoever pasted a block there did not mean
    that, and a sentence is no heading.
    """
    if part.kind == "rule":
        return part.start, part.end
    if part.kind != "heading" or part.underline is None:
        return None
    line = reading.article.lines[part.underline]
    underline = reading.raw[line.start : line.end].strip()
    if not underline.startswith(b"---"):
        return None
    title = (reading.heading(part) or "").rstrip("*_ 　")
    if len(title) <= _LONGEST_HEADING and not _SENTENCE_END.search(title):
        return None
    return line.start, line.after
