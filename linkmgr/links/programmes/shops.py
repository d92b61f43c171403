"""Shops that a catalog may name instead of spelling out label and programme.

They are those for which bloggers' card tools (Rinker, Pochipp) have buttons, and the shops of
electronic and audio books. A shop says what its link is called, where it may lead, and through
which programme it earns unless the catalog says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from linkmgr.links.amazon import TAG_SUFFIXES
from linkmgr.links.model import AMAZON
from linkmgr.links.programmes.profiles import profile, profile_of
from linkmgr.links.urls import is_at, is_at_amazon
from linkmgr.links.wrappers import MAX_DEPTH, address_of, targets_of
from linkmgr.messages.message import Language, Message, message

_GENERAL = frozenset(("amazon", "rakuten", "yahoo", "mercari", "7net"))
"""The presets of shops that sell all kinds of things."""


@dataclass(frozen=True, slots=True)
class ShopPreset:
    """A shop by its id in catalogs."""

    id: str

    names: Mapping[Language, str] = field(compare=False)

    short_names: Mapping[Language, str] = field(compare=False)
    """The text of a button; a phone's row has two."""

    hosts: tuple[str, ...]
    """The ends of its servers' names."""

    programme: str

    @property
    def sells_books(self) -> bool:
        """Whether it sells little else than books."""
        return self.id not in _GENERAL

    @property
    def brand(self) -> str:
        """The shop by whose colour readers know it: that of Kindle is Amazon's."""
        return self.programme


_AS_LONG: Mapping[Language, str] = MappingProxyType({})


def _preset(
    id_: str,
    ja: str,
    en: str,
    *hosts: str,
    programme: str | None = None,
    short: Mapping[Language, str] = _AS_LONG,
) -> tuple[str, ShopPreset]:
    names: dict[Language, str] = {"ja": ja, "en": en}
    short_names = MappingProxyType({**names, **short})
    preset = ShopPreset(id_, MappingProxyType(names), short_names, hosts, programme or id_)
    return id_, preset


_AT_AMAZON = tuple(TAG_SUFFIXES)
_AUDIBLE = ("audible.co.jp", "audible.com", "audible.co.uk", "audible.de", "audible.fr")

# Amazon's policies want a link to it to be recognised as one: so its name is in those of its shops.
PRESETS: Mapping[str, ShopPreset] = MappingProxyType(
    dict(
        (
            _preset("amazon", "Amazon", "Amazon", *_AT_AMAZON),
            _preset(
                "kindle",
                "Amazon Kindle",
                "Amazon Kindle",
                *_AT_AMAZON,
                programme=AMAZON,
            ),
            _preset(
                "audible",
                "Amazon Audible",
                "Amazon Audible",
                *_AT_AMAZON,
                *_AUDIBLE,
                programme=AMAZON,
            ),
            _preset("rakuten", "楽天市場", "Rakuten", "rakuten.co.jp"),
            _preset(
                "rakuten-books",
                "楽天ブックス",
                "Rakuten Books",
                "books.rakuten.co.jp",
                programme="rakuten",
            ),
            _preset(
                "rakuten-kobo",
                "楽天Kobo",
                "Rakuten Kobo",
                "books.rakuten.co.jp",
                "kobo.com",
                programme="rakuten",
            ),
            _preset(
                "yahoo",
                "Yahoo!ショッピング",
                "Yahoo! Shopping",
                "shopping.yahoo.co.jp",
                short={"ja": "Yahoo!", "en": "Yahoo!"},
            ),
            _preset("mercari", "メルカリ", "Mercari", "mercari.com", "mercari-shops.com"),
            _preset("audiobook", "audiobook.jp", "audiobook.jp", "audiobook.jp"),
            _preset("honto", "honto", "honto", "honto.jp"),
            _preset("kinokuniya", "紀伊國屋書店", "Kinokuniya", "kinokuniya.co.jp"),
            _preset(
                "7net",
                "セブンネットショッピング",
                "7net",
                "7net.omni7.jp",
                short={"ja": "セブンネット"},
            ),
            _preset("bookwalker", "BOOK☆WALKER", "BOOK☆WALKER", "bookwalker.jp"),
            _preset("kobo", "Kobo", "Kobo", "kobo.com"),
            _preset("apple-books", "Apple Books", "Apple Books", "books.apple.com"),
            _preset("google-play", "Google Play", "Google Play", "play.google.com"),
            _preset("bookshop", "Bookshop.org", "Bookshop.org", "bookshop.org"),
        )
    )
)
"""Every preset by its id."""

# Shops by the end of their servers' names: the programme's id and name.
_SHOPS = {
    "rakuten.co.jp": ("rakuten", "楽天"),
    "shopping.yahoo.co.jp": ("yahoo", "Yahoo!ショッピング"),
    "kinokuniya.co.jp": ("kinokuniya", "紀伊國屋書店"),
    "honto.jp": ("honto", "honto"),
    "7net.omni7.jp": ("7net", "セブンネットショッピング"),
}

_WORD = re.compile(r"[0-9a-z]+")
# An id in a catalog has at most 64 characters; five are left for a number at its end.
_LONGEST_ID = 59


def usual_name(programme: str, language: Language) -> str | None:
    """Return a programme's name where its catalog gives none, `None` if unknown."""
    if preset := PRESETS.get(programme):
        return preset.names[language]
    known = profile(programme)
    return known.name if known else None


def preset_problem(preset: ShopPreset, url: str) -> Message | None:
    """Return why an allowed address does not lead to a preset's shop, `None` if it may.

    What a programme's ready-made link hides cannot be known, what it carries can.
    """
    if is_at(url, *preset.hosts):
        return None
    carried = list(_carried(url))
    if any(is_at(target, *preset.hosts) for target in carried):
        return None
    if not carried and profile_of(url) is not None:
        return None
    return message("links.not-at-shop", preset=preset.id, hosts=preset.hosts[:3])


def _carried(url: str) -> Iterator[str]:
    """Yield the addresses that a link carries, nested ones too."""
    inside = [url]
    for _ in range(MAX_DEPTH):
        addresses = filter(None, map(address_of, inside))
        inside = list(chain.from_iterable(map(targets_of, addresses)))
        yield from inside


def preset_of(url: str) -> ShopPreset | None:
    """Return the preset of the shop that an address leads to, `None` for one without.

    Of several on one server it is the first.
    """
    for address in (url, *_carried(url)):
        longest, chosen = "", None
        for preset in PRESETS.values():
            for end in preset.hosts:
                if is_at(address, end) and len(end) > len(longest):
                    longest, chosen = end, preset
        if chosen:
            return chosen
    return None


def brand_of(url: str) -> str | None:
    """Return the brand of the shop that an address leads to, `None` for one without a preset."""
    addresses = [url, *_carried(url)]
    for preset in PRESETS.values():
        if any(is_at(address, *preset.hosts) for address in addresses):
            return preset.brand
    return None


def leads_to_amazon(url: str) -> bool:
    """Whether a link leads to Amazon, directly or through another programme's."""
    return any(is_at_amazon(address) for address in (url, *_carried(url)))


def is_known_shop(host: str) -> bool:
    """Whether a server belongs to a shop known by name and does not serve pictures."""
    pictures = {"image", "images", "thumbnail"}.intersection(host.split("."))
    return not pictures and any(host == end or host.endswith(f".{end}") for end in _SHOPS)


def programme_of(host: str) -> tuple[str, str]:
    """Return the id and the name of the programme to which a shop's links belong."""
    for end, programme in _SHOPS.items():
        if host == end or host.endswith(f".{end}"):
            return programme
    bare = host.removeprefix("www.")
    return "-".join(_WORD.findall(bare.lower()))[:_LONGEST_ID].strip("-") or "shop", bare
