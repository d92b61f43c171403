"""Reading of a built page what a check looks at."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

from linkmgr.adopt.wording import is_disclosure

# Words that by themselves say "this is an ad" (RULES "Disclosure law"), whatever is around them.
_LABEL = re.compile(
    r"\W*(?:広告|プロモーション|アフィリエイト(?:広告)?|PR|AD|ads?|advert(?:isement)?s?|sponsored"
    r"|promotion|affiliate links?)(?:を含みます|があります|です)?\W*",
    re.IGNORECASE,
)
_LONGEST_LABEL = 40
# What is in these is not read by a reader.
_UNREAD = frozenset(("head", "script", "style", "template", "noscript"))
_BLOCK, _OUR_LABEL = "linkmgr", "linkmgr-label"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, or a page within the page, and whether a label stands before it."""

    line: int
    url: str
    rel: frozenset[str]
    hides_referrer: bool
    labelled: bool
    framed: bool


@dataclass(slots=True)
class Page:
    """The links of a page in their order, how often it shows each of our blocks, and its base."""

    links: list[Link] = field(default_factory=list)
    blocks: Counter[str] = field(default_factory=Counter)
    base: str = ""
    hides_referrer: bool = False


def read_page(html: str) -> Page:
    """Read a page, however broken its HTML is."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._unread: list[str] = []
        self._labelled = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread.append(tag)
        values = {name: value or "" for name, value in reversed(attrs)}  # the first counts
        classes = values.get("class", "").split()
        self._labelled |= _OUR_LABEL in classes
        if tag in ("a", "area", "iframe"):
            self._link(values, framed=tag == "iframe")
        elif tag == "section" and _BLOCK in classes:
            self.page.blocks[classes[-1].removeprefix(f"{_BLOCK}-")] += 1
        elif tag == "base":
            self.page.base = self.page.base or values.get("href", "")
        elif tag == "meta" and values.get("name", "").lower() == "referrer":
            self.page.hides_referrer |= _hides(values.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unread:
            del self._unread[self._unread.index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._labelled and not self._unread:
            self._labelled = (
                len(data) <= _LONGEST_LABEL and _LABEL.fullmatch(data) is not None
            ) or is_disclosure(data)

    def _link(self, values: dict[str, str], *, framed: bool) -> None:
        url = values.get("src" if framed else "href", "").strip()
        if url:
            rel = frozenset(values.get("rel", "").lower().split())
            hides = "noreferrer" in rel or _hides(values.get("referrerpolicy", ""))
            line, _ = self.getpos()
            self.page.links.append(Link(line, url, rel, hides, self._labelled, framed))


def _hides(policy: str) -> bool:
    """Whether a referrer policy keeps the site from another's servers."""
    return policy.strip().lower() in ("no-referrer", "same-origin")
