"""The links of a site that lead to shops: of its built pages, and of the catalog."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from urllib.parse import urlsplit

from linkmgr.blocks.links import item_url
from linkmgr.catalog.items import Good, Item
from linkmgr.catalog.model import Catalog
from linkmgr.check.pages.page import Page
from linkmgr.check.sources import Places
from linkmgr.links.programmes.profile import AddressShape, Profile, Profiles
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.recognition.shop_pages import shop_page
from linkmgr.links.urls import TEMPLATE_SLOT, host_in
from linkmgr.messages.errors import Location

_LAST_PARAMETER = re.compile(r"[?&]([^=&?]+)=[^=&]*$")


@dataclass(frozen=True, slots=True)
class PageShopLink:
    """A link to a shop."""

    url: str
    """As it is written on the page."""
    shop_page: str | None
    """The shop's page behind it; `None` if the link hides that."""
    page: str
    """A built page, or the catalog for an item of it."""
    source: Location


@dataclass(slots=True)
class ShopLinks:
    """The affiliate links of all pages that have been noted, then of the catalog's items."""

    catalog: Catalog
    places: Places
    _on_pages: list[tuple[str, str, Location]] = field(default_factory=list)

    def note(self, page: Page, path: str) -> None:
        """Take note of the affiliate links on the page at `path`."""
        for link in page.links:
            is_ad = "sponsored" in link.rel or affiliate_link(link.url) is not None
            if is_ad and not link.framed:
                self._on_pages.append((link.url, path, self.places.of_link(path, link)))

    def found(self, today: date) -> Iterator[PageShopLink]:
        """Yield each link that leads to others; of items only if their days are not over."""
        site = self.catalog.site
        own = {host_in(url) for url in (site.url, site.server) if url}
        programmes = programmes_of(self.catalog)
        for url, page, source in chain(self._on_pages, _of_items(self.catalog, self.places, today)):
            if (host := host_in(url)) and host not in own:
                yield PageShopLink(url, shop_page(url, programmes), page, source)


def _of_items(catalog: Catalog, places: Places, today: date) -> Iterator[tuple[str, str, Location]]:
    for item in catalog.items.values():
        if item.has_ended(today):
            continue
        source = places.catalog.of_item(item.id)
        for url in _addresses(catalog, item):
            yield url, source.file, source


def _addresses(catalog: Catalog, item: Item) -> Iterator[str]:
    yield item.url or item_url(catalog, item)
    if isinstance(item, Good):
        yield from (shop.url for shop in item.shops)


def shop_pages_of(catalog: Catalog, item: Item) -> list[str]:
    """Return the shops' pages that an item leads to, its own first, by their addresses."""
    programmes = programmes_of(catalog)
    return [shop_page(url, programmes) or url for url in _addresses(catalog, item)]


def items_by_page(catalog: Catalog) -> Mapping[str, Sequence[str]]:
    """Return the ids of the items that lead to each shop's page, by its address, retired last."""
    programmes = programmes_of(catalog)
    by_page: dict[str, dict[str, None]] = {}
    for item in sorted(catalog.items.values(), key=lambda item: item.retired):
        for url in _addresses(catalog, item):
            by_page.setdefault(shop_page(url, programmes) or url, {})[item.id] = None
    return {page: list(items) for page, items in by_page.items()}


def programmes_of(catalog: Catalog) -> Profiles:
    """Return the profiles of all programmes, the catalog's own included."""
    known = catalog.profiles
    own = []
    for programme in catalog.programmes.values():
        if programme.url and known.of_url(programme.url) is None:
            profile = known.get(programme.id) or Profile(programme.id, programme.name)
            own.append(replace(profile, links=(*profile.links, _shape(programme.url))))
    return known.with_own(own)


def _shape(template: str) -> AddressShape:
    """Return the shape of the links that a programme's template makes."""
    start = template.partition(TEMPLATE_SLOT)[0]
    parts, parameter = urlsplit(start), _LAST_PARAMETER.search(start)
    return AddressShape(
        parts.hostname or "", parts.path, parameter[1].lower() if parameter else None
    )
