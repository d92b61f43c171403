"""How the dashboard writes days, and by how much a number changed."""

from datetime import datetime

from babel.dates import format_interval, format_skeleton
from flask import Blueprint
from flask_babel import format_percent, get_locale, gettext

from linkmgr.admin.common.template_helpers import day, number
from linkmgr.admin.dashboard.charts import AnyStep
from linkmgr.admin.dashboard.comparison import Against
from linkmgr.admin.dashboard.labels import Label
from linkmgr.admin.dashboard.state import State
from linkmgr.admin.dashboard.steps import HourStep, Interval
from linkmgr.store.figures.figures import change
from linkmgr.store.figures.periods import Period


def init_filters(page: Blueprint) -> None:
    """Give a page's templates the filters `span`, `clock` and `step`."""
    page.add_app_template_filter(span)
    page.add_app_template_filter(clock)
    page.add_app_template_filter(step_text, "step")


def span(period: Period) -> str:
    """Write a period as the language does."""
    if len(period) == 1:
        return day(period.since)
    return str(format_interval(period.since, period.until, "yMMMd", locale=get_locale()))


def step_text(step: AnyStep, interval: Interval) -> str:
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


def change_text(now: float, before: float, state: State, other: str, *, is_cut: bool) -> str:
    """Say how a number differs from that which it is compared with, and which is called `other`.

    `is_cut` says that the last day of that is counted only as far as today has come.
    """
    is_usual = state.picked.days is not None and state.compared.against is Against.PREVIOUS
    share = change(now, before)
    if share is None:
        if not now:
            return ""
        if is_usual:
            return str(gettext("none in the previous period"))
        return str(gettext("none for %(other)s", other=other))
    amounts = {"change": format_percent(share, "+#,##0%;-#,##0%"), "before": number(before)}
    days = state.picked.days
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


def sides(state: State, label: Label) -> tuple[str, str]:
    """Return what the figures are called, and what those are that they are compared with."""
    compared = state.compared
    if compared.dimension:
        mine, other = state.filters[compared.dimension], compared.filters[compared.dimension]
        return label(compared.dimension, mine), label(compared.dimension, other)
    return span(state.picked.period), span(compared.period)
