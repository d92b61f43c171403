"""What a template sees: plain text to print, and links with their attributes ready."""

import re
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Self

import markupsafe
from markupsafe import Markup

from linkmgr.blocks.escape import BASEURL, POST_KEY, escape
from linkmgr.blocks.links import Link, item_link
from linkmgr.blocks.wording import WORDING, Wording
from linkmgr.catalog.model import Catalog, Cta, Item, Site
from linkmgr.links.model import AMAZON
from linkmgr.links.urls import encode_url, is_site_relative
from linkmgr.messages.language import LANGUAGES, Language
from linkmgr.messages.message import shortened
from linkmgr.posts.language import UNKNOWN, primary
from linkmgr.posts.model import Post
from linkmgr.posts.titles import title_text

_JAPANESE = re.compile(r"[\u3041-\u30fa\u3400-\u9fff]")

MAX_TITLE = 300
"""Characters that a related link shows of a post's title."""


class Text(str):
    """A text to print: `<p{{ text.lang }}>{{ text }}</p>`.

    `lang` is the attribute of a text in another language than its block, empty for all others.
    """

    __slots__ = ("lang",)

    lang: Markup

    def __new__(cls, text: str, lang: str = "") -> Self:
        self = super().__new__(cls, text)
        self.lang = Markup(f' lang="{escape(lang)}"' if lang else "")  # noqa: S704 - escaped
        return self


@dataclass(frozen=True, slots=True)
class Voice:
    """The language in which a post's blocks speak, and that of what the catalog says."""

    language: Language
    catalog: Language

    @classmethod
    def of(cls, site: Site, post: Post) -> "Voice":
        """Return the voice of a post's blocks: in its language, if there are words in that."""
        spoken = primary(post.language)
        language = next((each for each in LANGUAGES if each == spoken), site.language)
        return cls(language, site.language)

    @property
    def wording(self) -> Wording:
        """The words of the blocks."""
        return WORDING[self.language]

    def quoted(self, text: str) -> Text:
        """Return a text of the catalog, which is not translated.

        Japanese catalogs have titles in Latin letters, English ones in Japanese.
        """
        foreign = self.catalog != self.language and self.catalog == _language_of(text)
        return Text(text, self.catalog if foreign else "")

    def title(self, post: Post) -> Text:
        """Return the title of a related post."""
        language = primary(post.language)
        foreign = language not in {self.language, "", UNKNOWN}
        title = shortened(title_text(post.title), MAX_TITLE)
        return Text(title, post.language if foreign else "")


def _language_of(text: str) -> Language:
    return "ja" if _JAPANESE.search(text) else "en"


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: `<a {{ link.attributes }}{{ link.label.lang }}>{{ link.label }}</a>`."""

    label: Text
    attributes: Markup


@dataclass(frozen=True, slots=True)
class PostView:
    """A related post."""

    title: Text
    link: LinkView
    programmes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CtaView:
    """A call to action. `programmes` are those whose affiliate links it shows."""

    id: str
    heading: Text
    text: Text
    link: LinkView
    programmes: frozenset[str]


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
        attributes = _attributes(link, item.css_class or "linkmgr-button")
        earning = frozenset({item.programme} if link.affiliate else ())
        label = LinkView(voice.quoted(item.label), attributes)
        heading, text = voice.quoted(item.heading), voice.quoted(item.text)
        return CtaView(item.id, heading, text, label, earning)
    shops = {shop: link_to(shop=shop) for shop in item.shops}
    return BookView(
        id=item.id,
        title=voice.quoted(item.title),
        author=voice.quoted(item.author) if item.author else None,
        blurb=voice.quoted(item.blurb),
        cover=_url(encode_url(item.cover)) if item.cover else None,
        link=LinkView(_shop_label(catalog, item.programme, voice), _attributes(link)),
        shops=tuple(
            LinkView(
                voice.quoted(shop.label)
                if shop.label
                else _shop_label(catalog, shop.programme, voice),
                _attributes(shop_link),
            )
            for shop, shop_link in shops.items()
        ),
        programmes=frozenset({item.programme} if link.affiliate else ())
        | {shop.programme for shop, shop_link in shops.items() if shop_link.affiliate},
    )


def ad_label(site: Site, voice: Voice) -> Text:
    """Return the word that precedes affiliate links."""
    return voice.quoted(site.ad_label) if site.ad_label else Text(voice.wording.ad_label)


def disclosure(catalog: Catalog, programmes: frozenset[str], voice: Voice) -> tuple[Text, ...]:
    """Return the sentences that disclose the affiliate links of `programmes`.

    Amazon's Operating Agreement demands its own sentence of approved associates.
    """
    site, words = catalog.site, voice.wording
    text = voice.quoted(site.disclosure) if site.disclosure else Text(words.disclosure)
    associate = Text(words.associate.format(site=site.name))
    if AMAZON not in programmes or catalog.programmes[AMAZON].status != "approved":
        return (text,)
    return (text,) if _says_so(site, text) else (text, associate)


def _says_so(site: Site, text: str) -> bool:
    """Whether a disclosure has Amazon's sentence, in any language."""
    return any(words.associate.format(site=site.name) in text for words in WORDING.values())


def _shop_label(catalog: Catalog, programme: str, voice: Voice) -> Text:
    shop = catalog.programmes[programme]
    if shop.label:
        return voice.quoted(shop.label)
    return Text(voice.wording.shop_label.format(shop=shop.name))


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
