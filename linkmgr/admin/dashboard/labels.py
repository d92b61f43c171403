"""What the values of the figures are called, in the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.context import Admin, site_index
from linkmgr.clicks.model import OTHER, Device
from linkmgr.posts.names import DATED_NAME
from linkmgr.stats.load import item_titles, post_titles
from linkmgr.store.figures.figures import Dimension

NAMES: Mapping[Dimension, Any] = {
    Dimension.ITEM: lazy_gettext("Item"),
    Dimension.POST: lazy_gettext("Post"),
    Dimension.PLACE: lazy_gettext("Place"),
    Dimension.REFERRER: lazy_gettext("Referrer"),
    Dimension.DEVICE: lazy_gettext("Device"),
    Dimension.CAMPAIGN: lazy_gettext("Campaign"),
}
"""What each dimension is called."""

_DEVICES: Mapping[str, Any] = {
    Device.PHONE: lazy_gettext("Phone"),
    Device.TABLET: lazy_gettext("Tablet"),
    Device.DESKTOP: lazy_gettext("Computer"),
    Device.UNKNOWN: lazy_gettext("Unknown device"),
}
_EMPTY: Mapping[Dimension, Any] = {
    Dimension.POST: lazy_gettext("No post"),
    Dimension.PLACE: lazy_gettext("No place"),
    Dimension.REFERRER: lazy_gettext("Unknown"),
    Dimension.CAMPAIGN: lazy_gettext("No campaign"),
}

Label = Callable[[Dimension, str], str]
"""Names a value."""


def labels(admin: Admin, posts: Iterable[str]) -> Label:
    """Return what names items, places and so on, and those of the posts whose keys are given."""
    items = item_titles(admin.catalog().catalog)
    titles = _post_titles(admin, posts)

    def label(dimension: Dimension, value: str) -> str:
        if not value and dimension in _EMPTY:
            return str(_EMPTY[dimension])
        if value == OTHER and dimension in {
            Dimension.POST,
            Dimension.REFERRER,
            Dimension.CAMPAIGN,
        }:
            return str(gettext("Other"))
        if dimension == Dimension.PLACE:
            block, _, rank = value.rpartition(".")
            return str(gettext("%(block)s, place %(rank)s", block=block, rank=rank))
        if dimension == Dimension.DEVICE:
            return str(_DEVICES.get(value, value))
        return (items if dimension == Dimension.ITEM else titles).get(value, value)

    return label


def _post_titles(admin: Admin, posts: Iterable[str]) -> Mapping[str, str]:
    """Return the titles of posts by key, from the index or, before there is one, their files."""
    if opened := site_index():
        return opened.titles(posts)
    paths = post_titles(admin.settings.site_folder)
    return {key: _name(path) for key, path in paths.items()}


def _name(path: str) -> str:
    found = DATED_NAME.fullmatch(path)
    return found[2] if found else path
