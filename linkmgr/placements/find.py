"""Finding all links of a site that are to be registered, on the pages that Jekyll built."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from linkmgr.builder.processes.progress import Track, silently
from linkmgr.builder.site.paths import CATALOG
from linkmgr.builder.site.site_config import read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.limits import TooMuchError
from linkmgr.check.pages.page import Link, read_page
from linkmgr.check.sources.items import CatalogSource
from linkmgr.check.sources.places import Places
from linkmgr.fs.atomic import wrap_read_errors
from linkmgr.links.recognition.advertisers import advertiser_programme
from linkmgr.links.recognition.affiliate import unescaped
from linkmgr.links.urls import origin_of
from linkmgr.messages.errors import Location
from linkmgr.messages.message import message
from linkmgr.placements.decisions import newer_blocks
from linkmgr.placements.feeds import feed_entries
from linkmgr.placements.items import ItemLinks
from linkmgr.placements.model import BY_HAND, IN_TEMPLATE, Placement
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.site import read_posts

_INDEX = "index.html"


def find_placements(
    root: Path,
    *,
    catalog_file: Path | None = None,
    built_folder: Path | None = None,
    track: Track = silently,
) -> list[Placement]:
    """Return the links of the site at `root` by page or feed, in the order of each.

    Links that a page has twice, such as a picture and a title, are one. Blocks are those of the
    last build, where Jekyll has not yet made a page of them. A feed that is no well-formed XML is
    left out: `check` reports it. Raise LinkmgrError, or Problems in the catalog or the posts.
    """
    catalog_file = catalog_file or root / CATALOG
    config = read_site_config(root, catalog_file)
    text = read_catalog(catalog_file)
    catalog = parse_catalog(text, str(catalog_file))
    posts = read_posts(root, config)
    built = BuiltSite.read(built_folder or root / config.destination)
    source = CatalogSource(catalog, text, str(catalog_file))
    places = Places.of(root, config, posts, built, source)
    address = _PageAddress(catalog, config)
    finder = _Finder(ItemLinks(catalog), places)
    post_of = {file: post for post in posts if (file := built.file(post.url))}
    decided = newer_blocks(root, config, posts, built)
    found: dict[Placement, None] = {}
    documents = frozenset(built.documents)
    files = (*built.pages, *built.documents)
    for page in track(files, message("placements.reading"), len(files)):
        if page in documents:
            found |= dict.fromkeys(_in_feed(built, page, address, finder))
            continue
        links, post = _links(built.folder / page), post_of.get(page)
        if post and post.path in decided:
            links = [link for link in links if not link.block] + decided[post.path]
        url = address.of(post.url if post else f"/{page}")
        found |= dict.fromkeys(finder.placements(links, page, url))
    for post in posts:
        if post.path in decided and built.file(post.url) is None:
            found |= dict.fromkeys(finder.placements(decided[post.path], "", address.of(post.url)))
    return sorted(found, key=lambda each: each.url)


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
    def __init__(self, items: ItemLinks, places: Places) -> None:
        self._items = items
        self._places = places

    def placements(
        self, links: Iterable[Link], page: str, url: str, entry: str = ""
    ) -> Iterator[Placement]:
        """Yield those of the links that are to be registered. `page` is in the built folder."""
        for link in links:
            if known := self._items.of(link):
                source = self._places.of_link(page, link)
                advertiser = advertiser_programme(known.programme, unescaped(link.url))
                yield Placement(
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
) -> Iterator[Placement]:
    url = address.of(f"/{document}")
    for entry in feed_entries(built, document, url, address.addresses):
        yield from finder.placements(entry.links, entry.page, url, entry.url)


class _PageAddress:
    """The addresses at which readers find pages, by their paths below the site's base."""

    def __init__(self, catalog: Catalog, config: JekyllConfig) -> None:
        urls = (config.url, catalog.site.url)
        self.addresses = SiteAddresses.of(urls, config.baseurl)
        self._prefix = origin_of(catalog.site.url) + quote(self.addresses.base)

    def of(self, path: str) -> str:
        plain = path.removesuffix(_INDEX) if path.endswith(f"/{_INDEX}") else path
        return self._prefix + quote(plain, safe="/%")
