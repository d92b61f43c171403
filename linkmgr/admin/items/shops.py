"""The shops of an item for its page: whether they still have it, and how old its price is."""

from dataclasses import dataclass
from datetime import date, timedelta

from linkmgr.admin.common.context import connection, today
from linkmgr.admin.common.preferences import language
from linkmgr.catalog.items import Cta, Good, Item, Price, ShopLink
from linkmgr.catalog.model import Catalog
from linkmgr.check.online import Answer, PageState, ShopPage
from linkmgr.check.shop_links import shop_pages_of
from linkmgr.links.model import OWN_SITE
from linkmgr.links.programmes.shops import PRESETS, preset_of
from linkmgr.store.shop_pages import find_pages


@dataclass(frozen=True, slots=True)
class ItemShop:
    """A shop of an item, and what the last look at its page showed."""

    name: str
    url: str
    page: ShopPage | None
    price: Price | None

    price_until: date | None
    """The last day on which the price is shown."""

    @property
    def is_gone(self) -> bool:
        """Whether readers find nothing there any more."""
        return self.page is not None and self.page.state is PageState.DEAD

    @property
    def is_found(self) -> bool:
        """Whether the last look found the page."""
        return self.page is not None and self.page.state is PageState.FOUND

    @property
    def moved_to(self) -> str:
        """Where a page that was found has moved, empty if it has not."""
        if self.page is None or self.page.answer is not Answer.FOUND:
            return ""
        return self.page.target

    @property
    def is_price_old(self) -> bool:
        """Whether the price is no longer shown."""
        return self.price_until is not None and self.price_until < today()


def shops_of(catalog: Catalog, item: Item) -> list[ItemShop]:
    """Return the shops to which an item leads, in the order of its buttons; none on this site."""
    if item.programme == OWN_SITE and not isinstance(item, Good):
        return []
    pages = shop_pages_of(catalog, item)
    known = find_pages(connection(), pages)
    links: list[Item | ShopLink] = [item]
    if isinstance(item, Good):
        links += item.shops
    shops = []
    for link, page in zip(links, pages, strict=True):
        price = None if isinstance(link, Cta) else link.price
        until = _last_day(price, catalog.site.price_days) if price else None
        name = _name_of(catalog, link, page)
        shops.append(ItemShop(name, page, known.get(page), price, until))
    return shops


def _name_of(catalog: Catalog, link: Item | ShopLink, page: str) -> str:
    """Return the name of a shop: its own label, or that of its preset or its programme."""
    preset = preset_of(page)
    if not isinstance(link, Cta):
        if link.label:
            return link.label
        preset = PRESETS.get(link.preset or "", preset)
    if preset:
        return preset.names[language()]
    return catalog.programmes[link.programme].name


def _last_day(price: Price, days: int) -> date:
    """Return the last day on which a price is shown."""
    last = price.day + timedelta(days=days)
    return min(last, price.validity.until) if price.validity.until else last
