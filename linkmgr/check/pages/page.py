"""Reading a built page: its links, whether a label precedes them, and what it shows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import NamedTuple, Self

from selectolax.lexbor import LexborHTMLParser, LexborNode

from linkmgr.blocks.links import HIT
from linkmgr.check.pages.labels import is_label
from linkmgr.check.pages.limits import check_limits
from linkmgr.check.pages.naming import names_shop
from linkmgr.check.pages.pictures import picture_urls
from linkmgr.check.pages.prices import may_show_price, price_beside
from linkmgr.check.pages.visibility import is_hidden, is_invisible
from linkmgr.links.programmes.profile import Profiles
from linkmgr.resolver.model import TEXT

_BLOCK, _OUR_LABEL = "linkmgr", "linkmgr-label"
_IN_TEXT = "linkmgr-text"  # around an item's link in an article's text
_TEXT = "-text"

# What is in these no reader sees, so neither links nor labels in them count.
_UNSEEN = frozenset(("script", "style", "template", "noscript", "textarea", "select"))
# A word in these says something else: where a menu leads, what a button does, what a program is.
_NO_LABEL = frozenset(("title", "a", "nav", "button", "code", "pre", "svg", "table"))
_COUNTING = ("ping", HIT)
# Prices are looked for beside so many links of a page.
_MOST_PRICES = 1_000
# What is around links whose clicks are counted though they must not say so themselves.
_HITS = "data-linkmgr-hits"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, or a page within the page (`framed`), and whether a label precedes it.

    `policy` is its referrer policy, or the page's; empty where neither has one. `block` is the
    name of the block of ours in which it is, `price` a price beside it; empty without one.
    `is_counted` is whether its clicks are counted beside it, `names_shop` whether it says where it
    leads as far as its programme asks for that. Of the page's links to its address
    that are in no block, it is number `nth` of so many `times`.
    """

    url: str
    rel: frozenset[str]
    policy: str
    labelled: bool
    framed: bool
    attributes: Mapping[str, str]
    block: str = ""
    price: str = ""
    is_counted: bool = False
    names_shop: bool = True
    nth: int = 1
    times: int = 1


class Picture(NamedTuple):
    """A picture that browsers load, whether readers see it, and the block of ours around it."""

    url: str
    seen: bool
    block: str


@dataclass(slots=True)
class Page:
    """The links and the pictures of a page in their order, and its base.

    `blocks` is how often it shows each block of ours, `anchors` what a `#fragment` can lead to.
    `redirects` is whether it only sends the browser elsewhere.
    """

    links: list[Link] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    blocks: Counter[str] = field(default_factory=Counter)
    base: str = ""
    redirects: bool = False

    @property
    def shown(self) -> tuple[Link | Picture, ...]:
        """The links and the pictures."""
        return (*self.links, *self.pictures)


def read_page(html: str, profiles: Profiles | None = None) -> Page:
    """Read a page as a browser does, however broken its HTML is.

    Whether links name their shops is found out by the rules of `profiles`. Raise TooMuchError.
    """
    check_limits(html)
    root = LexborHTMLParser(html).root
    prices = _MOST_PRICES if may_show_price(html) else 0
    return _Reader(profiles, prices=prices).read(root) if root else Page()


@dataclass(slots=True)
class _Passage:
    """The page, or a part `around` which it is: one whose labels speak for itself alone."""

    around: Self | None = None
    is_collapsed: bool = False
    has_label: bool = False

    @property
    def labelled(self) -> bool:
        return self.has_label or (self.around is not None and self.around.has_label)


class _Place(NamedTuple):
    """Where elements are."""

    passage: _Passage
    seen: bool = True
    loaded: bool = True
    may_label: bool = True
    in_article: bool = False
    block: str = ""
    hits: frozenset[str] = frozenset()


class _Reader:
    def __init__(self, profiles: Profiles | None, *, prices: int) -> None:
        self._profiles = profiles
        self._page = Page()
        self._policy = ""
        self._prices_left = prices

    def read(self, root: LexborNode) -> Page:
        # By hand: the library's own walk takes a time that grows with the depth.
        waiting = [(root, _Place(_Passage()))]
        while waiting:
            node, place = waiting.pop()
            if (after := node.next) is not None and node is not root:
                waiting.append((after, place))
            tag = node.tag or ""
            if tag == _TEXT:
                passage = place.passage
                if place.may_label and not passage.labelled:
                    passage.has_label = is_label(node.text_content or "")
                continue
            values = {name: value or "" for name, value in node.attributes.items()}
            self._anchor(tag, values)
            seen = place.seen and tag not in _UNSEEN and not is_hidden(values)
            if place.loaded:
                urls = picture_urls(tag, values)
                self._page.pictures += (Picture(url, seen, place.block) for url in urls)
            if seen:
                self._element(node, tag, values, place)
            if (first := node.child) is not None:
                inside = _inside(tag, values, place) if seen else _unseen(tag, place)
                waiting.append((first, inside))
        self._page.links = [*_numbered(self._page.links)]
        return self._page

    def _anchor(self, tag: str, values: Mapping[str, str]) -> None:
        # What is hidden now may be shown by the time that somebody is led there.
        if anchor := values.get("id"):
            self._page.anchors.add(anchor)
        if tag == "a" and (anchor := values.get("name")):
            self._page.anchors.add(anchor)

    def _element(
        self, node: LexborNode, tag: str, values: Mapping[str, str], place: _Place
    ) -> None:
        classes = values.get("class", "").split()
        place.passage.has_label |= _OUR_LABEL in classes
        if opened := _block(classes):
            self._page.blocks[opened] += 1
        if tag in ("a", "area", "iframe"):
            self._link(node, values, place, framed=tag == "iframe")
        elif tag == "base":
            self._page.base = self._page.base or values.get("href", "")
        elif tag == "meta" and values.get("name", "").lower() == "referrer":
            self._policy = values.get("content", "").strip().lower()
        elif tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self._page.redirects = True

    def _link(
        self, node: LexborNode, values: Mapping[str, str], place: _Place, *, framed: bool
    ) -> None:
        url = values.get("src" if framed else "href", "").strip()
        if not url:
            return
        rel = frozenset(values.get("rel", "").lower().split())
        own = values.get("referrerpolicy", "").strip().lower()
        link = Link(
            url,
            rel,
            policy="no-referrer" if "noreferrer" in rel else own or self._policy,
            labelled=place.passage.labelled,
            framed=framed,
            attributes=values,
            block=place.block,
            price=self._price(node, url),
            is_counted=any(name in values for name in _COUNTING) or url in place.hits,
            names_shop=self._profiles is None or names_shop(node, url, self._profiles),
        )
        self._page.links.append(link)

    def _price(self, node: LexborNode, url: str) -> str:
        if not self._prices_left or "//" not in url:
            return ""
        self._prices_left -= 1
        return price_beside(node)


def _numbered(links: list[Link]) -> Iterator[Link]:
    """Yield links with their number among those to the same address."""
    times = Counter(link.url for link in links if not link.block)
    before: Counter[str] = Counter()
    for link in links:
        if link.block or times[link.url] == 1:
            yield link
        else:
            before[link.url] += 1
            yield replace(link, nth=before[link.url], times=times[link.url])


def _inside(tag: str, values: Mapping[str, str], place: _Place) -> _Place:
    """Return where the children of an element are."""
    passage = place.passage
    classes = values.get("class", "").split()
    if passage.around is None and _is_aside(tag, values, place):
        passage = _Passage(passage, is_collapsed=tag == "details")
    elif tag == "summary" and passage.is_collapsed:
        passage = passage.around or passage
    silent = tag in _NO_LABEL or is_invisible(values, classes)
    return _Place(
        passage,
        may_label=place.may_label and not silent,
        in_article=place.in_article or tag == "article",
        block=_block(classes) or (TEXT if _IN_TEXT in classes else place.block),
        hits=frozenset(values[_HITS].split(" ")) if _HITS in values else place.hits,
    )


def _unseen(tag: str, place: _Place) -> _Place:
    """Return where the children of an element are that no reader sees."""
    loaded = place.loaded and (tag not in _UNSEEN or tag == "noscript")
    return place._replace(seen=False, loaded=loaded, may_label=False)


def _is_aside(tag: str, values: Mapping[str, str], place: _Place) -> bool:
    """Whether readers may not have met what is in an element before what follows it.

    A footer is below, a sidebar beside what it precedes; an aside within an article is in its way.
    """
    if tag in ("details", "dialog"):
        return "open" not in values
    return tag == "footer" or (tag == "aside" and not place.in_article)


def _block(classes: list[str]) -> str:
    """Return the name of the block whose frame has these classes: the last class of ours."""
    if _BLOCK not in classes:
        return ""
    rest = classes[classes.index(_BLOCK) + 1 :]
    ours = list(takewhile(lambda each: each.startswith(f"{_BLOCK}-"), rest))
    return ours[-1].removeprefix(f"{_BLOCK}-") if ours else ""
