"""Dashboard: what readers clicked in a period, all of it or filtered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from time import time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.chips import kind_name
from linkmgr.admin.common.context import (
    connection,
    get_admin,
    reading,
    site_index,
    today,
)
from linkmgr.admin.common.drawing import weekends
from linkmgr.admin.common.pages import AdminPage, csv_file
from linkmgr.admin.common.template_helpers import span
from linkmgr.admin.dashboard.charts import (
    Chart,
    EditGroup,
    Interval,
    chart,
    flags_of,
    group_edits,
    hours_chart,
    marks_of,
    read_edits,
)
from linkmgr.admin.dashboard.query import (
    CARDS,
    FILTERABLE,
    NOTHING,
    PRESETS,
    DashboardQuery,
    read_query,
)
from linkmgr.admin.dashboard.wording import (
    NAMES,
    Label,
    init_filters,
    labels,
)
from linkmgr.catalog.items import ITEM_TYPES, ItemKind
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.model import OTHER
from linkmgr.clicks.periods import last_days
from linkmgr.earnings.admin_figures import read_earned
from linkmgr.figures.queries import Filters, counted_until, last_day
from linkmgr.figures.report import Counted, Sum, figure_columns, table_csv
from linkmgr.figures.table import Overview, Query, Table, TableLine, overview, table
from linkmgr.reports import Column, Kind, Output
from linkmgr.store.revisions import Entry

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
    query, asked = _queries()

    # The figures, and the tabs that show them.
    tabs = {card: query.tab(card) for card in CARDS}
    shown = {card: CARDS[card][tab] for card, tab in tabs.items()}
    only = {tab.dimension: _items_of(tab.kind) for tab in shown.values()}
    figures = overview(reading(), asked, only)
    columns = _columns(figures)
    counted = figures.now.sum != Counts()
    last = None if counted else last_day(connection())
    periods = [curve.period for curve in (figures.now, figures.before) if curve]

    # The names of what they are of.
    posts = {row.value for row in figures.tables[Dimension.POST]}
    if Dimension.POST in query.filters:
        posts.add(query.filters[Dimension.POST])
    label = labels(admin, posts)

    # The chart, with the edits on it.
    drawn = _chart(figures, query, asked)
    edits = _edits(drawn, asked) if drawn else ()
    return {
        "query": query,
        "filters": query.filters,
        "link": query.link,
        "names": NAMES,
        "label": label,
        "pages_of_filters": list(_pages(query.filters, label)),
        "nothing": NOTHING,
        "figures": figures,
        "earned": read_earned(asked, figures) if counted else None,
        "counted": counted,
        "doubled": reading().doubled_days(*periods),
        "shared": reading().shared_days(*periods),
        "counted_until": _counted_until(asked),
        "sum_of": Sum,
        "columns": columns,
        "row_columns": partial(_row_columns, columns, query.filters),
        "cards": CARDS,
        "kind_titles": {kind.section: kind_name(kind, "many") for kind in ITEM_TYPES},
        "tabs": tabs,
        "shown": shown,
        "sides": [span(period) for period in periods],
        "chart": drawn,
        "marks": list(marks_of(drawn)) if drawn else [],
        "weekends": list(weekends(asked.period)) if _has_days(drawn) else [],
        "edits": edits,
        "flags": list(flags_of(edits)),
        "until": datetime.now(ZoneInfo(asked.timezone)),
        "site": admin.catalog().catalog.site,
        "keep_days": admin.settings.keep_days,
        "last": last and last_days(PRESETS[-1], last),
    }


# Seconds that clicks usually wait to be counted; no page mentions a shorter wait.
_USUAL_WAIT = 60


def _counted_until(query: Query) -> datetime | None:
    """Return until when clicks are counted, `None` if that is no longer ago than usual."""
    until = counted_until(connection())
    if until is None or time() - until / 1000 < _USUAL_WAIT:
        return None
    return datetime.fromtimestamp(until / 1000, ZoneInfo(query.timezone))


_Titled = Sequence[tuple[Column[Counted], str]]
"""Columns with what they are called."""

# The dimensions of views; readers have no referrer, device or campaign until they click.
_SEEN_BY = frozenset({Dimension.ITEM, Dimension.POST, Dimension.PLACE, Dimension.TRACKING})


def _columns(figures: Overview) -> _Titled:
    """Return the figures that are known of a period: rates where views were reported."""
    columns = figure_columns(Output.PAGE, with_views=figures.now.sum.views > 0)
    return [(column, column.title) for column in columns]


def _row_columns(columns: _Titled, filters: Filters, dimension: Dimension) -> _Titled:
    """Return the figures that a ranked table has room for.

    With filters these are of single clicks, and of the newest alone: there is no rate of them.
    """
    rates = [column.name for column, _ in columns if column.kind is Kind.RATE]
    if rates and dimension in _SEEN_BY and not filters:
        left_out = {"views", "visitors"}
    else:
        left_out = {"views", *rates}
    return [(column, title) for column, title in columns if column.name not in left_out]


def _items_of(kind: ItemKind | None) -> frozenset[str] | None:
    """Return the items of a kind, `None` for all values."""
    if kind is None:
        return None
    items = get_admin().catalog().catalog.items.values()
    return frozenset(item.id for item in items if item.kind is kind)


@page.get("/clicks/<by>.csv")
def csv(by: str) -> Response:
    """Send all lines of a table, filtered by the page's address, as a file."""
    if by != Dimension.DAY and by not in set(FILTERABLE):
        abort(404)
    query, figure_query = _queries()
    if query.has_errors:
        abort(400)
    only = None
    if by == Dimension.ITEM:
        only = _items_of(CARDS["items"][query.tab("items")].kind)
    lines = _titled(table(reading(), replace(figure_query, by=Dimension(by), only=only)))
    headings = _headings(lines)
    addresses = None
    if lines.by is Dimension.POST:
        headings.append(gettext("address"))
        addresses = _addresses(lines)
    since, until = figure_query.period.since, figure_query.period.until
    return csv_file(table_csv(lines, headings, addresses), f"clicks-{by}-{since}-{until}.csv")


def _queries() -> tuple[DashboardQuery, Query]:
    """Return what the address says, and the query for its figures."""
    timezone = get_admin().catalog().catalog.site.timezone
    query = read_query(request.args, today())
    period, compared = query.picked.period, query.compared.period
    return query, Query(
        period=period,
        timezone=timezone,
        compared=compared,
        filters=query.filters,
        now=datetime.now(UTC),
    )


def _pages(filters: Filters, label: Label) -> Iterator[tuple[str, str]]:
    """Yield the address and name of the page of each item or post that is filtered by."""
    for dimension, value in filters.items():
        if value == OTHER or label(dimension, value) == value:  # it has no page
            continue
        if dimension is Dimension.ITEM:
            yield url_for("items.item", item=value), gettext("See this item")
        elif dimension is Dimension.POST and value:
            yield url_for("posts.show", key=value), gettext("See this post")


def _chart(figures: Overview, query: DashboardQuery, asked: Query) -> Chart | None:
    """Return the chart of a period, of hours for a day; `None` for a day without hours."""
    is_open = asked.today_so_far is not None

    def read(counts: Counts) -> int:
        return int(query.column.read(Sum(counts)) or 0)

    if figures.hours:
        return hours_chart(figures.hours, read, is_open=is_open)
    if len(figures.now.period) > 1:
        return chart(figures.now, figures.before, figures.began, read, is_open=is_open)
    return None


def _has_days(drawn: Chart | None) -> bool:
    return drawn is not None and drawn.interval is Interval.DAY


def _edits(drawn: Chart, asked: Query) -> tuple[EditGroup, ...]:
    """Return the edits of a period; where an item is filtered by, its own."""
    item = get_admin().catalog().catalog.items.get(asked.filters.get(Dimension.ITEM, ""))
    entry = Entry(item.kind.section, item.id) if item else None
    return group_edits(drawn, read_edits(connection(), asked.period, asked.timezone, entry))


def _headings(of: Table) -> list[str]:
    """Return the headings of the columns of a table's CSV."""
    columns = figure_columns(Output.CSV, with_views=of.with_views)
    return [gettext("value"), gettext("title"), *(column.heading for column in columns)]


def _addresses(of: Table) -> Mapping[str, str]:
    """Return the addresses of a table's posts by key, empty before the site was read."""
    opened, site = site_index(), get_admin().catalog().catalog.site
    urls = opened.urls(line.value for line in of.lines) if opened else {}
    return {key: f"{site.url}{url}" for key, url in urls.items()}


def _titled(of: Table) -> Table:
    """Return a table with the names of its values, as the page has them."""
    posts = [line.value for line in of.lines] if of.by is Dimension.POST else []
    label = labels(get_admin(), posts)
    lines: list[TableLine] = []
    for line in of.lines:
        title = "" if of.by is Dimension.DAY else label(of.by, line.value)
        lines.append(line._replace(title="" if title == line.value else title))
    return replace(of, lines=tuple(lines))
