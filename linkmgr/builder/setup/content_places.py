"""Where a layout or an include shows an article: its `content`, or what Liquid makes of it.

It may be captured, assigned to another variable, or handed to an include before it is shown, and
layouts read it for other purposes: for how long it takes to read, or for a summary in the head.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

_CONTENT = "content"

# Quoted texts may contain braces; what is not closed ends at the line's end, as no tag goes on.
_TOKEN = re.compile(
    rb"\{\{-?(?P<output>(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|[^}\"'])*+)-?\}\}"
    rb"|\{%-?\s*(?P<tag>\w+)(?P<rest>(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|%(?!\})|[^%\"'])*+)%\}"
)
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(rb"\s*([\w.-]+)\s*(?:\||$)")
_ASSIGNED = re.compile(rb"\s*([\w-]+)\s*=\s*(.*)", re.DOTALL)
_INCLUDED = re.compile(rb"\s*([\w./-]+)")
_HANDED_OVER = re.compile(rb"([\w-]+)\s*=\s*([\w.-]+)")
_FILTER = re.compile(rb"\|\s*(\w+)")
# Filters after which a text is none any more, or only a part of it; plugins name theirs alike.
_REDUCES = re.compile(
    rb"size|split|slice|first|last|date|jsonify|strip_html|truncate(?:words)?|toc_only"
    rb"|(?:xml_|cgi_|uri_)?escape|url_encode|\w*(?:time|words|count|minutes|excerpt|summary)\w*"
)
# Includes that make something else of the content which they are given.
_OTHER_INCLUDE = re.compile(
    r"(?:toc|time|minutes|words?|count|meta|seo|schema|summary|excerpt|description|share)",
    re.IGNORECASE,
)
_OPENS = frozenset((b"if", b"unless", b"case", b"for", b"tablerow"))
_TURNS = frozenset((b"else", b"elsif", b"when"))


class ContentPlace(NamedTuple):
    """The tag at the bytes from `start` to `end` that shows an article.

    `through` names the include that is given the article, empty where the tag shows it itself.
    """

    start: int
    end: int
    through: str = ""


@dataclass(slots=True)
class _Branch:
    """A part of a condition: the number of the condition in the file, and of the part in it."""

    condition: int
    part: int = 0


@dataclass(slots=True)
class _Seen:
    """A place, the parts of the conditions in which it is, and whether it is captured."""

    place: ContentPlace
    branches: tuple[tuple[int, int], ...]
    captured: bool


@dataclass(slots=True)
class _TagReading:
    """The reading of a file from tag to tag: which variables have the article's text."""

    data: bytes
    names: set[str]
    seen: list[_Seen] = field(default_factory=list)
    branches: list[_Branch] = field(default_factory=list)
    captures: list[str] = field(default_factory=list)
    conditions: int = 0

    def read(self) -> None:
        skipped = b""
        for token in _TOKEN.finditer(self.data):
            tag = token["tag"]
            if skipped:
                if tag == b"end" + skipped:
                    skipped = b""
            elif tag in (b"raw", b"comment"):
                skipped = tag
            elif tag is None:
                if self.has_article(token["output"]):
                    self.note(ContentPlace(*token.span()))
            else:
                self.follow(tag, token["rest"].rstrip(b"-"), token)

    def follow(self, tag: bytes, rest: bytes, token: re.Match[bytes]) -> None:
        if tag in _OPENS:
            self.conditions += 1
            self.branches.append(_Branch(self.conditions))
        elif tag in _TURNS and self.branches:
            self.branches[-1].part += 1
        elif tag == b"capture":
            self.captures.append(rest.strip().strip(b"\"'").decode(errors="replace"))
        elif tag == b"endcapture" and self.captures:
            self.captures.pop()
        elif tag == b"assign" and (assigned := _ASSIGNED.match(rest)):
            if self.has_article(assigned[2]):
                self.names.add(assigned[1].decode())
        elif tag in (b"include", b"include_cached"):
            self.note_handed_over(rest, token)
        elif tag[:3] == b"end" and tag[3:] in _OPENS and self.branches:
            self.branches.pop()

    def has_article(self, expression: bytes) -> bool:
        """Whether an expression is the article's text, maybe after filters that keep it one."""
        name = _NAME.match(expression)
        if name is None or name[1].decode() not in self.names:
            return False
        filters = _FILTER.findall(_QUOTED.sub(b"", expression))
        return not any(map(_REDUCES.fullmatch, filters))

    def note_handed_over(self, rest: bytes, token: re.Match[bytes]) -> None:
        include = _INCLUDED.match(rest)
        if include is None or include[1] == b"linkmgr.html":
            return
        name = include[1].decode()
        values = [value.decode() for _, value in _HANDED_OVER.findall(rest)]
        if not self.names.isdisjoint(values) and not _OTHER_INCLUDE.search(name):
            self.note(ContentPlace(*token.span(), through=name))

    def note(self, place: ContentPlace) -> None:
        branches = tuple((branch.condition, branch.part) for branch in self.branches)
        self.seen.append(_Seen(place, branches, bool(self.captures)))
        if self.captures and not place.through:
            self.names.add(self.captures[-1])


class ContentPlaces(NamedTuple):
    """Where a file shows the article; `alternatives` if a page shows at most one of several."""

    places: tuple[ContentPlace, ...]
    alternatives: bool


def content_places(data: bytes) -> ContentPlaces:
    """Return the places where a file shows the article itself, else hands it to an include.

    A text that is captured counts where the capture is shown.
    """
    reading = _TagReading(data, {_CONTENT})
    reading.read()
    chosen = [seen for seen in reading.seen if not seen.place.through] or reading.seen
    chosen = [seen for seen in chosen if not seen.captured] or chosen
    places = tuple(seen.place for seen in chosen)
    return ContentPlaces(places, _are_alternatives([dict(seen.branches) for seen in chosen]))


def _are_alternatives(branches: Sequence[Mapping[int, int]]) -> bool:
    """Whether each two places are in different parts of the same condition."""
    for one, other in combinations(branches, 2):
        conditions = one.keys() & other.keys()
        if all(one[condition] == other[condition] for condition in conditions):
            return False
    return True


def included_files(data: bytes) -> Iterator[str]:
    """Yield the names of the includes in a file, in their order."""
    for token in _TOKEN.finditer(data):
        if token["tag"] in (b"include", b"include_cached"):
            name = _INCLUDED.match(token["rest"])
            if name and name[1] != b"linkmgr.html":
                yield name[1].decode(errors="replace")
