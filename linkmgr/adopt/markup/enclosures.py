"""How far code, comments, raw text and HTML extend: nothing is searched within them."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from linkmgr.adopt.markup.article import Line

FENCE = re.compile(rb" {0,3}(`{3,}|~{3,})")
BLOCK_TAG = re.compile(
    rb" {0,3}</?(div|p|section|aside|article|header|footer|nav|main|figure|table|ul|ol|dl|center"
    rb"|iframe|blockquote|details|form|fieldset|noscript|h[1-6]|hr|address|video|object)\b",
    re.IGNORECASE,
)
INDENTED = (b"    ", b"\t")

_SHIELD = re.compile(
    rb"<!--|\{%-?[ \t]*(raw|comment|highlight)\b|\{::(comment|nomarkdown)\}"
    rb"|^ {0,3}<(script|style|pre)\b"
    rb"|(?<!`)<(textarea|xmp|template|code|samp|kbd)\b(?![^<>]*/>)",
    re.IGNORECASE,
)


class Enclosures:
    """What encloses lines of a file. Lines are numbered from 0, and the line after is returned."""

    def __init__(self, raw: bytes, lines: Sequence[Line]) -> None:
        self.raw = raw
        self.lines = lines
        self.texts = [raw[line.start : line.end] for line in lines]
        self._closers: dict[bytes, _Search] = {}
        self._elements: dict[bytes, tuple[list[int], list[int | None]]] = {}

    def opens_shield(self, at: int) -> bool:
        """Whether a comment, raw text or an example begins in a line and is no part of its text."""
        return self.shield_end(at) is not None

    def shield_end(self, at: int) -> int | None:
        """Return where the comment or raw text that begins in a line ends.

        `None` where there is none, or it begins and ends within the text of its line.
        """
        text = self.texts[at]
        if b"<" not in text and b"{" not in text:
            return None
        ends = (self._shield_end(at, opener) for opener in _SHIELD.finditer(text))
        return next(filter(None, ends), None)

    def _shield_end(self, at: int, opener: re.Match[bytes]) -> int | None:
        found = self._closer(opener, self.lines[at].start + opener.end())
        example = opener[4]
        if found is None:
            # A tag that a sentence only mentions is never closed.
            return None if opener.start() and example else len(self.texts)
        if (opener.start() or example) and found.end() <= self.lines[at].end:
            return None
        return self.after(at, found.end())

    def fence_end(self, at: int, fence: bytes) -> int:
        """Return where a code block ends; one that is never closed goes to the end."""
        for last in range(at + 1, len(self.texts)):
            text = self.texts[last].strip()
            if text.startswith(fence) and not text.strip(fence[:1]):
                return last + 1
        return len(self.texts)

    def indented_end(self, at: int) -> int:
        """Return where indented lines end, and the blank ones between them."""
        last = at = at + 1
        while at < len(self.texts):
            if self.texts[at].strip():
                if not self.texts[at].startswith(INDENTED) or self.opens_shield(at):
                    break
                last = at + 1
            at += 1
        return last

    def html_end(self, at: int, name: bytes) -> int:
        """Return where an HTML element ends; one that is never closed ends at a blank line."""
        starts, ends = self._elements.setdefault(name.lower(), ([], []))
        if not starts:
            for start, end in _elements(self.raw, name):
                starts.append(start)
                ends.append(end)
        number = bisect_left(starts, self.lines[at].start)
        if number < len(ends) and (end := ends[number]) is not None:
            return self.after(at, end)
        last = at + 1
        while last < len(self.texts) and self.texts[last].strip():
            last += 1
        return last

    def _closer(self, opener: re.Match[bytes], start: int) -> re.Match[bytes] | None:
        """Return the closer of a comment or raw text; no byte is searched twice for the same."""
        pattern = _closer(opener)
        known = self._closers.get(pattern.pattern)
        if known is None or not known.holds_from(start):
            known = self._closers[pattern.pattern] = _Search(start, pattern.search(self.raw, start))
        return known.found

    def after(self, at: int, offset: int) -> int:
        """Return the line after the one in which the bytes before `offset` end."""
        while self.lines[at].after < offset:
            at += 1
        return at + 1


class _Search(NamedTuple):
    """What a search found, and where it began."""

    start: int
    found: re.Match[bytes] | None

    def holds_from(self, start: int) -> bool:
        """Whether a search from there finds the same."""
        return self.start <= start and (self.found is None or start <= self.found.start())


def _elements(raw: bytes, name: bytes) -> list[tuple[int, int | None]]:
    """Return where each tag of a name starts, and where its element ends, `None` if nowhere.

    A closing tag, and one that closes itself, end where they are.
    """
    found: list[tuple[int, int | None]] = []
    unclosed: list[int] = []
    end = 0
    for tag in re.finditer(rb"<(/?)" + re.escape(name) + rb"\b", raw, re.IGNORECASE):
        if tag.start() < end:
            continue
        bracket = raw.find(b">", tag.end())
        if bracket < 0:
            break
        end = bracket + 1
        if tag[1] or raw.endswith(b"/", tag.end(), bracket):
            found.append((tag.start(), end))
        else:
            found.append((tag.start(), None))
            unclosed.append(len(found) - 1)
        if tag[1] and unclosed:
            opener = unclosed.pop()
            found[opener] = (found[opener][0], end)
    return found


def _closer(opener: re.Match[bytes]) -> re.Pattern[bytes]:
    liquid, extension, shown, example = opener.groups()
    element = shown or example
    if liquid:
        return re.compile(rb"\{%-?[ \t]*end" + liquid + rb"[ \t]*-?%\}")
    if extension:
        return re.compile(rb"\{:/(?:" + extension + rb")?\}")
    if element:
        return re.compile(rb"</" + element + rb"\s*>", re.IGNORECASE)
    return re.compile(rb"-->")
