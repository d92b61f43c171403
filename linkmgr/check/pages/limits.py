"""The limits on what a page may contain.

By HTML's rules an end tag is looked for among all open elements, an attribute among those before
it, and formatting that is not closed is opened anew in each paragraph: a page without limits takes
a time that grows with its square. Browsers have such limits, too.
"""

import re
from collections import Counter
from typing import NamedTuple

from linkmgr.messages.message import Message, message

MOST_NESTED = 5_000
MOST_ATTRIBUTES = 2_000
MOST_OPTIONS = 5_000
_MOST_REOPENED = 1_000_000
_SHORT_TAG = 2 * MOST_ATTRIBUTES

# Quotes delimit a value only right behind `=`; elsewhere they are characters of a name or a value
# (https://html.spec.whatwg.org/#attribute-name-state), as in `<a class="b"">`. A value whose quote
# never ends has no tag around it.
_NAME = r"[^\s/>][^\s/>=]*+"
_VALUE = r"\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\s>]*+)"
_TAG = re.compile(
    rf"<(/?)([a-z][^\s/>]*)((?:[\s/]++|{_NAME}(?:{_VALUE}|(?!\s*+=)))*+)>", re.IGNORECASE
)
_ATTRIBUTE = re.compile(rf"({_NAME})(?:{_VALUE})?")
# What ends these is the first end tag of the same name, whatever is between.
_EMPTY = re.compile(r"(?:\A|[^=\s]\s+|=\s*(?:\"[^\"]*\"|'[^']*'))/\Z")
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_WITHOUT_END = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr", "html", "head", "body", "a", "nobr", "button", "form"),
    )
)
_ENDED_BY_NEXT = frozenset(
    (
        *("p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody"),
        *("tfoot", "caption", "colgroup", "h1", "h2", "h3", "h4", "h5", "h6"),
    )
)
# HTML's rules do not hold within these (https://html.spec.whatwg.org/#parsing-main-inforeign):
# `<path/>` has no end tag, and a style no end of its own. Some of their elements have HTML in them,
# and most elements of HTML end them.
_FOREIGN = frozenset(("svg", "math"))
_WITH_HTML = frozenset(
    ("foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext")
)
_END_FOREIGN = frozenset(
    (
        *("b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em"),
        *("embed", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing"),
        *("menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span", "strong"),
        *("strike", "sub", "sup", "table", "tt", "u", "ul", "var"),
    )
)
_FORMATTING = frozenset(
    ("b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u")
)
_INLINE = _FORMATTING | frozenset(
    (
        *("abbr", "bdi", "bdo", "cite", "data", "del", "dfn", "ins", "kbd", "label", "mark", "q"),
        *("rb", "rp", "rt", "rtc", "ruby", "samp", "span", "sub", "sup", "time", "var"),
    )
)


class TooMuchError(ValueError):
    """A page with more in it than is read, and what that is."""

    def __init__(self, problem: Message) -> None:
        super().__init__(problem)
        self.problem = problem


def check_limits(html: str) -> None:
    """Raise TooMuchError for a page that takes too long to read."""
    size = _Size()
    at = html.find("<")
    while at >= 0:
        if html.startswith("<!--", at):
            comment = _COMMENT.match(html, at)
            at = comment.end() if comment else -1
        elif match := _TAG.match(html, at):
            raw = not match[1] and match[2].lower() in _RAW and not size.in_foreign
            size.add(match)
            at = match.end()
            if raw:
                at = _end_of_raw(html, match[2], at)
        elif html[at + 1 : at + 2].isalpha():
            break  # a tag without its end, in which all that follows is lost
        else:
            at += 1
        at = html.find("<", at) if at >= 0 else at


def _end_of_raw(html: str, name: str, start: int) -> int:
    match = re.compile(f"</{re.escape(name)}", re.IGNORECASE).search(html, start)
    return match.start() if match else -1


class _Block(NamedTuple):
    """An open element that ends the elements open in it; `inside` counts the inline ones."""

    name: str
    inside: Counter[str]
    in_foreign: bool


class _Size:
    """What is open, as far as the tags so far tell, and how much that amounts to."""

    def __init__(self) -> None:
        self._blocks = [_Block("", Counter(), in_foreign=False)]
        self._open: Counter[str] = Counter()
        self._nested = 0
        self._formatting: Counter[str] = Counter()
        self._reopened = 0
        self._options = 0
        self._of_root = 0

    @property
    def in_foreign(self) -> bool:
        """Whether a tag that comes now is one of SVG or MathML."""
        return self._blocks[-1].in_foreign

    def add(self, tag: re.Match[str]) -> None:
        name = tag[2].lower()
        if tag[1]:
            self._end(name)
        else:
            self._start(name, tag[3])
            self._attributes(name, tag[3])

    def _start(self, name: str, attributes: str) -> None:
        if name in _END_FOREIGN:
            self._leave_foreign()
        foreign = self.in_foreign or name in _FOREIGN
        if foreign and _EMPTY.search(attributes):
            return
        if name in _ENDED_BY_NEXT:
            while self._blocks[-1].name in _ENDED_BY_NEXT:
                self._leave()
        if name in _WITHOUT_END:
            return
        self._count_options(name)
        if name in _INLINE:
            self._blocks[-1].inside[name] += 1
        else:
            in_foreign = foreign and name not in _WITH_HTML
            self._blocks.append(_Block(name, Counter(), in_foreign))
            self._open[name] += 1
            self._reopened += self._formatting.total()
        if name in _FORMATTING:
            self._formatting[name] += 1
        self._nested += 1
        if self._nested > MOST_NESTED or self._reopened > _MOST_REOPENED:
            raise TooMuchError(message("check.detail.nested", most=MOST_NESTED))

    def _count_options(self, name: str) -> None:
        if name == "select":
            self._options = 0
        elif name == "option" and self._open["select"]:
            self._options += 1
            if self._options > MOST_OPTIONS:
                raise TooMuchError(message("check.detail.options", most=MOST_OPTIONS))

    def _end(self, name: str) -> None:
        if self._formatting[name]:
            self._formatting[name] -= 1
        if name in ("p", "br"):
            self._leave_foreign()
        inside = self._blocks[-1].inside
        if inside[name]:
            inside[name] -= 1
            self._nested -= 1
        elif self._open[name]:
            while self._leave() != name:
                pass

    def _leave(self) -> str:
        name, inside, _ = self._blocks.pop()
        self._open[name] -= 1
        self._nested -= 1 + inside.total()
        return name

    def _leave_foreign(self) -> None:
        while self.in_foreign:
            self._leave()

    def _attributes(self, name: str, text: str) -> None:
        if len(text) < _SHORT_TAG and name not in ("html", "body"):
            return
        # Of two with one name the first is kept, so that only names are compared with each other.
        number = len({attribute[1].lower() for attribute in _ATTRIBUTE.finditer(text)})
        if name in ("html", "body"):  # those of all such tags are one element's
            self._of_root += number
            number = self._of_root
        if number > MOST_ATTRIBUTES:
            raise TooMuchError(message("check.detail.attributes-of-one", most=MOST_ATTRIBUTES))
