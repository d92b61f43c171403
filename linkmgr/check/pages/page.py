"""A built page as readers see it: links and the labels before them, pictures and blocks."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import NamedTuple, Self

from selectolax.lexbor import LexborHTMLParser, LexborNode

from linkmgr.blocks.links import HIT
from linkmgr.check.pages.limits import check_limits
from linkmgr.check.pages.prices import may_show_price, price_beside
from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.wrappers import address_of
from linkmgr.resolver.model import TEXT

# What readers see of an element, as far as its own attributes tell.

# Classes by which themes keep a text for screen readers alone.
_FOR_SCREEN_READERS = frozenset(("sr-only", "visually-hidden", "screen-reader-text"))
_INVISIBLE = (
    "visibility:hidden;",
    "opacity:0;",
    "font-size:0;",
    "left:-9999px;",
    "text-indent:-9999px;",
    "clip:rect(0,0,0,0);",
    "clip:rect(0000);",
)


def _is_hidden(values: Mapping[str, str]) -> bool:
    """Whether an element and all that is in it is not on the page."""
    return "hidden" in values or "display:none" in _style(values)


def _is_invisible(values: Mapping[str, str], classes: list[str]) -> bool:
    """Whether an element has its place on the page, but nobody sees its text."""
    if not _FOR_SCREEN_READERS.isdisjoint(classes):
        return True
    style = f"{_style(values)};"
    return any(declaration in style for declaration in _INVISIBLE)


def _style(values: Mapping[str, str]) -> str:
    return values.get("style", "").replace(" ", "").lower()


# The addresses of an element's pictures, as HTML names them.

# HTML Standard, "Parsing a srcset attribute": a candidate's address ends at white space, and the
# commas at its end are no part of it; its descriptor ends at the next comma.
_CANDIDATE = re.compile(r"[\s,]*(?P<url>\S+)(?P<descriptor>[^,]*)")


def _picture_urls(tag: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the addresses of the pictures that an element with these attributes shows."""
    single = {"img": "src", "video": "poster"}.get(tag)
    if single and (url := values.get(single, "").strip()):
        yield url
    if tag in ("img", "source"):
        yield from _candidates(values.get("srcset", ""))


def _candidates(srcset: str) -> Iterator[str]:
    at = 0
    while match := _CANDIDATE.match(srcset, at):
        url = match["url"].rstrip(",")
        if url:
            yield url
        at = match.start("descriptor") if url != match["url"] else match.end()


# Words by which a reader knows an ad.
#
# Japan's rule on stealth marketing (景品表示法) and the FTC ask for such a label before the first
# affiliate link of a page.

_WORD = (
    r"(?:(?:商品|企業)?(?:プロモーション|広告)(?:リンク|記事)?|アフィリエイト(?:リンク|広告|記事)?"
    r"|スポンサー(?:ド)?(?:リンク|記事)?|宣伝|タイアップ|PR(?:リンク|記事)?|ads?|advertisements?"
    r"|advertising|sponsored|promotions?|promoted|(?:affiliate|paid|ad) links?)"
)
_END = r"(?:を含み(?:ます)?|が?あります|です|だ|である)?"
# Nothing but such words: 広告, 【PR】, 広告・PR, Ad.
_ALONE = re.compile(rf"\W*{_WORD}(?:[\W_]+{_WORD})*{_END}\W*", re.IGNORECASE)
# A mark in brackets or with a colon, before or after other words: 【PR】台所の本, 本（広告）.
_MARK = re.compile(
    rf"^\W*[\[(【〔<《]\s*{_WORD}\s*[\])】〕>》]|[\[(【〔<《]\s*{_WORD}\s*[\])】〕>》]\W*$"
    rf"|^\W*{_WORD}\s*:|^PR\s",
    re.IGNORECASE,
)
# What follows a verb that says of ads that there are none.
_NONE = r"(?!れ?(?:[てで]?い)?(?:ませ|な[いし]))"
# A sentence that discloses it for the page or for its links.
_SENTENCE = re.compile(
    r"(?:広告|プロモーション|アフィリエイト|アソシエイト|スポンサー|\bPR)[^。]{0,40}?"
    rf"(?:(?:含[むみまん]|(?:掲載|利用|使用|参加|表示)して|を得て){_NONE}|があります)"
    r"|(?:広告|プロモーション|PR)です"
    r"|適格販売により"
    r"|(?<!not )(?<!n't )\b(?:contains?|includes?|uses?|has|are|is)\b"
    r"(?:(?!\b(?:not?|never|without|free)\b).){0,40}\b(?:affiliate|paid|sponsored|ads?)\b(?!-free)"
    r"|\bas an amazon associate\b|\bearns? .{0,40}\b(?:commissions?|purchases)\b",
    re.IGNORECASE | re.ASCII,
)
_LONGEST = 400  # a paragraph, not an article


def _is_label(text: str) -> bool:
    """Whether a text of a page says that it is an ad, or that there are affiliate links."""
    plain = " ".join(unicodedata.normalize("NFKC", text[: 2 * _LONGEST]).split())
    plain = plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not plain or len(plain) > _LONGEST:
        return False
    return bool(_ALONE.fullmatch(plain) or _MARK.search(plain) or _SENTENCE.search(plain))


# Whether a link, or what is beside it, names the shop to which it leads.
#
# Amazon wants no link “in a manner that makes it unclear that you are linking to an Amazon Site”
# (Program Policies). What readers take for one thing with the link counts: its card or paragraph,
# and what is beside that under the same heading.

# By a class a theme may show a shop's logo; alt, title and aria-label are read out or shown.
_NAMING = ("alt", "title", "aria-label", "class", "id")
_SHOWN = frozenset(("img", "picture", "svg", "video", "button"))
_HEADINGS = frozenset(f"h{n}" for n in range(1, 7))
# The tag that the parser gives a text.
_TEXT = "-text"
# An element with more text is an article, or a part of one.
_LONGEST_CARD = 800
# Texts and elements that are looked at; HTML may be nested without end.
_MOST_STEPS = 400
_MOST_PARENTS = 12
_MOST_SIBLINGS = 60


def _names_shop(link: LexborNode, url: str, profiles: Profiles) -> bool:
    """Whether a link keeps to the label rule of the programme at `url`, if that has one."""
    address = address_of(url)
    profile = profiles.of_address(address) if address else None
    rule = profile.rules.label if profile else None
    if rule is None or address is None or not _is_visible(link):
        return True
    names = [_folded(name) for name in (*rule.names, address.host)]
    for text in _said_with(link):
        said = _folded(text)
        if any(name in said for name in names):
            return True
    return False


def _is_visible(link: LexborNode) -> bool:
    for descendant in _descendants(link):
        if descendant.tag in _SHOWN or _text(descendant).strip():
            return True
    return False


def _said_with(link: LexborNode) -> Iterator[str]:
    card = _card(link)
    yield from _said(card)
    for node in islice(_until_heading(card.next, forwards=True), _MOST_SIBLINGS):
        yield from _said(node)
    if card.tag in _HEADINGS:
        return
    heading = card
    for node in islice(_until_heading(card.prev, forwards=False), _MOST_SIBLINGS):
        yield from _said(node)
        heading = node
    if heading.prev is not None:
        yield from _said(heading.prev)


def _until_heading(node: LexborNode | None, *, forwards: bool) -> Iterator[LexborNode]:
    while node is not None and node.tag not in _HEADINGS:
        yield node
        node = node.next if forwards else node.prev


def _card(link: LexborNode) -> LexborNode:
    """Return the largest element around a link that is short, at least its parent or its table."""
    card = link
    node = link.parent
    for depth in range(_MOST_PARENTS):
        if node is None or node.tag in ("body", "html"):
            break
        if depth == 0 or node.tag == "table" or _is_short(node):
            card = node
        node = node.parent
    return card


def _is_short(node: LexborNode) -> bool:
    steps = [*_descendants(node)]
    return len(steps) < _MOST_STEPS and sum(len(_text(step)) for step in steps) <= _LONGEST_CARD


def _said(root: LexborNode) -> Iterator[str]:
    for node in _descendants(root):
        if (node.tag or "").startswith("-"):
            yield _text(node)
        else:
            for name in _NAMING:
                yield node.attributes.get(name) or ""


def _text(node: LexborNode) -> str:
    return (node.text_content or "") if node.tag == _TEXT else ""


def _descendants(root: LexborNode) -> Iterator[LexborNode]:
    return islice(_walk(root), _MOST_STEPS)


def _walk(root: LexborNode) -> Iterator[LexborNode]:
    """Yield a node and all in it, in order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if node is not root and (after := node.next) is not None:
            waiting.append(after)
        if (first := node.child) is not None:
            waiting.append(first)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


# Variants of a block: the page shows one of the templates, or without a script the noscript.

_WAY = "data-linkmgr-variant"  # numbers them within a block
_ORIGINALS = "data-linkmgr-originals"  # the noscript behind them
_TEMPLATE = re.compile(
    rf"<template\b(?P<values>[^>]*\b{_WAY}\b[^>]*)><noscript>(?P<html>.*?)</noscript></template>",
    re.DOTALL | re.IGNORECASE,
)


def _with_variants(html: str) -> str:
    """Put the variants of blocks onto the page, as the parser does not give what templates have."""
    return _TEMPLATE.sub(r"<div\g<values>>\g<html></div>", html) if _WAY in html else html


# Reading the page, element by element.

_BLOCK, _OUR_LABEL = "linkmgr", "linkmgr-label"
_IN_TEXT = "linkmgr-text"  # around an item's link in an article's text

# No reader sees what is in these, so neither links nor labels in them count.
_UNSEEN = frozenset(("script", "style", "template", "noscript", "textarea", "select"))
# A word in these says something else: where a menu leads, what a button does, what a program is.
_NO_LABEL = frozenset(("title", "a", "nav", "button", "code", "pre", "svg", "table"))
# By these attributes a click on a link is counted.
COUNTING = frozenset(("ping", HIT))
# Links of a page beside which prices are looked for.
_MOST_PRICES = 1_000
# What is around links whose clicks are counted though they must not say so themselves.
_HITS = "data-linkmgr-hits"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, or a page within the page."""

    url: str
    rel: frozenset[str]
    policy: str
    """Its referrer policy, or the page's; empty where neither has one."""
    labelled: bool
    """Whether a label precedes it."""
    framed: bool
    """Whether it is a page within the page."""
    attributes: Mapping[str, str]
    block: str = ""
    """The name of the block of ours in which it is, empty for none."""
    price: str = ""
    """A price beside it, empty for none."""
    is_counted: bool = False
    """Whether its clicks are counted beside it."""
    names_shop: bool = True
    """Whether it says where it leads as far as its programme asks for that."""
    nth: int = 1
    """Its number among the page's links to the same address that are in no block."""
    times: int = 1
    """How many of these there are."""


class Picture(NamedTuple):
    """A picture that browsers load, whether readers see it, and the block of ours around it."""

    url: str
    seen: bool
    block: str


@dataclass(slots=True)
class Page:
    """What a page has."""

    links: list[Link] = field(default_factory=list)
    """In their order, as the pictures."""
    pictures: list[Picture] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    """What a `#fragment` can lead to."""
    blocks: Counter[str] = field(default_factory=Counter)
    """How often it shows each block of ours."""
    base: str = ""
    """The address in its `<base>`."""
    redirects: bool = False
    """Whether it only sends the browser elsewhere."""

    @property
    def shown(self) -> tuple[Link | Picture, ...]:
        return (*self.links, *self.pictures)


def read_page(html: str, profiles: Profiles | None = None) -> Page:
    """Read a page as a browser does, however broken its HTML is.

    Whether links name their shops is decided by the rules of `profiles`. Raise TooMuchError.
    """
    check_limits(html)
    root = LexborHTMLParser(_with_variants(html)).root
    prices = _MOST_PRICES if may_show_price(html) else 0
    return _PageReader(profiles, prices=prices).read(root) if root else Page()


@dataclass(slots=True)
class _Passage:
    """The page, or a part of the passage `around` it: its labels speak for itself alone."""

    around: Self | None = None
    is_collapsed: bool = False
    has_label: bool = False

    @property
    def labelled(self) -> bool:
        return self.has_label or (self.around is not None and self.around.has_label)


class _Place(NamedTuple):
    passage: _Passage
    seen: bool = True
    loaded: bool = True
    may_label: bool = True
    in_article: bool = False
    block: str = ""
    hits: frozenset[str] = frozenset()
    way: int = 1


class _PageReader:
    def __init__(self, profiles: Profiles | None, *, prices: int) -> None:
        self._profiles = profiles
        self._page = Page()
        self._policy = ""
        self._prices_left = prices
        # Of the block with variants that was met last: the parts that are them, and in which of
        # them each address is first.
        self._ways: list[_Passage] = []
        self._first_in: dict[str, int] = {}

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
                    passage.has_label = _is_label(node.text_content or "")
                continue
            values = {name: value or "" for name, value in node.attributes.items()}
            self._anchor(tag, values)
            originals = _ORIGINALS in values
            seen = place.seen and (tag not in _UNSEEN or originals) and not _is_hidden(values)
            if place.loaded:
                self._pictures(tag, values, place, seen=seen)
            if seen:
                self._element(node, tag, values, place)
            if (first := node.child) is not None:
                inside = _inside(tag, values, place) if seen else _unseen(tag, place)
                if seen and (number := values.get(_WAY, "")).isdecimal():
                    inside = self._way(int(number), inside)
                elif originals:  # the labels of the templates are none of theirs
                    inside = inside._replace(
                        passage=replace(place.passage), way=len(self._ways) + 1
                    )
                    place.passage.has_label |= all(way.has_label for way in self._ways)
                waiting.append((first, inside))
        self._page.links = list(_numbered(self._page.links))
        return self._page

    def _pictures(self, tag: str, values: Mapping[str, str], place: _Place, *, seen: bool) -> None:
        for url in _picture_urls(tag, values):
            if not self._is_in_earlier_variant(url, place.way):
                self._page.pictures.append(Picture(url, seen, place.block))

    def _way(self, number: int, inside: _Place) -> _Place:
        """Return the place of a variant of a block, whose labels count for it alone."""
        if number == 1:
            self._ways, self._first_in = [], {}
        self._ways.append(_Passage(inside.passage))
        return inside._replace(passage=self._ways[-1], way=number)

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
        if (opened := _block(classes)) and place.way == 1:
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
        if not url or self._is_in_earlier_variant(url, place.way):
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
            is_counted=any(name in values for name in COUNTING) or url in place.hits,
            names_shop=self._profiles is None or _names_shop(node, url, self._profiles),
        )
        self._page.links.append(link)

    def _is_in_earlier_variant(self, url: str, way: int) -> bool:
        if way == 1:
            self._first_in[url] = 1
            return False
        return self._first_in.setdefault(url, way) < way

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
    """Return the place of an element's children."""
    passage = place.passage
    classes = values.get("class", "").split()
    if passage.around is None and _is_aside(tag, values, place):
        passage = _Passage(passage, is_collapsed=tag == "details")
    elif tag == "summary" and passage.is_collapsed:
        passage = passage.around or passage
    silent = tag in _NO_LABEL or _is_invisible(values, classes)
    return _Place(
        passage,
        may_label=place.may_label and not silent,
        in_article=place.in_article or tag == "article",
        block=_block(classes) or (TEXT if _IN_TEXT in classes else place.block),
        hits=frozenset(values[_HITS].split(" ")) if _HITS in values else place.hits,
        way=place.way,
    )


def _unseen(tag: str, place: _Place) -> _Place:
    """Return the place of an element's children that no reader sees."""
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
    ours = list(takewhile(lambda text: text.startswith(f"{_BLOCK}-"), rest))
    return ours[-1].removeprefix(f"{_BLOCK}-") if ours else ""
