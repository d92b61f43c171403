"""A table of figures as lines for people."""

from collections.abc import Iterator
from datetime import date

from rich.cells import cell_len, set_cell_size

from linkmgr.stats.model import By, Line, Table
from linkmgr.store.figures.figures import Counts, change

# More lines than this are for programs.
_SHOWN = 20

_BAR = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"

# A label is cut to what the other columns leave of the terminal, but never shorter.
_SHORTEST_LABEL = 16

TOO_FEW = "too few to say"
_NO_RATE = "more clicks than views"


def table_text(table: Table, width: int) -> str:
    """Write the table, its sums and how they changed, for a terminal of `width` cells.

    A bar ends its line, so that terminals that draw one wider (Unicode calls its characters
    "ambiguous" in East Asian ones) still show straight columns.
    """
    sums = table.now.sum
    lines = [*_head(table), ""]
    shown = table.lines if table.by is By.DAY else table.lines[:_SHOWN]
    rates = ("clicks/view", "95 %") if table.with_views else ()
    rows = [(table.by.value, *_COLUMNS, *rates), *(_row(line, table) for line in shown)]
    bars = ["", *_bars(shown)]
    lines += _aligned(rows, bars, width)
    if hidden := len(table.lines) - len(shown):
        lines.append(f"and {hidden:,} more: --csv and --json print all")
    if sums.bots:
        lines.append("Bots are counted apart: no click or visitor here is one.")
    return "\n".join(lines)


def nothing_text(table: Table, last: date | None, server: str | None) -> str:
    """Say that there is nothing to show, and what to do next.

    `last` is the last day with a click, if there ever was one; `server` is the catalog's.
    """
    since, until = table.now.period.since, table.now.period.until
    head = f"No click was counted from {since} to {until} ({table.timezone})."
    if last is not None and last < since:
        return f"{head}\nThe last one was on {last}: --days {(until - last).days + 1} shows it."
    if server is None:
        return (
            f"{head}\nNext: write the address of your server into catalog.yaml, as `server` of "
            "`site`; run `linkmgr build` and `linkmgr serve`."
        )
    return (
        f"{head}\nNext: see that `linkmgr serve` answers at {server}/healthz, then click a link "
        "of a built post. What waits in the spool comes in by `linkmgr clicks load`."
    )


_COLUMNS = ("clicks", "visitors", "bots")


def _head(table: Table) -> Iterator[str]:
    now, before = table.now.sum, table.before.sum
    period = table.now.period
    days = f"{len(period):,} days" if len(period) > 1 else "1 day"
    yield f"{period.since} to {period.until} ({days}, {table.timezone})"
    for name, number, then in zip(_COLUMNS, _counts(now), _counts(before), strict=True):
        yield f"{name:9}{number:>10,}  {_change(number, then)}"


def _change(now: int, before: int) -> str:
    share = change(now, before)
    if share is None:
        return "(none in the days before)" if now else ""
    return f"{share:+,.0%} against {before:,} in the period before"


def _counts(counts: Counts) -> tuple[int, int, int]:
    return counts.clicks, counts.visitors, counts.bots


def _numbers(counts: Counts) -> tuple[str, ...]:
    return tuple(f"{number:,}" for number in _counts(counts))


def _row(line: Line, table: Table) -> tuple[str, ...]:
    rate = _rate(line) if table.with_views else ()
    return _label(line, table.by), *_numbers(line.counts), *rate


def _label(line: Line, by: By) -> str:
    title = " ".join(line.title.split())
    if by is By.POST and title:  # whose key says nothing to people
        return title
    return f"{line.value}  {title}".strip()


def _rate(line: Line) -> tuple[str, str]:
    if not line.views:
        return "", ""
    rate = line.rate
    if rate is None:
        return "", _NO_RATE
    if not rate.tells:
        return "", TOO_FEW
    return f"{rate.rate:.2%}", f"{rate.low:.2%} to {rate.high:.2%}"


def _bars(lines: tuple[Line, ...]) -> Iterator[str]:
    most = max((line.counts.clicks for line in lines), default=0) or 1
    for line in lines:
        whole, eighths = divmod(round(line.counts.clicks / most * _BAR * 8), 8)
        yield ("█" * whole + _EIGHTHS[eighths]).rstrip()


def _aligned(rows: list[tuple[str, ...]], bars: list[str], width: int) -> Iterator[str]:
    """Yield the rows with the first column to the left, the others to the right, and the bars."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = width - sum(2 + wide for wide in widths[1:]) - 2 - _BAR
    first = min(widths[0], max(room, _SHORTEST_LABEL))
    for (label, *cells), bar in zip(rows, bars, strict=True):
        numbers = (f"  {cell:>{wide}}" for cell, wide in zip(cells, widths[1:], strict=True))
        yield f"{_fitted(label, first)}{''.join(numbers)}  {bar}".rstrip()


def _fitted(text: str, cells: int) -> str:
    if cell_len(text) > cells:
        text = set_cell_size(text, cells - 1).rstrip() + "…"
    return set_cell_size(text, cells)
