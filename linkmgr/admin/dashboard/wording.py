"""How the dashboard names values, and writes days and changes of numbers."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_interval, format_skeleton
from flask import Blueprint
from flask_babel import format_percent, get_locale, gettext, lazy_gettext

from linkmgr.admin.common.context import Admin, site_index
from linkmgr.admin.common.template_helpers import day, number
from linkmgr.admin.dashboard.charts import AnyStep, HourStep, Interval
from linkmgr.admin.dashboard.query import Against, DashboardQuery
from linkmgr.clicks.model import OTHER, Device
from linkmgr.posts.model import DATED_NAME
from linkmgr.stats.load import item_titles, post_titles
from linkmgr.store.figures.figures import Dimension, change
from linkmgr.store.figures.periods import Period

# What the values of the figures are called, in the reader's language.

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


# Days, hours, and changes.


def init_filters(page: Blueprint) -> None:
    """Give a page's templates the filters `span`, `clock` and `step`."""
    page.add_app_template_filter(span)
    page.add_app_template_filter(clock)
    page.add_app_template_filter(_step_text, "step")


def span(period: Period) -> str:
    """Write a period as the language does."""
    if len(period) == 1:
        return day(period.since)
    return str(format_interval(period.since, period.until, "yMMMd", locale=get_locale()))


def _step_text(step: AnyStep, interval: Interval) -> str:
    """Write a step of a chart: a day or a week without its year, a month with it."""
    locale = get_locale()
    if isinstance(step, HourStep):
        return clock(step.begin)
    if interval is Interval.MONTH:
        return str(format_skeleton("yMMM", step.days.since, locale=locale))
    if len(step.days) == 1:
        return str(format_skeleton("MMMd", step.days.since, locale=locale))
    return str(format_interval(step.days.since, step.days.until, "MMMd", locale=locale))


def clock(moment: datetime) -> str:
    """Write an hour and a minute, in the moment's own time zone."""
    return str(format_skeleton("Hm", moment, tzinfo=moment.tzinfo, locale=get_locale()))


def change_text(
    now: float, before: float, query: DashboardQuery, other: str, *, is_cut: bool
) -> str:
    """Say how a number differs from the one that it is compared with, called `other`.

    `is_cut` says that the other's last day is counted only as far as today has come.
    """
    is_usual = query.picked.days is not None and query.compared.against is Against.PREVIOUS
    share = change(now, before)
    if share is None:
        if not now:
            return ""
        if is_usual:
            return str(gettext("none in the previous period"))
        return str(gettext("none for %(other)s", other=other))
    amounts = {"change": format_percent(share, "+#,##0%;-#,##0%"), "before": number(before)}
    days = query.picked.days
    if not is_usual:
        text = gettext("%(change)s from %(before)s (%(other)s)", other=other, **amounts)
    elif days == 1 and is_cut:
        text = gettext("%(change)s from %(before)s by this time yesterday", **amounts)
    elif days == 1:
        text = gettext("%(change)s from %(before)s the day before", **amounts)
    else:
        text = gettext(
            "%(change)s from %(before)s in the previous %(days)s days", days=days, **amounts
        )
    return str(text)
