"""Reading a built page: its links, whether a label precedes them, and its blocks."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from linkmgr.check.pages.labels import is_label

_BLOCK, _OUR_LABEL = "linkmgr", "linkmgr-label"
_TEXT = "-text"

# What is in these no reader sees, so neither links nor labels in them count.
_UNSEEN = frozenset(("script", "style", "template", "noscript", "textarea", "select"))
# A word in these says something else: where a menu leads, what a button does, what a program is.
_NO_LABEL = frozenset(("title", "a", "nav", "button", "code", "pre", "svg", "table"))


@dataclass(frozen=True, slots=True)
class Link:
    """A link, or a page within the page, and whether a label precedes it.

    `block` is the name of the block of ours in which it stands, empty outside of them.
    """

    url: str
    rel: frozenset[str]
    hides_referrer: bool
    labelled: bool
    framed: bool
    block: str = ""


@dataclass(slots=True)
class Page:
    """The links of a page in their order, how often it shows each of our blocks, and its base.

    `redirects` is whether it only sends the browser elsewhere.
    """

    links: list[Link] = field(default_factory=list)
    blocks: Counter[str] = field(default_factory=Counter)
    base: str = ""
    redirects: bool = False


def read_page(html: str) -> Page:
    """Read a page as a browser does, however broken its HTML is."""
    root = LexborHTMLParser(html).root
    return _Reader().read(root) if root else Page()


class _Reader:
    def __init__(self) -> None:
        self._page = Page()
        self._labelled = False
        self._hides = False

    def read(self, root: LexborNode) -> Page:
        # By hand: the library's own walk takes a time that grows with the depth.
        waiting: list[tuple[LexborNode, bool, str]] = [(root, True, "")]
        while waiting:
            node, may_label, block = waiting.pop()
            if (after := node.next) is not None and node is not root:
                waiting.append((after, may_label, block))
            tag = node.tag or ""
            if tag == _TEXT:
                if may_label and not self._labelled:
                    self._labelled = is_label(node.text_content or "")
                continue
            values = {name: value or "" for name, value in node.attributes.items()}
            if tag in _UNSEEN or _is_hidden(values):
                continue
            inside = self._element(tag, values, block)
            if (first := node.child) is not None:
                waiting.append((first, may_label and tag not in _NO_LABEL, inside))
        return self._page

    def _element(self, tag: str, values: Mapping[str, str], block: str) -> str:
        """Read an element in a block of ours or outside of them; return the block it opens."""
        classes = values.get("class", "").split()
        self._labelled |= _OUR_LABEL in classes
        if opened := _block(classes):
            self._page.blocks[opened] += 1
        if tag in ("a", "area", "iframe"):
            self._link(values, block, framed=tag == "iframe")
        elif tag == "base":
            self._page.base = self._page.base or values.get("href", "")
        elif tag == "meta" and values.get("name", "").lower() == "referrer":
            self._hides = _hides(values.get("content", ""))
        elif tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self._page.redirects = True
        return opened or block

    def _link(self, values: Mapping[str, str], block: str, *, framed: bool) -> None:
        url = values.get("src" if framed else "href", "").strip()
        if url:
            rel = frozenset(values.get("rel", "").lower().split())
            own = values.get("referrerpolicy", "")
            hides = "noreferrer" in rel or (_hides(own) if own.strip() else self._hides)
            self._page.links.append(Link(url, rel, hides, self._labelled, framed, block))


def _block(classes: list[str]) -> str:
    """Return the name of the block whose frame has these classes: the last class of ours."""
    if _BLOCK not in classes:
        return ""
    rest = classes[classes.index(_BLOCK) + 1 :]
    ours = list(takewhile(lambda each: each.startswith(f"{_BLOCK}-"), rest))
    return ours[-1].removeprefix(f"{_BLOCK}-") if ours else ""


def _is_hidden(values: Mapping[str, str]) -> bool:
    return "hidden" in values or "display:none" in values.get("style", "").replace(" ", "").lower()


def _hides(policy: str) -> bool:
    """Whether a referrer policy keeps the site from another's servers."""
    return policy.strip().lower() in ("no-referrer", "same-origin")
