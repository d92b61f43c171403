"""Names for what is harvested: short, and the same in every run."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from linkmgr.catalog.reading.problems import MAX_WORD
from linkmgr.resolver.fold import fold

_WORD = re.compile(r"[0-9a-z]+")
# An id made of a title says what it is with two words that have this many letters together.
_ENOUGH_WORDS, _ENOUGH_LETTERS = 2, 8
# Room for the number that tells two of the same name apart.
_LONGEST = MAX_WORD - len("-9999")

# Shops by the end of their servers' names: the programme's id and name.
_SHOPS = {
    "rakuten.co.jp": ("rakuten", "楽天"),
    "shopping.yahoo.co.jp": ("yahoo", "Yahoo!ショッピング"),
    "kinokuniya.co.jp": ("kinokuniya", "紀伊國屋書店"),
    "honto.jp": ("honto", "honto"),
    "7net.omni7.jp": ("7net", "セブンネットショッピング"),
}


def book_id(title: str, asin: str, taken: Collection[str]) -> str:
    """Return an id for a book: of its title's ASCII words if they say enough, else of its ASIN."""
    words = list(dict.fromkeys(_WORD.findall(fold(title))))
    named = [word for word in words if not word.isdigit()]
    enough = len(named) >= _ENOUGH_WORDS and sum(map(len, named)) >= _ENOUGH_LETTERS
    return unique("-".join(words) if enough else f"b-{asin.lower()}", taken)


def cta_id(campaign: str, heading: str, url: str, taken: Collection[str]) -> str:
    """Return an id for a CTA: of its campaign, else of its heading or its address."""
    names = (campaign, heading, urlsplit(url).path, urlsplit(url).hostname or "")
    slugs = ("-".join(_WORD.findall(fold(name))) for name in names)
    return unique(next(filter(None, slugs), "cta"), taken)


def is_known_shop(host: str) -> bool:
    """Whether a server is one of the shops that are known by name, and no server of pictures."""
    pictures = {"image", "images", "thumbnail"}.intersection(host.split("."))
    return not pictures and any(host == end or host.endswith(f".{end}") for end in _SHOPS)


def programme_of(host: str) -> tuple[str, str]:
    """Return the id and the name of the programme to which a shop's links belong."""
    for end, programme in _SHOPS.items():
        if host == end or host.endswith(f".{end}"):
            return programme
    bare = host.removeprefix("www.")
    return "-".join(_WORD.findall(bare.lower()))[:_LONGEST].strip("-") or "shop", bare


def unique(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken, with a number at its end if need be."""
    name = name[:_LONGEST].strip("-")
    number = 2
    found = name
    while found in taken:
        found = f"{name}-{number}"
        number += 1
    return found
