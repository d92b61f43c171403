"""Dashboard: what readers clicked in a period, all of it or filtered."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.context import (
    connection,
    get_admin,
    readers_address,
    site_index,
    today,
)
from linkmgr.admin.common.i18n import language
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.dashboard.charts import Chart, chart, heat, hours_chart
from linkmgr.admin.dashboard.figures import TOP, Figures, read_figures, read_table
from linkmgr.admin.dashboard.query import NOTHING, PRESETS, DashboardQuery, FigureQuery, read_query
from linkmgr.admin.dashboard.wording import NAMES, Label, change_text, init_filters, labels, span
from linkmgr.clicks.model import OTHER
from linkmgr.stats.columns import Output, columns_of
from linkmgr.stats.export import table_csv
from linkmgr.stats.load import By, Line, Table
from linkmgr.store.figures.figures import Counts, Dimension, doubled_days, last_day
from linkmgr.store.figures.filtered import Filters
from linkmgr.store.figures.periods import last_days

page = Blueprint("dashboard", __name__, url_prefix="/admin")
init_filters(page)
ADMIN_PAGE = AdminPage(page, lazy_gettext("Dashboard"), order=1, key="d")


@page.get("/")
def index() -> str:
    """Show the figures."""
    return render_template("dashboard/dashboard.html", **_context())


def _context() -> dict[str, Any]:
    """Return what the template shows."""
    admin = get_admin()
    query, figure_query = _queries()
    filters = query.filters
    found = read_figures(connection(), admin.figure_cache, figure_query)
    counted = found.now.sum != Counts()
    last = None if counted else last_day(connection())
    posts = {row.value for row in found.tables[Dimension.POST][:TOP]}
    if Dimension.POST in filters:
        posts.add(filters[Dimension.POST])
    shown = [curve.period for curve in (found.now, found.before) if curve]
    label = labels(admin, posts)
    sides = (span(query.picked.period), span(query.compared.period))
    return {
        "query": query,
        "picked": query.picked,
        "filters": filters,
        "link": query.link,
        "names": NAMES,
        "label": label,
        "pages_of_filters": list(_pages(filters, label)),
        "nothing": NOTHING,
        "figures": found,
        "top": TOP,
        "counted": counted,
        "doubled": doubled_days(connection(), *shown),
        "columns": [(column, column.title(language())) for column in columns_of(Output.DASHBOARD)],
        "cards": list(_cards(found, query, sides[1])),
        "sides": sides,
        "chart": _chart(found),
        "until": figure_query.now.astimezone(ZoneInfo(figure_query.timezone))
        if found.is_cut
        else None,
        "heat": heat(found.tables[Dimension.PLACE]),
        "server": admin.catalog().catalog.site.server,
        "readers_address": readers_address(),
        "keep_days": admin.settings.keep_days,
        "last": last and last_days(PRESETS[-1], last),
    }


@page.get("/clicks/<by>.csv")
def csv(by: str) -> Response:
    """Give all lines of a table, as the page's address filters them."""
    if by not in set(By):
        abort(404)
    query, figure_query = _queries()
    if query.has_errors:
        abort(400)
    table = _titled(read_table(connection(), get_admin().figure_cache, By(by), figure_query))
    addresses = _addresses(table) if table.by is By.POST else None
    headings = _headings() + ([gettext("address")] if addresses is not None else [])
    since, until = figure_query.period.since, figure_query.period.until
    # The mark at the beginning is for Excel, which otherwise takes Japanese for Shift_JIS.
    return Response(
        table_csv(table, headings, addresses).encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="clicks-{by}-{since}-{until}.csv"'},
    )


def _queries() -> tuple[DashboardQuery, FigureQuery]:
    """Return what the address says, and the query for its figures."""
    timezone = get_admin().catalog().catalog.site.timezone
    query = read_query(request.args, today())
    compared = query.compared
    return query, FigureQuery(
        query.picked.period,
        timezone,
        query.filters,
        compared.period,
        datetime.now(UTC),
        by_value=bool(compared.parameters),
    )


def _pages(filters: Filters, label: Label) -> Iterator[tuple[str, str]]:
    """Yield the address and name of the page of each item or post that is filtered by."""
    for dimension, value in filters.items():
        if value == OTHER or label(dimension, value) == value:  # nothing of the site's
            continue
        if dimension is Dimension.ITEM:
            yield url_for("items.item", item=value), gettext("See this item")
        elif dimension is Dimension.POST and value:
            yield url_for("posts.show", key=value), gettext("See this post")


def _chart(figures: Figures) -> Chart | None:
    """Return the chart of a period: of its hours, if it is a day that has any."""
    if figures.hours:
        return hours_chart(figures.hours)
    if figures.before and len(figures.now.period) > 1:
        return chart(figures.now, figures.before)
    return None


def _cards(figures: Figures, query: DashboardQuery, other: str) -> Iterator[tuple[str, float, str]]:
    """Yield the title of each column, its figure of the whole period, and how that changed."""
    for column in columns_of(Output.DASHBOARD):
        figure, change = column.read(figures.now.sum, None) or 0, ""
        if figures.before:
            earlier = column.read(figures.before.sum, None) or 0
            change = change_text(figure, earlier, query, other, is_cut=figures.is_cut)
        yield column.title(language()), figure, change


def _headings() -> list[str]:
    """Return the headings of a CSV's columns."""
    figures = [column.headings[language()] for column in columns_of(Output.CSV)]
    return [gettext("value"), gettext("title"), *figures]


def _addresses(table: Table) -> Mapping[str, str]:
    """Return the addresses of a table's posts by key, none before the site was read."""
    opened, site = site_index(), get_admin().catalog().catalog.site
    urls = opened.urls(line.value for line in table.lines) if opened else {}
    return {key: f"{site.url}{url}" for key, url in urls.items()}


def _titled(table: Table) -> Table:
    """Return the table with the names of its values."""
    if table.by is By.DAY:
        return table
    dimension = Dimension(table.by)
    posts = [line.value for line in table.lines] if dimension is Dimension.POST else []
    label = labels(get_admin(), posts)

    def titled(line: Line) -> Line:
        title = label(dimension, line.value)
        return line if title == line.value else line.titled(title)

    return replace(table, lines=tuple(map(titled, table.lines)))
