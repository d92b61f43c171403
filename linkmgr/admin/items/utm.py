"""The link that a CTA's UTM parameters make, and what analytics will make of them."""

from dataclasses import dataclass, replace

from flask_babel import gettext

from linkmgr.blocks.links import item_link, takes_placement
from linkmgr.catalog.model import Book, Catalog, Item, Kind
from linkmgr.links.model import Utm
from linkmgr.links.urls import is_site_relative

# What Google Analytics puts into a channel by the medium alone, or with a source it knows:
# https://support.google.com/analytics/answer/9756891 (the default channel group).
_MEDIUMS = frozenset(
    {
        *("organic", "referral", "app", "link", "email", "e-mail", "e_mail"),
        *("cpc", "ppc", "retargeting", "display", "banner", "expandable", "interstitial", "cpm"),
        *("social", "social-network", "social-media", "sm", "affiliate", "audio", "sms"),
        *("push", "mobile", "notification"),
    }
)

_NOTHING = Utm("", "", "")


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """Where an item leads, and advice that stops nobody."""

    url: str
    advice: tuple[str, ...] = ()


def link_preview(catalog: Catalog, item: Item) -> LinkPreview:
    """Return the address that an item's link has in the end, from the first place of its block."""
    kind = Kind.BOOKS if isinstance(item, Book) else Kind.CTA
    if not (item.url or (isinstance(item, Book) and item.asin)):
        return LinkPreview("")
    if not isinstance(item, Book) and item.utm == _NOTHING:
        item = replace(item, utm=None)
    untracked = replace(catalog, site=replace(catalog.site, server=None))
    block = next((block.name for block in catalog.blocks if kind in block.kind.items), str(kind))
    url = item_link(untracked, item, post_key="", block=block, rank=1).href
    return LinkPreview(
        catalog.site.url + url if is_site_relative(url) else url, _advice(catalog, item)
    )


def _advice(catalog: Catalog, item: Item) -> tuple[str, ...]:
    if isinstance(item, Book) or item.utm is None:
        return ()
    utm = item.utm
    found = []
    if utm.medium and not _is_known(utm.medium):
        found.append(
            gettext(
                "Google Analytics knows no medium %(medium)s: it shows these visits as Unassigned. "
                "Known are email, social, referral, affiliate and others.",
                medium=utm.medium,
            )
        )
    if not takes_placement(catalog, item):
        found.append(
            gettext(
                "The link stays on your site: its UTM parameters hide from Google Analytics where "
                "the reader came from first."
            )
        )
    return tuple(found)


def _is_known(medium: str) -> bool:
    return medium in _MEDIUMS or medium.startswith("paid") or "video" in medium
