"""A table of figures as lines for people, in the current language."""

from collections.abc import Iterator, Sequence
from datetime import date

from rich.cells import cell_len, set_cell_size

from linkmgr.figures.columns import FigureColumn, Output, columns_of
from linkmgr.figures.load import By, Line, Table
from linkmgr.figures.totals import change
from linkmgr.messages.message import Message, message, word

# More lines than this are for programs.
_MAX_LINES = 20

_BAR = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"

# A label is cut to what the other columns leave of the terminal; if they leave less than this, it
# stands above its figures instead.
_SHORTEST_LABEL = 24


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
    """Yield the rows with the first column to the left, the others to the right, and the bars.

    A sentence instead of a figure takes the room of the empty cells before it, too.
    """
    labels, *columns = zip(*rows, strict=True)
    wide = max(map(cell_len, labels))
    widths: list[int] = []
    free = [0] * len(rows)  # the empty cells before this column, row by row
    for column in columns:
        widths.append(max(cell_len(cell) - room for cell, room in zip(column, free, strict=True)))
        step = 2 + widths[-1]
        free = [0 if cell else room + step for cell, room in zip(column, free, strict=True)]
    room = width - sum(2 + each for each in widths) - (2 + _BAR if any(bars) else 0)
    above = room < min(wide, _SHORTEST_LABEL)
    first = min(wide, max(room, cell_len(labels[0])))
    for (label, *cells), bar in zip(rows, bars, strict=True):
        if above and cell_len(label) > first:
            yield _fitted(label, min(cell_len(label), width))
            label = ""  # noqa: PLW2901 - which was just written
        line, end = _fitted(label, first), first
        for cell, each in zip(cells, widths, strict=True):
            end += 2 + each
            if cell:
                line += " " * (end - cell_len(line) - cell_len(cell)) + cell
        yield f"{set_cell_size(line, end)}  {bar}".rstrip()


def _fitted(text: str, cells: int) -> str:
    if cell_len(text) > cells:
        text = set_cell_size(text, cells - 1).rstrip() + "…"
    return set_cell_size(text, cells)
