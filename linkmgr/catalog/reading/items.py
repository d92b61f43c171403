"""Books, products and CTAs out of their entries."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from linkmgr.catalog.items import Book, Cta, Item, ItemKind, Product, ShopLink, Validity
from linkmgr.catalog.reading.ids import References
from linkmgr.catalog.reading.shops import ShopReader
from linkmgr.catalog.reading.tags import TagReader
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.links.isbn import asin_problem, isbn_problem, isbn_to_asin
from linkmgr.links.model import AMAZON, OWN_SITE, UTM_KEYS, IssuedCode, Programme, Utm
from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.urls import (
    has_utm,
    picture_problem,
    target_problem,
)
from linkmgr.messages.message import Message, message

_COMMON_KEYS = ("tag", "valid-from", "valid-until", "retired", "fallback")
BOOK_KEYS = (
    *("title", "asin", "isbn", "url", "code", "programme", "blurb", "author", "cover", "shops"),
    *_COMMON_KEYS,
)
PRODUCT_KEYS = (
    *("title", "asin", "url", "code", "programme", "blurb", "maker", "image", "shops"),
    *_COMMON_KEYS,
)
CTA_KEYS = (
    *("heading", "text", "label", "url", "code", "utm", "class", "programme"),
    *_COMMON_KEYS,
)

ITEM_KEYS = {
    ItemKind.BOOKS: BOOK_KEYS,
    ItemKind.PRODUCTS: PRODUCT_KEYS,
    ItemKind.CTA: CTA_KEYS,
}
"""The keys of an item of each kind."""

_REQUIRED_UTM = {
    "source": message("catalog.utm-source"),
    "medium": message("catalog.utm-medium"),
    "campaign": message("catalog.utm-campaign"),
}
_UTM_VALUE = re.compile(r"[a-z0-9_-]+")
_CSS_CLASSES = re.compile(r"[A-Za-z_-][\w-]*( +[A-Za-z_-][\w-]*)*", re.ASCII)


class _Source(NamedTuple):
    """Where a good is sold first: by `asin`, at `url`, or by issued code."""

    programme: str
    asin: str | None
    url: str | None
    code: IssuedCode | None = None


class ItemReader:
    """Reads items against the programmes and names of their catalog."""

    def __init__(
        self,
        programmes: Mapping[str, Programme],
        names: References,
        profiles: Profiles,
        tags: TagReader,
    ) -> None:
        self._names = names
        self._shops = ShopReader(programmes, names, profiles)
        self._tags = tags

    def reader_of(self, kind: ItemKind) -> Callable[[str, Section], Item]:
        """Return what reads the entries of a kind."""
        readers: dict[ItemKind, Callable[[str, Section], Item]] = {
            ItemKind.BOOKS: self.book,
            ItemKind.PRODUCTS: self.product,
            ItemKind.CTA: self.cta,
        }
        return readers[kind]

    def book(self, item: str, section: Section) -> Book:
        """Return the book of an entry; what was wrong in it is reported and left out."""
        return Book(
            **self._good(item, section, ItemKind.BOOKS, "catalog.book-without-source"),
            author=section.text("author"),
            cover=section.text("cover", target_problem),
        )

    def product(self, item: str, section: Section) -> Product:
        """Return the product of an entry; what was wrong in it is reported and left out."""
        return Product(
            **self._good(item, section, ItemKind.PRODUCTS, "catalog.product-without-source"),
            maker=section.text("maker"),
            image=section.text("image", picture_problem),
        )

    def _good(self, item: str, section: Section, kind: ItemKind, if_missing: str) -> dict[str, Any]:
        """Return the fields of a `Good`; `if_missing` is the code for one that is not sold."""
        source = self._source(section, if_missing)
        shops = self._shops.shops(section)
        return {
            **self._common(item, section, kind),
            **source._asdict(),
            "title": section.required("title"),
            "blurb": section.text("blurb", may_be_empty=True, sentences=True) or "",
            "shops": shops,
            "tags": self._tags.tags(section, _programmes(source, shops)),
        }

    def _common(self, item: str, section: Section, kind: ItemKind) -> dict[str, Any]:
        """Return the fields that every item has: its id, and when it is shown."""
        return {
            "id": item,
            "validity": _validity(section),
            "retired": section.flag("retired"),
            "fallback": self._names.fallback(section, item, kind),
        }

    def _source(self, section: Section, if_missing: str) -> _Source:
        _report_sale(section, if_missing)
        asin = section.text("asin", asin_problem)
        isbn = section.text("isbn", isbn_problem)
        programme = self._names.programme(section)
        if code := self._shops.code(section, programme):
            return _Source(programme or code.programme, None, code.url, code)
        by_url = section.has("url")
        if by_url and programme == AMAZON:
            section.problem("programme", message("catalog.amazon-by-url"))
        return _Source(
            programme=programme or AMAZON,
            asin=asin or (isbn_to_asin(isbn) if isbn else None),
            url=self._shops.address(section, programme, "catalog.at-amazon-give-asin")
            if by_url and programme != AMAZON
            else None,
        )

    def cta(self, item: str, section: Section) -> Cta:
        """Return the CTA of an entry; what was wrong in it is reported and left out."""
        if section.has("code"):
            return self._cta_of_code(item, section)
        programme = self._names.programme(section) if section.has("programme") else OWN_SITE
        if_at_amazon = (
            "catalog.at-amazon-write-programme"
            if section.has("programme")
            else "catalog.at-amazon-add-programme"
        )
        url = self._shops.address(section, programme, if_at_amazon)
        return Cta(
            **self._common(item, section, ItemKind.CTA),
            heading=section.required("heading"),
            text=section.text("text", may_be_empty=True, sentences=True) or "",
            label=section.required("label"),
            url=url,
            utm=_utm(section, url, programme),
            css_class=section.text("class", _css_class_problem),
            programme=programme or OWN_SITE,
            tags=self._tags.tags(section, (programme or OWN_SITE,)),
        )

    def _cta_of_code(self, item: str, section: Section) -> Cta:
        for key in section.given("url", "label", "utm", "class", "tag"):
            section.problem(key, message("catalog.beside-code"))
        programme = self._names.programme(section)
        code = self._shops.code(section, programme)
        return Cta(
            **self._common(item, section, ItemKind.CTA),
            heading=section.required("heading"),
            text=section.text("text", may_be_empty=True, sentences=True) or "",
            label="",
            url=code.url if code else "",
            programme=programme or (code.programme if code else OWN_SITE),
            code=code,
        )


def _programmes(source: _Source, shops: Iterable[ShopLink]) -> tuple[str, ...]:
    """Return the programmes of a good's links that take a tag: what is issued stays as it is."""
    own = () if source.code else (source.programme,)
    return *own, *(shop.programme for shop in shops if not shop.code)


def _report_sale(section: Section, if_missing: str) -> None:
    """Report anything but one of `asin`, `isbn` or `url` with its `programme`."""
    given = section.given("asin", "isbn", "url", "code")
    if not given:
        section.problem("asin", message(if_missing))
    for other in given[1:]:
        section.problem(other, message("catalog.second-source", other=given[0]))
    if given == ["url"] and not section.has("programme"):
        section.problem("url", message("catalog.url-without-programme"))
    if given and not {"url", "code"} & set(given) and section.has("programme"):
        section.problem("programme", message("catalog.programme-without-url", key=given[0]))


def _utm(section: Section, url: str, programme: str | None) -> Utm | None:
    utm = section.section("utm", UTM_KEYS)
    if utm is None:
        return None
    if missing := [key for key in _REQUIRED_UTM if not utm.has(key)]:
        names = tuple(_REQUIRED_UTM[key] for key in missing)
        section.problem("utm", message("catalog.utm-incomplete", missing=names))
    elif programme == AMAZON:
        section.problem("utm", message("catalog.utm-at-amazon"))
    elif has_utm(url):
        section.problem("utm", message("catalog.utm-in-url"))
    source, medium, campaign, content, term = (
        utm.text(key, _utm_value_problem) for key in UTM_KEYS
    )
    return Utm(source or "", medium or "", campaign or "", content, term)


def _utm_value_problem(text: str) -> Message | None:
    return None if _UTM_VALUE.fullmatch(text) else message("catalog.utm-value")


def _css_class_problem(text: str) -> Message | None:
    return None if _CSS_CLASSES.fullmatch(text) else message("catalog.css-class")


def _validity(section: Section) -> Validity:
    since, until = section.day("valid-from"), section.day("valid-until")
    if since and until and since > until:
        section.problem(
            "valid-until", message("catalog.until-before-from", since=since.isoformat())
        )
    return Validity(since, until)
