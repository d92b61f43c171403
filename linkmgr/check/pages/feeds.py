"""Reading a feed, Atom or RSS: what each entry shows, as a reader of feeds gets it."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from linkmgr.check.pages.page import Page, read_page

_ROOT = re.compile(rb"<(?:feed|rss|rdf:RDF)[\s>]")
# Before its root a document has a declaration, comments, and a stylesheet for browsers.
_HEAD = 4096

_ATOM = "{http://www.w3.org/2005/Atom}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_RSS_1 = "{http://purl.org/rss/1.0/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_HTML_TYPES = frozenset(("html", "text/html"))


class FeedText(NamedTuple):
    """What an entry shows of its article. `base` is what its addresses are relative to.

    Without a base such an address leads nowhere: readers of feeds do not know the page.
    """

    base: str
    page: Page


class FeedEntry(NamedTuple):
    """An entry of a feed: its own addresses, and its texts."""

    links: tuple[str, ...]
    texts: tuple[FeedText, ...]


def is_feed(raw: bytes) -> bool:
    """Whether an XML document is a feed, and not a sitemap or the like."""
    return bool(_ROOT.search(raw[:_HEAD]))


def read_feed(raw: bytes) -> Iterator[FeedEntry]:
    """Yield the entries of a feed. Raise SyntaxError if it is not well-formed XML."""
    waiting = [(_parsed(raw), "")]
    while waiting:
        node, base = waiting.pop()
        base = _joined(base, node.get(_BASE, ""))
        if node.tag in (f"{_ATOM}entry", "item", f"{_RSS_1}item"):
            yield _entry(node, base)
        else:
            waiting += [(child, base) for child in reversed(node)]


def _parsed(raw: bytes) -> ET.Element:
    try:
        return ET.fromstring(raw)  # noqa: S314 - made by the owner's own Jekyll
    except (LookupError, ValueError) as error:  # an encoding that the parser does not read
        raise SyntaxError(str(error)) from error


def _entry(node: ET.Element, base: str) -> FeedEntry:
    links, texts = [], []
    for part in node:
        own_base = _joined(base, part.get(_BASE, ""))
        if part.tag == f"{_ATOM}link":
            links.append(_joined(own_base, part.get("href", "")))
        elif part.tag in ("link", f"{_RSS_1}link"):
            links.append(_joined(own_base, (part.text or "").strip()))
        elif html := _html(part):
            texts.append(FeedText(own_base, read_page(html)))
    return FeedEntry(tuple(filter(None, links)), tuple(texts))


def _joined(base: str, address: str) -> str:
    """Return an address as seen from a base; an invalid one stays as it is."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _html(part: ET.Element) -> str:
    """Return an entry element's part of the article, as HTML."""
    if part.tag in ("description", f"{_RSS_1}description", _CONTENT):
        return part.text or ""
    if part.tag not in (f"{_ATOM}content", f"{_ATOM}summary"):
        return ""
    if part.get("type", "").lower() in _HTML_TYPES:
        return part.text or ""
    return "".join(map(_as_html, part)) if part.get("type") == "xhtml" else ""


def _as_html(element: ET.Element) -> str:
    for inner in element.iter():
        inner.tag = inner.tag.removeprefix(_XHTML)
    return ET.tostring(element, encoding="unicode", method="html")
