"""A table of figures as lines for people, in the current language."""

from collections.abc import Iterator
from datetime import date

from rich.cells import cell_len, set_cell_size

from linkmgr.clicks.counts import Dimension
from linkmgr.figures.columns import Sum, figure_columns
from linkmgr.figures.table import Line, Table
from linkmgr.figures.totals import change
from linkmgr.messages.message import Message, message, word
from linkmgr.reports import BAR, Kind, Output, aligned, text_rows

# More lines than this are for programs.
_MAX_LINES = 20

_EIGHTHS = " ▏▎▍▌▋▊▉"


def table_text(table: Table, width: int) -> str:
    """Write the table, its sums and how they changed, for a terminal of `width` cells."""
    columns = figure_columns(Output.TABLE, with_views=table.with_views)
    shown = table.lines if table.by is Dimension.DAY else table.lines[:_MAX_LINES]
    labelled = [(_label(line, table.by), line) for line in shown]
    rows = text_rows(columns, word(message(f"stats.by.{table.by}")), labelled)
    # Beside rates there is no room for bars, unless names were cut.
    bars = [""] * len(rows) if table.with_views else ["", *_bars(shown)]
    lines = [*_head(table), "", *aligned(rows, bars, width)]
    if hidden := len(table.lines) - len(shown):
        lines.append(word(message("stats.hidden-rows", count=hidden)))
    if table.by is Dimension.CAMPAIGN:
        lines.append(word(message("stats.campaigns-alone")))
    for line in shown:
        compared = table.compared.get(line.value)
        if compared and compared.is_conclusive:
            lines.append(f"{line.value}: {word(compared.sentence())}")
    if table.by is Dimension.TAG:
        lines.append(word(message("stats.tags-summed")))
    if table.now.sum.bots:
        lines.append(word(message("stats.bots-apart")))
    if days := tuple(day.isoformat() for day in table.doubled):
        lines.append(word(message("stats.doubled-days", days=days, count=len(days))))
    return "\n".join(lines)


def nothing_text(table: Table, last: date | None, server: str | None) -> str:
    """Say that there is nothing to show, and what to do next.

    `last` is the last day with a click, if there ever was one; `server` is the catalog's.
    """
    period = table.now.period
    nothing = message(
        "stats.nothing",
        since=period.since.isoformat(),
        until=period.until.isoformat(),
        timezone=table.timezone,
    )
    return f"{word(nothing)}\n{word(_next_step(table, last, server))}"


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
    yield word(
        message(
            "stats.period",
            since=period.since.isoformat(),
            until=period.until.isoformat(),
            count=len(period),
            timezone=table.timezone,
        )
    )
    with_views = table.now.sum.views > 0
    columns = [
        column
        for column in figure_columns(Output.TABLE, with_views=with_views)
        if column.kind is Kind.COUNT
    ]
    wide = max(cell_len(column.heading) for column in columns) + 1
    for column in columns:
        now, before = Sum(table.now.sum), Sum(table.before.sum)
        changed = _change(column.read(now) or 0, column.read(before) or 0)
        number = column.words(now)
        yield f"{set_cell_size(column.heading, wide)}{number:>10}  {changed}".rstrip()


def _change(now: float, before: float) -> str:
    share = change(now, before)
    if share is None:
        return word(message("stats.none-before")) if now else ""
    return word(message("stats.change", share=f"{share:+,.0%}", before=before))


def _label(line: Line, by: Dimension) -> str:
    title = " ".join(line.title.split())
    if by is Dimension.POST and title:  # whose key says nothing to people
        return title
    return f"{line.value}  {title}".strip()


def _bars(lines: tuple[Line, ...]) -> Iterator[str]:
    most = max((line.counts.clicks for line in lines), default=0) or 1
    for line in lines:
        whole, eighths = divmod(round(line.counts.clicks / most * BAR * 8), 8)
        yield ("█" * whole + _EIGHTHS[eighths]).rstrip()
