"""Giving links in running text the catalog's address, and leaving all text around them."""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from linkmgr.adopt.post.model import InlineLink
from linkmgr.blocks.links import NO_TAGS, item_url
from linkmgr.catalog.items import Book, Product
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import AMAZON, AffiliateLink
from linkmgr.links.recognition.affiliate import affiliate_link
from linkmgr.links.urls import is_at

# How far before a link the tag or the Liquid around it may begin, in bytes.
_NEAR = 4000
_BRACES = re.compile(rb"\{[:{%]")
_IN_TAG = re.compile(rb"<[a-z/!?][^<>]*\Z", re.IGNORECASE)
# Not what a URL may go on with, nor what may be a part of it, such as the `\` of `\_`.
_BEFORE = re.compile(rb"(?:\A|[\s(\[<>\"'`*_~|,;:!?}\x80-\xff])\Z")
_AFTER = re.compile(
    rb"[*_.,:;!?&]*(?:~~|\{:|&#?[a-z0-9]+;|[\s)\]<>\"'`|}]|\Z|(?P<wide>[\xc2-\xf4][\x80-\xbf]+))",
    re.IGNORECASE,
)
# What no URL has, another URL within it, or what may end one: none is certain then.
_ODD = re.compile(
    rb"[\s{}<>\\|]|(?<=.)https?:|(?<!&amp)(?<!&#38)(?<!&#x26);|%(?![0-9a-f]{2})", re.IGNORECASE
)
_TAG = re.compile(r"[A-Za-z0-9][\w-]*-[0-9]{2}", re.ASCII)


class Rewritten(NamedTuple):
    """A link in running text that gets the catalog's address."""

    line: int
    old: str
    new: str


def rewrite_links(
    data: bytes, inline: Iterable[InlineLink], catalog: Catalog
) -> tuple[bytes, tuple[Rewritten, ...], tuple[AffiliateLink, ...]]:
    """Return a file with the links to goods of the catalog changed, and which those are.

    Nothing but the bytes of their URLs changes. A link stays where its end is not certain
    from what touches it, and where `inline` has another one in its bytes.
    """
    pieces: list[bytes] = []
    rewritten: list[Rewritten] = []
    links: list[AffiliateLink] = []
    goods = {good.asin: good for good in reversed([*catalog.goods.values()])}
    at = 0
    for each in sorted(inline, key=lambda each: each.start):
        good = goods.get(each.link.asin or "")
        new = _target(each.link, good, catalog) if good else None
        if new is None or each.start < at or not _is_whole(data, each):
            continue
        pieces += (data[at : each.start], new.encode())
        at = each.end
        rewritten.append(Rewritten(each.line, each.link.url, new))
        links.append(each.link)
    return b"".join((*pieces, data[at:])), tuple(rewritten), tuple(links)


def _is_whole(data: bytes, each: InlineLink) -> bool:
    """Whether the bytes of a link are its URL as written, and the URL ends where they end."""
    written = data[each.start : each.end]
    before = data[max(0, each.start - _NEAR) : each.start]
    if _ODD.search(written) or _BRACES.search(before, before.rfind(b"}") + 1):
        return False
    if affiliate_link(written.decode("utf-8", "replace")) != each.link:
        return False
    if each.form != "bare":
        return each.form in ("markdown", "reference", "tag")
    after = _AFTER.match(data, each.end)
    return (
        _BEFORE.search(before[-1:]) is not None
        and _IN_TAG.search(before) is None
        and after is not None
        and not (after["wide"] and _begins_with_letter(after["wide"]))
    )


def _begins_with_letter(text: bytes) -> bool:
    """Whether a URL might go on with what follows it: some have letters of any script."""
    return unicodedata.category(text.decode("utf-8", "replace")[0])[0] not in "PSZ"


def _target(link: AffiliateLink, good: Book | Product, catalog: Catalog) -> str | None:
    """Return where the catalog leads for a link to one of its goods, if that is elsewhere.

    A link that earns through another programme, or by a tag where the catalog has none, stays: it
    would stop earning.
    """
    if link.kind != "product" or link.wrapper:
        return None
    if link.tag and (catalog.programmes[AMAZON].tag is None or not _TAG.fullmatch(link.tag)):
        return None
    own = link.tag if link.tag in catalog.tags[AMAZON] else None
    url = item_url(catalog, good, tags={AMAZON: own} if own else NO_TAGS)
    same_shop = link.marketplace is not None and is_at(url, link.marketplace)
    return url if same_shop and url != link.url else None
