"""How the dashboard names values, and writes figures; its filters for templates."""

from collections.abc import Callable, Iterable, Mapping
from math import ceil, floor
from typing import Any

from flask import Blueprint
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from linkmgr.admin.common.context import Admin, site_index
from linkmgr.admin.common.template_helpers import number, percent, rate
from linkmgr.admin.dashboard.charts import clock, short_day, step_text, weekday
from linkmgr.clicks.counts import Counts, Dimension, ViewCounts
from linkmgr.clicks.model import Device
from linkmgr.figures.posts import post_paths
from linkmgr.figures.rates import Rate, reported_rate
from linkmgr.figures.report import Counted, Sum
from linkmgr.figures.table import item_titles, name_of_value
from linkmgr.messages.message import message, translate
from linkmgr.posts.model import DATED_NAME
from linkmgr.reports import Column, Kind

# What the values of the figures are called, in the reader's language.

NAMES: Mapping[Dimension, Any] = {
    Dimension.ITEM: lazy_gettext("Item"),
    Dimension.POST: lazy_gettext("Post"),
    Dimension.PLACE: lazy_gettext("Place"),
    Dimension.REFERRER: lazy_gettext("Referrer"),
    Dimension.DEVICE: lazy_gettext("Device"),
    Dimension.CAMPAIGN: lazy_gettext("Campaign"),
    Dimension.TRACKING: lazy_gettext("Tracking ID"),
}
"""What each dimension is called."""

_DEVICES: Mapping[str, Any] = {
    Device.PHONE: lazy_gettext("Phone"),
    Device.TABLET: lazy_gettext("Tablet"),
    Device.DESKTOP: lazy_gettext("Computer"),
    Device.UNKNOWN: lazy_gettext("Unknown device"),
}

Label = Callable[[Dimension, str], str]
"""Names a value."""


def labels(admin: Admin, posts: Iterable[str]) -> Label:
    """Return a function that names values of any dimension, of posts those whose keys are given."""
    item_names = item_titles(admin.catalog().catalog)
    keys = list(posts)
    post_names = _post_titles(admin, keys) if keys else {}

    def label(dimension: Dimension, value: str) -> str:
        names = item_names if dimension == Dimension.ITEM else post_names
        name = name_of_value(dimension, value, names)
        if name:
            return name
        if dimension == Dimension.PLACE:
            block, _, rank = value.rpartition(".")
            return str(gettext("%(block)s, place %(rank)s", block=block, rank=rank))
        if dimension == Dimension.DEVICE:
            return str(_DEVICES.get(value, value))
        return value

    return label


def _post_titles(admin: Admin, posts: Iterable[str]) -> Mapping[str, str]:
    """Return the titles of posts by key, from the index or, before there is one, their files."""
    index = site_index()
    if index:
        return index.titles(posts)
    paths = post_paths(admin.settings.site_folder)
    return {key: _name(path) for key, path in paths.items()}


def _name(path: str) -> str:
    match = DATED_NAME.fullmatch(path)
    return match[2] if match else path


def init_filters(page: Blueprint) -> None:
    """Give a page's templates filters for days and hours, and for figures."""
    page.add_app_template_global(too_few)
    page.add_app_template_filter(clock)
    page.add_app_template_filter(weekday)
    page.add_app_template_filter(short_day)
    page.add_app_template_filter(step_text, "step")
    page.add_app_template_filter(figure)
    page.add_app_template_filter(click_rate)
    page.add_app_template_filter(rate_text)
    page.add_app_template_filter(rate_cell)
    page.add_app_template_filter(reported_rate, "seen_rate")
    page.add_app_template_filter(interval)


# Figures, and rates that say something.


def figure(counts: Counts, column: Column[Counted]) -> str:
    """Write a figure; a rate that says nothing is a dash."""
    value = column.read(Sum(counts))
    return rate_cell(value) if column.kind is Kind.RATE else number(int(value or 0))


def click_rate(counts: ViewCounts | Counts) -> Rate | None:
    """Return the click rate, `None` where it is not known or not conclusive."""
    known = reported_rate(counts)
    return known if known and known.is_conclusive else None


def known_rate(known: Rate) -> str:
    """Write a rate as far as it is known: its interval where there are too few clicks for one."""
    return rate(known.rate) if known.is_conclusive else interval(known)


def interval(known: Rate) -> str:
    """Write where a rate lies."""
    low = rate(known.low).removesuffix("%")
    return str(gettext("%(low)s–%(high)s", low=low, high=rate(known.high)))


def rate_text(counts: ViewCounts | Counts | None) -> str:
    """Write the click rate; a dash where it says nothing, or nothing was seen."""
    return rate_cell(reported_rate(counts) if counts else None)


def too_few() -> str:
    """Say why there is no rate."""
    return translate(message("stats.too-few"))


def rate_cell(known: Rate | None, tells: bool = False) -> str:  # noqa: FBT001, FBT002 - a filter
    """Write a rate with its interval as a hint, or a narrow interval, or else a dash.

    Where the caller says that the rate `tells` something, it is written with a wide interval, too.
    """
    if known and (known.is_conclusive or tells):
        return Markup('<span title="{}">{}</span>').format(interval(known), rate(known.rate))
    if known and known.high - known.low <= _ROUGH:
        low = floor(100 * known.low)
        high = percent(ceil(100 * known.high) / 100)
        hint = gettext("too few clicks to say more: %(low_to_high)s", low_to_high=interval(known))
        return Markup('<span class="muted nowrap" title="{}">{}–{}</span>').format(hint, low, high)
    why = too_few()
    if known:
        why = str(gettext("too few clicks to say: %(low_to_high)s", low_to_high=interval(known)))
    return Markup('<span class="muted" title="{0}">–<span class="sr"> {0}</span></span>').format(
        why
    )


_ROUGH = 0.1
"""The widest interval that still tells a good rate from a bad one."""
