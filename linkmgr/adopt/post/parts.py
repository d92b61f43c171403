"""The parts of a post's article, as spans of its bytes: as much Markdown as finding blocks needs.

The parts are those of kramdown's GFM parser. Where a blank line decides what a line is, the
line is taken for what its author will have meant: `---` under a paragraph of several lines is a
rule here, though kramdown prints it as a dash.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from linkmgr.adopt.post.anchors import Article, Part, PartKind, TextLine
from linkmgr.posts.document import BOM, split_front_matter

# How far code, comments, raw text and HTML extend: nothing is searched within them.

_FENCE = re.compile(rb" {0,3}(`{3,}|~{3,})")
_BLOCK_TAG = re.compile(
    rb" {0,3}</?(div|p|section|aside|article|header|footer|nav|main|figure|table|ul|ol|dl|center"
    rb"|iframe|blockquote|details|form|fieldset|noscript|h[1-6]|hr|address|video|object)\b",
    re.IGNORECASE,
)
_INDENTED = (b"    ", b"\t")

_SHIELD = re.compile(
    rb"<!--|\{%-?[ \t]*(raw|comment|highlight)\b|\{::(comment|nomarkdown)\}"
    rb"|^ {0,3}<(script|style|pre)\b"
    rb"|(?<!`)<(textarea|xmp|template|code|samp|kbd)\b(?![^<>]*/>)",
    re.IGNORECASE,
)


class _Enclosures:
    """What encloses lines of a file. Lines are numbered from 0, and the line after is returned."""

    def __init__(self, raw: bytes, lines: Sequence[TextLine]) -> None:
        self.raw = raw
        self.lines = lines
        self.texts = [raw[line.start : line.end] for line in lines]
        self._closers: dict[bytes, tuple[int, re.Match[bytes] | None]] = {}
        self._elements: dict[bytes, tuple[list[int], list[int | None]]] = {}

    def opens_shield(self, at: int) -> bool:
        """Whether a comment, raw text or an example begins in a line and is no part of its text."""
        return self.shield_end(at) is not None

    def shield_end(self, at: int) -> int | None:
        """Return the end of the comment or raw text that begins in a line.

        `None` where there is none, or it begins and ends within the text of its line.
        """
        text = self.texts[at]
        if b"<" not in text and b"{" not in text:
            return None
        for opener in _SHIELD.finditer(text):
            match = self._closer(opener, self.lines[at].start + opener.end())
            is_example, is_in_text = bool(opener[4]), opener.start() > 0
            if match is None:
                # A tag that a sentence only mentions is never closed.
                if not (is_in_text and is_example):
                    return len(self.texts)
            elif match.end() > self.lines[at].end or not (is_in_text or is_example):
                return self.after(at, match.end())
        return None

    def fence_end(self, at: int, fence: bytes) -> int:
        """Return the end of a code block; one that is never closed goes to the end of the post."""
        for last in range(at + 1, len(self.texts)):
            text = self.texts[last].strip()
            if text.startswith(fence) and not text.strip(fence[:1]):
                return last + 1
        return len(self.texts)

    def indented_end(self, at: int) -> int:
        """Return the end of indented lines and of the blank lines between them."""
        last = at = at + 1
        while at < len(self.texts):
            if self.texts[at].strip():
                if not self.texts[at].startswith(_INDENTED) or self.opens_shield(at):
                    break
                last = at + 1
            at += 1
        return last

    def html_end(self, at: int, name: bytes) -> int:
        """Return the end of an HTML element; one that is never closed ends at a blank line."""
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
        searched, match = self._closers.get(pattern.pattern, (len(self.raw) + 1, None))
        # What an earlier search found, or missed, holds up to there.
        if start < searched or (match and match.start() < start):
            match = pattern.search(self.raw, start)
            self._closers[pattern.pattern] = start, match
        return match

    def after(self, at: int, offset: int) -> int:
        """Return the line after the one in which the bytes before `offset` end."""
        while self.lines[at].after < offset:
            at += 1
        return at + 1


def _elements(raw: bytes, name: bytes) -> list[tuple[int, int | None]]:
    """Return the start of each tag of a name, and its element's end, `None` if it has none.

    A closing tag, and one that closes itself, end where they are.
    """
    elements: list[tuple[int, int | None]] = []
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
            elements.append((tag.start(), end))
        else:
            elements.append((tag.start(), None))
            unclosed.append(len(elements) - 1)
        if tag[1] and unclosed:
            opener = unclosed.pop()
            elements[opener] = (elements[opener][0], end)
    return elements


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


# The parts, from line to line.

_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r)|([^\r\n]+)\Z")
_HEADING = re.compile(rb"(#{1,6})[ \t]+")
_RULE = re.compile(rb" {0,3}([-*_])[ \t]*\1[ \t]*\1(?:\1|[ \t])*$")
_UNDERLINE = re.compile(rb" {0,3}([-=])\1*[ \t]*$")
# In bytes, some 60 Japanese characters.
_LONGEST_TITLE = 180
_SENTENCE_ENDS = tuple(end.encode() for end in "。．.！!？?…♪」』）)*_")
_ITEM = re.compile(rb" {0,3}(?:[-+*]|[0-9]+\.)(?:[ \t]|$)")
_ATTRIBUTES = re.compile(rb" {0,3}\{:(?!:|/)[^\r\n]*\}[ \t]*$")
_CONFLICT_MIDDLE = b"=" * 7
_MARKER = re.compile(
    rb"[ \t]*(?:\\?-){2,}[ \t]*(?:END(?: OF (?:ARTICLE|POST|TEXT))?|EOF|FIN)"
    rb"[ \t]*(?:\\?-){2,}[ \t]*$"
)
# A marker that has text before it.
_MARKER_TAIL = re.compile(rb"(?<=[^\s])[ \t]+-{3}END-{3}[ \t]*\Z")
_NO_ENDS: Mapping[int, int] = MappingProxyType({})
CONFLICT = re.compile(rb"[<>]{7}(?: |$)")
"""Where a merge conflict begins or ends."""


def article_of(raw: bytes, ends: Mapping[int, int] = _NO_ENDS) -> Article:
    """Split a file into parts. Any bytes will do.

    `ends` says where the text of some lines ends, by where they start, if not at a line break.
    """
    start = len(BOM) if raw.startswith(BOM) else 0
    lines = []
    for match in _LINE.finditer(raw, start):
        begin, end = match.start(), match.end(match.lastindex or 0)
        # A generator's marker is none of the text before it.
        has_marker = raw.find(b"---END---", begin, end) >= 0
        marker = _MARKER_TAIL.search(raw, begin, end) if has_marker else None
        if begin in ends:
            end = ends[begin]
        elif marker:
            end = marker.start()
        lines.append(TextLine(begin, end, match.end()))
    body = len(raw) - len(split_front_matter(raw[start:])[1])
    article = Article(raw, tuple(lines), body)
    return replace(article, parts=tuple(_PartsReader(article).parts()))


class _PartsReader:
    """The reading of an article from line to line."""

    def __init__(self, article: Article) -> None:
        self.lines = article.lines
        self.enclosures = _Enclosures(article.raw, article.lines)
        self.texts = self.enclosures.texts
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
        if end := self.enclosures.shield_end(at):
            return self.made("shielded", at, end)
        if CONFLICT.match(text):
            return self.made("conflict", at, self.conflict_end(at))
        return self.single(at) or self.enclosed(at, listed=listed) or self.running(text, at)

    def conflict_end(self, at: int) -> int:
        """Return the line after a merge conflict; one that is never closed goes to the end."""
        for last in range(at, len(self.texts)):
            if self.texts[last].startswith(b">") and CONFLICT.match(self.texts[last]):
                return last + 1
        return len(self.texts)

    def enclosed(self, at: int, *, listed: bool) -> Part | None:
        """Return the part that is code or HTML."""
        text = self.texts[at]
        if text.startswith(_INDENTED):
            kind: PartKind = "nested" if listed else "shielded"
            return self.made(kind, at, self.enclosures.indented_end(at))
        if fence := _FENCE.match(text):
            return self.made("shielded", at, self.enclosures.fence_end(at, fence[1]))
        if tag := _BLOCK_TAG.match(text):
            return self.made("html", at, self.enclosures.html_end(at, tag[1]))
        return None

    def running(self, text: bytes, at: int) -> Part:
        """Return the part that goes on until something else begins."""
        if _ITEM.match(text):
            return self.made("list", at, self.list_end(at))
        if text.lstrip(b" ").startswith(b">"):
            return self.made("quote", at, self.paragraph_end(at))
        return self.paragraph(at)

    def made(self, kind: PartKind, first: int, last: int) -> Part:
        return Part(kind, first, last, self.lines[first].start, self.lines[last - 1].after)

    def single(self, at: int) -> Part | None:
        """Return a part that is always one line."""
        text = self.texts[at]
        if heading := _HEADING.match(text):
            title = _title(text[heading.end() :])
            return replace(self.made("heading", at, at + 1), level=len(heading[1]), title=title)
        if _MARKER.match(text):
            # Under a line of its own an underline makes a heading of it, and goes with it.
            below = at + 1
            is_heading = self.follows_blank(at) and self.is_underline(below, b"=")
            if is_heading and self.texts[below] != _CONFLICT_MIDDLE:
                return self.made("marker", at, below + 1)
            return self.made("marker", at, below)
        if _RULE.match(text):
            return self.made("rule", at, at + 1)
        return self.made("attributes", at, at + 1) if _ATTRIBUTES.match(text) else None

    def follows_blank(self, at: int) -> bool:
        """Whether a line begins a new part: after a blank one, an attribute list, or a marker."""
        before = self.texts[at - 1] if at > self.first else b""
        return not before.strip() or bool(_ATTRIBUTES.match(before) or _MARKER.match(before))

    def is_underline(self, at: int, mark: bytes) -> bool:
        if at >= len(self.texts):
            return False
        match = _UNDERLINE.match(self.texts[at])
        return match is not None and match[1] == mark

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
            _RULE.match(self.texts[last])
            and (len(text) > _LONGEST_TITLE or text.endswith(_SENTENCE_ENDS))
        ):
            return replace(self.made("heading", at, last + 1), level=2, title=text)
        return self.made("paragraph", at, last)

    def paragraph_end(self, at: int) -> int:
        """Return the line at which a paragraph, or anything like one, ends."""
        last = at + 1
        while last < len(self.texts) and not self.breaks(last):
            last += 1
        return last

    def breaks(self, at: int) -> bool:
        """Whether a line ends the paragraph before it."""
        text = self.texts[at]
        if not text.strip() or self.single(at) or text.lstrip(b" ").startswith(b">"):
            return True
        for pattern in (_ITEM, _FENCE, _UNDERLINE, _BLOCK_TAG, CONFLICT):
            if pattern.match(text):
                return True
        return self.enclosures.opens_shield(at)

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
                # More of the item before it is indented, but not as far as code.
                more = self.texts[after] if after < len(self.texts) else b""
                if not more.startswith(b"  ") or more.startswith(_INDENTED):
                    return last
                last = after
            elif _RULE.match(text) or self.enclosures.opens_shield(last):
                return last
            is_more = _ITEM.match(text) or text.startswith((b"  ", b"\t")) or not text.strip()
            if not is_more and self.breaks(last):
                return last
            last += 1
        return last


def _title(text: bytes) -> bytes:
    """Return a heading's text without its id and its closing `#`."""
    title = text.rstrip(b" \t")
    if title.endswith(b"}"):
        braces = title.find(b"{#", title.rfind(b"}", 0, -1) + 1)
        title = title[:braces].rstrip(b" \t") if braces >= 0 else title
    bare = title.rstrip(b"#")
    if bare.endswith(b"\\") and bare != title:
        bare += b"#"
    return bare.rstrip(b" \t")
