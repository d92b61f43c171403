"""Books, products and calls to action, and the shops that sell them."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Literal, NamedTuple

from linkmgr.links.model import AMAZON, OWN_SITE, IssuedCode, Tag, Utm


class ItemKind(StrEnum):
    CTA = "cta"
    BOOKS = "books"
    PRODUCTS = "products"

    @property
    def section(self) -> str:
        """The catalog's section for such items."""
        return "ctas" if self is ItemKind.CTA else self.value


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
        """Whether it may be shown: it is at most so many `days` old, and within its own days."""
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

VaryBy = Literal["view", "post"]
"""What one variant is chosen for: each view of a page, or each post once and for all."""


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

    validity: Validity = Validity()
    retired: bool = False
    fallback: str | None = None
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

    `also` are ASINs whose earnings are its own; `price` is that of its first shop.
    """

    id: str
    title: str
    blurb: str = ""
    programme: str = AMAZON
    asin: str | None = None
    url: str | None = None
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
    def programmes(self) -> tuple[str, ...]:
        """The programmes of its links, that of its own shop first."""
        return tuple(dict.fromkeys((self.programme, *(shop.programme for shop in self.shops))))


@dataclass(frozen=True, slots=True)
class Book(Good):
    """A good with an ISBN: for an ISBN-13 its `asin` is the ISBN-10."""

    kind: ClassVar = ItemKind.BOOKS

    author: str | None = None
    cover: str | None = None


@dataclass(frozen=True, slots=True)
class Product(Good):
    """Any other good; `image` is the address of its picture."""

    kind: ClassVar = ItemKind.PRODUCTS

    maker: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Cta(_Shown):
    """A call to action: a heading, a sentence and a link with its UTM and its CSS class.

    The `label` of one with `code` is empty.
    """

    kind: ClassVar = ItemKind.CTA

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


Item = Book | Product | Cta
