"""The rules (`---`) that were pasted together with a block, and go with it."""

from collections.abc import Iterator, Sequence

from linkmgr.adopt.finding.model import OldBlock
from linkmgr.adopt.finding.parsed_post import Reading


def separators_of(reading: Reading, blocks: Sequence[OldBlock]) -> Iterator[OldBlock]:
    """Yield the separators of blocks.

    A block that has a heading takes the one rule right before it; any other takes it where a block
    stands before the rule. Rules after a block are the article's.
    """
    parts = reading.article.parts
    index = {part.start: at for at, part in enumerate(parts)}
    ends = {block.end for block in blocks if block.sure and block.kind != "separator"}
    for block in blocks:
        at = index.get(block.start, 0) - 1
        if at < 0 or not block.sure or block.kind in ("marker", "separator"):
            continue
        rule = parts[at]
        if rule.kind != "rule":
            continue
        if block.heading or (at > 0 and parts[at - 1].end in ends):
            yield OldBlock("separator", rule.start, rule.end, reading.line_at(rule.start))
