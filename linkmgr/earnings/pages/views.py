"""Earnings: what links earned by item, post and so on, and the reports that say so."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from babel.numbers import format_compact_currency
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext, ngettext

from linkmgr.admin.common.context import connection, get_admin, today
from linkmgr.admin.common.drawing import Bars, draw_bars
from linkmgr.admin.common.lists import PAGE, FootRow, Listing, ListReport, page_rows
from linkmgr.admin.common.pages import AdminPage, Sorting, choice_of, csv_file
from linkmgr.admin.common.template_helpers import number as number_text
from linkmgr.clicks.periods import Period
from linkmgr.earnings.admin_figures import MonthOrYear, earnings_in, money, titled_earnings
from linkmgr.earnings.database.imports import imported_files, remove_file
from linkmgr.earnings.database.queries import (
    currencies,
    earned_in,
    earned_since,
    latest_earning_month,
    statement,
    top_unlinked,
)
from linkmgr.earnings.database.totals import Earned
from linkmgr.earnings.figures import By, EarningLine, EarningsTable, Rest, items_by_product
from linkmgr.earnings.money import MICROS, half_width
from linkmgr.earnings.pages import uploads
from linkmgr.earnings.pages.received import delete_abandoned
from linkmgr.earnings.reading.model import ReportKind
from linkmgr.earnings.report import earning_columns, earnings_csv, rests, statement_csv
from linkmgr.placements.output import programme_title
from linkmgr.reports import Column, Fact, Kind

_SINGULAR: Mapping[By, str] = {
    By.ITEM: "Item",
    By.POST: "Post",
    By.TAG: "Tracking ID",
    By.PROGRAMME: "Programme",
    By.CATEGORY: "Category",
    By.MONTH: "Month",
}
"""What the first column of a table is called."""

# The months of the chart that ends with a month.
_MONTHS_DRAWN = 6
_MONTHS_OFFERED = 12
_FILES = 6

page = Blueprint("earnings", __name__, url_prefix="/admin/earnings", template_folder="templates")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Earnings"), order=7, key="m", at_start=delete_abandoned)

page.add_url_rule("/import", "upload", uploads.upload, methods=["GET", "POST"])
page.add_url_rule("/import/answers", "answer", uploads.answer, methods=["POST"])
page.add_url_rule("/import/<int:number>", "follow", uploads.follow)
page.add_app_template_filter(money, "money")


class ShownLines(StrEnum):
    """Which lines of a table are shown."""

    ALL = "all"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class EarningsQuery:
    """What the address asks for; the first of the `currencies` is the usual one.

    With a `value` the table has its line alone.
    """

    span: MonthOrYear
    by: By
    currency: str
    currencies: Sequence[str]
    shown: ShownLines
    value: str

    def spans(self) -> Iterator[MonthOrYear]:
        """Yield the months and years that a menu offers, the latest first."""
        since = earned_since(connection()) or today()
        month = MonthOrYear(f"{today():%Y-%m}")
        for _ in range(_MONTHS_OFFERED):
            if month.period.until >= since:
                yield month
            month = month.before
        for year in range(today().year, since.year - 1, -1):
            yield MonthOrYear(str(year))


def read_query() -> EarningsQuery | None:
    """Return what the address asks for, `None` before any earnings were imported.

    Without a period it is the latest month that has earnings: a report is mostly of a month before.
    """
    known = currencies(connection())
    if not known:
        return None
    asked = request.args.get("currency", "")
    currency = asked if asked in known else known[0]
    latest = latest_earning_month(connection(), currency) or f"{today():%Y-%m}"
    by, shown = choice_of(By, "by") or By.ITEM, choice_of(ShownLines, "only") or ShownLines.ALL
    if by not in {By.ITEM, By.POST}:
        shown = ShownLines.ALL
    span = MonthOrYear.read(request.args.get("period", "")) or MonthOrYear(latest)
    return EarningsQuery(span, by, currency, known, shown, request.args.get("value", ""))


@page.get("")
def index() -> ResponseReturnValue:
    """Show what was earned in a month or year, and the imported reports."""
    delete_abandoned(get_admin().settings.instance)
    asked = read_query()
    if asked is None:
        return render_template("earnings/empty.html")
    if asked.by is By.UNLINKED:
        span = asked.span.text
        return redirect(url_for(".show_unlinked", period=span, currency=asked.currency))
    earnings = earnings_in(asked.currency)
    period, before = asked.span.period, asked.span.before.period
    table = titled_earnings(earnings.table(asked.by, period))
    is_over = period.until < today()
    earlier = earnings.earned(asked.by, before) if is_over and asked.by is not By.MONTH else None
    named = earnings.named_items
    chosen = _chosen(table, asked, named)
    lines = [_for_page(line, asked, named, earlier) for line in chosen]
    listing = _listing(table, asked, lines, _foot(table, asked))
    files = imported_files(connection())
    months = earned_in(connection(), _drawn(asked.span), asked.currency)
    return render_template(
        "earnings/earnings.html",
        asked=asked,
        span=asked.span,
        by=asked.by.value,
        table=table,
        listing=listing,
        whole=table.whole.earned,
        before=earnings.total(before),
        is_over=is_over,
        compared_until=table.compared,
        months=[(MonthOrYear(month), earned) for month, earned in months.items()],
        bars=_bars([*months.values()]),
        tick=_tick,
        month_of=MonthOrYear,
        files=files if request.args.get("files") == "all" else files[:_FILES],
        number_of_files=len(files),
        report_title=_report_title,
        items=get_admin().catalog().catalog.items,
        site=get_admin().catalog().catalog.site,
    )


@page.get("/earnings.csv")
def csv() -> Response:
    """Send the whole table as a file."""
    asked = read_query() or abort(404)
    table = titled_earnings(earnings_in(asked.currency).table(asked.by, asked.span.period))
    return csv_file(earnings_csv(table), f"earnings-{asked.by}-{asked.span.text}.csv")


@page.get("/statement")
def show_statement() -> str:
    """Show what was booked in a month or year, on a page that prints well."""
    asked = read_query() or abort(404)
    booked = statement(connection(), asked.span.period, asked.currency)
    return render_template(
        "earnings/statement.html",
        asked=asked,
        span=asked.span,
        booked=booked,
        whole=sum((booking.earned for booking in booked), Earned()),
        programme_title=programme_title,
        site=get_admin().catalog().catalog.site,
        today=today(),
    )


@page.get("/statement.csv")
def statement_file() -> Response:
    """Send the statement as a file."""
    asked = read_query() or abort(404)
    booked = statement(connection(), asked.span.period, asked.currency)
    text = statement_csv(booked, asked.span.text, asked.currency)
    return csv_file(text, f"statement-{asked.span.text}-{asked.currency}.csv")


@page.get("/unlinked")
def show_unlinked() -> str:
    """Show the products that earned without being an item."""
    asked = read_query() or abort(404)
    codes = [source.value for source in items_by_product(get_admin().catalog().catalog)]
    rows = top_unlinked(connection(), asked.span.period, asked.currency, codes, limit=PAGE)
    return render_template("earnings/unlinked.html", asked=asked, span=asked.span, rows=rows)


@page.post("/files/<int:number>/remove")
def remove(number: int) -> ResponseReturnValue:
    """Undo the import of a report."""
    if remove_file(get_admin().engine, number):
        flash(gettext("Removed the report. What it had replaced counts again."), "done")
    return redirect(url_for(".index"), 303)


# What Amazon calls its reports; one whose columns were named has the name that its owner gave it.
_REPORTS: Mapping[str, Any] = {
    ReportKind.FEE_EARNINGS: "Fee-Earnings",
    ReportKind.FEE_ORDERS: "Fee-Orders",
    ReportKind.FEE_TRACKING: "Fee-Tracking",
    ReportKind.FEE_DAILY_TRENDS: "Fee-DailyTrends",
    ReportKind.FEE_LINK_TYPE: "Fee-LinkType",
    ReportKind.BOUNTY: "Bounty",
    ReportKind.FEED: lazy_gettext("The old feed"),
}


def _report_title(programme: str, kind: str) -> str:
    """Return what people call a report, the programme alone where that says it."""
    title = programme_title(programme)
    if kind == programme:
        return title
    report = str(_REPORTS.get(kind, kind))
    return str(gettext("%(programme)s: %(report)s", programme=title, report=report))


def _chosen(
    table: EarningsTable, asked: EarningsQuery, named: Container[str]
) -> Sequence[EarningLine]:
    """Return the lines that are asked for; reports can name the `named` items."""
    lines: Sequence[EarningLine] = table.lines
    if asked.value:
        lines = [line for line in lines if line.value == asked.value]
    if asked.shown is ShownLines.IDLE:
        lines = [line for line in lines if _is_idle(line)]
        if asked.by is By.ITEM:  # what another item earned nobody knows
            lines = [line for line in lines if line.value in named]
    return lines


def _listing(
    table: EarningsTable,
    asked: EarningsQuery,
    lines: Sequence[EarningLine],
    foot: Sequence[FootRow],
) -> Listing[EarningLine]:
    """Return the page of the table that the address names, with the columns that say something."""
    columns = earning_columns(asked.currency)
    known = [
        column
        for column in columns
        if not column.optional or any(column.read(line) is not None for line in lines)
    ]
    usual = Sorting("confirmed", falling=True)
    if asked.by is By.MONTH:
        usual = Sorting("name", falling=True)
    elif asked.shown is ShownLines.IDLE:
        read_first = "views" if table.whole.views else "clicks"
        if read_first not in {column.name for column in known}:
            read_first = "confirmed"
        usual = Sorting(read_first, falling=True)
    name: Column[EarningLine] = Column(
        "name", _SINGULAR[asked.by], lambda line: line.title or line.value, kind=Kind.TEXT
    )
    report = ListReport(name, tuple(known), usual, main="confirmed")
    facts = [Fact.DECLINED] if any(line.earned.declined for line in lines) else []
    if table.whole.views:
        facts.append(Fact.VIEWS)
    return Listing(report, page_rows(report.sorted(lines)), len(lines), facts, foot)


def _foot(table: EarningsTable, asked: EarningsQuery) -> list[FootRow]:
    """Return what no line of the whole table has."""
    if asked.shown is ShownLines.IDLE or asked.value:
        return []
    foot: list[FootRow] = []
    for rest, line in rests(table):
        match rest:
            case Rest.UNLINKED:
                number = number_text(table.unlinked)
                count = ngettext(
                    "%(count)s product", "%(count)s products", table.unlinked, count=number
                )
                span = asked.span.text
                address = url_for(".show_unlinked", period=span, currency=asked.currency)
                name = gettext("Sold without a link of yours")
                foot.append(FootRow(name, line, count, address))
            case Rest.BASKET:
                note = gettext("bought after a click on another link")
                foot.append(FootRow(gettext("Your items in other baskets"), line, note))
            case _:
                foot.append(FootRow(gettext("The reports don't say which"), line))
    return foot


def _for_page(
    line: EarningLine,
    asked: EarningsQuery,
    named: Container[str],
    earlier: Mapping[str, Earned] | None,
) -> EarningLine:
    """Return a line with what a page shows besides: what it earned before, if that is compared."""
    may_be_named = asked.by is not By.POST and (asked.by is not By.ITEM or line.value in named)
    return line._replace(
        before=None if earlier is None else earlier.get(line.value, Earned()),
        is_unknown=not (line.is_reported or may_be_named),
    )


def _is_idle(line: EarningLine) -> bool:
    return bool(line.views or line.clicks) and not (line.earned.confirmed or line.earned.pending)


# The chart of months.


def _drawn(span: MonthOrYear) -> Period:
    """Return the months of a chart: those of a year, or the last up to a month."""
    period = span.period
    if span.is_year:
        return period
    return Period(period.months_before(_MONTHS_DRAWN - 1).since, period.until)


def _bars(months: Sequence[Earned]) -> Bars:
    return draw_bars(
        [max(0, month.confirmed) // MICROS for month in months],
        [max(0, earned.pending) // MICROS for earned in months],
    )


def _tick(number: int, currency: str) -> str:
    """Write an amount beside a chart, as short as it can be."""
    return half_width(format_compact_currency(number, currency, locale=get_locale()))
