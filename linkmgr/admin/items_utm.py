"""The link that a CTA's UTM parameters make, and what analytics will make of them."""

from dataclasses import dataclass

from flask_babel import gettext

from linkmgr.catalog.model import Book, Catalog, Item
from linkmgr.catalog.targets import item_url

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


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """Where an item leads, and advice that stops nobody."""

    url: str
    advice: tuple[str, ...] = ()


def link_preview(catalog: Catalog, item: Item) -> LinkPreview:
    """Return the address that an item's link has in the end."""
    if isinstance(item, Book):
        return LinkPreview(item_url(catalog, item) if item.asin or item.url else "")
    if not item.url:
        return LinkPreview("")
    # What a post's block adds where the CTA names no content of its own.
    return LinkPreview(item_url(catalog, item, "block"), _advice(catalog, item.url, item))


def _advice(catalog: Catalog, url: str, item: Item) -> tuple[str, ...]:
    utm = None if isinstance(item, Book) else item.utm
    if utm is None:
        return ()
    found = []
    if utm.medium and not _is_known(utm.medium):
        found.append(
            gettext(
                "Google Analytics knows no medium %(medium)s: it shows these visits as Unassigned. "
                "Known are email, social, referral, affiliate and others.",
                medium=utm.medium,
            )
        )
    if url.startswith(("/", f"{catalog.site.url}/")):
        found.append(
            gettext(
                "The link stays on your site: its UTM parameters hide from Google Analytics where "
                "the reader came from first."
            )
        )
    return tuple(found)


def _is_known(medium: str) -> bool:
    return medium in _MEDIUMS or medium.startswith("paid") or "video" in medium
