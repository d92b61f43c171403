"""The shops that are known by name, and the programmes of links to any shop."""

import re

_WORD = re.compile(r"[0-9a-z]+")
# An id in a catalog has at most 64 characters; five are left for a number at its end.
_LONGEST_ID = 59

# Shops by the end of their servers' names: the programme's id and name.
_SHOPS = {
    "rakuten.co.jp": ("rakuten", "楽天"),
    "shopping.yahoo.co.jp": ("yahoo", "Yahoo!ショッピング"),
    "kinokuniya.co.jp": ("kinokuniya", "紀伊國屋書店"),
    "honto.jp": ("honto", "honto"),
    "7net.omni7.jp": ("7net", "セブンネットショッピング"),
}


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
