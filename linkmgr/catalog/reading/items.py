"""Books and CTAs out of their entries."""

import re
from collections.abc import Mapping as MappingOf

from linkmgr.catalog.model import Book, Cta, Kind, ShopLink, Validity
from linkmgr.catalog.reading.ids import Names
from linkmgr.catalog.reading.section import Section
from linkmgr.links.isbn import asin_problem, isbn_problem, isbn_to_asin
from linkmgr.links.model import AMAZON, OWN_SITE, Programme, Utm
from linkmgr.links.urls import (
    has_utm,
    is_at,
    is_at_amazon,
    is_short_link,
    target_problem,
    web_problem,
)

_LIFE_KEYS = ("valid-from", "valid-until", "retired", "fallback")
BOOK_KEYS = (
    *("title", "asin", "isbn", "url", "programme", "blurb", "author", "cover", "shops"),
    *_LIFE_KEYS,
)
CTA_KEYS = ("heading", "text", "label", "url", "utm", "class", "programme", *_LIFE_KEYS)
SHOP_KEYS = ("programme", "url", "label")
UTM_KEYS = ("source", "medium", "campaign", "content", "term")

_UTM_VALUE = re.compile(r"[a-z0-9_-]+")
_CSS_CLASSES = re.compile(r"[A-Za-z_-][\w-]*( +[A-Za-z_-][\w-]*)*", re.ASCII)


class ItemReader:
    """Reads items against the programmes and names of their catalog."""

    def __init__(self, programmes: MappingOf[str, Programme], names: Names) -> None:
        self._programmes = programmes
        self._names = names

    def book(self, item: str, section: Section) -> Book:
        """Return the book of an entry; what was wrong in it is reported and left out."""
        _report_sale(section)
        asin = section.text("asin", asin_problem)
        isbn = section.text("isbn", isbn_problem)
        programme = self._names.programme(section)
        by_url = section.has("url")
        if by_url and programme == AMAZON:
            section.problem("programme", "give a book at Amazon by its asin, not by url")
        return Book(
            id=item,
            title=section.required("title"),
            blurb=section.text("blurb", may_be_empty=True) or "",
            author=section.text("author"),
            programme=programme or AMAZON,
            asin=asin or (isbn_to_asin(isbn) if isbn else None),
            url=self._address(section, programme, "give the asin instead")
            if by_url and programme != AMAZON
            else None,
            cover=section.text("cover", target_problem),
            shops=tuple(self._shop(shop) for shop in section.sections("shops", SHOP_KEYS)),
            validity=_validity(section),
            retired=section.flag("retired"),
            fallback=self._names.fallback(section, item, Kind.BOOKS),
        )

    def cta(self, item: str, section: Section) -> Cta:
        """Return the CTA of an entry; what was wrong in it is reported and left out."""
        programme = self._names.programme(section) if section.has("programme") else OWN_SITE
        verb = "write" if section.has("programme") else "add"
        url = self._address(section, programme, f"{verb} programme: amazon")
        return Cta(
            id=item,
            heading=section.required("heading"),
            text=section.text("text", may_be_empty=True) or "",
            label=section.required("label"),
            url=url,
            utm=_utm(section, url, programme),
            css_class=section.text("class", _css_class_problem),
            programme=programme or OWN_SITE,
            validity=_validity(section),
            retired=section.flag("retired"),
            fallback=self._names.fallback(section, item, Kind.CTA),
        )

    def _shop(self, section: Section) -> ShopLink:
        if not section.has("programme"):
            section.problem("programme", "is missing")
        programme = self._names.programme(section)
        return ShopLink(
            programme=programme or OWN_SITE,
            url=self._address(section, programme, "write programme: amazon"),
            label=section.text("label"),
        )

    def _address(self, section: Section, programme_id: str | None, if_at_amazon: str) -> str:
        """Return the `url` of a section, which must suit its programme if that is known.

        `if_at_amazon` says what to do about a link to Amazon that passes for one of the site's.
        """
        programme = self._programmes.get(programme_id or OWN_SITE)
        if programme is None or programme.id == OWN_SITE:
            url = section.required("url", target_problem)
            if programme_id and is_at_amazon(url):
                section.problem("url", f"leads to Amazon: {if_at_amazon}")
            return url
        url = section.required("url", web_problem)
        if url and programme.marketplace:
            _report_other_page(section, url, programme.marketplace)
        return url


def _report_sale(section: Section) -> None:
    """Report anything but one of `asin`, `isbn` or `url` with its `programme`."""
    given = section.given("asin", "isbn", "url")
    if not given:
        section.problem("asin", "is missing: give asin or isbn, or url with its programme")
    for other in given[1:]:
        section.problem(other, f"stands beside {given[0]}: keep one of the two")
    if given == ["url"] and not section.has("programme"):
        section.problem("url", "needs programme beside it: whose address is it?")
    if given and "url" not in given and section.has("programme"):
        section.problem("programme", f"belongs to url only: {given[0]} is always Amazon's")


def _report_other_page(section: Section, url: str, marketplace: str) -> None:
    """Report an address that takes no tag of `marketplace`."""
    if is_short_link(url):
        long = f"https://www.{marketplace}/dp/…"
        section.problem("url", f"use the long address ({long}), a short link hides where it goes")
    elif not is_at(url, marketplace):
        section.problem("url", f"is not a page of {marketplace}, the marketplace of {AMAZON}")


def _utm(section: Section, url: str, programme: str | None) -> Utm | None:
    utm = section.section("utm", UTM_KEYS)
    if utm is None:
        return None
    if missing := [key for key in UTM_KEYS[:3] if not utm.has(key)]:
        section.problem("utm", f"misses {' and '.join(missing)}: the three always stand together")
    elif programme == AMAZON:
        section.problem("utm", "is not allowed on a link to Amazon")
    elif has_utm(url):
        section.problem("utm", "stands in the url already (utm_…): delete one of the two")
    source, medium, campaign, content, term = (
        utm.text(key, _utm_value_problem) for key in UTM_KEYS
    )
    return Utm(source or "", medium or "", campaign or "", content, term)


def _utm_value_problem(text: str) -> str | None:
    return None if _UTM_VALUE.fullmatch(text) else "may have only a-z, 0-9, - and _"


def _css_class_problem(text: str) -> str | None:
    if _CSS_CLASSES.fullmatch(text):
        return None
    return "must be CSS classes: letters, digits, - and _, not starting with a digit"


def _validity(section: Section) -> Validity:
    since, until = section.day("valid-from"), section.day("valid-until")
    if since and until and since > until:
        section.problem("valid-until", f"is before valid-from ({since})")
    return Validity(since, until)
