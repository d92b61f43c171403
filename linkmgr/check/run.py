"""Checking a site: read its built pages and apply the rules."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from linkmgr.blocks.render import shows_blocks
from linkmgr.builder.fragments import compute_related, digest_of_compared, load_nearest
from linkmgr.builder.processes import Track, silently
from linkmgr.builder.reading.cache import DamagedCacheError, open_cache
from linkmgr.builder.reading.inputs import SiteInputs, load_inputs
from linkmgr.builder.site import CATALOG, OutputPaths, read_catalog_of_site
from linkmgr.builder.warnings import layout_warnings
from linkmgr.catalog.blocks import COMPARE
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.reading.programme_warnings import programme_warnings
from linkmgr.check.catalog import CheckedCatalog, catalog_findings
from linkmgr.check.findings import (
    BLOCK_TWICE,
    NO_BLOCKS,
    NO_PAGE,
    ONLINE_CODES,
    STALE,
    UNREADABLE,
    CheckResult,
    Finding,
    Waivers,
    merged,
)
from linkmgr.check.pages.built_site import BuiltSite, SiteAddresses
from linkmgr.check.pages.feeds import is_feed
from linkmgr.check.pages.limits import TooMuchError
from linkmgr.check.pages.page import Page, read_page
from linkmgr.check.rules.anchors import AnchorChecker
from linkmgr.check.rules.backups import backup_findings
from linkmgr.check.rules.config import CausesInConfig
from linkmgr.check.rules.links import InternalUtm, Redirects
from linkmgr.check.rules.pages import PageChecker, feed_findings
from linkmgr.check.shop_links import ShopLinks
from linkmgr.check.sources import CatalogSource, Places
from linkmgr.fs import CACHE_FOLDER, changed_at, read_inside
from linkmgr.links.amazon import default_marketplace
from linkmgr.links.model import AMAZON
from linkmgr.links.urls import has_utm, host_in, with_utm
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post
from linkmgr.posts.site import read_config
from linkmgr.resolver.model import TEXT
from linkmgr.resolver.resolve import PreparedPosts

if TYPE_CHECKING:  # needs httpcore, which only the server's extra installs
    from linkmgr.check.visit import MakeOnlineCheck

_ONE_BLOCK = re.compile(rb"\{%-?\s*include\s+linkmgr\.html\s+block\b")


def check(  # noqa: PLR0913 - the command's options
    root: Path,
    *,
    catalog_file: Path | None = None,
    built_folder: Path | None = None,
    ignored: tuple[str, ...] = (),
    make_online: "MakeOnlineCheck | None" = None,
    now: datetime | None = None,
    track: Track = silently,
) -> CheckResult:
    """Check the pages that Jekyll built for the site at `root`.

    Links that begin with one of `ignored` lead to other servers. With `make_online` the shops'
    pages are looked at, too. Waivers and items end by the day of `now`, without it today, in the
    site's time zone. Raise LinkmgrError, or Problems in the catalog or the posts.
    """
    catalog_file = catalog_file or root / CATALOG
    catalog_text = read_catalog_of_site(root, catalog_file)
    catalog = parse_catalog(catalog_text, str(catalog_file))
    config = read_config(root, catalog.site.jekyll, catalog.site.collections)
    site, prepared = _read_site(root, catalog, now, track)
    blocks = _BuiltBlocks.read(root, config, site.posts)
    built = BuiltSite.read(built_folder or root / config.destination)
    source = CatalogSource(catalog, catalog_text, str(catalog_file))
    places = Places.of_site(root, config, site.posts, built, source=source)
    today = site.now.date()
    addresses = SiteAddresses.of_urls((config.url, catalog.site.url), config.baseurl, ignored)
    redirects = Redirects.of_catalog(catalog, addresses, today)
    checker = PageChecker(
        built,
        addresses,
        redirects,
        catalog.profiles,
        _marketplace(catalog),
        places,
        _own_targets(catalog),
        frozenset(_own_utm(catalog, addresses, built)),
    )
    online = make_online(catalog) if make_online else None
    shop_links = ShopLinks(catalog, places) if online else None
    causes = CausesInConfig(addresses, built, root)
    on_pages = causes.with_missing_baseurl(
        _findings(blocks, checker, shop_links, track), config.subsites
    )
    on_pages = causes.with_permalink_without_slash(on_pages, site.posts, config.permalink)
    backups = backup_findings(built, root / config.source)
    on_catalog = catalog_findings(CheckedCatalog(site, prepared, built, places))
    all_findings = chain(on_pages, backups, on_catalog)
    if online and shop_links:
        all_findings = chain(all_findings, online.findings(shop_links.found(today), track))
    waivers = Waivers([*places.catalog.of_waivers()], today, str(root))
    not_asked = () if online else ONLINE_CODES
    findings = [*waivers.left(all_findings), *waivers.findings(not_asked)]
    return CheckResult(
        time.time(),
        str(built.folder),
        len(built.pages),
        findings=merged(findings),
        site=_public(catalog, addresses),
        warnings=tuple(programme_warnings(catalog, str(catalog_file), catalog_text)),
        waived=waivers.waived,
        shop_pages=online.states() if online else None,
        ignored=ignored,
    )


def _read_site(
    root: Path, catalog: Catalog, now: datetime | None, track: Track
) -> tuple[SiteInputs, PreparedPosts]:
    """Read the posts, with what builds have cached of them if that can be used."""
    with suppress(DamagedCacheError):
        if (root / CACHE_FOLDER).is_dir():
            with open_cache(root, read_only=True) as cache:
                site = load_inputs(
                    root, catalog, now=now, cache=cache, check_names=False, track=track
                )
                prepared = PreparedPosts(site.posts, site.texts)
                load_nearest(cache, prepared, digest_of_compared(site.posts))
                compute_related(prepared, (), (catalog,), track)
                return site, prepared
    site = load_inputs(root, catalog, now=now, check_names=False, track=track)
    prepared = PreparedPosts(site.posts, site.texts)
    compute_related(prepared, (), (catalog,), track)
    return site, prepared


def _findings(
    blocks: "_BuiltBlocks", checker: PageChecker, shop_links: ShopLinks | None, track: Track
) -> Iterator[Finding]:
    built, places = checker.built, checker.places
    anchors = AnchorChecker(built, checker.addresses, places)
    posts_at: dict[str, Post] = {}
    for post in blocks.posts:
        if file := built.file(post.url):
            posts_at[file] = post
        else:
            yield Finding(NO_PAGE, "", post.path, places.of_post(post))
    # Posts come first, since other pages show parts of them.
    files = [*sorted(built.pages, key=lambda page: page not in posts_at), *built.documents]
    for path in track(files, message("check.checking-pages"), len(files)):
        try:
            raw = (built.folder / path).read_bytes()
        except OSError as error:
            yield Finding(UNREADABLE, error.strerror or "", path, places.of_page(path))
            continue
        if path in built.documents:
            yield from _document_findings(checker, raw, path)
            continue
        try:
            page = read_page(raw.decode(errors="replace"), checker.profiles)
        except TooMuchError as error:
            source = places.of_page(path)
            yield Finding(UNREADABLE, "", path, source, detail=error.problem)
            continue
        places.remember(path, page)
        anchors.note(page, path)
        if shop_links:
            shop_links.note(page, path)
        yield from checker.findings(page, path)
        if path in posts_at and not page.redirects:
            yield from blocks.findings(posts_at[path], page, path, checker)
    yield from anchors.findings()


def _document_findings(checker: PageChecker, raw: bytes, path: str) -> Iterator[Finding]:
    try:
        if is_feed(raw):
            yield from feed_findings(checker, raw, path)
    except (SyntaxError, RecursionError) as error:
        yield Finding(UNREADABLE, str(error), path, checker.places.of_page(path))
    except TooMuchError as error:
        source = checker.places.of_page(path)
        yield Finding(UNREADABLE, "", path, source, detail=error.problem)


@dataclass(frozen=True, slots=True)
class _BuiltBlocks:
    """The posts that the last build gave blocks, and the file of each one's fragment by its path.

    `are_optional`: a layout shows single blocks, so that a post may rightly show none.
    """

    posts: tuple[Post, ...]
    fragments: dict[str, Path]
    are_optional: bool

    @classmethod
    def read(cls, root: Path, config: JekyllConfig, posts: Iterable[Post]) -> "_BuiltBlocks":
        places = OutputPaths.of_config(config)
        try:
            index = json.loads(read_inside(root, places.index))
        except (OSError, ValueError, RecursionError):
            index = None
        if not isinstance(index, dict):
            files = (str(root / config.source / post.path) for post in posts)
            shown = not any(layout_warnings(root, config, files))
            code = "check.not-built" if shown else "check.not-shown"
            raise LinkmgrError(message(code, file=places.index))
        with_blocks = tuple(post for post in posts if post.path in index)
        fragments = {post.path: root / places.fragment(index[post.path]) for post in with_blocks}
        return cls(with_blocks, fragments, _shows_single_blocks(root, config))

    def findings(
        self, post: Post, page: Page, path: str, checker: PageChecker
    ) -> Iterator[Finding]:
        """Yield the findings of the blocks on a post's page, which is at `path`."""
        place = checker.places.of_page(path)
        if changed_at(self.fragments[post.path]) > changed_at(checker.built.folder / path):
            yield Finding(STALE, "", path, place)
        elif not (page.blocks or self._are_optional_on(post)):
            detail = None if post.layout else message("check.detail.no-layout")
            yield Finding(NO_BLOCKS, "", path, place, detail=detail)
        for name, times in page.blocks.items():
            # Each card or comparison by an article's own tag is a block of that name.
            if times > 1 and name not in (TEXT, COMPARE.name):
                yield Finding(BLOCK_TWICE, name, path, checker.places.of_blocks(path))

    def _are_optional_on(self, post: Post) -> bool:
        """Whether a post may rightly show no block: it may have none but what waits for a tag."""
        if self.are_optional:
            return True
        try:
            fragment = self.fragments[post.path]
            return fragment.is_file() and not shows_blocks(fragment.read_text(encoding="utf-8"))
        except OSError:
            return False


def _shows_single_blocks(root: Path, config: JekyllConfig) -> bool:
    source = root / config.source
    for folder in (source / config.layouts_dir, source / config.includes_dir):
        for file in folder.glob("**/*.html"):
            if file.is_file() and _ONE_BLOCK.search(file.read_bytes()):
                return True
    return False


def _public(catalog: Catalog, addresses: SiteAddresses) -> str:
    """Return the address at which readers find the root of the site."""
    site = urlsplit(catalog.site.url)
    return f"{site.scheme}://{site.netloc}{quote(addresses.base)}"


def _own_targets(catalog: Catalog) -> frozenset[str]:
    """Return the hosts of other sites to which the catalog's calls to action lead."""
    return frozenset(host_in(cta.url) for cta in catalog.ctas.values()) - {""}


def _own_utm(catalog: Catalog, addresses: SiteAddresses, built: BuiltSite) -> Iterator[InternalUtm]:
    """Yield the UTM with which the catalog's calls to action lead to pages of the site."""
    for cta in catalog.ctas.values():
        address = with_utm(cta.url, cta.utm) if cta.utm else cta.url
        path = addresses.path(address, "", "", built)
        if path and has_utm(address):
            yield InternalUtm.of_address(path, address)


def _marketplace(catalog: Catalog) -> str | None:
    """Return the marketplace for which the catalog has a tag."""
    amazon = catalog.programmes.get(AMAZON)
    if amazon is None or amazon.tag is None:
        return None
    return amazon.marketplace or default_marketplace(catalog.site.language)
