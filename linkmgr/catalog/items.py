"""Books, products and calls to action, the shops that sell them, and the keys of their entries.

A kind of items is a class with its properties. To add one: its name in `ItemKind`, its class with
its keys below and in `ITEM_TYPES`, its block in `blocks.py`, its template, and its words, the codes
`catalog.kind-…` of both `catalog.po`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple

from linkmgr.catalog.declaration import ID, SENTENCES, TEXT, Inner, Key, Keys
from linkmgr.catalog.item_keys import (
    ASIN,
    BY_ISBN,
    CODE_OF_GOOD,
    COMMON,
    COMMON_OF_GOODS,
    CTA_CLASS,
    FIRST_SHOPS,
    ISBN,
    ISSUED_CODE,
    LABEL_OF_GOOD,
    PICTURE,
    PRESET_OF_GOOD,
    PRICE_HAS_ITS_DAY,
    PROGRAMME_OF_GOOD,
    TARGET,
    UTM,
    VARIANT_OF_CTA,
    VARIANT_OF_GOOD,
    VaryBy,
    variant_test_keys,
)
from linkmgr.links.model import AMAZON, OWN_SITE, IssuedCode, Tag, Utm


class ItemKind(StrEnum):
    """The kinds of items, by their names in addresses and in what programs read."""

    CTA = "cta"
    BOOKS = "books"
    PRODUCTS = "products"

    @property
    def type(self) -> "type[Item]":
        """The class of such items, which has all that is known of the kind."""
        return ITEM_TYPES[self]

    @property
    def section(self) -> str:
        """The catalog's section for such items."""
        return self.type.section


@dataclass(frozen=True, slots=True)
class Validity:
    """The days on which something is shown, both included; `None` is without end."""

    since: date | None = None
    until: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


class Price(NamedTuple):
    """What a shop asked for a good, as the owner typed it, on the day when the owner saw it."""

    amount: str
    """With its currency, such as `¥6,800`."""

    day: date
    validity: Validity = Validity()

    def is_current(self, today: date, days: int) -> bool:
        """Whether it may be shown: within its own days, and at most `days` old."""
        return self.day <= today <= self.day + timedelta(days=days) and today in self.validity


@dataclass(frozen=True, slots=True)
class ShopLink:
    """A further shop where the same good is sold; `preset` is a key of `PRESETS`.

    One with `code` shows that as it is; `url` is then where its link leads to.
    """

    programme: str
    url: str
    label: str | None = None
    preset: str | None = None
    code: IssuedCode | None = None
    price: Price | None = None

    @property
    def key(self) -> str:
        """What tells this shop from the item's others, in the links that count clicks."""
        return self.preset or self.programme


ORIGINAL: Final = "original"
"""The variant that is the item as it is."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Other texts for an item, those that are not `None`, or another `item` in its place.

    It is shown as often as its `weight` says in comparison to the others'.
    """

    id: str
    weight: float = 1.0
    heading: str | None = None
    text: str | None = None
    label: str | None = None
    blurb: str | None = None
    css_class: str | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What each item has: when it is shown, as which variant, and by which tags it earns.

    One with `code` shows that as it is; its `url` is then where its link leads to. Of its
    `variants` the first is `ORIGINAL`; they are tried on `share` percent of the page views, or
    posts.
    """

    kind: ClassVar[ItemKind]

    section: ClassVar[str]
    """The section of the catalog with such entries."""

    section_purpose: ClassVar[str]
    """What the section is for, in English and Japanese."""

    noun: ClassVar[str]
    """What one is called in the codes of messages, such as `book` in `catalog.kind-book-one`."""

    keys: ClassVar[Keys]
    variant_keys: ClassVar[Keys]
    """The keys of an entry, and of a variant within one."""

    title_key: ClassVar[str]
    """The key of its title."""

    validity: Validity = Validity()
    retired: bool = False
    fallback: str | None = None
    was: tuple[str, ...] = ()
    """The ids that it had before, the first one first."""

    code: IssuedCode | None = None
    tags: tuple[Tag, ...] = ()
    variants: tuple[Variant, ...] = ()
    share: float = 100.0
    vary_by: VaryBy = "view"

    def is_shown_on(self, day: date) -> bool:
        """Whether it is in use on a day."""
        return not self.retired and day in self.validity

    def has_ended(self, today: date) -> bool:
        """Whether it is shown no more: it is retired, or its last day is over."""
        return self.retired or (self.validity.until is not None and self.validity.until < today)


@dataclass(frozen=True, slots=True)
class Good(_Shown):
    """What shops sell: at Amazon by `asin`, or at `url` of `programme`, and at further `shops`.

    `preset`, `label` and `price` are those of its first shop; `also` are ASINs whose earnings are
    its own.
    """

    variant_keys: ClassVar = VARIANT_OF_GOOD
    title_key: ClassVar = "title"

    id_prefix: ClassVar[str]
    """How the id of one begins that has no words of its title."""

    by_key: ClassVar[str]
    """The key of who made it."""

    picture_key: ClassVar[str]
    """The key of its picture's address."""

    id: str
    title: str
    blurb: str = ""
    programme: str = AMAZON
    asin: str | None = None
    url: str | None = None
    preset: str | None = None
    label: str | None = None
    shops: tuple[ShopLink, ...] = ()
    also: tuple[str, ...] = ()
    price: Price | None = None

    badge: str | None = None
    """A few words above the title."""

    badge_validity: Validity = Validity()
    """The days on which it has its badge."""

    rating: float | None = None
    """The owner's own, out of five."""

    review: str | None = None
    """The address of what the owner wrote about it."""

    specs: tuple[tuple[str, str], ...] = ()
    """What it has, by the owner's names, such as a capacity of 0.8 L: rows of comparisons."""

    pros: tuple[str, ...] = ()
    cons: tuple[str, ...] = ()

    @property
    def author_or_maker(self) -> str:
        """Who made it, empty where that is not said."""
        return getattr(self, self.by_key) or ""

    @property
    def picture(self) -> str:
        """The address of its picture, empty for none."""
        return getattr(self, self.picture_key) or ""

    @property
    def programmes(self) -> tuple[str, ...]:
        """The programmes of its links, that of its own shop first."""
        return tuple(dict.fromkeys((self.programme, *(shop.programme for shop in self.shops))))


BOOK = Keys(
    "book",
    "A book.",
    (
        Key(
            "title",
            TEXT,
            "The title.",
            required=True,
            label="Title",
            part="card",
        ),
        Key(
            "asin",
            ASIN,
            "As in amazon.co.jp/dp/…: ten characters. An ISBN-10's check digit is verified; `B0…` has none.",
            plain=False,
            label="ASIN",
            part="sold",
        ),
        Key(
            "isbn",
            ISBN,
            "An ISBN-13 that begins with 978, or an ISBN-10, with or without hyphens. It becomes the ASIN; beside `asin`, `url` or `code` it is one of `also`.",
            plain=False,
            label="ISBN",
            part="sold",
        ),
        Key(
            "url",
            TARGET,
            "The book's page at another shop, whose `preset` or `programme` it needs.",
            plain=False,
            label="Address at another shop",
            part="sold",
        ),
        CODE_OF_GOOD,
        PRESET_OF_GOOD,
        PROGRAMME_OF_GOOD,
        LABEL_OF_GOOD,
        Key(
            "blurb",
            SENTENCES,
            "One sentence about it.",
            label="Why it is worth reading",
            part="card",
        ),
        Key("author", TEXT, "The author.", label="Author", part="card"),
        Key(
            "cover",
            TARGET,
            "The address of a picture that you may use: `https://…`, or `/…` for a file of the blog. None is fetched or copied.",
            label="Address of the cover",
            part="card",
        ),
        *COMMON_OF_GOODS,
    ),
    conditions={"oneOf": [BY_ISBN, *FIRST_SHOPS], **PRICE_HAS_ITS_DAY},
)


@dataclass(frozen=True, slots=True)
class Book(Good):
    """A good with an ISBN: for an ISBN-13 its `asin` is the ISBN-10."""

    kind: ClassVar = ItemKind.BOOKS
    section: ClassVar = "books"
    section_purpose: ClassVar = "Books by id, each with `asin`, `isbn`, `url` or `code`."
    noun: ClassVar = "book"
    keys: ClassVar = BOOK
    id_prefix: ClassVar = "b"
    by_key: ClassVar = "author"
    picture_key: ClassVar = "cover"

    author: str | None = None
    cover: str | None = None


PRODUCT = Keys(
    "product",
    "A product.",
    (
        Key(
            "title",
            TEXT,
            "The name.",
            required=True,
            label="Product name",
            part="card",
        ),
        Key(
            "asin",
            ASIN,
            "As in amazon.co.jp/dp/…: ten characters. Most goods have `B0…`.",
            plain=False,
            label="ASIN",
            part="sold",
        ),
        Key(
            "url",
            TARGET,
            "The product's page at another shop, whose `preset` or `programme` it needs.",
            plain=False,
            label="Address at another shop",
            part="sold",
        ),
        CODE_OF_GOOD,
        PRESET_OF_GOOD,
        PROGRAMME_OF_GOOD,
        LABEL_OF_GOOD,
        Key(
            "blurb",
            SENTENCES,
            "One sentence about it.",
            label="Why it is worth buying",
            part="card",
        ),
        Key("maker", TEXT, "Who makes it.", label="Maker", part="card"),
        Key(
            "image",
            PICTURE,
            "The address of a picture that you may use: `https://…`, or `/…` on your site. Amazon's are refused. None is fetched or copied.",
            label="Address of the picture",
            part="card",
        ),
        *COMMON_OF_GOODS,
    ),
    conditions={"oneOf": [*FIRST_SHOPS], **PRICE_HAS_ITS_DAY},
)


@dataclass(frozen=True, slots=True)
class Product(Good):
    """Any other good; `image` is the address of its picture."""

    kind: ClassVar = ItemKind.PRODUCTS
    section: ClassVar = "products"
    section_purpose: ClassVar = "Other goods by id, each with `asin`, `url` or `code`."
    noun: ClassVar = "product"
    keys: ClassVar = PRODUCT
    id_prefix: ClassVar = "p"
    by_key: ClassVar = "maker"
    picture_key: ClassVar = "image"

    maker: str | None = None
    image: str | None = None


CTA = Keys(
    "cta",
    "A call to action.",
    (
        Key(
            "heading",
            TEXT,
            "The heading.",
            required=True,
            label="Heading",
            part="card",
        ),
        Key(
            "text",
            SENTENCES,
            "A sentence under the heading.",
            label="Sentence",
            part="card",
        ),
        Key(
            "label",
            TEXT,
            "The text of the link. Needed without `code`.",
            plain=False,
            label="Text of the button",
            part="sold",
        ),
        Key(
            "url",
            TARGET,
            "Where it leads: `https://…`, or `/…` for a page of the blog. Needed without `code`.",
            plain=False,
            label="Address",
            part="sold",
        ),
        Key(
            "code",
            ISSUED_CODE,
            "Instead of `url` and `label`, the code that a programme issued, unchanged: its link with its pictures. Its programme is known by it.",
            plain=False,
            label="Code that a programme issued",
            part="sold",
        ),
        Key(
            "utm",
            Inner(UTM),
            "Marks its visits for web analytics; never on a link to Amazon.",
            plain=False,
        ),
        CTA_CLASS,
        Key(
            "programme",
            ID,
            "The affiliate programme of the link. A link to Amazon needs `amazon` here and its long address.",
            default=OWN_SITE,
            plain=False,
            label="Programme",
            part="link",
        ),
        *COMMON,
        *variant_test_keys(VARIANT_OF_CTA),
    ),
    conditions={
        "if": {"required": ["code"]},
        "then": {"properties": {"label": False, "url": False, "utm": False, "class": False}},
        "else": {"required": ["label", "url"]},
    },
)


@dataclass(frozen=True, slots=True)
class Cta(_Shown):
    """A call to action: a heading, a sentence and a link with its UTM and its CSS class.

    The `label` of one with `code` is empty.
    """

    kind: ClassVar = ItemKind.CTA
    section: ClassVar = "ctas"
    section_purpose: ClassVar = (
        "Calls to action by id: invitations to a page of your own or to a shop."
    )
    noun: ClassVar = "cta"
    keys: ClassVar = CTA
    variant_keys: ClassVar = VARIANT_OF_CTA
    title_key: ClassVar = "heading"

    id: str
    heading: str
    label: str
    url: str
    text: str = ""
    utm: Utm | None = None
    css_class: str | None = None
    programme: str = OWN_SITE

    @property
    def programmes(self) -> tuple[str, ...]:
        """The programme of its link, in the form that goods have."""
        return (self.programme,)

    @property
    def title(self) -> str:
        """What it is called, as a book is by its title."""
        return self.heading


GoodItem = Book | Product
Item = GoodItem | Cta

ITEM_TYPES: Mapping[ItemKind, type[Item]] = {own.kind: own for own in (Book, Product, Cta)}
"""The class of each kind, in the order of the catalog's sections."""

GOODS = tuple(kind for kind, own in ITEM_TYPES.items() if issubclass(own, Good))
"""The kinds of what shops sell."""
