"""Whether a link, or what is beside it, names the shop to which it leads.

Amazon wants no link “in a manner that makes it unclear that you are linking to an Amazon Site”
(Program Policies). What readers take for one thing with the link counts: its card or paragraph, and
what is beside that under the same heading.
"""

import unicodedata
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.wrappers import address_of

# By a class a theme may show a shop's logo; alt, title and aria-label are read out or shown.
_NAMING = ("alt", "title", "aria-label", "class", "id")
_SHOWN = frozenset(("img", "picture", "svg", "video", "button"))
_HEADINGS = frozenset(f"h{n}" for n in range(1, 7))
# An element with more text is an article, or a part of one.
_LONGEST_CARD = 800
# Texts and elements that are looked at; HTML may be nested without end.
_MOST_STEPS = 400
_MOST_PARENTS = 12
_MOST_SIBLINGS = 60


def names_shop(link: LexborNode, url: str, profiles: Profiles) -> bool:
    """Whether a link keeps to the label rule of the programme at `url`, if that has one."""
    address = address_of(url)
    profile = profiles.of_address(address) if address else None
    rule = profile.rules.label if profile else None
    if rule is None or address is None or not _is_visible(link):
        return True
    names = [*map(_folded, (*rule.names, address.host))]
    return any(name in said for said in map(_folded, _said_with(link)) for name in names)


def _is_visible(link: LexborNode) -> bool:
    return any(each.tag in _SHOWN or _text(each).strip() for each in _inside(link))


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
    found = link
    node = link.parent
    for depth in range(_MOST_PARENTS):
        if node is None or node.tag in ("body", "html"):
            break
        if depth == 0 or node.tag == "table" or _is_short(node):
            found = node
        node = node.parent
    return found


def _is_short(node: LexborNode) -> bool:
    steps = [*islice(_walk(node), _MOST_STEPS)]
    return len(steps) < _MOST_STEPS and sum(len(_text(each)) for each in steps) <= _LONGEST_CARD


def _said(root: LexborNode) -> Iterator[str]:
    for node in _inside(root):
        if (node.tag or "").startswith("-"):
            yield _text(node)
        else:
            values = node.attributes
            yield from (values.get(name) or "" for name in _NAMING)


def _text(node: LexborNode) -> str:
    return (node.text_content or "") if node.tag == "-text" else ""


def _inside(root: LexborNode) -> Iterator[LexborNode]:
    return islice(_walk(root), _MOST_STEPS)


def _walk(root: LexborNode) -> Iterator[LexborNode]:
    """Yield a node and all in it, in their order."""
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
