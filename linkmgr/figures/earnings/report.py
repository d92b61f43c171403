"""A table of earnings as lines for people, in the current language."""

from collections.abc import Iterator

from linkmgr.figures.earnings.export import amount
from linkmgr.figures.earnings.load import By, EarningsTable, Line, Rest
from linkmgr.figures.report import aligned
from linkmgr.messages.message import current_language, message, word
from linkmgr.store.earnings.totals import Earned

# More lines than these are for programs.
_MAX_LINES = 20

_HEADINGS = ("confirmed", "pending", "declined", "orders", "clicks", "per-100-clicks")
_WITH_VIEWS = (*_HEADINGS, "per-1000-views")


def earnings_text(table: EarningsTable, width: int) -> str:
    """Write a table, what it leaves, and the whole, for a terminal of `width` cells."""
    told = [line for line in table.lines if line.earned != Earned() or line.clicks]
    shown = told[:_MAX_LINES]
    headings = _WITH_VIEWS if table.whole.views else _HEADINGS
    header = (word(message(f"stats.earned-by.{table.by}")), *map(_heading, headings))
    rows = [header, *(_row(table, _label(line, table.by), line) for line in shown)]
    rows += [
        _row(table, _rest(table, rest), Line("", "", earned))
        for rest, earned in table.rest.items()
        if earned != Earned()
    ]
    rows.append(_row(table, word(message("stats.earned-whole")), table.whole))
    return "\n".join(
        (
            _head(table),
            "",
            *aligned(rows, [""] * len(rows), width),
            *_foot(table, len(told) - len(shown)),
        )
    )


def _head(table: EarningsTable) -> str:
    period, currency = table.period, table.currency
    since, until = period.since.isoformat(), period.until.isoformat()
    return word(message("stats.earned-head", since=since, until=until, currency=currency))


def _foot(table: EarningsTable, hidden: int) -> Iterator[str]:
    if hidden:
        yield word(message("stats.hidden-rows", count=hidden))
    if table.compared and table.compared != table.period:
        since, until = table.compared.since.isoformat(), table.compared.until.isoformat()
        yield word(message("stats.earned-compared", since=since, until=until))
    for line in table.lines:
        if line.checked:
            yield word(message("stats.earned-missed", tag=line.value, **line.checked._asdict()))


def _heading(name: str) -> str:
    return word(message(f"stats.earned.{name}"))


def _rest(table: EarningsTable, rest: Rest) -> str:
    return word(message(f"stats.earned-rest.{rest}", count=table.unlinked))


def _label(line: Line, by: By) -> str:
    title = " ".join(line.title.split())
    if by in {By.POST, By.PROGRAMME} and title:  # whose value says nothing more
        return title
    return f"{line.value}  {title}".strip()


def _row(table: EarningsTable, label: str, line: Line) -> tuple[str, ...]:
    def money(micros: float) -> str:
        return amount(micros, table.currency, current_language())

    earned, rate, by_view = line.earned, line.per_click, line.per_view
    per_view = ["" if by_view is None else money(1000 * by_view)] if table.whole.views else []
    return (
        label,
        *map(money, (earned.confirmed, earned.pending, earned.declined)),
        f"{earned.orders:,}",
        "" if line.clicks is None else f"{line.clicks:,}",
        "" if rate is None else money(100 * rate),
        *per_view,
    )
