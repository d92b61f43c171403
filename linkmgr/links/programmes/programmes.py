"""The programmes that are known by their profiles, and the shops known by their servers."""

import re

from linkmgr.links.model import OWN_SITE, Tracking
from linkmgr.links.programmes.packaged_profiles import packaged_profiles
from linkmgr.links.programmes.profile import Profile

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


def profile(programme: str) -> Profile | None:
    """Return what is known of a programme by its id."""
    return packaged_profiles().get(programme)


def profile_of(url: str) -> Profile | None:
    """Return what is known of the programme that a link earns for, by its address alone.

    A link of one programme around another's is of the outer one.
    """
    return packaged_profiles().of(url)


def programme_name(programme: str) -> str:
    """Return the name of a programme, its id if it is not known."""
    known = profile(programme)
    return known.name if known else programme


def default_tracking(programme: str) -> Tracking:
    """Return how a programme's links are counted where the catalog does not say so.

    A programme whose rules are unknown is never redirected by default. With a change here or in
    `profiles/` raise `blocks.links.LINK_RULES`.
    """
    if programme == OWN_SITE:
        return Tracking.REDIRECT
    known = profile(programme)
    return known.tracking if known else Tracking.DIRECT


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
