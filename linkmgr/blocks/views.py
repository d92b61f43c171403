"""What a template sees: plain text to print, and links with their attributes ready."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from typing import Any, NamedTuple

from markupsafe import Markup

from linkmgr.blocks.escape import CODE, POST_KEY
from linkmgr.blocks.link_views import BUTTON_CLASS, Hit, LinkView, hits_of, link_view, printed_url
from linkmgr.blocks.links import PrintedLink, item_link, sale_link
from linkmgr.blocks.voice import PrintedDay, PrintedText, Voice
from linkmgr.catalog.blocks import Show
from linkmgr.catalog.declaration import Text as TextKey
from linkmgr.catalog.items import Book, Cta, Good, Item, ItemKind, Price, ShopLink
from linkmgr.catalog.model import (
    CONS_ROW,
    PRICE_ROW,
    PROS_ROW,
    RATING_ROW,
    Catalog,
    Comparison,
    Site,
)
from linkmgr.links.model import AMAZON, Programme, Sale
from linkmgr.links.programmes.shops import PRESETS, brand_of
from linkmgr.links.urls import encode_url, target_problem
from linkmgr.messages.message import Language
from linkmgr.posts.model import Post
from linkmgr.resolver.model import Placement


@dataclass(frozen=True, slots=True)
class PostView:
    """A related post; what its block doesn't show is `None`."""

    title: PrintedText
    link: LinkView
    programmes: frozenset[str] = frozenset()
    hits: tuple[Hit, ...] = ()
    date: PrintedDay | None = None

    excerpt: PrintedText | None = None
    """Its first sentence."""

    picture: Markup | None = None


@dataclass(frozen=True, slots=True)
class SaleView:
    """A sale from its `since` to its `until`, between which is `to`, and the `link` to its page."""

    name: PrintedText
    since: PrintedDay
    to: str
    until: PrintedDay
    link: LinkView | None = None


class _WithTexts:
    """What templates alone print of an item: `{{ cta.note }}` for the text of a key `note`."""

    __slots__ = ()

    texts: Mapping[str, PrintedText]

    def __getitem__(self, key: str) -> PrintedText:
        """Return the text of a key for which the view has no field."""
        return self.texts[key]


@dataclass(frozen=True, slots=True)
class CtaView(_WithTexts):
    """A call to action. `programmes` are those whose affiliate links it shows."""

    id: str
    heading: PrintedText
    text: PrintedText
    link: LinkView
    programmes: frozenset[str]
    hits: tuple[Hit, ...] = ()
    code: Markup | None = None
    sales: tuple[SaleView, ...] = ()

    lines: tuple[SaleView, ...] = ()
    """Sales that its block names in a line of their own."""

    texts: Mapping[str, PrintedText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RatingView:
    """The owner's rating: `★★★★☆`, `4.5`, and the words that say whose it is."""

    stars: str
    value: str
    text: PrintedText


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The link to the owner's review."""

    href: Markup
    label: PrintedText


@dataclass(frozen=True, slots=True)
class PriceView:
    """A price, with its shop and day: `{{ before }}` the day `{{ after }}`."""

    amount: PrintedText
    day: PrintedDay
    before: str
    after: str
    shop: PrintedText


@dataclass(frozen=True, slots=True)
class SpecView:
    """A spec of a good, by its name."""

    name: PrintedText
    value: PrintedText


@dataclass(frozen=True, slots=True, kw_only=True)
class _GoodView(_WithTexts):
    """A good; `link` or issued `code` goes to its own shop, `shops` to further ones."""

    id: str

    kind: str
    """The kind of block for such: `books` or `products`."""

    title: PrintedText

    initial: str
    """The first letter of the title, where there is no picture."""

    by: PrintedText | None
    """Its author or maker."""

    picture: Markup | None
    badge: PrintedText | None
    rating: RatingView | None
    review: ReviewView | None
    blurb: PrintedText
    price: PriceView | None
    link: LinkView
    shops: tuple[LinkView, ...]
    programmes: frozenset[str]
    hits: tuple[Hit, ...]
    code: Markup | None
    sales: tuple[SaleView, ...]

    lines: tuple[SaleView, ...]
    """Sales that its block names in a line of their own."""

    specs: tuple[SpecView, ...]
    pros: tuple[PrintedText, ...]
    cons: tuple[PrintedText, ...]

    rank: PrintedText | None = None
    """`1位` or `No. 1`, in a comparison whose ranks readers see."""

    cells: tuple["CellView", ...] = ()
    """What it has in the rows of its comparison."""

    texts: Mapping[str, PrintedText] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellView:
    """What a good has in a row of its comparison: one of the others, or nothing."""

    label: PrintedText
    """The row's name."""

    text: PrintedText | None = None
    price: PriceView | None = None
    rating: RatingView | None = None

    points: tuple[PrintedText, ...] = ()
    """Pros or cons."""

    points_class: str = ""
    """The end of the class of a list of these: `pros` or `cons`."""

    @property
    def is_empty(self) -> bool:
        """Whether the good has nothing in this row."""
        return not (self.text or self.price or self.rating or self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView(_GoodView):
    author: PrintedText | None
    """The same as `by`."""

    cover: Markup | None
    """The same as `picture`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView(_GoodView):
    maker: PrintedText | None
    """The same as `by`."""

    image: Markup | None
    """The same as `picture`."""


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
    heading: PrintedText
    items: tuple[PostView | ItemView, ...]
    ad_label: PrintedText
    disclosure: tuple[PrintedText, ...]
    level: int
    item_level: int

    sales: tuple[SaleView, ...] = ()
    """Sales that it names in a line of their own."""

    rows: tuple[PrintedText, ...] = ()
    """The names of the rows of a comparison: one without any is a list of cards."""

    prices: PriceView | None = None
    """The shop and day of all prices of a comparison, said once where these are the same."""

    item_label: PrintedText = PrintedText("")
    """The name of a comparison's column of goods."""

    shops_label: PrintedText = PrintedText("")
    """The name of a comparison's row of shops."""


def compared_view(view: BlockView, comparison: Comparison, voice: Voice) -> BlockView:
    """View a comparison in its block: ranks, and the rows in which some good has a value."""
    wording = voice.wording
    goods = [item for item in view.items if isinstance(item, BookView | ProductView)]
    cells = {row: [_cell(good, row, voice) for good in goods] for row in comparison.rows}
    rows = [row for row, its_cells in cells.items() if not all(c.is_empty for c in its_cells)]
    items = []
    for number, good in enumerate(goods):
        rank = PrintedText(wording.rank.format(rank=number + 1)) if comparison.ranked else None
        own_cells = tuple(cells[row][number] for row in rows)
        items.append(replace(good, rank=rank, cells=own_cells))
    heading = view.heading
    if comparison.heading is not None:
        heading = voice.quoted(comparison.heading)
    return view._replace(
        heading=heading,
        items=tuple(items),
        rows=tuple(_row_label(row, voice) for row in rows),
        prices=_prices_of_all(goods, voice) if PRICE_ROW in rows else None,
        item_label=PrintedText(wording.item),
        shops_label=PrintedText(wording.shops),
    )


def _prices_of_all(goods: "Iterable[BookView | ProductView]", voice: Voice) -> PriceView | None:
    """Return a price with the shop and day of each other one, `None` where they differ."""
    prices = [good.price for good in goods if good.price]
    sources = {(price.day, price.shop) for price in prices}
    if len(sources) != 1 or len(prices) == 1:
        return None
    first = prices[0]
    before, after = voice.wording.all_seen
    day = voice.day(date.fromisoformat(first.day.iso))
    return replace(first, day=day, before=before.format(shop=first.shop), after=after)


def _row_label(row: str, voice: Voice) -> PrintedText:
    own = voice.wording.rows.get(row)
    return PrintedText(own) if own else voice.quoted(row)


def _cell(good: "BookView | ProductView", row: str, voice: Voice) -> CellView:
    label = _row_label(row, voice)
    if row == PRICE_ROW:
        return CellView(label, price=good.price)
    if row == RATING_ROW:
        return CellView(label, rating=good.rating)
    if row == PROS_ROW:
        return CellView(label, points=good.pros, points_class="pros")
    if row == CONS_ROW:
        return CellView(label, points=good.cons, points_class="cons")
    named = (spec.value for spec in good.specs if spec.name == row)
    return CellView(label, text=next(named, None))


def post_view(post: Post, voice: Voice, shows: Collection[Show]) -> PostView:
    """View a related post. Its URL is Jekyll's, percent-encoded already."""
    title = voice.title(post)
    lead = voice.words_of(post, post.lead)
    return PostView(
        title,
        link_view(PrintedLink(encode_url(post.url)), title),
        date=voice.day(post.date.date()) if "date" in shows else None,
        excerpt=lead if "excerpt" in shows and lead else None,
        picture=_post_picture(post) if "picture" in shows else None,
    )


def _post_picture(post: Post) -> Markup | None:
    """Return the address of a post's picture; one without a scheme is within the site."""
    address = post.picture
    if address and not address.startswith("/") and "://" not in address:
        address = f"/{address}"
    return None if not address or target_problem(encode_url(address)) else _picture(address)


def with_same_rows(posts: Sequence[PostView]) -> tuple[PostView, ...]:
    """Return posts with their pictures, if each of them has one."""
    if all(post.picture for post in posts):
        return tuple(posts)
    return tuple(replace(post, picture=None) for post in posts)


class ItemViewer:
    """Views the items of a catalog, as a build on the day `today` shows them.

    Without a day it shows prices of whatever day.
    """

    def __init__(self, catalog: Catalog, today: date | None = None) -> None:
        self._catalog = catalog
        self._today = today

    def view(self, item: Item, placement: Placement, voice: Voice, variant: str = "") -> ItemView:
        """View an item, as a variant may have it, at its place.

        The view is the same for all posts, but for `POST_KEY`.
        """
        view = self._view(item, _link_at(self._catalog, item, placement, variant), voice)
        printed = [name for name in _texts_of_keys(item.kind) if not hasattr(view, name)]
        if not printed:
            return view
        texts = {name: voice.quoted(getattr(item, name) or "") for name in printed}
        return replace(view, texts=texts)

    def _view(self, item: Item, link_to: Callable[..., PrintedLink], voice: Voice) -> ItemView:
        if isinstance(item, Cta):
            on_card, in_line = self._sales(item.programmes, voice)
            return replace(_cta_view(item, link_to(), voice), sales=on_card, lines=in_line)
        picture = _picture(item.picture)
        author_or_maker = voice.quoted(item.author_or_maker) if item.author_or_maker else None
        on_card, in_line = self._sales(item.programmes, voice)
        fields = {
            **self._sold(item, link_to, voice),
            **self._words(item, voice),
            "sales": on_card,
            "lines": in_line,
            "id": item.id,
            "kind": item.kind.value,
            "by": author_or_maker,
            "picture": picture,
        }
        if isinstance(item, Book):
            return BookView(author=author_or_maker, cover=picture, **fields)
        return ProductView(maker=author_or_maker, image=picture, **fields)

    def _words(self, good: Good, voice: Voice) -> dict[str, Any]:
        """Return the owner's own texts of a good, by the names that templates use."""
        review = None
        if good.review:
            review = ReviewView(
                printed_url(encode_url(good.review)), PrintedText(voice.wording.review)
            )
        return {
            "title": voice.quoted(good.title),
            "initial": _initial(good.title),
            "badge": self._badge(good, voice),
            "rating": _rating(good.rating, voice) if good.rating else None,
            "review": review,
            "blurb": voice.quoted(good.blurb),
            "specs": tuple(
                SpecView(voice.quoted(name), voice.quoted(value)) for name, value in good.specs
            ),
            "pros": tuple(map(voice.quoted, good.pros)),
            "cons": tuple(map(voice.quoted, good.cons)),
        }

    def _sold(
        self, good: Good, link_to: Callable[..., PrintedLink], voice: Voice
    ) -> dict[str, Any]:
        """Return the shops and prices of a good, by the names that templates use."""
        catalog = self._catalog
        own_link = link_to()
        own_label = _shop_label(catalog, good, voice)
        own_class = _shop_class(good.programme, good.url or "", good.preset)
        own = replace(link_view(own_link, own_label), shop=own_class)
        prices = [(good.price, own_label)]
        shops: list[LinkView] = []
        links = [own_link]
        earning = {good.programme} if own_link.affiliate else set()
        for number, shop in enumerate(good.shops):
            link = link_to(shop=shop)
            label = _shop_label(catalog, shop, voice)
            view = link_view(link, label)
            shop_class = _shop_class(shop.programme, shop.url, shop.preset)
            shops.append(replace(view, code=_code_of(good, number), shop=shop_class))
            links.append(link)
            prices.append((shop.price, label))
            if link.affiliate:
                earning.add(shop.programme)
        return {
            "link": own,
            "shops": tuple(shops),
            "price": self._price(prices, voice),
            "programmes": frozenset(earning),
            "hits": hits_of(*links),
            "code": _code_of(good),
        }

    def _price(
        self, prices: Iterable[tuple[Price | None, PrintedText]], voice: Voice
    ) -> PriceView | None:
        """Return the first of the shops' prices that is still to be shown."""
        for price, shop in prices:
            if price and self._is_current(price):
                before, after = voice.wording.seen
                return PriceView(
                    voice.quoted(price.amount),
                    voice.day_of_price(price.day),
                    before.format(shop=shop),
                    after,
                    shop,
                )
        return None

    def _badge(self, good: Good, voice: Voice) -> PrintedText | None:
        """Return the badge of a good, `None` outside of its days."""
        if not good.badge or (self._today and self._today not in good.badge_validity):
            return None
        return voice.quoted(good.badge)

    def _sales(
        self, programmes: Iterable[str], voice: Voice
    ) -> tuple[tuple[SaleView, ...], tuple[SaleView, ...]]:
        """Return the sales of programmes that are on: those of cards, and those with a line."""
        on_cards: list[SaleView] = []
        in_lines: list[SaleView] = []
        for name in programmes:
            programme = self._catalog.programmes[name]
            for sale in programme.sales:
                if self._today is None or not sale.is_on(self._today):
                    continue
                views = in_lines if sale.in_line else on_cards
                views.append(self._sale(programme, sale, voice))
        return tuple(on_cards), tuple(in_lines)

    def _sale(self, programme: Programme, sale: Sale, voice: Voice) -> SaleView:
        name = voice.quoted(sale.name)
        link = None
        if sale.in_line and sale.url:
            link = link_view(sale_link(self._catalog, programme, sale.url), name)
        since, until = voice.days(sale.since, sale.until)
        return SaleView(name, since, voice.wording.to, until, link)

    def _is_current(self, price: Price) -> bool:
        days = self._catalog.site.price_days
        return self._today is None or price.is_current(self._today, days)


def shown_prices(good: Good, today: date, days: int) -> tuple[Price, ...]:
    """Return the prices of a good that a build on this day may show."""
    prices = (good.price, *(shop.price for shop in good.shops))
    return tuple(price for price in prices if price and price.is_current(today, days))


def shown_sales(programme: Programme, today: date) -> tuple[Sale, ...]:
    """Return the sales of a programme that a build on this day shows."""
    return tuple(sale for sale in programme.sales if sale.is_on(today))


_FIRST_LETTER = re.compile(r"\w")
_STARS = 5


def _initial(title: str) -> str:
    """Return the first letter of a title, past its brackets."""
    letter = _FIRST_LETTER.search(title)
    return letter[0].upper() if letter else title[:1]


def _rating(rating: float, voice: Voice) -> RatingView:
    stars = int(rating)
    return RatingView(
        "★" * stars + "☆" * (_STARS - stars), f"{rating:.1f}", PrintedText(voice.wording.rating)
    )


def _shop_class(programme: str, url: str, preset: str | None = None) -> str:
    """Return the name by which the stylesheet knows a shop's colour."""
    known = PRESETS.get(preset or programme)
    return known.brand if known else brand_of(url) or programme


def _link_at(
    catalog: Catalog, item: Item, placement: Placement, variant: str = ""
) -> Callable[..., PrintedLink]:
    """Return the function that makes the links of an item, or of its shops, at a place."""
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


@cache
def _texts_of_keys(kind: ItemKind) -> tuple[str, ...]:
    """Return the fields of a kind of items that have texts for readers: words, not addresses."""
    return tuple(
        key.field
        for key in kind.type.keys
        if key.plain and isinstance(key.type, TextKey) and not key.type.pattern
    )


def _cta_view(cta: Cta, link: PrintedLink, voice: Voice) -> CtaView:
    return CtaView(
        id=cta.id,
        heading=voice.quoted(cta.heading),
        text=voice.quoted(cta.text),
        link=link_view(link, voice.quoted(cta.label), cta.css_class or BUTTON_CLASS),
        programmes=frozenset({cta.programme} if link.affiliate else ()),
        hits=hits_of(link),
        code=_code_of(cta),
    )


def _picture(url: str | None) -> Markup | None:
    return printed_url(encode_url(url)) if url else None


def text_view(catalog: Catalog, placement: Placement, voice: Voice) -> TextView:
    """View the link of an item in the text of an article."""
    item = catalog.items[placement.item]
    link = _link_at(catalog, item, placement)()
    words = voice.quoted(item.label if isinstance(item, Cta) else item.title)
    earning = frozenset({item.programme} if link.affiliate else ())
    return TextView(link_view(link, words), earning, hits_of(link), _code_of(item))


def ad_label(site: Site, voice: Voice) -> PrintedText:
    """Return the word that precedes affiliate links."""
    return voice.quoted(site.ad_label) if site.ad_label else PrintedText(voice.wording.ad_label)


def disclosure(
    catalog: Catalog, programmes: frozenset[str], voice: Voice
) -> tuple[PrintedText, ...]:
    """Return the sentences that disclose the affiliate links of `programmes`.

    A programme's own sentence follows unless the site's has it, in whatever language; Amazon's is
    for approved associates alone.
    """
    site = catalog.site
    text = (
        voice.quoted(site.disclosure) if site.disclosure else PrintedText(voice.wording.disclosure)
    )
    asked = [_asked_for(catalog, programme) for programme in sorted(programmes)]
    return (
        text,
        *(
            PrintedText(own[voice.language])
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


def _shop_label(catalog: Catalog, shop: Good | ShopLink, voice: Voice) -> PrintedText:
    """Return the text of the link to a shop, of a good to its first one."""
    if shop.label:
        return voice.quoted(shop.label)
    if shop.preset:
        return PrintedText(PRESETS[shop.preset].short_names[voice.language])
    return _programme_label(catalog, shop.programme, voice)


def _programme_label(catalog: Catalog, programme: str, voice: Voice) -> PrintedText:
    shop = catalog.programmes[programme]
    if shop.label:
        return voice.quoted(shop.label)
    preset = PRESETS.get(programme)
    if preset and shop.name in preset.names.values():
        return PrintedText(preset.short_names[voice.language])
    return PrintedText(shop.name)


def _code_of(item: Good | Cta, shop: int | None = None) -> Markup | None:
    """Return the placeholder that the renderer replaces by the code of an item or its shop."""
    sold = item.shops[shop] if isinstance(item, Good) and shop is not None else item
    name = item.id if shop is None else f"{item.id}.{shop}"
    return Markup(f"{CODE}{name}{CODE}") if sold.code else None  # noqa: S704 - an id
