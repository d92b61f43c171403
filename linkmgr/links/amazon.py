"""Amazon's marketplaces, their tags and their product pages."""

import re
from urllib.parse import unquote, urlsplit

from linkmgr.messages.message import Language, Message, message

TAG_SUFFIXES = {
    "amazon.co.jp": "22",
    "amazon.com": "20",
    "amazon.ca": "20",
    "amazon.com.br": "20",
    "amazon.com.mx": "20",
    "amazon.co.uk": "21",
    "amazon.de": "21",
    "amazon.fr": "21",
    "amazon.it": "21",
    "amazon.es": "21",
    "amazon.nl": "21",
    "amazon.se": "21",
    "amazon.pl": "21",
    "amazon.com.be": "21",
    "amazon.com.tr": "21",
    "amazon.in": "21",
    "amazon.ae": "21",
    "amazon.sa": "21",
    "amazon.com.au": "22",
    "amazon.sg": "22",
}
"""Each marketplace and the end of the tags that it issues."""

CURRENCIES = {
    "amazon.co.jp": "JPY",
    "amazon.com": "USD",
    "amazon.ca": "CAD",
    "amazon.com.br": "BRL",
    "amazon.com.mx": "MXN",
    "amazon.co.uk": "GBP",
    "amazon.de": "EUR",
    "amazon.fr": "EUR",
    "amazon.it": "EUR",
    "amazon.es": "EUR",
    "amazon.nl": "EUR",
    "amazon.se": "SEK",
    "amazon.pl": "PLN",
    "amazon.com.be": "EUR",
    "amazon.com.tr": "TRY",
    "amazon.in": "INR",
    "amazon.ae": "AED",
    "amazon.sa": "SAR",
    "amazon.com.au": "AUD",
    "amazon.sg": "SGD",
}
"""What each marketplace sells in."""

# Amazon's widgets name a marketplace by its country, or by the region of its servers.
_REGIONS = {
    **{domain.rpartition(".")[2]: domain for domain in TAG_SUFFIXES},
    "us": "amazon.com",
    "na": "amazon.com",
    "gb": "amazon.co.uk",
    "fe": "amazon.co.jp",
}

SHORT_HOSTS = ("amzn.to", "amzn.asia", "amzn.eu", "a.co", "amzn.com", "amzn.in")
"""Where Amazon shortens addresses: such a link hides the product, and its tag is fixed already."""

PICTURE_HOSTS = ("media-amazon.com", "ssl-images-amazon.com", "images-amazon.com")
"""Where Amazon's pictures are: its policies allow them only as its API provides them."""

# The words come before the product, and the language may come before them, as `/-/en/`.
_WORDS = re.compile(r"(?:/-/[a-z]{2}(?:[-_][a-z]{2})?)?/([^/]+)/(?:dp|gp/product)/", re.IGNORECASE)

_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*-([0-9]{2})")


_OF_HATENA = re.compile(r"hatena[\w-]*-22")


def is_of_hatena(tag: str) -> bool:
    """Whether a tag is one that Hatena puts into its users' product cards to earn for itself."""
    return _OF_HATENA.fullmatch(tag) is not None


def default_marketplace(language: Language) -> str:
    """Return the marketplace of a catalog that names none."""
    return "amazon.co.jp" if language == "ja" else "amazon.com"


def marketplace_in(region: str) -> str | None:
    """Return the marketplace of a country or region as Amazon's widgets name it, as `uk`."""
    return _REGIONS.get(region.lower().rpartition(".")[2])


def marketplaces_of_tag(tag: str) -> tuple[str, ...]:
    """Return the marketplaces that issue such a tag; none if it is not a tag."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return ()
    return tuple(place for place, suffix in TAG_SUFFIXES.items() if suffix == match[1])


def tag_problem(tag: str, marketplace: str) -> Message | None:
    """Return why `tag` earns nothing at `marketplace`, `None` when it does."""
    expected = TAG_SUFFIXES[marketplace]
    places = marketplaces_of_tag(tag)
    if not places:
        return message("links.tag-form", marketplace=marketplace, suffix=expected)
    if marketplace in places:
        return None
    return message("links.foreign-tag", owners=places, marketplace=marketplace, suffix=expected)


def title_in_address(url: str) -> str:
    """Return the title in a product page's address, sometimes with the author; or nothing.

    Amazon writes hyphens for spaces and truncates it, even within a letter.
    """
    match = _WORDS.match(urlsplit(url).path)
    words = unquote(match[1], errors="ignore").split("-") if match else []
    return " ".join(filter(None, map(str.strip, words)))


def product_url(marketplace: str, asin: str, tag: str | None) -> str:
    """Return the address of a product, with the tag that credits the blog for the sale."""
    page = f"https://www.{marketplace}/dp/{asin}/"
    return f"{page}?tag={tag}" if tag else page
