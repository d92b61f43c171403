"""A table of earnings as lines for people, in the current language."""

from collections.abc import Iterator

from linkmgr.figures.earnings.export import earning_columns
from linkmgr.figures.earnings.load import By, EarningsTable, Line, Rest
from linkmgr.messages.message import message, word
from linkmgr.reports import Fact, Output, aligned, columns_of, text_rows
from linkmgr.store.earnings.totals import Earned

# More lines than these are for programs.
_MAX_LINES = 20


def earnings_text(table: EarningsTable, width: int) -> str:
    """Write a table, what it leaves, and the whole, for a terminal of `width` cells."""
    told = [line for line in table.lines if line.earned != Earned() or line.clicks]
    shown = told[:_MAX_LINES]
    facts = [Fact.VIEWS] if table.whole.views else []
    columns = columns_of(earning_columns(table.currency), Output.TABLE, facts)
    labelled = [(_label(line, table.by), line) for line in shown]
    for rest, earned in table.rest.items():
        if earned != Earned():
            labelled.append((_rest(table, rest), Line("", "", earned)))
    labelled.append((word(message("stats.earned-whole")), table.whole))
    rows = text_rows(columns, word(message(f"stats.earned-by.{table.by}")), labelled)
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


def _rest(table: EarningsTable, rest: Rest) -> str:
    return word(message(f"stats.earned-rest.{rest}", count=table.unlinked))


def _label(line: Line, by: By) -> str:
    title = " ".join(line.title.split())
    if by in {By.POST, By.PROGRAMME} and title:  # whose value says nothing more
        return title
    return f"{line.value}  {title}".strip()
