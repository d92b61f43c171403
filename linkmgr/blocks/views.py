"""What a template sees: plain text to print, and links with their attributes ready."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import markupsafe
from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, POST_KEY, escape
from linkmgr.blocks.links import HIT, Link, item_link
from linkmgr.blocks.voice import Text, Voice
from linkmgr.catalog.model import Catalog, Cta, Item, Site
from linkmgr.links.attributes import allows_attribute, referrer_policy
from linkmgr.links.model import AMAZON
from linkmgr.links.urls import encode_url, is_site_relative
from linkmgr.messages.language import Language
from linkmgr.posts.model import Post


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: `<a {{ link.attributes }}{{ link.label.lang }}>{{ link.label }}</a>`."""

    label: Text
    attributes: Markup


class Hit(NamedTuple):
    """Where the clicks on a link are counted whose `<a>` must not have the address itself."""

    href: str
    address: str


@dataclass(frozen=True, slots=True)
class PostView:
    """A related post."""

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


@dataclass(frozen=True, slots=True)
class BookView:
    """A book; `link` goes to its own shop, `shops` to further ones."""

    id: str
    title: Text
    author: Text | None
    blurb: Text
    cover: Markup | None
    link: LinkView
    shops: tuple[LinkView, ...]
    programmes: frozenset[str]
    hits: tuple[Hit, ...] = ()


ItemView = CtaView | BookView


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


_BASEURL = Markup(BASEURL)  # noqa: S704 - a constant


def post_view(post: Post, voice: Voice) -> PostView:
    """View a related post. Its URL is Jekyll's, percent-encoded already."""
    title = voice.title(post)
    return PostView(title, LinkView(title, _attributes(Link(encode_url(post.url)))))


def item_view(catalog: Catalog, item: Item, block: str, rank: int, voice: Voice) -> ItemView:
    """View an item at its place; the same for every post but for `POST_KEY`."""
    link_to = partial(item_link, catalog, item, post_key=POST_KEY, block=block, rank=rank)
    link = link_to()
    if isinstance(item, Cta):
        earning = frozenset({item.programme} if link.affiliate else ())
        label = _link_view(link, voice.quoted(item.label), item.css_class or "linkmgr-button")
        heading, text = voice.quoted(item.heading), voice.quoted(item.text)
        return CtaView(item.id, heading, text, label, earning, _hits(link))
    shops = {shop: link_to(shop=shop) for shop in item.shops}
    return BookView(
        id=item.id,
        title=voice.quoted(item.title),
        author=voice.quoted(item.author) if item.author else None,
        blurb=voice.quoted(item.blurb),
        cover=_url(encode_url(item.cover)) if item.cover else None,
        link=_link_view(link, _shop_label(catalog, item.programme, voice)),
        shops=tuple(
            _link_view(
                shop_link,
                voice.quoted(shop.label)
                if shop.label
                else _shop_label(catalog, shop.programme, voice),
            )
            for shop, shop_link in shops.items()
        ),
        programmes=frozenset({item.programme} if link.affiliate else ())
        | {shop.programme for shop, shop_link in shops.items() if shop_link.affiliate},
        hits=_hits(link, *shops.values()),
    )


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


def _shop_label(catalog: Catalog, programme: str, voice: Voice) -> Text:
    shop = catalog.programmes[programme]
    if shop.label:
        return voice.quoted(shop.label)
    return Text(voice.wording.shop_label.format(shop=shop.name))


def _link_view(link: Link, label: Text, css_class: str | None = None) -> LinkView:
    spoken = label if allows_attribute(link.profile, "lang") else Text(label)
    return LinkView(spoken, _attributes(link, css_class))


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
        f'{name}="{escape(value) if name == "class" else _url(value)}"'
        for name, value in values.items()
        if value and (name == "href" or allows_attribute(link.profile, name))
    )
    return Markup(" ".join(attributes))  # noqa: S704 - each is escaped


def _hits(*links: Link) -> tuple[Hit, ...]:
    return tuple(Hit(link.href, link.hit) for link in links if link.hit and link.is_delegated)


def delegated(views: Iterable[PostView | ItemView], html: str) -> str:
    """Put the HTML of these into an element that counts the clicks that they cannot name.

    It needs no template: a site's own need not know of it.
    """
    hits = [hit for view in views for hit in view.hits]
    if not hits:
        return html
    words = " ".join(f"{_url(hit.href)} {_url(hit.address)}" for hit in hits)
    return f'<div data-linkmgr-hits="{words}">\n{html}</div>\n'


def _url(encoded: str) -> Markup:
    """Escape a percent-encoded URL, which has no braces; `POST_KEY` stays in it."""
    escaped = markupsafe.escape(encoded)
    return _BASEURL + escaped if is_site_relative(encoded) else escaped
