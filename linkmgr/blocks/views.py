"""What a template sees: plain text to print, and links with their attributes ready."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

import markupsafe
from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, CODE, POST_KEY, escape
from linkmgr.blocks.links import HIT, Link, item_link
from linkmgr.blocks.voice import Text, Voice
from linkmgr.catalog.items import Book, Cta, Good, Item, ShopLink
from linkmgr.catalog.model import Catalog, Site
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profile import allows_attribute, referrer_policy
from linkmgr.links.programmes.shops import PRESETS
from linkmgr.links.urls import encode_url, is_site_relative
from linkmgr.messages.message import Language
from linkmgr.posts.model import Post
from linkmgr.resolver.model import Placement

# Links, and how the clicks are counted on those that must not say so themselves.


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: `<a {{ link.attributes }}{{ link.label.lang }}>{{ link.label }}</a>`.

    That of a further shop may be issued `code` instead.
    """

    label: Text
    attributes: Markup
    code: Markup | None = None


class Hit(NamedTuple):
    """Where clicks are counted on a link whose `<a>` must not have the address itself.

    Both are escaped for an attribute.
    """

    href: str
    address: str


def _link_view(
    link: Link, label: Text, css_class: str | None = None, code: Markup | None = None
) -> LinkView:
    """View a link with the text that it shows, or the `code` in its place."""
    spoken = label if allows_attribute(link.profile, "lang") else Text(label)
    return LinkView(spoken, _attributes(link, css_class), code)


def _attributes(link: Link, css_class: str | None = None) -> Markup:
    """Return those of a link's attributes that its programme allows."""
    values = {
        "class": css_class,
        "href": link.href,
        "rel": link.rel,
        "referrerpolicy": referrer_policy(link.profile),
        "ping": link.hit,
        HIT: link.hit,
    }
    attributes = (
        f'{name}="{escape(value) if name == "class" else _printed_url(value)}"'
        for name, value in values.items()
        if value and (name == "href" or allows_attribute(link.profile, name))
    )
    return Markup(" ".join(attributes))  # noqa: S704 - each is escaped


def _hits_of(*links: Link) -> tuple[Hit, ...]:
    """Return where clicks are counted on links whose `<a>` must not name the address."""
    return tuple(
        Hit(
            str(escape(link.code.href) if link.code else _printed_url(link.href)),
            str(_printed_url(link.hit)),
        )
        for link in links
        if link.hit and link.is_delegated
    )


class HasHits(Protocol):
    """A view with links whose clicks are counted around them."""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Where their clicks are counted."""


def delegated(views: Iterable[HasHits], html: str, element: str = "div") -> str:
    """Wrap the HTML of views in an element that counts the clicks on such links.

    It needs no template: a site's own need not know of it.
    """
    hits = [hit for view in views for hit in view.hits]
    if not hits:
        return html
    words = " ".join(f"{hit.href} {hit.address}" for hit in hits)
    gap = "\n" if element == "div" else ""
    return f'<{element} data-linkmgr-hits="{words}">{gap}{html}</{element}>{gap}'


_BASEURL = Markup(BASEURL)  # noqa: S704 - a constant


def _printed_url(encoded: str) -> Markup:
    """Escape a percent-encoded URL, which has no braces; `POST_KEY` stays in it."""
    escaped = markupsafe.escape(encoded)
    return _BASEURL + escaped if is_site_relative(encoded) else escaped


# Posts, items and blocks.


@dataclass(frozen=True, slots=True)
class PostView:
    title: Text
    link: LinkView
    programmes: frozenset[str] = frozenset()
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class CtaView:
    """A call to action. `programmes` are those whose affiliate links it shows."""

    id: str
    heading: Text
    text: Text
    link: LinkView
    programmes: frozenset[str]
    hits: tuple[Hit, ...] = ()
    code: Markup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _GoodView:
    """A good; `link` or issued `code` goes to its own shop, `shops` to further ones."""

    id: str
    title: Text
    blurb: Text
    link: LinkView
    shops: tuple[LinkView, ...]
    programmes: frozenset[str]
    hits: tuple[Hit, ...]
    code: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView(_GoodView):
    author: Text | None
    cover: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView(_GoodView):
    maker: Text | None
    image: Markup | None


ItemView = CtaView | BookView | ProductView


@dataclass(frozen=True, slots=True)
class TextView:
    """A link in the text of an article; with issued code, that is printed in its place."""

    link: LinkView
    programmes: frozenset[str]
    hits: tuple[Hit, ...] = ()
    code: Markup | None = None


class BlockView(NamedTuple):
    """A block as its template and `block.html`, its frame, see it.

    `ad_label` precedes the first affiliate link and is empty where there is none; `disclosure` is
    given to the last block that has one. `level` is that of its heading (2 is `<h2>`), `item_level`
    that of its items' headings.
    """

    name: str
    classes: str
    heading: Text
    items: tuple[PostView | ItemView, ...]
    ad_label: Text
    disclosure: tuple[Text, ...]
    level: int
    item_level: int


def post_view(post: Post, voice: Voice) -> PostView:
    """View a related post. Its URL is Jekyll's, percent-encoded already."""
    title = voice.title(post)
    return PostView(title, _link_view(Link(encode_url(post.url)), title))


def item_view(
    catalog: Catalog, item: Item, placement: Placement, voice: Voice, variant: str = ""
) -> ItemView:
    """View an item, as a variant may have it, at its place; the same for all but for `POST_KEY`."""
    link_to = _link_at(catalog, item, placement, variant)
    if isinstance(item, Cta):
        return _cta_view(item, link_to(), voice)
    shown = _good_view(catalog, item, link_to, voice)
    if isinstance(item, Book):
        author = voice.quoted(item.author) if item.author else None
        return BookView(author=author, cover=_picture(item.cover), **shown)
    maker = voice.quoted(item.maker) if item.maker else None
    return ProductView(maker=maker, image=_picture(item.image), **shown)


def _link_at(
    catalog: Catalog, item: Item, placement: Placement, variant: str = ""
) -> Callable[..., Link]:
    """Return what links an item, or one of its shops, from its place."""
    return partial(
        item_link,
        catalog,
        item,
        post_key=POST_KEY,
        block=placement.block,
        rank=placement.rank,
        tags=placement.tag_by_programme,
        variant=variant,
    )


def _cta_view(cta: Cta, link: Link, voice: Voice) -> CtaView:
    return CtaView(
        id=cta.id,
        heading=voice.quoted(cta.heading),
        text=voice.quoted(cta.text),
        link=_link_view(link, voice.quoted(cta.label), cta.css_class or "linkmgr-button"),
        programmes=frozenset({cta.programme} if link.affiliate else ()),
        hits=_hits_of(link),
        code=_code_of(cta),
    )


def _good_view(
    catalog: Catalog, good: Good, link_to: Callable[..., Link], voice: Voice
) -> dict[str, Any]:
    """Return the fields of a `_GoodView`."""
    link = link_to()
    shops = [(shop, link_to(shop=shop)) for shop in good.shops]
    earning = {shop.programme for shop, own in shops if own.affiliate}
    return {
        "id": good.id,
        "title": voice.quoted(good.title),
        "blurb": voice.quoted(good.blurb),
        "link": _link_view(link, _programme_label(catalog, good.programme, voice)),
        "shops": tuple(
            _link_view(own, _shop_label(catalog, shop, voice), code=_code_of(good, number))
            for number, (shop, own) in enumerate(shops)
        ),
        "programmes": frozenset(earning | ({good.programme} if link.affiliate else set())),
        "hits": _hits_of(link, *(own for _, own in shops)),
        "code": _code_of(good),
    }


def _picture(url: str | None) -> Markup | None:
    return _printed_url(encode_url(url)) if url else None


def text_view(catalog: Catalog, placement: Placement, voice: Voice) -> TextView:
    """View the link of an item in the text of an article."""
    item = catalog.items[placement.item]
    link = _link_at(catalog, item, placement)()
    words = voice.quoted(item.label if isinstance(item, Cta) else item.title)
    earning = frozenset({item.programme} if link.affiliate else ())
    return TextView(_link_view(link, words), earning, _hits_of(link), _code_of(item))


def ad_label(site: Site, voice: Voice) -> Text:
    """Return the word that precedes affiliate links."""
    return voice.quoted(site.ad_label) if site.ad_label else Text(voice.wording.ad_label)


def disclosure(catalog: Catalog, programmes: frozenset[str], voice: Voice) -> tuple[Text, ...]:
    """Return the sentences that disclose the affiliate links of `programmes`.

    A programme's own sentence follows unless the site's has it, in whatever language; Amazon's is
    for approved associates alone.
    """
    site = catalog.site
    text = voice.quoted(site.disclosure) if site.disclosure else Text(voice.wording.disclosure)
    asked = [_asked_for(catalog, programme) for programme in sorted(programmes)]
    return (
        text,
        *(
            Text(own[voice.language])
            for own in asked
            if voice.language in own and not any(said in text for said in own.values())
        ),
    )


def _asked_for(catalog: Catalog, programme: str) -> dict[Language, str]:
    """Return the sentence that a programme asks for, by language."""
    profile = catalog.profiles.get(programme)
    if profile is None or profile.rules.disclosure is None:
        return {}
    if programme == AMAZON and catalog.programmes[AMAZON].status != "approved":
        return {}
    sentences = profile.rules.disclosure.sentences.items()
    return {language: said.replace("{site}", catalog.site.name) for language, said in sentences}


def _shop_label(catalog: Catalog, shop: ShopLink, voice: Voice) -> Text:
    if shop.label:
        return voice.quoted(shop.label)
    if shop.preset:
        name = PRESETS[shop.preset].names[voice.language]
        return Text(voice.wording.shop_label.format(shop=name))
    return _programme_label(catalog, shop.programme, voice)


def _programme_label(catalog: Catalog, programme: str, voice: Voice) -> Text:
    shop = catalog.programmes[programme]
    if shop.label:
        return voice.quoted(shop.label)
    return Text(voice.wording.shop_label.format(shop=shop.name))


def _code_of(item: Good | Cta, shop: int | None = None) -> Markup | None:
    """Return the placeholder that the renderer replaces by the code of an item or its shop."""
    sold = item.shops[shop] if isinstance(item, Good) and shop is not None else item
    name = item.id if shop is None else f"{item.id}.{shop}"
    return Markup(f"{CODE}{name}{CODE}") if sold.code else None  # noqa: S704 - an id
