"""Where in the site's own files the parts of its built pages are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from linkmgr.catalog.model import Catalog
from linkmgr.check.findings.model import NOWHERE
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.check.pages.page import Link, Page, Picture
from linkmgr.check.sources.addresses import AddressSearch
from linkmgr.check.sources.files import SourceFiles
from linkmgr.check.sources.items import CatalogSource
from linkmgr.messages.errors import Location
from linkmgr.posts.config import JekyllConfig
from linkmgr.posts.model import Post

_INCLUDE = re.compile(r"\{%-?\s*include\s+linkmgr\.html\b")


@dataclass(frozen=True, slots=True)
class Places:
    """Finds the file and line that a page, a link on it or a block on it comes from."""

    files: SourceFiles
    catalog: CatalogSource
    addresses: AddressSearch
    _written_in: dict[str, str] = field(default_factory=dict)
    _in_templates: dict[str, Location] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        root: Path,
        config: JekyllConfig,
        posts: Iterable[Post],
        built: BuiltSite,
        source: CatalogSource,
    ) -> Self:
        """Make it for the site at `root`."""
        files = SourceFiles(root, config, posts, built)
        return cls(files, source, AddressSearch(_prefixes(source.catalog, config)))

    def remember(self, page: str, read: Page) -> None:
        """Take note of the addresses that a page has of its own, for pages that show them, too."""
        if page in self.files.of_pages:
            for found in read.shown:
                if not found.block:
                    self._written_in.setdefault(found.url, page)

    def of_page(self, page: str) -> Location:
        """Return the file of a page as a whole."""
        file = self.files.of_pages.get(page)
        return Location(file) if file else NOWHERE

    def of_post(self, post: Post) -> Location:
        """Return the file of a post as a whole."""
        return Location(self.files.of_post(post))

    def of_link(self, page: str, link: Link | Picture) -> Location:
        """Return where a link on a page was written, or the address of a picture.

        In a block of ours that is its item in the catalog; else the page's own file, a template,
        or, for a page that shows the texts of others, the first of those. Where it is several
        times, as often in the file as on the page, its number tells which.
        """
        if link.block:
            return self.catalog.of_address(link.url) or NOWHERE
        own = self._in_page(page, link)
        return own or self._in_template(link.url) or self._in_other_page(link) or NOWHERE

    def of_blocks(self, page: str) -> Location:
        """Return where the include is that shows the blocks of a page."""
        for file in (self.files.of_pages.get(page), *self.files.templates):
            if file and (found := _INCLUDE.search(text := self.files.text(file))):
                return Location(file, text.count("\n", 0, found.start()) + 1)
        return self.of_page(page)

    def _in_page(self, page: str, link: Link | Picture) -> Location | None:
        file = self.files.of_pages.get(page)
        if not file or not (lines := self.addresses.lines(link.url, self.files.text(file))):
            return None
        if isinstance(link, Link) and link.times == len(lines):
            return Location(file, lines[link.nth - 1])
        return Location(file, lines[0])

    def _in_template(self, address: str) -> Location | None:
        if address not in self._in_templates:
            found = (self._in_file(file, address) for file in self.files.templates)
            self._in_templates[address] = next(filter(None, found), NOWHERE)
        place = self._in_templates[address]
        return place if place.file else None

    def _in_other_page(self, link: Link | Picture) -> Location | None:
        page = self._written_in.get(link.url)
        return self._in_page(page, link) if page else None

    def _in_file(self, file: str, address: str) -> Location | None:
        lines = self.addresses.lines(address, self.files.text(file))
        return Location(file, lines[0]) if lines else None


def _prefixes(catalog: Catalog, config: JekyllConfig) -> tuple[str, ...]:
    """Return what Jekyll's filters and variables put before a path of the site."""
    base = config.base_path
    urls = [url.rstrip("/") for url in (config.url, catalog.site.url) if url]
    return (*(f"{url}{base}" for url in urls), *urls, base)
