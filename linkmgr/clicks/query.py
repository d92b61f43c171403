"""The parameters of a link of ours, as a request brings them back."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl

HIGHEST_RANK = 100
"""No block shows more items."""

_POST = re.compile(r"[0-9a-f]{16}")
_PLACE = re.compile(r"([a-z0-9-]{1,200})\.([1-9][0-9]{0,2})")
_SHOP = re.compile(r"[a-z0-9-]{1,200}")
_UTM_VALUE = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_UTM_NAMES = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")

# What linkmgr prints: read at once, without urllib's 5 µs.
_PRINTED = re.compile(f"p=({_POST.pattern})&b={_PLACE.pattern}(?:&s=({_SHOP.pattern}))?")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_NONE: Mapping[str, str] = MappingProxyType({})


class LinkQuery(NamedTuple):
    """The post and the place of a link, its shop and the `utm_*` a user added to it.

    Empty, and a rank of 0, where the link names none or none that can be. Whether the item has the
    `shop` is for who knows the item.
    """

    post: str
    block: str
    rank: int
    shop: str
    utm: Mapping[str, str]


def read_query(query: str, blocks: frozenset[str]) -> LinkQuery | None:
    """Read a WSGI query string; `None` if it is not UTF-8 or has control characters."""
    if printed := _PRINTED.fullmatch(query):
        post, block, rank, shop = printed.groups()
        return LinkQuery(post, *_place(block, rank, blocks), shop or "", _NONE)
    text = wsgi_text(query)
    if text is None:
        return None
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeError:
        return None
    if any(_CONTROL.search(part) for pair in pairs for part in pair):
        return None
    return _read_pairs(dict(reversed(pairs)), blocks)  # of two with one name the first counts


def wsgi_text(value: str) -> str | None:
    """Decode what WSGI hands on; `None` if it is not UTF-8 or has control characters."""
    try:
        text = value.encode("latin-1").decode()
    except UnicodeError:
        return None
    return None if _CONTROL.search(text) else text


def _read_pairs(values: Mapping[str, str], blocks: frozenset[str]) -> LinkQuery:
    post, place, shop = values.get("p", ""), values.get("b", ""), values.get("s", "")
    found = _PLACE.fullmatch(place)
    return LinkQuery(
        post if _POST.fullmatch(post) else "",
        *(_place(found[1], found[2], blocks) if found else ("", 0)),
        shop if _SHOP.fullmatch(shop) else "",
        {name: values[name] for name in _UTM_NAMES if _UTM_VALUE.fullmatch(values.get(name, ""))},
    )


def _place(block: str, rank: str, blocks: frozenset[str]) -> tuple[str, int]:
    number = int(rank)
    return (block, number) if block in blocks and number <= HIGHEST_RANK else ("", 0)
