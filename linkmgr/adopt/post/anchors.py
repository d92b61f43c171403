"""The parts of a post's article, and the links, images and frames in a piece of it."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

# Lines and parts, all of them spans of the file's bytes.

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


class TextLine(NamedTuple):
    """A line: its text is from `start` to `end`, the next one begins at `after`.

    A generator's marker after the text is excluded.
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
    lines: tuple[TextLine, ...]
    body: int
    parts: tuple[Part, ...] = ()

    def text(self, start: int, end: int) -> str:
        """Return bytes as text, whatever they are."""
        return self.raw[start:end].decode("utf-8", "replace")

    def line_texts(self, part: Part) -> list[bytes]:
        """Return the lines of a part without their ends."""
        return [self.raw[line.start : line.end] for line in self.lines[part.first : part.last]]


def line_start(raw: bytes, at: int, begin: int = 0) -> int:
    """Return the start of the line that contains the byte `at`, but not before `begin`."""
    start, step = at, 256
    while start > begin:
        # Most files have no `\r` at all, which a search of all before would show each time.
        start, step = max(at - step, begin), step * 4
        last = max(raw.rfind(b"\n", start, at), raw.rfind(b"\r", start, at))
        if last >= 0:
            return last + 1
    return begin


# Links, images and frames, whether in Markdown or HTML.

AnchorForm = Literal["markdown", "reference", "tag", "image", "frame", "bare", "cut"]
"""How a link is written; `cut` is Markdown that breaks off before the link is complete."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link from `start` to `end` of the file's bytes, its URL from `url_start` to `url_end`.

    `url` is without HTML escapes. `text` is what a reader sees of it, without markup; `is_alt` says
    that it is only what stands in for a picture.
    """

    form: AnchorForm
    start: int
    end: int
    url_start: int
    url_end: int
    url: str
    text: str
    css_class: str = ""
    is_alt: bool = False


# No character is looked at by more than a few of the places where a link could begin: repeats have
# limits, and stop where the next link would begin.
_TEXT = rb"(?:[^\[\]\\\r\n]|\\.|\[[^\[\]\r\n]{0,300}\](?:\([^()\r\n]{0,2000}\))?){0,600}+"
_TARGET = rb"(?:[^\s()<>{]|\{%[^{}]{0,300}%\}|\{\{[^{}]{0,300}\}\}|\{|\([^()\s]{0,300}\)){0,4000}+"
_TITLE = rb"(?:[ \t]+(?:\"[^\"\r\n]{0,500}\"|'[^'\r\n]{0,500}'))?"
_TAG_ATTRIBUTES = rb"(?:\"[^\"]{0,5000}\"|'[^']{0,5000}'|[^'\"<>]){0,1500}+"
_AMPERSAND = rb"(?:amp|#0*38|#x0*26);"
_ANY = re.compile(
    rb"(?P<code>(?<!`)(?P<ticks>`+)(?!`).{0,2000}?(?<!`)(?P=ticks)(?!`)"
    rb"|<(?P<example>code|samp|kbd|textarea|xmp|template)\b[^<>]{0,1500}>(?:(?!<(?P=example)\b).){0,5000}?"
    rb"</(?P=example)\s*>)"
    rb"|(?P<markdown>(?:(?<!\\)|(?<=\\\\))!?\[(?P<text>"
    + _TEXT
    + rb")\](?:\([ \t]*<?(?P<target>"
    + _TARGET
    + rb")>?"
    + _TITLE
    + rb"[ \t]*\)|\[(?P<label>[^\[\]\r\n]{0,200})\]))"
    rb"(?:\{:(?P<attributes>[^}\r\n]{1,300})\})?"
    rb"|<(?P<tag>a|img|iframe)(?=[\s/])(?P<inside>" + _TAG_ATTRIBUTES + rb")>"
    rb"|(?P<cut>(?:(?<!\\)|(?<=\\\\))\[(?P<cut_text>[^\[\]\r\n]{1,600}+)(?:\]\((?P<cut_target>[^\s()]{0,4000}+))?+"
    rb"[ \t]*+)$"
    # Within a bare URL no character that ends one for a reader, a table, Liquid or kramdown.
    rb"|(?P<bare>https?://(?:[^\s<>()\[\]{}\"'`|\\^~&\x80-\xff]{1,4000}+|~(?!~)"
    rb"|&(?!(?!" + _AMPERSAND + rb")#?[a-z0-9]{1,32};)){1,500}+)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_ATTRIBUTE = re.compile(
    rb"(?<![\w:-])(?P<name>[a-z][\w:-]*+)\s*+=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<none>[^\s\"'>]+))",
    re.IGNORECASE,
)
# Links are not nested: the next one ends one that is not closed.
_LINK_END = re.compile(rb"<(?:(?P<closer>/a\s*>)|a(?=[\s>]))", re.IGNORECASE)
_TAGS = re.compile(rb"<[^<>]*>")
LINK = re.compile(rb"<a\b[^<>]*>(?:(?!<a(?=[\s>])|</a\s*>).)*+</a\s*>", re.IGNORECASE | re.DOTALL)
"""A link in HTML as a whole."""
_IMAGE = re.compile(r"!\[([^\[\]]*)\](?:\((?:[^()]|\([^()]*\))*+\))?")
_MARKUP = re.compile(
    r"!?\[((?:[^\[\]])*)\](?:\((?:[^()]|\([^()]*\))*+\))?|(\*\*|__|(?<!\w)[*_]|[*_](?!\w)|~~|`)|\\(?=[\W_])"
)
_DEFINITION = re.compile(
    rb"^ {0,3}\[(?P<label>[^\[\]\r\n]++)\]:[ \t]*+<?(?P<target>[^\s<>]++)",
    re.MULTILINE,
)
# What ends the sentence around a bare URL, not the URL.
_TRAILING = re.compile(
    rb"(?<![&.,:;!?*_~])(?:&" + _AMPERSAND + rb"|[&.,:;!?*_~])++\Z", re.IGNORECASE
)
# For `html.unescape` such a number is an error, as it has more digits than Python's `int` takes.
_NO_CHARACTER = re.compile(r"&#[0-9]{1000,}+;?")
_CLASSES = re.compile(r"\.([A-Za-z_][\w-]*)|class=[\"']?([\w -]+)")


def anchors(
    raw: bytes, start: int, end: int, definitions: dict[bytes, tuple[int, int]]
) -> Iterator[Anchor]:
    """Yield the links from `start` to `end`; `definitions` are those of `definitions_of`."""
    # Most paragraphs have none of these.
    if all(raw.find(opener, start, end) < 0 for opener in (b"[", b"<", b"http")):
        return
    for match in _ANY.finditer(raw, start, end):
        anchor = None
        if match["markdown"]:
            anchor = _markdown(raw, match, definitions)
        elif match["tag"]:
            anchor = _tag(raw, match, end)
        elif match["cut"]:
            anchor = _cut(raw, match)
        elif match["bare"]:
            url = _TRAILING.sub(b"", match["bare"])
            first, last = match.start(), match.start() + len(url)
            anchor = Anchor("bare", first, last, first, last, _url(url), "")
        if anchor:
            yield anchor


def definitions_of(raw: bytes, start: int) -> dict[bytes, tuple[int, int]]:
    """Return the span of each reference link's URL, by its label in lower case."""
    if b"]:" not in raw:
        return {}
    matches = _DEFINITION.finditer(raw, start)
    return {match["label"].lower(): match.span("target") for match in matches}


def classes_of(attributes: str) -> str:
    """Return the classes that a kramdown attribute list (`{: .a .b #c}`) gives."""
    return " ".join(dotted or named for dotted, named in _CLASSES.findall(attributes))


def _attribute(tag: bytes, name: bytes) -> tuple[int, int] | None:
    """Return the span of an attribute's value in a tag, quoted or not."""
    for match in _ATTRIBUTE.finditer(tag):
        if match["name"].lower() == name:
            return match.span(match.lastindex or 0)
    return None


def unescape(text: str) -> str:
    """Return a text with its character references resolved. Any text will do."""
    return html.unescape(_NO_CHARACTER.sub("\ufffd", text))


def visible(text: str) -> str:
    """Return Markdown text as it reads: without emphasis, images' targets, tags and escapes."""
    bare = _IMAGE.sub(r"\1", re.sub(r"<[^<>]*>", "", text))
    return unescape(_MARKUP.sub(lambda match: match[1] or "", bare)).strip()


def _markdown(
    raw: bytes, match: re.Match[bytes], definitions: dict[bytes, tuple[int, int]]
) -> Anchor | None:
    text = match["text"].decode("utf-8", "replace")
    form: AnchorForm = "markdown"
    if match["target"] is not None:
        span = match.span("target")
    else:
        label = (match["label"] or match["text"]).lower()
        if label not in definitions:
            return None
        span, form = definitions[label], "reference"
    if match["markdown"].startswith(b"!"):
        form = "image"
    attributes = (match["attributes"] or b"").decode("utf-8", "replace")
    beside_pictures = visible(_IMAGE.sub("", text))
    return Anchor(
        form,
        match.start(),
        match.end(),
        *span,
        _url(raw[span[0] : span[1]]),
        beside_pictures or visible(text),
        classes_of(attributes),
        is_alt=form == "image" or not beside_pictures,
    )


def _tag(raw: bytes, match: re.Match[bytes], end: int) -> Anchor | None:
    name = match["tag"].lower()
    inside = match["inside"]
    span = _attribute(inside, b"href" if name == b"a" else b"src")
    if span is None:
        return None
    forms: dict[bytes, AnchorForm] = {b"a": "tag", b"img": "image", b"iframe": "frame"}
    offset = match.start("inside")
    last, text = match.end(), b""
    is_alt = name != b"a"
    if is_alt:
        text = _value(inside, b"alt" if name == b"img" else b"title")
    else:
        closer = _LINK_END.search(raw, match.end(), end)
        if closer and closer["closer"]:
            last, text = closer.end(), raw[match.end() : closer.start()]
        if not _TAGS.sub(b"", text).strip() and b"<img" in text.lower():
            is_alt, text = True, _value(text, b"alt")
    return Anchor(
        forms[name],
        match.start(),
        last,
        offset + span[0],
        offset + span[1],
        _url(inside[span[0] : span[1]]),
        visible(_TAGS.sub(b"", text).decode("utf-8", "replace")),
        _value(inside, b"class").decode("utf-8", "replace"),
        is_alt,
    )


def _value(tag: bytes, name: bytes) -> bytes:
    """Return an attribute's value in a tag, empty where it has none."""
    span = _attribute(tag, name)
    return tag[span[0] : span[1]] if span else b""


def _cut(raw: bytes, match: re.Match[bytes]) -> Anchor | None:
    start, end = match.span()
    first, last = end, end
    if match["cut_target"] is not None:
        first, last = match.span("cut_target")
    elif raw[line_start(raw, start) : start].strip() not in (b"-", b"*", b"+"):
        return None  # without a target it is the first thing of a list item
    text = visible(match["cut_text"].decode("utf-8", "replace"))
    return Anchor("cut", start, end, first, last, _url(raw[first:last]), text)


def _url(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("&amp;", "&")
