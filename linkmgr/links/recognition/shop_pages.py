"""The shop's page that a link leads to, as an address from which nobody earns."""

import re
from urllib.parse import urlsplit

from linkmgr.links.amazon import product_url
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profile import Profiles
from linkmgr.links.recognition.affiliate import affiliate_link, unescaped
from linkmgr.links.urls import encode_url, web_problem
from linkmgr.links.wrappers import MAX_DEPTH, address_of, targets_of

# Parameters by which programmes and advertisers know who sent a visitor, in lower case: at any
# server, and at those where a shorter name means nothing else.
_EARNING = frozenset(
    (
        *("tag", "ascsubtag", "linkcode", "associatetag", "ref", "ref_", "a8"),
        *("aff", "affid", "aff_id", "af_id", "affiliate", "affiliate_id", "clickid"),
        *("awc", "cjevent", "irclickid", "irgwc", "ranmid", "raneaid", "ransiteid"),
        *("gclid", "fbclid", "yclid", "msclkid"),
    )
)
_EARNING_AT = {
    "amazon": frozenset(("linkid", "camp", "creative", "creativeasin")),
    "apple": frozenset(("at", "ct", "itscg", "itsct", "ls")),
    "ebay": frozenset(("campid", "customid", "toolid", "mkevt", "mkcid", "mkrid", "siteid")),
    "gumroad": frozenset(("a",)),
    "rakuten": frozenset(("scid", "sc2id", "l-id", "rafcid")),
    "yahoo": frozenset(("sc_e", "sc_i", "sc_l")),
}
_UTM = "utm_"
_ASIN = re.compile(r"[A-Z0-9]{10}")


def shop_page(url: str, programmes: Profiles) -> str | None:
    """Return the page that a link leads to, without its tag; `None` where the link hides it.

    The servers of programmes and their short links are never the answer: a link through them leads
    to the address that it carries. The same page in several forms is one: a product of Amazon's by
    its ASIN, without a fragment.
    """
    return _carried(unescaped(url), programmes, 0)


def earns_by_visit(url: str, programmes: Profiles) -> bool:
    """Whether a visit to an address counts as a click on an affiliate link, or its view."""
    plain = without_earning(url)
    address = address_of(plain)
    if address is None:
        return False
    link = affiliate_link(plain)
    known = programmes.of_address(address)
    if known is None:
        pixels = (shape for profile in programmes.values() for shape in profile.pixels)
        return link is not None or any(shape.fits(address) for shape in pixels)
    # Amazon's programme has no servers of its own but for short links and widgets.
    is_shop = link is None or link.kind in ("product", "search", "other")
    return known.id != AMAZON or known.is_short(plain) or not is_shop


def _carried(url: str, programmes: Profiles, depth: int) -> str | None:
    address = address_of(url)
    if address is None or depth > MAX_DEPTH:
        return None
    if not earns_by_visit(url, programmes):
        page = _page(url)
        # Browsers read a host in wide letters as the plain one, which may be a programme's.
        return page if page and not earns_by_visit(page, programmes) else None
    pages = (_carried(target, programmes, depth + 1) for target in targets_of(address))
    return next((page for page in pages if page), None)


def _page(url: str) -> str | None:
    link = affiliate_link(url)
    if link and link.marketplace and link.asin and _ASIN.fullmatch(link.asin):
        return product_url(link.marketplace, link.asin, None)
    plain = without_earning(url)
    try:
        parts = urlsplit(f"https:{plain}" if plain.startswith("//") else plain)
        if "@" in parts.netloc:
            return None
        host = (parts.hostname or "").encode("idna").decode()
        netloc = f"{host}:{parts.port}" if parts.port else host
    except ValueError:  # UnicodeError is one
        return None
    page = encode_url(parts._replace(netloc=netloc, path=parts.path or "/").geturl())
    return None if web_problem(page) else page


def without_earning(url: str) -> str:
    """Return an address without its fragment and without what says who earns."""
    start, _, query = url.partition("#")[0].partition("?")
    address = address_of(url)
    labels = address.host.split(".") if address else []
    earning = _EARNING.union(*(_EARNING_AT.get(label, ()) for label in labels))
    names = ((part, part.partition("=")[0].lower()) for part in query.split("&") if part)
    kept = [part for part, name in names if name not in earning and not name.startswith(_UTM)]
    return f"{start}?{'&'.join(kept)}" if kept else start
