"""How much there may be in a page.

By HTML's rules an end tag is looked for among all open elements, an attribute among those before
it, and formatting that is not closed is opened anew in each paragraph: a page without limits takes
a time that grows with its square. Browsers have such limits, too.
"""

import re
from collections import Counter

from linkmgr.messages.message import Message, message

MOST_NESTED = 5_000
MOST_ATTRIBUTES = 2_000
MOST_OPTIONS = 5_000
_MOST_REOPENED = 1_000_000
_SHORT_TAG = 2 * MOST_ATTRIBUTES

_TAG = re.compile(r"<(/?)([a-z][^\s/>]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[^\s\"'>/=]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
# What ends these is the first end tag of the same name, whatever is between.
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
            at = html.find("-->", at)
        elif found := _TAG.match(html, at):
            size.add(found)
            at = found.end()
            if not found[1] and found[2].lower() in _RAW:
                at = _end_of_raw(html, found[2], at)
        elif html[at + 1 : at + 2].isalpha():
            break  # a tag without its end, in which all that follows is lost
        else:
            at += 1
        at = html.find("<", at) if at >= 0 else at


def _end_of_raw(html: str, name: str, start: int) -> int:
    found = re.compile(f"</{re.escape(name)}", re.IGNORECASE).search(html, start)
    return found.start() if found else -1


class _Size:
    """What is open, as far as the tags up to now tell, and how much that makes.

    `_blocks` are the open elements that end what is open in them, each with how many that are.
    """

    def __init__(self) -> None:
        self._blocks: list[tuple[str, Counter[str]]] = [("", Counter())]
        self._open: Counter[str] = Counter()
        self._nested = 0
        self._formatting: Counter[str] = Counter()
        self._reopened = 0
        self._options = 0
        self._of_root = 0

    def add(self, tag: re.Match[str]) -> None:
        name = tag[2].lower()
        if tag[1]:
            self._end(name)
        else:
            self._start(name)
            self._attributes(name, tag[3])

    def _start(self, name: str) -> None:
        if name in _ENDED_BY_NEXT:
            while self._blocks[-1][0] in _ENDED_BY_NEXT:
                self._leave()
        self._options = 0 if name == "select" else self._options + (name == "option")
        if self._options > MOST_OPTIONS:
            raise TooMuchError(message("check.detail.options", most=MOST_OPTIONS))
        if name in _WITHOUT_END:
            return
        if name in _INLINE:
            self._blocks[-1][1][name] += 1
        else:
            self._blocks.append((name, Counter()))
            self._open[name] += 1
            self._reopened += self._formatting.total()
        if name in _FORMATTING:
            self._formatting[name] += 1
        self._nested += 1
        if self._nested > MOST_NESTED or self._reopened > _MOST_REOPENED:
            raise TooMuchError(message("check.detail.nested", most=MOST_NESTED))

    def _end(self, name: str) -> None:
        if self._formatting[name]:
            self._formatting[name] -= 1
        inside = self._blocks[-1][1]
        if inside[name]:
            inside[name] -= 1
            self._nested -= 1
        elif self._open[name]:
            while self._leave() != name:
                pass

    def _leave(self) -> str:
        name, inside = self._blocks.pop()
        self._open[name] -= 1
        self._nested -= 1 + inside.total()
        return name

    def _attributes(self, name: str, text: str) -> None:
        if len(text) < _SHORT_TAG and name not in ("html", "body"):
            return
        number = sum(1 for _ in _ATTRIBUTE.finditer(text))
        if name in ("html", "body"):  # those of all such tags are one element's
            self._of_root += number
            number = self._of_root
        if number > MOST_ATTRIBUTES:
            raise TooMuchError(message("check.detail.attributes-of-one", most=MOST_ATTRIBUTES))
