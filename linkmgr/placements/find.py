"""The links of a site that must be registered, found on its built pages and in its feeds.

Each comes with its item in the catalog, the programme and the advertiser that it earns from, and
the line where it was written.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, urljoin

from linkmgr.blocks.links import item_addresses, without_placement
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.site import CATALOG, OutputPaths, read_catalog_of_site
from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.feeds import FeedEntry, is_feed, read_feed
from linkmgr.check.pages.limits import TooMuchError
from linkmgr.check.pages.page import Link, read_page
from linkmgr.check.shop_links import programmes_of
from linkmgr.check.sources import CatalogSource, Places
from linkmgr.fs import changed_at, read_inside, wrap_read_errors
from linkmgr.links.recognition.affiliate import affiliate_link, unescaped
from linkmgr.links.recognition.shop_pages import shop_page
from linkmgr.links.urls import encode_url, origin_of
from linkmgr.links.wrappers import address_of
from linkmgr.messages.errors import Location
from linkmgr.messages.message import message, readable
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post
from linkmgr.posts.site import read_config, read_posts
from linkmgr.resolver.model import TEXT

BY_HAND = "by-hand"
"""The place of a link that is in the article's own file."""

IN_TEMPLATE = "template"
"""The place of a link that a layout, an include or a data file puts there."""


class LinkPlacement(NamedTuple):
    """A link on a page or in a feed; texts are empty where there is no such thing."""

    url: str
    """The address of the page or the feed at the public site."""
    programme: str
    """The programme's id."""
    advertiser: str
    """The ID that a network gives the advertiser's own programme."""
    item: str
    place: str
    """The name of our block, BY_HAND or IN_TEMPLATE."""
    link: str
    file: str
    """Where the link was written, empty if that was not found."""
    line: int
    """The line of this file, 0 if it was not found."""
    entry: str = ""
    """In a feed the address of the entry, or the feed's where the entry names none."""


@dataclass(frozen=True, slots=True)
class Register:
    """All placements of a site, and which pages they were read from."""

    time: float
    """When the pages were read, in seconds since 1970."""
    placements: Sequence[LinkPlacement]
    pages: int = 0
    """How many pages Jekyll had built."""
    built: float = 0.0
    """When it wrote the latest of them, in seconds since 1970."""
    ahead: int = 0
    """Posts whose blocks come from a build of linkmgr's after that."""
    unbuilt: int = 0
    """Those of them without a page that Jekyll has built."""


class PlacementQuery(NamedTuple):
    """Which placements are asked for; an empty text asks for all.

    `programme` is a programme's id or an advertiser's ID, `page` a part of the address of the page
    or the feed's entry, as it is or as people read it.
    """

    programme: str = ""
    item: str = ""
    page: str = ""

    def select(self, placements: Iterable[LinkPlacement]) -> list[LinkPlacement]:
        """Return the placements that are asked for."""
        return [placement for placement in placements if self._asks_for(placement)]

    def _asks_for(self, placement: LinkPlacement) -> bool:
        if self.programme not in ("", placement.programme, placement.advertiser):
            return False
        if self.item not in ("", placement.item):
            return False
        addresses = placement.url, placement.entry
        return any(self.page in text for text in (*addresses, *map(readable, addresses)))


# Which advertiser's programme within a network a link is of, by the address alone.

_A8 = "a8"
# Four numbers in base 36, the last two of which are the program ID, split after its twelfth digit,
# and the material: `1WP2+63OY9` is 89030 and 10250001, which is s00000008903001 and material
# 025000. Compared in November 2026 with the IDs beside 14 links in public posts, which are those
# of the tests.
_A8_MATERIAL = re.compile(
    r"[0-9A-Z]+[+ ][0-9A-Z]+[+ ](?P<first>[0-9A-Z]{1,9})[+ ](?P<last>[0-9A-Z]{4,9})"
)
_A8_FIRST_DIGITS, _A8_LAST_DIGITS, _A8_MATERIALS = 12, 2, 10_000_000

# The parameter that names the advertiser's programme, as in issued code in public posts.
_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "moshimo": "p_id",
        "valuecommerce": "pid",
        "awin": "awinmid",
        "linkshare": "mid",
        "shareasale": "m",
    }
)


def advertiser_programme(network: str, url: str) -> str | None:
    """Return the ID that a network gives the programme of a link, `None` if it shows none.

    A8's is the `s` with 14 digits that its pages call プログラムID.
    """
    address = address_of(url)
    if address is None:
        return None
    if network == _A8:
        return _of_a8(address.parameter("a8mat") or "")
    parameter = _PARAMETERS.get(network)
    return address.parameter(parameter) if parameter else None


def _of_a8(material: str) -> str | None:
    match = _A8_MATERIAL.fullmatch(material)
    if match is None:
        return None
    first, last = int(match["first"], 36), int(match["last"], 36) // _A8_MATERIALS
    program = f"{first:0{_A8_FIRST_DIGITS}}{last:0{_A8_LAST_DIGITS}}"
    return f"s{program}" if len(program) == _A8_FIRST_DIGITS + _A8_LAST_DIGITS else None


# Which item of the catalog, and which programme, a link on a page belongs to.

_COUNTED = re.compile(r"/go/(?P<item>[a-z0-9-]+)(?:\?(?P<query>[^#]*))?$")
_SHOP = re.compile(r"(?:^|&)s=([a-z0-9-]+)")


class _LinkedItem(NamedTuple):
    """An item and the programme that a link to it earns for; either may be empty."""

    item: str
    programme: str


class _ItemLinks:
    """Knows the links of a catalog's items, and those to the same pages of their shops."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._programmes = programmes_of(catalog)
        self._by_address: dict[str, _LinkedItem] = {}
        self._by_page: dict[str, _LinkedItem] = {}
        for address, linked in self._links():
            self._by_address.setdefault(without_placement(encode_url(address)), linked)
            if page := shop_page(address, self._programmes):
                self._by_page.setdefault(page, linked)

    def item_of(self, link: Link) -> _LinkedItem | None:
        """Return the item or programme of a link, `None` if it is neither an ad nor in a block."""
        known = self._item(link.url)
        affiliate = affiliate_link(link.url)
        is_ad = affiliate is not None or "sponsored" in link.rel
        if not is_ad and not (known and link.block):
            return None
        programme = affiliate.programme if affiliate else ""
        if profile := self._programmes.of_url(unescaped(link.url)):
            programme = profile.id
        if known is None:
            return _LinkedItem("", programme)
        return _LinkedItem(known.item, programme or known.programme)

    def _item(self, url: str) -> _LinkedItem | None:
        if item := self._redirected(url):
            return item
        if item := self._by_address.get(without_placement(url)):
            return item
        page = shop_page(url, self._programmes)
        return self._by_page.get(page) if page else None

    def _redirected(self, url: str) -> _LinkedItem | None:
        """Return the item of a link through the catalog's own server."""
        server = self._catalog.site.server
        match = _COUNTED.search(url)
        if not (server and match and url.startswith((f"{server}/go/", "/go/"))):
            return None
        item = self._catalog.items.get(match["item"])
        if item is None:
            return None
        named = _SHOP.search(match["query"] or "")
        if named is None:
            return _LinkedItem(item.id, item.programme)
        if isinstance(item, Good):
            for shop in item.shops:
                if shop.key == named[1]:
                    return _LinkedItem(item.id, shop.programme)
        return _LinkedItem(item.id, named[1])

    def _links(self) -> Iterator[tuple[str, _LinkedItem]]:
        for item in self._catalog.items.values():
            for address, programme in item_addresses(self._catalog, item):
                yield address, _LinkedItem(item.id, programme)


class _EntryLinks(NamedTuple):
    """The links of an entry at `url`, and the file that has its text in the built folder.

    That file is the entry's page, or the feed's own where the site has no such page.
    """

    url: str
    page: str
    links: Sequence[Link]


def _feed_entries(
    built: BuiltSite, document: str, url: str, addresses: SiteAddresses
) -> Iterator[_EntryLinks]:
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
            own = _entry_address(entry, url)
            path = addresses.path(own, document, "", built)
            links: list[Link] = []
            for text in entry.texts:
                links += text.page.links
            yield _EntryLinks(own, (path and built.file(path)) or document, links)


def _entry_address(entry: FeedEntry, feed: str) -> str:
    """Return the address of an entry, its feed's where it names no valid one."""
    with suppress(ValueError):
        return urljoin(feed, next(iter(entry.links), ""))
    return feed


def _newer_blocks(
    root: Path, config: JekyllConfig, posts: Iterable[Post], built: BuiltSite
) -> Mapping[str, list[Link]]:
    """Return the links of blocks that are newer than their posts' pages, by the posts' paths.

    A site that was never built has none.
    """
    places = OutputPaths.of_config(config)
    try:
        index = json.loads(read_inside(root, places.index))
    except (OSError, ValueError, RecursionError):
        return {}
    newer = {}
    for post in posts:
        key = index.get(post.path) if isinstance(index, dict) else None
        if key is None:
            continue
        fragment, page = root / places.fragment(key), built.file(post.url)
        if page is None or changed_at(fragment) > changed_at(built.folder / page):
            # A build is writing it, or it is longer than any build writes.
            with suppress(OSError, TooMuchError):
                text = read_inside(root, places.fragment(key)).decode()
                links = read_page(text).links
                # Around an item of the article's text Jekyll puts the element that names it.
                newer[post.path] = [replace(link, block=link.block or TEXT) for link in links]
    return newer


def find_placements(
    root: Path,
    *,
    catalog_file: Path | None = None,
    built_folder: Path | None = None,
    track: Track = silently,
) -> Register:
    """Find the links of the site at `root` by page or feed, in the order of each.

    Links that a page has twice, such as a picture and a title, are one. Blocks are those of the
    last build, where Jekyll has not yet made a page of them. A feed that is no well-formed XML is
    left out: `check` reports it. Raise LinkmgrError, or Problems in the catalog or the posts.
    """
    catalog_file = catalog_file or root / CATALOG
    text = read_catalog_of_site(root, catalog_file)
    catalog = parse_catalog(text, str(catalog_file))
    config = read_config(root, catalog.site.jekyll, catalog.site.collections)
    posts = read_posts(root, config)
    built = BuiltSite.read(built_folder or root / config.destination)
    source = CatalogSource(catalog, text, str(catalog_file))
    places = Places.of_site(root, config, posts, built, source=source)
    address = _PageAddress(catalog, config)
    finder = _Finder(_ItemLinks(catalog), places)
    post_of = {file: post for post in posts if (file := built.file(post.url))}
    decided = _newer_blocks(root, config, posts, built)
    placements: dict[LinkPlacement, None] = {}
    documents = frozenset(built.documents)
    files = built.pages + built.documents
    for page in track(files, message("placements.reading"), len(files)):
        if page in documents:
            placements |= dict.fromkeys(_in_feed(built, page, address, finder))
            continue
        links, post = _links(built.folder / page), post_of.get(page)
        if post and post.path in decided:
            links = [link for link in links if not link.block] + decided[post.path]
        url = address.of_page(post.url if post else f"/{page}")
        placements |= dict.fromkeys(finder.placements(links, page, url))
    unbuilt = [post for post in posts if post.path in decided and built.file(post.url) is None]
    for post in unbuilt:
        placements |= dict.fromkeys(
            finder.placements(decided[post.path], "", address.of_page(post.url))
        )
    return Register(
        time.time(),
        sorted(placements, key=lambda placement: placement.url),
        pages=len(built.pages),
        built=max(changed_at(built.folder / page) for page in built.pages),
        ahead=len(decided),
        unbuilt=len(unbuilt),
    )


def _links(file: Path) -> list[Link]:
    """Return the links of a page; one that only sends the browser elsewhere shows none.

    Neither has one with too much in it, which `check` reports.
    """
    with wrap_read_errors(file):
        text = file.read_text(encoding="utf-8", errors="replace")
    try:
        page = read_page(text)
    except TooMuchError:
        return []
    return [] if page.redirects else page.links


class _Finder:
    def __init__(self, items: _ItemLinks, places: Places) -> None:
        self._items = items
        self._places = places

    def placements(
        self, links: Iterable[Link], page: str, url: str, entry: str = ""
    ) -> Iterator[LinkPlacement]:
        """Yield the links that must be registered. `page` is in the built folder."""
        for link in links:
            if known := self._items.item_of(link):
                source = self._places.of_link(page, link)
                advertiser = advertiser_programme(known.programme, unescaped(link.url))
                yield LinkPlacement(
                    url,
                    known.programme,
                    advertiser or "",
                    known.item,
                    self._place(link, source),
                    link.url,
                    source.file,
                    source.line,
                    entry,
                )

    def _place(self, link: Link, source: Location) -> str:
        if link.block:
            return link.block
        return IN_TEMPLATE if source.file in self._places.files.templates else BY_HAND


def _in_feed(
    built: BuiltSite, document: str, address: "_PageAddress", finder: _Finder
) -> Iterator[LinkPlacement]:
    url = address.of_page(f"/{document}")
    for entry in _feed_entries(built, document, url, address.addresses):
        yield from finder.placements(entry.links, entry.page, url, entry.url)


_INDEX = "index.html"


class _PageAddress:
    """The addresses at which readers find pages, by their paths below the site's base."""

    def __init__(self, catalog: Catalog, config: JekyllConfig) -> None:
        urls = (config.url, catalog.site.url)
        self.addresses = SiteAddresses.of_urls(urls, config.baseurl)
        self._prefix = origin_of(catalog.site.url) + quote(self.addresses.base)

    def of_page(self, path: str) -> str:
        plain = path.removesuffix(_INDEX) if path.endswith(f"/{_INDEX}") else path
        return self._prefix + quote(plain, safe="/%")
