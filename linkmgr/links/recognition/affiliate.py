"""Affiliate links in every form in use: their targets, and who earns."""

import re
from dataclasses import replace
from urllib.parse import unquote

from linkmgr.links.amazon import SHORT_HOSTS, TAG_SUFFIXES, marketplace_in
from linkmgr.links.model import AMAZON, AffiliateLink
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.wrappers import MAX_DEPTH, Address, address_of, may_wrap, targets_of

# Not `html.unescape`: that would read a parameter such as `&copy=` as an entity too.
_AMPERSAND = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
_SHOP = re.compile(r"(?:(?:www|smile|m)\.)?(amazon\.[a-z.]+)")
# The last of these is followed by an ASIN, or what is left of one.
_PRODUCT = re.compile(
    r"/(?:dp|gp/product(?:/glance)?|gp/aw/d|gp/offer-listing|exec/obidos/(?:ASIN|tg/detail/-)"
    r"|o/(?:ASIN|dt/\w+)|ASIN|product|d)/(?P<asin>[^/?#&]*)(?:/(?P<rest>[^?#]*))?",
    re.IGNORECASE,
)
_SEARCH = re.compile(r"/(?:s|gp/search|exec/obidos/external-search|s/.*|gp/bestsellers.*|b)/?")
_SEARCH_TERMS = ("k", "keywords", "field-keywords", "keyword", "node", "rh")
# Old links have their tag in the path, right behind the ASIN or behind `ref=nosim`.
_PATH_TAG = re.compile(r"(?:ref=[^/]*/)?(?P<tag>[A-Za-z0-9][A-Za-z0-9_-]*-[0-9]{2})(?=/|$)")
# Widgets of SiteStripe and of Associates: the middle of their server names the region.
_WIDGETS = re.compile(
    r"(?P<kind>ws|rcm|ir|aax|wms|z|rcm-images)-(?P<region>[a-z]{2})\."
    r"(?:amazon-adsystem\.com|assoc-amazon\.\w+(?:\.\w+)?|amazon\.\w+(?:\.\w+)?)"
)
# The counting picture of links made before 2013.
_OLD_PIXEL = re.compile(r"(?P<kind>www)\.assoc-amazon\.(?P<region>jp|com|co\.uk|de|fr|it|es|ca)")


def affiliate_link(url: str) -> AffiliateLink | None:
    """Return the affiliate link in an address, `None` if nobody earns from it.

    `url` may be HTML-escaped, percent-encoded as a whole, or without its scheme. A plain product
    page of Amazon counts: its tag is missing.
    """
    return _link(unescaped(url), 0)


def unescaped(url: str) -> str:
    """Undo HTML escapes, or percent-encoding as a whole, in an address."""
    plain = _AMPERSAND.sub("&", url.strip())
    if plain[:12].lower().startswith(("http%3a", "https%3a")):
        return unquote(plain)
    return plain


def _link(url: str, depth: int) -> AffiliateLink | None:
    address = address_of(url)
    if address is None:
        return None
    if address.host in SHORT_HOSTS:
        return AffiliateLink(url, "short", AMAZON) if len(address.path) > 1 else None
    if shop := _SHOP.fullmatch(address.host):
        return _at_amazon(url, shop[1], address) if shop[1] in TAG_SUFFIXES else None
    if widget := _WIDGETS.fullmatch(address.host) or _OLD_PIXEL.fullmatch(address.host):
        return _widget(url, widget["kind"], widget["region"], address)
    known = packaged_profiles().of_address(address)
    # None of Amazon's other servers (music, S3 …) takes a tag.
    scheme = known.id if known and known.id != AMAZON else None
    wrapped = _wrapped(url, scheme or address.host, address, depth) if may_wrap(url) else None
    if wrapped or scheme is None:
        return wrapped
    return AffiliateLink(url, "other", scheme, wrapper=scheme)


def _wrapped(url: str, wrapper: str, address: Address, depth: int) -> AffiliateLink | None:
    """Return the link behind an address of a redirector."""
    if depth == MAX_DEPTH:
        return None
    for target in targets_of(address):
        if link := _link(target, depth + 1):
            return replace(link, url=url, wrapper=wrapper)
    return None


def _at_amazon(url: str, marketplace: str, address: Address) -> AffiliateLink | None:
    path = unquote(address.path)
    tag = address.parameter("tag", "t", "associatetag")
    product = None
    for product in _PRODUCT.finditer(path):  # noqa: B007 - the last one is wanted
        pass
    if product is not None:
        rest = _PATH_TAG.match(product["rest"] or "")
        return AffiliateLink(
            url,
            "product",
            AMAZON,
            asin=_asin(product["asin"]),
            tag=tag or (rest["tag"] if rest else None),
            marketplace=marketplace,
        )
    if _SEARCH.fullmatch(path) and (tag or address.parameter(*_SEARCH_TERMS)):
        return AffiliateLink(url, "search", AMAZON, tag=tag, marketplace=marketplace)
    if tag:
        return AffiliateLink(url, "other", AMAZON, tag=tag, marketplace=marketplace)
    return None


def _widget(url: str, kind: str, region: str, address: Address) -> AffiliateLink:
    """Return the link of an image or frame of Amazon's own widgets."""
    # A frame's `p` is its size, not a product.
    names = ("asin", "asins") if kind == "rcm" else ("asin", "asins", "a", "p")
    asins = address.parameter(*names) or ""
    market = address.parameter("marketplace")
    return AffiliateLink(
        url,
        "frame" if kind == "rcm" else "image",
        AMAZON,
        asin=_asin(asins.partition(",")[0]) if asins else None,
        tag=address.parameter("tag", "t", "tracking_id"),
        marketplace=marketplace_in(market or region) or marketplace_in(region),
    )


def _asin(text: str) -> str:
    return text.strip().upper().removeprefix("ASIN=")
