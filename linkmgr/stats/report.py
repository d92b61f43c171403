"""A table of figures as lines for people, in the current language."""

from collections.abc import Iterator, Sequence
from datetime import date

from rich.cells import cell_len, set_cell_size

from linkmgr.messages.message import Message, message, word
from linkmgr.stats.columns import FigureColumn, Output, columns_of
from linkmgr.stats.load import By, Line, Table
from linkmgr.store.figures.figures import change

# More lines than this are for programs.
_MAX_LINES = 20

_BAR = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"

# A label is cut to what the other columns leave of the terminal, but never shorter.
_SHORTEST_LABEL = 16


def table_text(table: Table, width: int) -> str:
    """Write the table, its sums and how they changed, for a terminal of `width` cells.

    A bar ends its line, so that terminals that draw one wider (Unicode calls its characters
    "ambiguous" in East Asian ones) still show straight columns.
    """
    columns = columns_of(Output.TABLE, with_views=table.with_views)
    shown = table.lines if table.by is By.DAY else table.lines[:_MAX_LINES]
    header = (word(message(f"stats.by.{table.by}")), *(column.heading for column in columns))
    rows = [header, *(_row(line, table.by, columns) for line in shown)]
    # Beside rates there is no room for bars, unless names were cut.
    bars = [""] * len(rows) if table.with_views else ["", *_bars(shown)]
    lines = [*_head(table), "", *aligned(rows, bars, width)]
    if hidden := len(table.lines) - len(shown):
        lines.append(word(message("stats.hidden-rows", count=hidden)))
    if table.by is By.CAMPAIGN:
        lines.append(word(message("stats.campaigns-alone")))
    for line in shown:
        compared = table.compared.get(line.value)
        if compared and compared.is_conclusive:
            lines.append(f"{line.value}: {word(compared.sentence())}")
    if table.by is By.TAG:
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
    columns = [each for each in columns_of(Output.TABLE, with_views=with_views) if not each.text]
    wide = max(cell_len(column.heading) for column in columns) + 1
    for column in columns:
        now, before = (column.read(curve.sum, None) for curve in (table.now, table.before))
        changed = _change(now or 0, before or 0)
        number = column.words(table.now.sum)
        yield f"{set_cell_size(column.heading, wide)}{number:>10}  {changed}".rstrip()


def _change(now: float, before: float) -> str:
    share = change(now, before)
    if share is None:
        return word(message("stats.none-before")) if now else ""
    return word(message("stats.change", share=f"{share:+,.0%}", before=before))


def _row(line: Line, by: By, columns: Sequence[FigureColumn]) -> tuple[str, ...]:
    return _label(line, by), *(column.words(line.counts, line.page_views) for column in columns)


def _label(line: Line, by: By) -> str:
    title = " ".join(line.title.split())
    if by is By.POST and title:  # whose key says nothing to people
        return title
    return f"{line.value}  {title}".strip()


def _bars(lines: tuple[Line, ...]) -> Iterator[str]:
    most = max((line.counts.clicks for line in lines), default=0) or 1
    for line in lines:
        whole, eighths = divmod(round(line.counts.clicks / most * _BAR * 8), 8)
        yield ("█" * whole + _EIGHTHS[eighths]).rstrip()


def aligned(rows: list[tuple[str, ...]], bars: list[str], width: int) -> Iterator[str]:
    """Yield the rows with the first column to the left, the others to the right, and the bars."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = width - sum(2 + wide for wide in widths[1:]) - (2 + _BAR if any(bars) else 0)
    first = min(widths[0], max(room, _SHORTEST_LABEL))
    for (label, *cells), bar in zip(rows, bars, strict=True):
        figures = (
            f"  {' ' * (wide - cell_len(cell))}{cell}"
            for cell, wide in zip(cells, widths[1:], strict=True)
        )
        yield f"{_fitted(label, first)}{''.join(figures)}  {bar}".rstrip()


def _fitted(text: str, cells: int) -> str:
    if cell_len(text) > cells:
        text = set_cell_size(text, cells - 1).rstrip() + "…"
    return set_cell_size(text, cells)
