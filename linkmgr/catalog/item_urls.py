"""The final address of an item's link."""

from linkmgr.catalog.model import Book, Catalog, Item, ShopLink
from linkmgr.links.amazon import product_url
from linkmgr.links.model import Programme
from linkmgr.links.urls import through_programme, with_utm


def item_url(catalog: Catalog, item: Item, content: str | None = None) -> str:
    """Return the final address of an item's link, untracked, absolute or `/…`.

    `content` becomes the `utm_content` of a CTA whose UTM has none.
    """
    programme = catalog.programmes[item.programme]
    if isinstance(item, Book) and item.asin is not None:
        return product_url(_marketplace(programme), item.asin, programme.tag)
    url = item.url or ""
    if not isinstance(item, Book) and item.utm is not None:
        url = with_utm(url, item.utm, content)
    return through_programme(programme, url)


def shop_url(catalog: Catalog, shop: ShopLink) -> str:
    """Return the final address of the link to a further shop."""
    return through_programme(catalog.programmes[shop.programme], shop.url)


def _marketplace(programme: Programme) -> str:
    if programme.marketplace is None:
        raise ValueError(f"programme {programme.id} has no marketplace")
    return programme.marketplace
