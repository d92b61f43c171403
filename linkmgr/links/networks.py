"""Whose an affiliate link is: the known programmes, by the servers of their links."""

from types import MappingProxyType
from urllib.parse import urlsplit

from linkmgr.links.model import AMAZON, OWN_SITE, Programme
from linkmgr.links.urls import is_at_amazon

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
