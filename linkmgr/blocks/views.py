"""What a template sees: plain text to print, and links with their attributes ready."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import markupsafe
from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, POST_KEY, escape
from linkmgr.blocks.links import Link, item_link
from linkmgr.blocks.wording import WORDING
from linkmgr.catalog.model import Catalog, Cta, Item
from linkmgr.links.model import AMAZON
from linkmgr.links.urls import encode_url, is_site_relative
from linkmgr.messages.message import shortened
from linkmgr.posts.model import Post
from linkmgr.posts.titles import title_text

MAX_TITLE = 300
"""Characters that a related link shows of a post's title."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: `<a {{ link.attributes }}>{{ link.label }}</a>`."""

    label: str
    attributes: Markup


@dataclass(frozen=True, slots=True)
class PostView:
    """A related post."""

    title: str
    link: LinkView
    programmes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CtaView:
    """A call to action. `programmes` are those whose affiliate links it shows."""

    id: str
    heading: str
    text: str
    link: LinkView
    programmes: frozenset[str]


@dataclass(frozen=True, slots=True)
class BookView:
    """A book; `link` goes to its own shop, `shops` to further ones."""

    id: str
    title: str
    author: str | None
    blurb: str
    cover: Markup | None
    link: LinkView
    shops: tuple[LinkView, ...]
    programmes: frozenset[str]


ItemView = CtaView | BookView


class BlockView(NamedTuple):
    """A block as its template and `block.html`, its frame, see it.

    `ad_label` precedes the first affiliate link and is empty where there is none;
    `disclosure` is given to the last block that has one.
    """

    name: str
    classes: str
    heading: str
    items: tuple[PostView | ItemView, ...]
    ad_label: str
    disclosure: tuple[str, ...]


_BASEURL = Markup(BASEURL)  # noqa: S704 - a constant


def post_view(post: Post) -> PostView:
    """View a related post. Its URL is Jekyll's, percent-encoded already."""
    title = shortened(title_text(post.title), MAX_TITLE)
    return PostView(title, LinkView(title, _attributes(Link(encode_url(post.url)))))


def item_view(catalog: Catalog, item: Item, block: str, rank: int) -> ItemView:
    """View an item at its place; the same for every post but for `POST_KEY`."""
    link_to = partial(item_link, catalog, item, post_key=POST_KEY, block=block, rank=rank)
    link = link_to()
    if isinstance(item, Cta):
        attributes = _attributes(link, item.css_class or "linkmgr-button")
        earning = frozenset({item.programme} if link.affiliate else ())
        return CtaView(item.id, item.heading, item.text, LinkView(item.label, attributes), earning)
    shops = {shop: link_to(shop=shop) for shop in item.shops}
    return BookView(
        id=item.id,
        title=item.title,
        author=item.author,
        blurb=item.blurb,
        cover=_url(encode_url(item.cover)) if item.cover else None,
        link=LinkView(_shop_label(catalog, item.programme), _attributes(link)),
        shops=tuple(
            LinkView(shop.label or _shop_label(catalog, shop.programme), _attributes(shop_link))
            for shop, shop_link in shops.items()
        ),
        programmes=frozenset({item.programme} if link.affiliate else ())
        | {shop.programme for shop, shop_link in shops.items() if shop_link.affiliate},
    )


def disclosure(catalog: Catalog, programmes: frozenset[str]) -> tuple[str, ...]:
    """Return the sentences that disclose the affiliate links of `programmes`.

    Amazon's Operating Agreement demands its own sentence of approved associates.
    """
    site, words = catalog.site, WORDING[catalog.site.language]
    text = site.disclosure or words.disclosure
    associate = words.associate.format(site=site.name)
    if AMAZON not in programmes or catalog.programmes[AMAZON].status != "approved":
        return (text,)
    return (text,) if associate in text else (text, associate)


def _shop_label(catalog: Catalog, programme: str) -> str:
    shop = catalog.programmes[programme]
    return shop.label or WORDING[catalog.site.language].shop_label.format(shop=shop.name)


def _attributes(link: Link, css_class: str | None = None) -> Markup:
    attributes = [
        f'class="{escape(css_class)}"' if css_class else "",
        f'href="{_url(link.href)}"',
        f'rel="{link.rel}"' if link.rel else "",
        f'ping="{_url(link.ping)}" data-linkmgr-hit="{_url(link.ping)}"' if link.ping else "",
    ]
    return Markup(" ".join(filter(None, attributes)))  # noqa: S704 - each is escaped


def _url(encoded: str) -> Markup:
    """Escape a percent-encoded URL, which has no braces; `POST_KEY` stays in it."""
    escaped = markupsafe.escape(encoded)
    return _BASEURL + escaped if is_site_relative(encoded) else escaped
