"""The report of the figures: its columns, and what each output makes of them.

Every output shows and describes the entries of `COLUMNS`; the fields of `Counts` are what is stored
of totals, and SQL, sums and the loader follow from them. A table is written whole for programs, its
first lines for people, in the current language.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple, Protocol

from rich.cells import cell_len, set_cell_size

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.figures.queries import Curve
from linkmgr.figures.rates import Rate, seen_rate
from linkmgr.figures.table import Table, TableLine
from linkmgr.messages.message import Message, message, translate
from linkmgr.reports import (
    BAR,
    EVERYWHERE,
    FOR_PROGRAMS,
    Column,
    Fact,
    Kind,
    Output,
    aligned,
    columns_of,
    csv_text,
    json_row,
    schemas,
    text_rows,
)


class Counted(Protocol):
    """A row of figures."""

    @property
    def counts(self) -> Counts: ...
    @property
    def page_views(self) -> int | None:
        """How often the page of a post was read, by a CSV; `None` where that is not known."""


class Sum(NamedTuple):
    """The figures of a period, a day or a step of a chart."""

    counts: Counts
    page_views: int | None = None


def figure_columns(output: Output, *, with_views: bool = False) -> tuple[Column[Counted], ...]:
    """Return the columns of an output, those that need views only if there are some."""
    return columns_of(COLUMNS, output, [Fact.VIEWS] if with_views else [])


def column_schemas() -> tuple[str, str]:
    """Return the names of the columns that the API always has, and the schemas of all columns."""
    return schemas(COLUMNS)


def _of_rate(read: Callable[[Rate], Any]) -> Callable[[Counted], Any]:
    """Return a function that reads a value of the rate, `None` where there is no rate."""

    def value(row: Counted) -> Any:
        rate = seen_rate(row.counts, row.page_views)
        return None if rate is None else read(rate)

    return value


def _views(row: Counted) -> int | None:
    return row.counts.views or row.page_views


def _interval_text(row: Counted) -> str:
    if not _views(row):
        return ""
    rate = seen_rate(row.counts, row.page_views)
    if rate is None:
        return translate(message("stats.more-clicks"))
    if not rate.is_conclusive:
        return translate(message("stats.too-few"))
    return rate.interval


_WITHOUT_PAGE = EVERYWHERE - {Output.PAGE}

COLUMNS: tuple[Column[Counted], ...] = (
    Column("clicks", "clicks", lambda row: row.counts.clicks, titled="Clicks"),
    Column("visitors", "visitors", lambda row: row.counts.visitors, titled="Visitors"),
    Column(
        "bots",
        "bots",
        lambda row: row.counts.bots,
        _WITHOUT_PAGE,  # which says in a sentence how many there were
    ),
    Column("views", "views", _views, titled="Views", needs=Fact.VIEWS, optional=True),
    Column(
        "clicked",
        "clicked",
        lambda row: row.counts.clicked if row.counts.views else None,
        _WITHOUT_PAGE,
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "rate",
        "rate",
        lambda row: seen_rate(row.counts, row.page_views),
        kind=Kind.RATE,
        titled="Click rate",
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "low",
        "95 %",
        _of_rate(lambda rate: round(rate.low, 6)),
        _WITHOUT_PAGE,
        kind=Kind.NUMBER,
        text=_interval_text,  # both ends, which are a column each for programs
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "high",
        "95 %",
        _of_rate(lambda rate: round(rate.high, 6)),
        FOR_PROGRAMS,
        kind=Kind.NUMBER,
        needs=Fact.VIEWS,
        optional=True,
    ),
    Column(
        "tells",
        "tells",
        _of_rate(lambda rate: rate.is_conclusive),
        FOR_PROGRAMS,
        kind=Kind.FLAG,
        needs=Fact.VIEWS,
        optional=True,
    ),
)


# For programs: all lines.

_NAMES: tuple[Column[TableLine], ...] = (
    Column("value", "", lambda line: line.value, EVERYWHERE, kind=Kind.TEXT),
    Column("title", "", lambda line: line.title, EVERYWHERE, kind=Kind.TEXT),
)


def table_csv(
    table: Table,
    headings: Sequence[str] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> str:
    """Write the table as CSV.

    `headings` are what people read above the columns, in place of their names: of the value, the
    title, and each column. With `addresses`, by value, those are the last column.
    """
    columns: list[Column[TableLine]] = list(_NAMES)
    columns += figure_columns(Output.CSV, with_views=table.with_views)
    if addresses is not None:
        columns.append(
            Column("address", "", lambda line: addresses.get(line.value, ""), kind=Kind.TEXT)
        )
    return csv_text(columns, table.lines, headings)


def table_json(table: Table) -> dict[str, Any]:
    """Return the table with its sums, and those of the period before, as JSON takes it.

    A rate and its interval are from 0 to 1; where `tells` is false, there was too little to say
    anything by it. An item that can be `compared` with others at the same places has the ratio of
    its rate to theirs, with its 95 % interval. On the `doubled_days` a reader may count as two
    visitors, and on the `shared_days` a reader of an item that was renamed.
    """
    columns = figure_columns(Output.JSON, with_views=table.with_views)
    of_line: list[Column[TableLine]] = [*_NAMES, *columns]
    return {
        "by": table.by.value,
        "timezone": table.timezone,
        **_curve_json(columns, table, table.now),
        "before": _curve_json(columns, table, table.before),
        "rows": [{**json_row(of_line, line), **_comparison(table, line)} for line in table.lines],
    }


def _comparison(table: Table, line: TableLine) -> dict[str, Any]:
    """Return an item's comparison with others at the same places, empty if it has none."""
    comparison = table.compared.get(line.value)
    if comparison is None:
        return {}
    return {"compared": {name: round(number, 6) for name, number in asdict(comparison).items()}}


def _curve_json(columns: Sequence[Column[Counted]], table: Table, curve: Curve) -> dict[str, Any]:
    period = curve.period
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "days": len(period),
        **json_row(columns, Sum(curve.sum)),
        "doubled_days": [day.isoformat() for day in table.doubled if day in period],
        "shared_days": [day.isoformat() for day in table.shared if day in period],
    }


# For people.

# More lines than this are for programs.
_MAX_LINES = 20

_EIGHTHS = " ▏▎▍▌▋▊▉"


def table_text(table: Table, width: int) -> str:
    """Write the table, its sums and how they changed, for a terminal of `width` cells."""
    columns = figure_columns(Output.TABLE, with_views=table.with_views)
    shown = table.lines if table.by is Dimension.DAY else table.lines[:_MAX_LINES]
    labelled = [(_label(line, table.by), line) for line in shown]
    rows = text_rows(columns, translate(message(f"stats.by.{table.by}")), labelled)
    # Beside rates there is no room for bars, unless names were cut.
    bars = [""] * len(rows) if table.with_views else ["", *_bars(shown)]
    lines = [*_head(table), "", *aligned(rows, bars, width)]
    if hidden := len(table.lines) - len(shown):
        lines.append(translate(message("stats.hidden-rows", count=hidden)))
    if table.by is Dimension.CAMPAIGN:
        lines.append(translate(message("stats.campaigns-alone")))
    for line in shown:
        compared = table.compared.get(line.value)
        if compared and compared.is_conclusive:
            lines.append(f"{line.value}: {translate(compared.sentence())}")
    if table.by is Dimension.TAG:
        lines.append(translate(message("stats.tags-summed")))
    if table.now.sum.bots:
        lines.append(translate(message("stats.bots-apart")))
    if days := tuple(day.isoformat() for day in table.doubled):
        lines.append(translate(message("stats.doubled-days", days=days, count=len(days))))
    if days := tuple(day.isoformat() for day in table.shared):
        lines.append(translate(message("stats.shared-days", days=days, count=len(days))))
    return "\n".join(lines)


def nothing_text(table: Table, last: date | None, server: str | None) -> str:
    """Return the text for a table without rows, with the next step.

    `last` is the last day with a click, if there ever was one; `server` is the catalog's.
    """
    period = table.now.period
    nothing = message(
        "stats.nothing",
        since=period.since.isoformat(),
        until=period.until.isoformat(),
        timezone=table.timezone,
    )
    return f"{translate(nothing)}\n{translate(_next_step(table, last, server))}"


def _next_step(table: Table, last: date | None, server: str | None) -> Message:
    period = table.now.period
    if last is not None and last < period.since:
        days = (period.until - last).days + 1
        return message("stats.last-click", last=last.isoformat(), days=days)
    if server is None:
        return message("stats.no-server")
    return message("stats.check-server", server=server)


def _head(table: Table) -> Iterator[str]:
    period = table.now.period
    yield translate(
        message(
            "stats.period",
            since=period.since.isoformat(),
            until=period.until.isoformat(),
            count=len(period),
            timezone=table.timezone,
        )
    )
    with_views = table.now.sum.views > 0
    shown = figure_columns(Output.TABLE, with_views=with_views)
    columns = [column for column in shown if column.kind is Kind.COUNT]
    wide = max(cell_len(column.heading) for column in columns) + 1
    for column in columns:
        now, before = Sum(table.now.sum), Sum(table.before.sum)
        changed = _change(column.read(now) or 0, column.read(before) or 0)
        number = column.words(now)
        yield f"{set_cell_size(column.heading, wide)}{number:>10}  {changed}".rstrip()


def _change(now: float, before: float) -> str:
    if not before:
        return translate(message("stats.none-before")) if now else ""
    return translate(message("stats.change", share=f"{now / before - 1:+,.0%}", before=before))


def _label(line: TableLine, by: Dimension) -> str:
    title = " ".join(line.title.split())
    if by is Dimension.POST and title:  # whose key says nothing to people
        return title
    return f"{line.value}  {title}".strip()


def _bars(lines: tuple[TableLine, ...]) -> Iterator[str]:
    most = max((line.counts.clicks for line in lines), default=0) or 1
    for line in lines:
        whole, eighths = divmod(round(line.counts.clicks / most * BAR * 8), 8)
        yield ("█" * whole + _EIGHTHS[eighths]).rstrip()
