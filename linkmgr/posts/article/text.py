"""The text of a post: its title as a reader sees it, and the parts of its article."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape
from typing import Any, NamedTuple

from linkmgr.posts.ruby.values import text_of

# Titles as text: Jekyll's templates print a title as the HTML that it may contain.

# The elements of a line of text; any other `<…>`, such as `List<String>`, is the author's words.
_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|br|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|rb|rp|rt|ruby|s"
    r"|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?:\s[^<>]*|/)?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# Characters of a title that are looked at, some hundred times the longest that anybody reads.
_LONGEST = 20_000
# `html.unescape` alone would read `AT&copy` and `?a=1&copy=2` as an entity, too.
REFERENCE = re.compile(r"&(?:[a-z][a-z0-9]{1,31}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)


def title_text(title: Any) -> str:
    """Return a post's title as a reader sees it: `<em>Sand</em> &amp; co` as `Sand & co`."""
    text = text_of(title)[:_LONGEST]
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    return resolve_references(text)


def resolve_references(text: str) -> str:
    """Return a text with its character references, such as `&amp;`, as the characters they name."""
    return REFERENCE.sub(lambda match: unescape(match[0]), text) if "&" in text else text


# Where in an article keywords count for more, and where they do not count.
#
# Each pattern begins with a literal. `bytes.find` goes from one such place to the next, which on
# Japanese text is ten times as fast as letting `re` look for it: 40 kB cost about 40 µs.

Span = tuple[int, int]

# A heading of kramdown's GFM parser begins in the first column.
HEADING = re.compile(rb"\n?#{1,6}[ \t]+([^\n]*)")
_UNDERLINE = re.compile(rb"\n(?:=+|-+)[ \t\r]*(?=\n|\Z)")
FENCE = re.compile(rb"`{3,}|~{3,}")
_DEEPEST_FENCE = 3
# A link's target, after its text; the definition of a reference link.
TARGET = re.compile(rb"\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|:[ \t]+\S+)")
# Comments, the contents of scripts and styles, tags with their attributes, autolinks.
_MARKUP = re.compile(
    rb"<(?:!--.*?(?:-->|\Z)|(script|style)\b.*?(?:</\1\s*>|\Z)|h([1-6])\b[^<>]*>"
    rb"|/?[a-z][^<>]*>)",
    re.DOTALL | re.IGNORECASE,
)
# Blocks that `linkmgr eject` wrote are no prose either: until it has ended, posts with and without
# theirs are compared.
_EJECTED = re.compile(rb"<!-- linkmgr:[\w-]+(?: [a-z0-9-]+)* -->")
_EJECTED_END = b"<!-- /linkmgr:"
# Liquid's tags and outputs, kramdown's attribute lists, which end on their line.
_CLOSERS = {b"{%": b"%}", b"{{": b"}}", b"{:": b"}"}
_ADDRESS = re.compile(rb"://[^\s<>()\[\]\"'\x80-\xff]*")


class Sections(NamedTuple):
    """Spans of bytes, in order and not overlapping: headings, and what is not prose."""

    headings: tuple[Span, ...]
    skipped: tuple[Span, ...]


class Spans:
    """Byte spans in order, not overlapping, and whether a position is in one of them."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def __contains__(self, position: int) -> bool:
        before = bisect_right(self._starts, position) - 1
        return before >= 0 and position < self._ends[before]

    def meet(self, start: int, end: int) -> bool:
        """Return whether one of them has a byte from `start` to `end`."""
        following = bisect_right(self._ends, start)
        return following < len(self._starts) and self._starts[following] < end

    def moved(self, places: list[tuple[int, int]]) -> "Spans":
        """Return the spans after text grew or shrank; `places` are pairs (position, growth)."""
        positions = [position for position, _ in places]
        growths = [growth for _, growth in places]

        def move(offset: int) -> int:
            before = bisect_right(positions, offset) - 1
            return offset + growths[before] if before >= 0 else offset

        return Spans([(move(s), move(e)) for s, e in zip(self._starts, self._ends, strict=True)])


class _Next:
    """Finds some bytes' next place, from ever later places on: no byte is read twice."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.places: dict[bytes, int] = {}

    def next_after(self, sought: bytes, start: int) -> int:
        """Return the next place of `sought` from `start` on, or the text's end."""
        if self.places.get(sought, -1) < start:
            place = self.body.find(sought, start)
            self.places[sought] = place if place >= 0 else len(self.body)
        return self.places[sought]


@lru_cache(maxsize=1)  # the words and the keywords of a post are read one after the other
def sections(body: bytes) -> Sections:
    """Return the sections of a Markdown or HTML article."""
    skipped = [*fenced(body), *_ejected(body)]
    without = Spans(apart(skipped))
    headings = [*_headings(body), *_underlined(body)]
    following = _Next(body)
    for markup in _matches(_MARKUP, b"<", body):
        skipped.append(markup.span())
        if markup[2]:
            headings.append((markup.end(), following.next_after(b"</h" + markup[2], markup.end())))
    headings = [heading for heading in headings if heading[0] not in without]
    skipped += [match_.span() for match_ in _matches(TARGET, b"]", body)]
    skipped += _braces(body)
    skipped += [_address(body, match) for match in _matches(_ADDRESS, b":", body)]
    return Sections(apart(headings), apart(skipped))


def headings(body: bytes) -> list[Span]:
    """Return the headings of a Markdown article that begin with `#`, at a tenth of the cost."""
    all_headings = list(_headings(body))
    if not all_headings or (b"```" not in body and b"~~~" not in body):
        return all_headings
    code = Spans(list(fenced(body)))
    return [heading for heading in all_headings if heading[0] not in code]


def _matches(pattern: re.Pattern[bytes], opener: bytes, body: bytes) -> list[re.Match[bytes]]:
    matches = []
    at = body.find(opener)
    while at >= 0:
        match = pattern.match(body, at)
        if match:
            matches.append(match)
        at = body.find(opener, match.end() if match else at + 1)
    return matches


def _headings(body: bytes) -> Iterator[Span]:
    if body.startswith(b"#") and (first := HEADING.match(body)):
        yield first.span(1)
    for match_ in _matches(HEADING, b"\n#", body):
        yield match_.span(1)


def _underlined(body: bytes) -> Iterator[Span]:
    for opener in (b"\n==", b"\n--"):
        for match_ in _matches(_UNDERLINE, opener, body):
            start = body.rfind(b"\n", 0, match_.start()) + 1
            if body[start : match_.start()].strip():
                yield start, match_.start()


def fenced(body: bytes) -> Iterator[Span]:
    """Yield the fenced code blocks of a Markdown article."""
    fences = [*_matches(FENCE, b"```", body), *_matches(FENCE, b"~~~", body)]
    opener: re.Match[bytes] | None = None
    for fence in sorted(fences, key=re.Match.start):
        if not _begins_line(body, fence.start()):
            continue
        if opener is None:
            opener = fence
        elif fence[0].startswith(opener[0]):
            yield opener.start(), fence.end()
            opener = None
    if opener:
        yield opener.start(), len(body)


def _ejected(body: bytes) -> Iterator[Span]:
    """Yield the blocks that `linkmgr eject` wrote, without the comment that ends each."""
    following = _Next(body)
    for opening in _matches(_EJECTED, b"<!-- linkmgr:", body):
        end = following.next_after(_EJECTED_END, opening.end())
        if end < len(body):
            yield opening.start(), end


def _begins_line(body: bytes, fence: int) -> bool:
    """Whether a fence has at most three spaces before it on its line."""
    before = body[max(0, fence - _DEEPEST_FENCE - 1) : fence].rstrip(b" ")
    return before.endswith(b"\n") or (not before and fence <= _DEEPEST_FENCE)


def _braces(body: bytes) -> Iterator[Span]:
    """Find what is in braces."""
    following = _Next(body)
    at = body.find(b"{")
    while at >= 0:
        start = end = at + 1
        if closer := _CLOSERS.get(body[at : at + 2]):
            closing = following.next_after(closer, start + 1)
            last = following.next_after(b"\n", start + 1) if closer == b"}" else len(body)
            if closing < last:
                end = closing + len(closer)
                yield at, end
        at = body.find(b"{", end)


def _address(body: bytes, match: re.Match[bytes]) -> Span:
    """Return the span of a URL, its scheme included."""
    start, end = match.span()
    scheme = next(
        (scheme for scheme in (b"https", b"http") if body.endswith(scheme, 0, start)), b""
    )
    return start - len(scheme), end


def apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort spans and join those that overlap or touch."""
    joined: list[Span] = []
    last = -1
    for start, end in sorted(spans):
        if start > last:
            if end > start:
                joined.append((start, end))
                last = end
        elif end > last:
            joined[-1] = (joined[-1][0], end)
            last = end
    return tuple(joined)
