"""The programmes that are known: their servers, shops and rules.

Add a rule only with its source: a programme without one is still not redirected by default.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from linkmgr.links.model import AMAZON, OWN_SITE, Programme, Tracking
from linkmgr.links.urls import is_at_amazon
from linkmgr.messages.message import Message, message

HOSTS = MappingProxyType(
    {
        "af.moshimo.com": "moshimo",
        "px.a8.net": "a8",
        "rpx.a8.net": "a8",
        "hb.afl.rakuten.co.jp": "rakuten",
        "pt.afl.rakuten.co.jp": "rakuten",
        "a.r10.to": "rakuten",
        "ck.jp.ap.valuecommerce.com": "valuecommerce",
        "dalc.valuecommerce.com": "valuecommerce",
        "t.afi-b.com": "afb",
        "h.accesstrade.net": "accesstrade",
        "t.felmat.net": "felmat",
        "click.linksynergy.com": "linkshare",
        "go.skimresources.com": "skimlinks",
        "redirect.viglink.com": "viglink",
        "awin1.com": "awin",
        "www.awin1.com": "awin",
        "anrdoezrs.net": "cj",
        "www.anrdoezrs.net": "cj",
        "shareasale.com": "shareasale",
        "www.shareasale.com": "shareasale",
    }
)
"""The servers of affiliate links, and the programme that each of them earns for."""

NAMES = MappingProxyType(
    {
        AMAZON: "Amazon",
        "moshimo": "もしもアフィリエイト",
        "a8": "A8.net",
        "rakuten": "Rakuten",
        "valuecommerce": "バリューコマース",
        "afb": "afb",
        "accesstrade": "AccessTrade",
        "felmat": "felmat",
        "linkshare": "LinkShare",
        "skimlinks": "Skimlinks",
        "viglink": "VigLink",
        "awin": "Awin",
        "cj": "CJ",
        "shareasale": "ShareASale",
        "apple": "Apple",
    }
)


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

DEFAULT_TRACKING = {AMAZON: Tracking.BEACON, OWN_SITE: Tracking.REDIRECT}
"""How links are counted where the catalog does not say so; those of all others are direct.

A programme whose rules are unknown is never redirected by default. With a change here raise
`blocks.links.LINK_RULES`.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a programme's links must not be redirected, with the source, and what to do instead."""

    reason: Message
    instead: Tracking


# Each reason names its source, as read in November 2026. もしも's pages do not speak of redirects.
NO_REDIRECT = MappingProxyType(
    {
        AMAZON: Rule(message("links.rule-amazon"), Tracking.BEACON),
        "rakuten": Rule(message("links.rule-rakuten"), Tracking.DIRECT),
        "a8": Rule(message("links.rule-a8"), Tracking.DIRECT),
        "valuecommerce": Rule(message("links.rule-valuecommerce"), Tracking.DIRECT),
    }
)


def known_programme(url: str) -> str | None:
    """Return the programme that an allowed address earns for, by its server, if it is known."""
    if is_at_amazon(url):
        return AMAZON
    return HOSTS.get((urlsplit(url).hostname or "").rstrip("."))


def passes_for_own(programme: Programme, url: str | None) -> str | None:
    """Return the programme of an affiliate link that the catalog gives to the site itself."""
    return known_programme(url) if programme.id == OWN_SITE and url else None


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
    return "-".join(_WORD.findall(bare.lower()))[:_LONGEST_ID].strip("-") or "shop", bare
