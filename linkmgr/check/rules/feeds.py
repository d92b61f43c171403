"""The rules for feeds: those for pages, and that addresses must be complete."""

import re
from collections.abc import Iterator
from dataclasses import replace

from linkmgr.check.findings.codes import DEAD_LINK, RELATIVE_IN_FEED
from linkmgr.check.findings.model import Finding
from linkmgr.check.pages.feeds import FeedText, read_feed
from linkmgr.check.pages.page import Link, Page, Picture
from linkmgr.check.rules.checker import PageChecker
from linkmgr.messages.message import message

_COMPLETE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def feed_findings(checker: PageChecker, raw: bytes, path: str) -> Iterator[Finding]:
    """Yield what is wrong in the feed at `path`. Raise SyntaxError if it is no XML.

    All its relative addresses are one finding: they are put right in the feed's template.
    """
    places = checker.places
    relative: dict[str, Link | Picture | None] = {}
    for entry in read_feed(raw):
        for address in entry.links:
            if not _COMPLETE.match(address):
                relative.setdefault(address)
            elif checker.is_dead(address):
                yield Finding(DEAD_LINK, address, path, places.of_page(path))
        for text in entry.texts:
            if not _COMPLETE.match(text.base):
                relative |= {each.url: each for each in filter(_is_relative, text.page.shown)}
            yield from checker.findings(_complete(text), path)
    if relative:
        address, first = next(iter(relative.items()))
        source = places.of_link(path, first) if first else places.of_page(path)
        more = len(relative) - 1
        detail = message("check.detail.more-addresses", count=more) if more else None
        yield Finding(RELATIVE_IN_FEED, address, path, source, detail=detail)


def _complete(text: FeedText) -> Page:
    """Return what a text shows whose addresses lead somewhere."""
    page = text.page
    if _COMPLETE.match(text.base):
        return replace(page, base=text.base)
    links = [link for link in page.links if _COMPLETE.match(link.url)]
    pictures = [picture for picture in page.pictures if _COMPLETE.match(picture.url)]
    return replace(page, links=links, pictures=pictures)


def _is_relative(found: Link | Picture) -> bool:
    """Whether an address needs a page around it; a note at the end of its entry needs none."""
    return not _COMPLETE.match(found.url) and not found.url.startswith("#")
