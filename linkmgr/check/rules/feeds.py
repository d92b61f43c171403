"""The rules for feeds: those for pages, and that addresses must be complete."""

import re
from collections.abc import Iterator
from dataclasses import replace

from linkmgr.check.findings.codes import DEAD_LINK, RELATIVE_IN_FEED
from linkmgr.check.findings.model import Finding
from linkmgr.check.pages.feeds import FeedText, read_feed
from linkmgr.check.pages.page import Link, Picture
from linkmgr.check.rules.checker import PageChecker

_COMPLETE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def feed_findings(checker: PageChecker, raw: bytes, path: str) -> Iterator[Finding]:
    """Yield what is wrong in the feed at `path`. Raise SyntaxError if it is no XML."""
    for entry in read_feed(raw):
        for address in entry.links:
            if not _COMPLETE.match(address):
                yield Finding(RELATIVE_IN_FEED, address, path)
            elif checker.is_dead(address):
                yield Finding(DEAD_LINK, address, path)
        for text in entry.texts:
            yield from _text_findings(checker, text, path)


def _text_findings(checker: PageChecker, text: FeedText, path: str) -> Iterator[Finding]:
    page = text.page
    if _COMPLETE.match(text.base):
        yield from checker.findings(replace(page, base=text.base), path)
        return
    for found in filter(_is_relative, page.shown):
        yield Finding(RELATIVE_IN_FEED, found.url, path, checker.places.of_link(path, found))
    links = [link for link in page.links if _COMPLETE.match(link.url)]
    pictures = [picture for picture in page.pictures if _COMPLETE.match(picture.url)]
    yield from checker.findings(replace(page, links=links, pictures=pictures), path)


def _is_relative(found: Link | Picture) -> bool:
    """Whether an address needs a page around it; a note at the end of its entry needs none."""
    return not _COMPLETE.match(found.url) and not found.url.startswith("#")
