"""The parts of a post's article, as spans of its bytes: as much Markdown as finding blocks needs.

The parts are those of kramdown's GFM parser. Where it depends on a blank line what a line is, the
line is taken for what its author will have meant: `---` under a paragraph of several lines is a
rule here, though kramdown prints it as a dash.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from linkmgr.posts.document import BOM, split_front_matter

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
"""`shielded` is what is left alone whatever it holds: code, comments, Liquid's raw text. `nested` is
indented after a list, so that it may be more of its last item, or code."""


class Line(NamedTuple):
    """A line: its text is from `start` to `end`, the next one begins at `after`."""

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


_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r)|([^\r\n]+)\Z")
_HEADING = re.compile(rb"(#{1,6})[ \t]+(.*?)[ \t]*(?:(?<!\\)#+[ \t]*)?(?:\{#[^}]*\}[ \t]*)?$")
RULE = re.compile(rb" {0,3}([-*_])[ \t]*\1[ \t]*\1(?:\1|[ \t])*$")
_UNDERLINE = re.compile(rb" {0,3}([-=])\1*[ \t]*$")
# In bytes, some 60 Japanese characters.
_LONGEST_TITLE = 180
_SENTENCE_ENDS = tuple(end.encode() for end in "。．.！!？?…♪」』）)*_")
_ITEM = re.compile(rb" {0,3}(?:[-+*]|[0-9]+\.)(?:[ \t]|$)")
_FENCE = re.compile(rb" {0,3}(`{3,}|~{3,})")
_ATTRIBUTES = re.compile(rb" {0,3}\{:(?!:|/)[^\r\n]*\}[ \t]*$")
_MARKER = re.compile(
    rb"[ \t]*(?:\\?-){2,}[ \t]*(?:END|EOF|END OF (?:ARTICLE|POST|TEXT)|FIN)[ \t]*(?:\\?-){2,}[ \t]*$"
)
# A marker that has text before it.
_MARKER_TAIL = re.compile(rb"(?<=[^\s])[ \t]+-{3}END-{3}[ \t]*\Z")
_CONFLICT = re.compile(rb"(?:<{7}|>{7})(?: |$)|\|{7} ")
_SHIELD = re.compile(
    rb"<!--|\{%-?[ \t]*(raw|comment|highlight)\b|\{::(comment|nomarkdown)\}"
    rb"|^ {0,3}<(script|style|pre)\b",
    re.IGNORECASE,
)
_BLOCK_TAG = re.compile(
    rb" {0,3}</?(div|p|section|aside|article|header|footer|nav|main|figure|table|ul|ol|dl|center"
    rb"|iframe|blockquote|details|form|fieldset|noscript|h[1-6]|hr|address|video|object)\b",
    re.IGNORECASE,
)


def article_of(raw: bytes) -> Article:
    """Take a file apart. Any bytes will do."""
    start = len(BOM) if raw.startswith(BOM) else 0
    lines = tuple(
        Line(found.start(), found.end(found.lastindex or 0), found.end()) for found in _LINE.finditer(raw, start)
    )
    body = len(raw) - len(split_front_matter(raw[start:])[1])
    article = Article(raw, lines, body)
    return replace(article, parts=tuple(_Parts(article).parts()))


def without_marker(raw: bytes, start: int, end: int) -> int:
    """Return where a line's text ends, `end` unless a generator's marker comes after it."""
    if raw.find(b"---END---", start, end) < 0:
        return end
    found = _MARKER_TAIL.search(raw, start, end)
    return found.start() if found else end


class _Parts:
    """The reading of an article from line to line."""

    def __init__(self, article: Article) -> None:
        self.raw = article.raw
        self.lines = article.lines
        self.texts = [self.raw[line.start : line.end] for line in self.lines]
        self.first = sum(line.start < article.body for line in self.lines)

    def parts(self) -> Iterator[Part]:
        at = self.first
        before: PartKind | None = None
        while at < len(self.texts):
            if not self.texts[at].strip():
                at += 1
                continue
            part = self.part(at, listed=before in ("list", "nested"))
            yield part
            at, before = part.last, part.kind

    def part(self, at: int, *, listed: bool) -> Part:
        """Return the part that begins at a line that is not blank, maybe after a list."""
        text = self.texts[at]
        if (shield := _SHIELD.search(text)) and (end := self.shielded(at, shield)):
            return self.made("shielded", at, end)
        if single := self.single(at):
            return single
        if text.startswith((b"    ", b"\t")):
            return self.made("nested" if listed else "shielded", at, self.indented(at))
        if fence := _FENCE.match(text):
            return self.made("shielded", at, self.fenced(at, fence[1]))
        if _ITEM.match(text):
            return self.made("list", at, self.list_end(at))
        if text.lstrip(b" ").startswith(b">"):
            return self.made("quote", at, self.paragraph_end(at))
        if tag := _BLOCK_TAG.match(text):
            return self.made("html", at, self.html_end(at, tag[1]))
        return self.paragraph(at)

    def made(self, kind: PartKind, first: int, last: int) -> Part:
        return Part(kind, first, last, self.lines[first].start, self.lines[last - 1].after)

    def single(self, at: int) -> Part | None:
        """Return a part that is a line by its nature."""
        text = self.texts[at]
        here, after = self.lines[at].start, self.lines[at].after
        if heading := _HEADING.match(text):
            title = heading[2][: without_marker(heading[2], 0, len(heading[2]))]
            return Part("heading", at, at + 1, here, after, len(heading[1]), title)
        if _MARKER.match(text):
            below = at + 1
            # Under a line of its own an underline makes a heading of it, and goes with it.
            if self.follows_blank(at) and self.is_underline(below, b"="):
                return self.made("marker", at, below + 1)
            return self.made("marker", at, below)
        if RULE.match(text):
            return self.made("rule", at, at + 1)
        if _ATTRIBUTES.match(text):
            return self.made("attributes", at, at + 1)
        if _CONFLICT.match(text):
            return self.made("conflict", at, at + 1)
        return None

    def follows_blank(self, at: int) -> bool:
        """Whether a line begins anew: after a blank one, an attribute list, or a marker."""
        before = self.texts[at - 1] if at > self.first else b""
        return not before.strip() or bool(_ATTRIBUTES.match(before) or _MARKER.match(before))

    def is_underline(self, at: int, mark: bytes) -> bool:
        if at >= len(self.texts):
            return False
        found = _UNDERLINE.match(self.texts[at])
        return found is not None and found[1] == mark

    def paragraph(self, at: int) -> Part:
        """Return a paragraph, or the heading that an underline makes of its line.

        `---` right under a sentence makes a heading of that too, but is meant as a rule: here it is
        one, for blocks are pasted with a rule before them and without a blank line before that.
        """
        last = self.paragraph_end(at)
        text = self.texts[at].strip()
        if last > at + 1 or not self.follows_blank(at):
            return self.made("paragraph", at, last)
        if self.is_underline(last, b"="):
            return replace(self.made("heading", at, last + 1), level=1, title=text)
        if self.is_underline(last, b"-") and not (
            RULE.match(self.texts[last])
            and (len(text) > _LONGEST_TITLE or text.endswith(_SENTENCE_ENDS))
        ):
            return replace(self.made("heading", at, last + 1), level=2, title=text)
        return self.made("paragraph", at, last)

    def paragraph_end(self, at: int) -> int:
        """Return the line at which a paragraph, or whatever runs on like one, is over."""
        last = at + 1
        while last < len(self.texts) and not self.breaks(last):
            last += 1
        return last

    def breaks(self, at: int) -> bool:
        """Whether a line ends the paragraph before it."""
        text = self.texts[at]
        if not text.strip():
            return True
        if self.single(at) or _ITEM.match(text) or _FENCE.match(text) or _UNDERLINE.match(text):
            return True
        if text.lstrip(b" ").startswith(b">") or _BLOCK_TAG.match(text):
            return True
        return self.opens_shield(text)

    def opens_shield(self, text: bytes) -> bool:
        return (b"<" in text or b"{" in text) and _SHIELD.search(text) is not None

    def list_end(self, at: int) -> int:
        """Return the line after a list's items up to a blank line before the next item.

        So a loose list has several parts: blocks are pasted before the lists of others.
        """
        last = at + 1
        while last < len(self.texts):
            text = self.texts[last]
            if not text.strip():
                after = last + 1
                while after < len(self.texts) and not self.texts[after].strip():
                    after += 1
                if after == len(self.texts) or not self.continues(self.texts[after]):
                    return last
                last = after
            elif RULE.match(text) or self.opens_shield(text):
                return last
            elif not _ITEM.match(text) and not text.startswith((b"  ", b"\t")):
                if self.breaks(last):
                    return last
            last += 1
        return last

    def continues(self, text: bytes) -> bool:
        """Whether a line after a blank one is more of the item before it, and no code."""
        return text.startswith(b"  ") and not text.startswith(b"    ")

    def indented(self, at: int) -> int:
        last = at = at + 1
        while at < len(self.texts):
            text = self.texts[at]
            if text.strip():
                if not text.startswith((b"    ", b"\t")) or self.opens_shield(text):
                    break
                last = at + 1
            at += 1
        return last

    def fenced(self, at: int, fence: bytes) -> int:
        """Return the line after a code block; one that is never closed goes to the end."""
        for last in range(at + 1, len(self.texts)):
            text = self.texts[last].strip()
            if text.startswith(fence) and not text.strip(fence[:1]):
                return last + 1
        return len(self.texts)

    def shielded(self, at: int, opener: re.Match[bytes]) -> int:
        """Return the line after a comment or raw text; 0 for one that ends within its line."""
        name = opener[1] or opener[2] or opener[3]
        if name is None:
            closer = re.compile(rb"-->")
        elif opener[1]:
            closer = re.compile(rb"\{%-?[ \t]*end" + name + rb"[ \t]*-?%\}")
        elif opener[2]:
            closer = re.compile(rb"\{:/(?:" + name + rb")?\}")
        else:
            closer = re.compile(rb"</" + name + rb"\s*>", re.IGNORECASE)
        place = self.lines[at].start + opener.end()
        found = closer.search(self.raw, place)
        if found is None:
            return len(self.texts)
        if opener.start() and found.end() <= self.lines[at].end:
            return 0
        last = at
        while self.lines[last].after < found.end():
            last += 1
        return last + 1

    def html_end(self, at: int, name: bytes) -> int:
        """Return the line after an HTML block; one that is never closed ends at a blank line."""
        tag = re.compile(rb"<(/?)" + re.escape(name) + rb"\b[^>]*?(/?)>", re.IGNORECASE)
        depth = 0
        for found in tag.finditer(self.raw, self.lines[at].start):
            depth += -1 if found[1] else 0 if found[2] else 1
            if depth <= 0:
                last = at
                while self.lines[last].after < found.end():
                    last += 1
                return last + 1
        last = at + 1
        while last < len(self.texts) and self.texts[last].strip():
            last += 1
        return last
