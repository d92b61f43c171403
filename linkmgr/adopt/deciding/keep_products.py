"""Keeping products in their posts that the catalog does not have as the posts show them."""

from linkmgr.adopt.deciding.keep_blocks import keep_blocks
from linkmgr.adopt.post.model import OldPost, OldProduct
from linkmgr.adopt.post.products import Product, products_in, products_of_items, shop_target
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import message

_REASON = message("adopt.keep-products")


def keep_unknown_products(post: OldPost, catalog: Catalog) -> OldPost:
    """Return a post that keeps the blocks with products that the catalog has not, or otherwise.

    Nothing is added to the catalog for them: `linkmgr eject`, which writes these blocks, leaves the
    catalog as it is.
    """
    unknown = {
        block.start: _REASON
        for block in post.blocks
        if not all(_is_known(product, catalog) for product in block.products)
    }
    return keep_blocks(post, unknown) if unknown else post


def _is_known(old: OldProduct, catalog: Catalog) -> bool:
    """Whether the catalog has a product with the same id, texts and picture, and all its links."""
    product = catalog.products.get(old.id)
    if product is None:
        return False
    texts = (product.title, product.maker or "", product.blurb)
    same = tuple(" ".join(text.split()) for text in texts) == (old.title, old.maker, old.blurb)
    held = products_of_items([product])
    linked = (
        products_in(url.encode()).keys() or {Product(address=shop_target(url))} for url in old.links
    )
    return same and (product.image or "") == old.image and all(held >= each for each in linked)
