"""A post as the finders of blocks see it: its parts, their texts and links."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType

from linkmgr.adopt.post.anchors import (
    Anchor,
    Article,
    Part,
    anchors,
    classes_of,
    definitions_of,
    visible,
)
from linkmgr.adopt.post.model import (
    KeptProduct,
    OldBook,
    OldCta,
    OldProduct,
    OldRelated,
)
from linkmgr.adopt.post.phrases import announces
from linkmgr.adopt.post.site_addresses import LiveUrls
from linkmgr.links.model import AffiliateLink
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.messages.message import Message

LONGEST_NAME = 100
"""A line of more bytes cannot be a heading."""

NO_TITLES: Mapping[str, str] = MappingProxyType({})
"""What is known of titles before the site's other posts are read."""

_START = attrgetter("start")
_WITHOUT_TEXT = ("shielded", "marker", "rule", "attributes", "conflict")
_ITEM = re.compile(rb"[ \t]*(?:[-+*]|[0-9]+\.)[ \t]+")
# A heading glued to the sentence before it, which is the author's.
_GLUED = re.compile(rb"\S[ \t]*#{2,6}[ \t]")
_BOLD = re.compile(rb"[ \t]*(\*\*|__)(?P<text>.+?)\1[ \t]*(?::|\xef\xbc\x9a)?[ \t]*$")
_WORD = re.compile(r"[^\W_]")
# kramdown gives what it lists to the link right before it, and prints it after a blank.
_ATTRIBUTE_LIST = re.compile(r"\{:(?!:)[^{}\r\n]*\}")
_DAY = re.compile(r"[(（\[]?\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[)）\]]?")


@dataclass(frozen=True)
class TextRow:
    """A line of a paragraph, or an item of a list without its marker."""

    article: Article
    start: int
    end: int
    line: int
    anchors: tuple[Anchor, ...]

    @cached_property
    def text(self) -> str:
        """What a reader sees."""
        return visible(self.article.text(self.start, self.end))

    @cached_property
    def rest(self) -> str:
        """What a reader sees besides the links, one of which may contain others."""
        pieces = []
        start = self.start
        for link in self.anchors:
            if link.start >= start:
                pieces.append(self.article.text(start, link.start))
            start = max(start, link.end)
        text = "".join((*pieces, self.article.text(start, self.end)))
        return visible(_ATTRIBUTE_LIST.sub("", text))

    @property
    def css_class(self) -> str:
        """The classes of the attribute lists in the line."""
        text = self.article.text(self.start, self.end)
        return " ".join(filter(None, map(classes_of, _ATTRIBUTE_LIST.findall(text))))

    @property
    def only_link(self) -> bool:
        """Whether a reader sees nothing but links here."""
        return bool(self.anchors) and not _WORD.search(_DAY.sub("", self.rest))


@dataclass(frozen=True, slots=True)
class FoundBlock:
    """A block that a finder sees in the parts from `first` to `last` (excluded) of those given."""

    kind: str
    first: int
    last: int
    heading: str = ""
    books: tuple[OldBook, ...] = ()
    ctas: tuple[OldCta, ...] = ()
    related: tuple[OldRelated, ...] = ()
    keep_reason: Message | None = None
    reason_if_unrepeated: Message | None = None
    kept_products: tuple[KeptProduct, ...] = ()
    products: tuple[OldProduct, ...] = ()
    compared: tuple[str, ...] = ()


class ParsedPost:
    """One parsed post. `titles` are those that the site or the catalog has, by ASIN."""

    def __init__(
        self, article: Article, live: LiveUrls, titles: Mapping[str, str] = NO_TITLES
    ) -> None:
        self.article = article
        self.raw = article.raw
        self.live = live
        self.titles = titles
        self.definitions = definitions_of(article.raw, article.body)
        self._anchors: dict[int, tuple[Anchor, ...]] = {}
        self._links: dict[str, AffiliateLink | None] = {}
        self._headings: dict[int, str | None] = {}

    def anchors(self, part: Part) -> tuple[Anchor, ...]:
        if part.start not in self._anchors:
            of_part = anchors(self.raw, part.start, part.end, self.definitions)
            self._anchors[part.start] = tuple(of_part)
        return self._anchors[part.start]

    def anchors_between(self, part: Part, start: int, end: int) -> tuple[Anchor, ...]:
        """Return the links of a part that begin from `start` on and before `end`."""
        links = self.anchors(part)
        first = bisect_left(links, start, key=_START)
        return links[first : bisect_left(links, end, first, key=_START)]

    @cached_property
    def text_parts(self) -> tuple[Part, ...]:
        """The parts whose text readers see as text: no code, no rules, no merge conflicts."""
        return tuple(part for part in self.article.parts if part.kind not in _WITHOUT_TEXT)

    def all_anchors(self) -> Iterator[Anchor]:
        """Yield the links of all parts with text."""
        for part in self.text_parts:
            yield from self.anchors(part)

    def link(self, anchor: Anchor) -> AffiliateLink | None:
        if anchor.url not in self._links:
            self._links[anchor.url] = affiliate_link(anchor.url)
        return self._links[anchor.url]

    def affiliate(self, part: Part) -> bool:
        return any(self.link(anchor) for anchor in self.anchors(part))

    def text(self, part: Part) -> str:
        """Return a part as its reader sees it."""
        return visible(b"\n".join(self.article.line_texts(part)).decode("utf-8", "replace"))

    def heading(self, part: Part) -> str | None:
        """Return the text of a heading, or of a paragraph that serves as one."""
        if part.start not in self._headings:
            self._headings[part.start] = self._heading(part)
        return self._headings[part.start]

    def _heading(self, part: Part) -> str | None:
        if part.kind == "heading":
            return visible(part.title.decode("utf-8", "replace"))
        if part.kind != "paragraph" or part.last != part.first + 1:
            return None
        line = self.article.line_texts(part)[0]
        if _GLUED.search(line):
            return None
        if bold := _BOLD.match(line):
            return visible(bold["text"].decode("utf-8", "replace"))
        parts = self.article.parts
        at = bisect_left(parts, part.start, key=_START)
        # The first paragraph of a section is its text.
        if len(line) > LONGEST_NAME or (at > 0 and parts[at - 1].kind == "heading"):
            return None
        text = visible(line.decode("utf-8", "replace"))
        return text if announces(text) else None

    def rows(self, part: Part) -> list[TextRow]:
        """Return the lines of a paragraph, or the items of a list, that are not blank."""
        rows = []
        for number in range(part.first, part.last):
            line = self.article.lines[number]
            text = self.raw[line.start : line.end]
            if not text.strip():
                continue
            item = _ITEM.match(text) if part.kind == "list" else None
            start = line.start + (item.end() if item else 0)
            inside = self.anchors_between(part, start, line.end)
            rows.append(TextRow(self.article, start, line.end, number + 1, inside))
        return rows

    def is_ordered(self, part: Part) -> bool:
        return self.raw[part.start : part.end].lstrip()[:1].isdigit()

    def line_at(self, offset: int) -> int:
        """Return the number of the line that contains a byte, from 1."""
        return bisect_right(self.article.lines, offset, key=_START)

    def attributes_after(self, parts: Sequence[Part], at: int) -> str | None:
        """Return the classes of the attribute line right under the part before `at`."""
        if at < len(parts) and parts[at].kind == "attributes":
            part = parts[at]
            if parts[at - 1].last == part.first:
                return classes_of(self.article.text(part.start, part.end))
        return None
