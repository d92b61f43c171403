"""The links in the entries of a feed, with the page of each entry."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.feeds import FeedEntry, is_feed, read_feed
from linkmgr.check.pages.limits import TooMuchError
from linkmgr.check.pages.page import Link
from linkmgr.fs.atomic import wrap_read_errors


class EntryLinks(NamedTuple):
    """The links of an entry at `url`, and the file that has its text in the built folder.

    That file is the entry's page, or the feed's own where the site has no such page.
    """

    url: str
    page: str
    links: Sequence[Link]


def feed_entries(
    built: BuiltSite, document: str, url: str, addresses: SiteAddresses
) -> Iterator[EntryLinks]:
    """Yield the entries of a `document` at `url`, none if it is no feed or no well-formed XML.

    Raise LinkmgrError if it cannot be read.
    """
    file = built.folder / document
    with wrap_read_errors(file):
        raw = file.read_bytes()
    if not is_feed(raw):
        return
    with suppress(SyntaxError, RecursionError, TooMuchError):
        for entry in read_feed(raw):
            own = _address(entry, url)
            path = addresses.path(own, document, "", built)
            links = [link for text in entry.texts for link in text.page.links]
            yield EntryLinks(own, (path and built.file(path)) or document, links)


def _address(entry: FeedEntry, feed: str) -> str:
    """Return the address of an entry, its feed's where it names none that can be one."""
    with suppress(ValueError):
        return urljoin(feed, next(iter(entry.links), ""))
    return feed
