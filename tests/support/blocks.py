"""A small catalog and resolutions over it, as the block tests want them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from linkmgr.catalog.blocks import BOOKS, CTA, RELATED, Block
from linkmgr.catalog.items import ITEM_TYPES, Book, Cta, Item, Product, ShopLink
from linkmgr.catalog.model import Catalog, Site
from linkmgr.links.model import Programme, Tracking, Utm
from linkmgr.posts.model import Post
from linkmgr.resolver.model import Placement, PostResolution, Related

SERVER = "https://l.example"
BEACON_BOOK = "https://www.amazon.co.jp/dp/4785730706/?tag=ours-22"

BLOCKS = (
    Block("related", RELATED, 3),
    Block("cta", CTA, 1),
    Block("books", BOOKS, 3),
)


def make_programmes(trackings):
    amazon = Programme(
        "amazon", "Amazon", Tracking.BEACON, "amazon.co.jp", "ours-22", status="applied"
    )
    site = Programme("site", "Our site", Tracking.DIRECT)
    rakuten = Programme(
        "rakuten", "楽天ブックス", Tracking.REDIRECT, url="https://hb.example/?pc={url}"
    )
    known = {programme.id: programme for programme in (site, amazon, rakuten)}
    return known | {id_: replace(known[id_], tracking=way) for id_, way in trackings.items()}


def make_book(**over):
    values = {"id": "law", "title": "AI and the Law", "blurb": "Rules.", "asin": "4785730706"}
    return Book(**values | over)


def make_product(**over):
    values = {"id": "kettle", "title": "Drip kettle", "blurb": "Pours.", "asin": "B000000001"}
    return Product(**values | over)


def make_cta(**over):
    values = {
        "id": "talk",
        "heading": "Talk to us",
        "label": "Contact",
        "url": "/services/",
        "text": "We help.",
        "utm": Utm("article", "cta", "research"),
    }
    return Cta(**values | over)


def make_catalog(
    *items: Item,
    site: Site | None = None,
    blocks: tuple[Block, ...] = BLOCKS,
    trackings: Mapping[str, Tracking] = MappingProxyType({}),
):
    items = items or (make_book(), make_cta())
    return Catalog(
        site=site or make_site(),
        programmes=make_programmes(trackings),
        items={item.id: item for own in ITEM_TYPES for item in items if item.kind is own},
        mappings={},
        blocks=blocks,
    )


def make_site(**over):
    values = {"name": "Tea Notes", "url": "https://tea.example", "server": SERVER}
    return Site(**values | over)


def make_post(**over):
    values = {
        "path": "_posts/2026-01-02-a.md",
        "url": "/2026/01/02/a/",
        "slug": "a",
        "date": datetime(2026, 1, 2, tzinfo=UTC),
        "title": "A post",
        "tags": (),
        "categories": (),
    }
    return Post(**values | over)


def make_resolution(post: Post | None = None, **blocks: Sequence[str | Post]):
    """Place items (by id) and posts into blocks: `cta=["talk"]`."""
    return PostResolution(
        post or make_post(),
        {
            name: tuple(
                Related(name, rank, item, 1.0, ())
                if isinstance(item, Post)
                else Placement(name, rank, item, 1.0, ())
                for rank, item in enumerate(items, start=1)
            )
            for name, items in blocks.items()
        },
    )


RAKUTEN_SHOP = ShopLink("rakuten", "https://books.example/1?a=b")
