"""Two texts as the lines that differ, with a few around them."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

_CONTEXT = 3

MOST = 2_000
"""Lines of a diff that a page shows; who changed more reads the file."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff: `sign` is `+`, `-`, a space, or `…` where lines are left out.

    `number` is that of the line in its text, the later one of two.
    """

    sign: str
    number: int
    text: str = ""


def diff(before: str, after: str) -> tuple[Line, ...]:
    """Return the lines that differ, those of `before` first at each place."""
    return tuple(_lines(before.splitlines(), after.splitlines()))


def _lines(before: list[str], after: list[str]) -> Iterator[Line]:
    # Most edits touch one place: what is alike around it need not be compared line by line.
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    first = max(start - _CONTEXT, 0)
    old, new = (lines[first : max(len(lines) - end + _CONTEXT, first)] for lines in (before, after))
    placed_old, placed_new = list(_placed(old)), list(_placed(new))
    matcher = SequenceMatcher(None, placed_old, placed_new, autojunk=False)
    shown = 0
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        if shown or first + group[0][3]:
            yield Line("…", first + group[0][3] + 1)
        shown += 1
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from _signed(" ", new, new_start, new_end, first)
                continue
            yield from _signed("-", old, old_start, old_end, first)
            yield from _signed("+", new, new_start, new_end, first)


def _placed(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each line with the first one of its entry, or of its section.

    Only lines of one entry are compared with each other: by their text alone, lines that many
    entries have would be tried at every place, 2 s for the first and last of 2,000 books. Blank
    lines and comments go with the line that they precede: after a line added above them they are
    the same as before.
    """
    heading = ""
    preceding: list[str] = []
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            preceding.append(line)
            continue
        if line[:3].strip():  # indented by two spaces at most
            heading = line
        yield from ((heading, each) for each in (*preceding, line))
        preceding.clear()
    yield from (("", each) for each in preceding)


def _signed(sign: str, lines: list[str], start: int, end: int, first: int) -> Iterator[Line]:
    return (Line(sign, first + index + 1, lines[index]) for index in range(start, end))


def _alike(one: list[str], other: list[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
