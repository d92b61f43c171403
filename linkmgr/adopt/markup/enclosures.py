"""How far code, comments, raw text and HTML extend: nothing is searched within them."""

import re
from collections.abc import Sequence

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
    rb"|(?<!`)<(textarea|xmp|template|code|samp|kbd)\b(?![^>]*/>)",
    re.IGNORECASE,
)


class Enclosures:
    """What encloses lines of a file. Lines are numbered from 0, and the line after is returned."""

    def __init__(self, raw: bytes, lines: Sequence[Line]) -> None:
        self.raw = raw
        self.lines = lines
        self.texts = [raw[line.start : line.end] for line in lines]

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
        found = _closer(opener).search(self.raw, self.lines[at].start + opener.end())
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
        tag = re.compile(rb"<(/?)" + re.escape(name) + rb"\b[^>]*?(/?)>", re.IGNORECASE)
        depth = 0
        for found in tag.finditer(self.raw, self.lines[at].start):
            depth += -1 if found[1] else 0 if found[2] else 1
            if depth <= 0:
                return self.after(at, found.end())
        last = at + 1
        while last < len(self.texts) and self.texts[last].strip():
            last += 1
        return last

    def after(self, at: int, offset: int) -> int:
        """Return the line after the one in which the bytes before `offset` end."""
        while self.lines[at].after < offset:
            at += 1
        return at + 1


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
