"""The report of earnings: its columns, and what each output makes of them.

Amounts are exact decimals, written as text for programs; a table for people is in the current
language.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from linkmgr.earnings.database.queries import Booked
from linkmgr.earnings.database.totals import Earned
from linkmgr.earnings.figures import By, EarningLine, EarningsTable, Rest
from linkmgr.earnings.money import Money
from linkmgr.messages.message import message, translate
from linkmgr.reports import (
    EVERYWHERE,
    FOR_PROGRAMS,
    Column,
    Fact,
    Kind,
    Output,
    Room,
    Row,
    aligned,
    columns_of,
    csv_text,
    json_row,
    schemas,
    text_rows,
)

_FILE = frozenset({Output.CSV})
_PAGE = frozenset({Output.PAGE})


def _amounts(currency: str, earned_of: Callable[[Row], Earned | None]) -> tuple[Column[Row], ...]:
    """Return the columns of what rows earned; `earned_of` a row is `None` where nobody knows."""

    def money(read: Callable[[Earned], int]) -> Callable[[Row], Money | None]:
        def value(row: Row) -> Money | None:
            earned = earned_of(row)
            return None if earned is None else Money(read(earned), currency)

        return value

    return (
        Column(
            "confirmed",
            "confirmed",
            money(lambda earned: earned.confirmed),
            kind=Kind.MONEY,
            titled="Confirmed",
            of_whole=True,
        ),
        Column("paid", "", money(lambda earned: earned.paid), FOR_PROGRAMS, kind=Kind.MONEY),
        Column(
            "pending",
            "pending",
            money(lambda earned: earned.pending),
            kind=Kind.MONEY,
            titled="Pending",
            of_whole=True,
        ),
        Column(
            "declined",
            "declined",
            money(lambda earned: earned.declined),
            kind=Kind.MONEY,
            titled="Declined",
            needs=Fact.DECLINED,
            room=Room.SPARE,
            of_whole=True,
        ),
    )


def _sales(earned_of: Callable[[Row], Earned]) -> tuple[Column[Row], ...]:
    return (
        Column("confirmed_sales", "", lambda row: earned_of(row).confirmed_sales, FOR_PROGRAMS),
        Column("pending_sales", "", lambda row: earned_of(row).pending_sales, FOR_PROGRAMS),
        Column("declined_sales", "", lambda row: earned_of(row).declined_sales, FOR_PROGRAMS),
    )


def _known(line: EarningLine) -> Earned | None:
    return line.known


def _earned(line: EarningLine) -> Earned:
    return line.earned


def _booked(row: Booked) -> Earned:
    return row.earned


_NAMES: tuple[Column[EarningLine], ...] = (
    Column("value", "", lambda line: line.value, EVERYWHERE, kind=Kind.TEXT),
    Column("title", "", lambda line: line.title, EVERYWHERE, kind=Kind.TEXT),
)


def earning_columns(currency: str) -> tuple[Column[EarningLine], ...]:
    """Return the columns of a table in a currency; rates are over the `compared` days."""

    def rate(
        read: Callable[[EarningLine], float | None], times: int
    ) -> Callable[[EarningLine], Money | None]:
        def value(line: EarningLine) -> Money | None:
            micros = read(line)
            return None if micros is None else Money(times * micros, currency)

        return value

    return (
        *_amounts(currency, _known),
        Column(
            "orders",
            "orders",
            lambda line: line.known.orders if line.known else None,
            titled="Orders",
            room=Room.SPARE,
            of_whole=True,
        ),
        *_sales(_earned),
        Column("clicks", "clicks", lambda line: line.clicks, titled="Clicks", optional=True),
        Column(
            "views",
            "views",
            lambda line: line.views,
            FOR_PROGRAMS | _PAGE,
            titled="Views",
            optional=True,
            room=Room.SPARE,
            on_phone=False,
        ),
        Column(
            "per_100_clicks",
            "per 100 clicks",
            rate(lambda line: line.per_click, 100),
            kind=Kind.MONEY,
            titled="Per 100 clicks",
            optional=True,
            on_phone=False,
        ),
        Column(
            "per_1000_views",
            "per 1,000 views",
            rate(lambda line: line.per_view, 1000),
            kind=Kind.MONEY,
            titled="Per 1,000 views",
            needs=Fact.VIEWS,
            optional=True,
            room=Room.SPARE,
            on_phone=False,
        ),
        Column(
            "change",
            "Change",
            lambda line: line.change,
            _PAGE,
            kind=Kind.CHANGE,
            optional=True,
            room=Room.SPARE,
            on_phone=False,
        ),
    )


def earning_schemas() -> tuple[str, str]:
    """Return the names of the columns that the API has, and their schemas."""
    return schemas(earning_columns(""), Fact)


def rests(table: EarningsTable) -> Iterator[tuple[Rest, EarningLine]]:
    """Yield what no line of a table has, as far as there is any."""
    for rest, earned in table.rest.items():
        if earned != Earned():
            yield rest, EarningLine(f"({rest.value})", "", earned)


# For programs.


def _currency(currency: str) -> Column[Any]:
    return Column("currency", "", lambda _: currency, _FILE, kind=Kind.TEXT)


def earnings_csv(table: EarningsTable) -> str:
    """Write a table as CSV; what no line has comes last."""
    columns: list[Column[EarningLine]] = [
        *_NAMES,
        *columns_of(earning_columns(table.currency), Output.CSV, Fact),
        _currency(table.currency),
    ]
    return csv_text(columns, [*table.lines, *(line for _, line in rests(table))])


def earnings_json(table: EarningsTable) -> dict[str, Any]:
    """Return a table as JSON takes it."""
    columns = columns_of(earning_columns(table.currency), Output.JSON, Fact)
    return {
        "by": table.by.value,
        "currency": table.currency,
        "since": table.period.since.isoformat(),
        "until": table.period.until.isoformat(),
        "compared": table.compared
        and {
            "since": table.compared.since.isoformat(),
            "until": table.compared.until.isoformat(),
        },
        **json_row(columns, table.whole),
        "rows": [json_row((*_NAMES, *columns), line) for line in table.lines],
        "rest": {line.value: json_row(columns, line) for _, line in rests(table)},
    }


def statement_csv(booked: Iterable[Booked], span: str, currency: str) -> str:
    """Write what was booked in a month or year as CSV, for whoever keeps the books."""
    columns: list[Column[Booked]] = [
        Column("period", "", lambda _: span, _FILE, kind=Kind.TEXT),
        Column("programme", "", lambda row: row.programme, _FILE, kind=Kind.TEXT),
        Column("account", "", lambda row: row.account, _FILE, kind=Kind.TEXT),
        Column("tax", "", lambda row: row.tax, _FILE, kind=Kind.TEXT),
        *_amounts(currency, _booked),
        *_sales(_booked),
        _currency(currency),
    ]
    return csv_text(columns, booked)


# For people.

# More lines than these are for programs.
_MAX_LINES = 20


def earnings_text(table: EarningsTable, width: int) -> str:
    """Write a table, what it leaves, and the whole, for a terminal of `width` cells."""
    told = [line for line in table.lines if line.earned != Earned() or line.clicks]
    shown = told[:_MAX_LINES]
    facts = [Fact.DECLINED, Fact.VIEWS] if table.whole.views else [Fact.DECLINED]
    columns = columns_of(earning_columns(table.currency), Output.TABLE, facts)
    labelled = [(_label(line, table.by), line) for line in shown]
    for rest, line in rests(table):
        left = message(f"stats.earned-rest.{rest}", count=table.unlinked)
        labelled.append((translate(left), line))
    labelled.append((translate(message("stats.earned-whole")), table.whole))
    rows = text_rows(columns, translate(message(f"stats.earned-by.{table.by}")), labelled)
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
    return translate(message("stats.earned-head", since=since, until=until, currency=currency))


def _foot(table: EarningsTable, hidden: int) -> Iterator[str]:
    if hidden:
        yield translate(message("stats.hidden-rows", count=hidden))
    if table.compared and table.compared != table.period:
        since, until = table.compared.since.isoformat(), table.compared.until.isoformat()
        yield translate(message("stats.earned-compared", since=since, until=until))
    for line in table.lines:
        if line.checked:
            yield translate(
                message("stats.earned-missed", tag=line.value, **line.checked._asdict())
            )


def _label(line: EarningLine, by: By) -> str:
    title = " ".join(line.title.split())
    if by in {By.POST, By.PROGRAMME} and title:  # whose value says nothing more
        return title
    return f"{line.value}  {title}".strip()
