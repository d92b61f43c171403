"""Which item of the catalog, and which programme, a link on a page is of."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from linkmgr.blocks.links import item_addresses, without_placement
from linkmgr.catalog.items import Good
from linkmgr.catalog.model import Catalog
from linkmgr.check.online.links import programmes_of
from linkmgr.check.pages.page import Link
from linkmgr.links.recognition.affiliate import affiliate_link, unescaped
from linkmgr.links.recognition.shop_pages import shop_page
from linkmgr.links.urls import encode_url

_COUNTED = re.compile(r"/go/(?P<item>[a-z0-9-]+)(?:\?(?P<query>[^#]*))?$")
_SHOP = re.compile(r"(?:^|&)s=([a-z0-9-]+)")


class LinkedItem(NamedTuple):
    """An item and the programme that a link to it earns for; either may be empty."""

    item: str
    programme: str


class ItemLinks:
    """Knows the links of a catalog's items, and those to the same pages of their shops."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._programmes = programmes_of(catalog)
        self._by_address: dict[str, LinkedItem] = {}
        self._by_page: dict[str, LinkedItem] = {}
        for address, found in self._links():
            self._by_address.setdefault(without_placement(encode_url(address)), found)
            if page := shop_page(address, self._programmes):
                self._by_page.setdefault(page, found)

    def of(self, link: Link) -> LinkedItem | None:
        """Return what a link is of, `None` if it is neither an ad nor an item in a block."""
        known = self._item(link.url)
        affiliate = affiliate_link(link.url)
        is_ad = affiliate is not None or "sponsored" in link.rel
        if not is_ad and not (known and link.block):
            return None
        profile = self._programmes.of(unescaped(link.url))
        programme = profile.id if profile else affiliate.programme if affiliate else ""
        if known is None:
            return LinkedItem("", programme)
        return LinkedItem(known.item, programme or known.programme)

    def _item(self, url: str) -> LinkedItem | None:
        if found := self._redirected(url):
            return found
        if found := self._by_address.get(without_placement(url)):
            return found
        page = shop_page(url, self._programmes)
        return self._by_page.get(page) if page else None

    def _redirected(self, url: str) -> LinkedItem | None:
        """Return the item of a link through the catalog's own server."""
        server = self._catalog.site.server
        found = _COUNTED.search(url)
        if not (server and found and url.startswith((f"{server}/go/", "/go/"))):
            return None
        item = self._catalog.items.get(found["item"])
        if item is None:
            return None
        named = _SHOP.search(found["query"] or "")
        shops = item.shops if isinstance(item, Good) else ()
        programmes = {shop.key: shop.programme for shop in shops}
        programme = programmes.get(named[1], named[1]) if named else item.programme
        return LinkedItem(item.id, programme)

    def _links(self) -> Iterator[tuple[str, LinkedItem]]:
        for item in self._catalog.items.values():
            for address, programme in item_addresses(self._catalog, item):
                yield address, LinkedItem(item.id, programme)
