"""A post's file as its lines and the parts of its article, all of them spans of its bytes."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

PartKind = Literal[
    "heading",
    "paragraph",
    "list",
    "nested",
    "quote",
    "rule",
    "attributes",
    "html",
    "marker",
    "conflict",
    "shielded",
]
"""`shielded` is never searched: code, comments, Liquid's raw text. `nested`
is indented after a list, so that it may be more of its last item, or code."""

LINE_END = re.compile(rb"\r\n|\n|\r")


class Line(NamedTuple):
    """A line: its text is from `start` to `end`, the next one begins at `after`.

    A generator's marker after the text is none of it.
    """

    start: int
    end: int
    after: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an article: lines `first` to `last` (excluded), counted from the file's first.

    `level` is a heading's, and `title` its bytes.
    """

    kind: PartKind
    first: int
    last: int
    start: int
    end: int
    level: int = 0
    title: bytes = b""


@dataclass(frozen=True, slots=True)
class Article:
    """A file's bytes, all its lines, and the parts of the article after its front matter."""

    raw: bytes
    lines: tuple[Line, ...]
    body: int
    parts: tuple[Part, ...] = ()

    def text(self, start: int, end: int) -> str:
        """Return bytes as text, whatever they are."""
        return self.raw[start:end].decode("utf-8", "replace")

    def line_texts(self, part: Part) -> list[bytes]:
        """Return the lines of a part without their ends."""
        return [self.raw[line.start : line.end] for line in self.lines[part.first : part.last]]


def line_start(raw: bytes, at: int, begin: int = 0) -> int:
    """Return where the line begins that contains the byte `at`, not before `begin`."""
    start, step = at, 256
    while start > begin:
        # Most files have no `\r` at all, which a search of all before would show each time.
        start, step = max(at - step, begin), step * 4
        last = max(raw.rfind(b"\n", start, at), raw.rfind(b"\r", start, at))
        if last >= 0:
            return last + 1
    return begin
