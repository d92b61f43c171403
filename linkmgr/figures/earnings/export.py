"""Tables of earnings: their columns, and what programs and spreadsheets get of them.

Amounts are exact decimals, written as text.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from linkmgr.earnings.money import Money
from linkmgr.figures.earnings.load import EarningsTable, Line
from linkmgr.reports import (
    EVERYWHERE,
    FOR_PROGRAMS,
    Column,
    Fact,
    Kind,
    Output,
    columns_of,
    csv_text,
    json_row,
    schemas,
)
from linkmgr.store.earnings.figures import Booked
from linkmgr.store.earnings.totals import Earned

_FILE = frozenset({Output.CSV})


class HasEarned(Protocol):
    """A row of money."""

    @property
    def earned(self) -> Earned: ...


def _amounts(currency: str) -> tuple[Column[HasEarned], ...]:
    def money(read: Callable[[Earned], int]) -> Callable[[HasEarned], Money]:
        return lambda row: Money(read(row.earned), currency)

    return (
        Column(
            "confirmed",
            {"en": "confirmed", "ja": "確定"},
            money(lambda earned: earned.confirmed),
            kind=Kind.MONEY,
        ),
        Column("paid", {}, money(lambda earned: earned.paid), FOR_PROGRAMS, kind=Kind.MONEY),
        Column(
            "pending",
            {"en": "pending", "ja": "未確定"},
            money(lambda earned: earned.pending),
            kind=Kind.MONEY,
        ),
        Column(
            "declined",
            {"en": "declined", "ja": "否認"},
            money(lambda earned: earned.declined),
            kind=Kind.MONEY,
        ),
    )


_ORDERS: Column[HasEarned] = Column(
    "orders", {"en": "orders", "ja": "注文"}, lambda row: row.earned.orders
)
_SALES: tuple[Column[HasEarned], ...] = (
    Column("confirmed_sales", {}, lambda row: row.earned.confirmed_sales, FOR_PROGRAMS),
    Column("pending_sales", {}, lambda row: row.earned.pending_sales, FOR_PROGRAMS),
    Column("declined_sales", {}, lambda row: row.earned.declined_sales, FOR_PROGRAMS),
)
_NAMES: tuple[Column[Line], ...] = (
    Column("value", {}, lambda line: line.value, EVERYWHERE, kind=Kind.TEXT),
    Column("title", {}, lambda line: line.title, EVERYWHERE, kind=Kind.TEXT),
)


def earning_columns(currency: str) -> tuple[Column[Line], ...]:
    """Return the columns of a table in a currency; rates are over the `compared` days."""

    def rate(read: Callable[[Line], float | None], times: int) -> Callable[[Line], Money | None]:
        def value(line: Line) -> Money | None:
            micros = read(line)
            return None if micros is None else Money(times * micros, currency)

        return value

    return (
        *_amounts(currency),
        _ORDERS,
        *_SALES,
        Column(
            "clicks", {"en": "clicks", "ja": "クリック"}, lambda line: line.clicks, optional=True
        ),
        Column("views", {}, lambda line: line.views, FOR_PROGRAMS, optional=True),
        Column(
            "per_100_clicks",
            {"en": "per 100 clicks", "ja": "100クリックあたり"},
            rate(lambda line: line.per_click, 100),
            kind=Kind.MONEY,
            optional=True,
        ),
        Column(
            "per_1000_views",
            {"en": "per 1,000 views", "ja": "1,000表示あたり"},
            rate(lambda line: line.per_view, 1000),
            kind=Kind.MONEY,
            needs=Fact.VIEWS,
            optional=True,
        ),
    )


def earning_schemas() -> tuple[str, str]:
    """Return the names of the columns that the API has, and their schemas."""
    return schemas(earning_columns(""), Fact)


def _currency(currency: str) -> Column[Any]:
    return Column("currency", {}, lambda _: currency, _FILE, kind=Kind.TEXT)


def earnings_csv(table: EarningsTable) -> str:
    """Write a table as CSV; what no line has comes last."""
    columns: list[Column[Line]] = [
        *_NAMES,
        *columns_of(earning_columns(table.currency), Output.CSV, Fact),
        _currency(table.currency),
    ]
    return csv_text(columns, [*table.lines, *_rest(table)])


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
        "rest": {line.value: json_row(columns, line) for line in _rest(table)},
    }


def _rest(table: EarningsTable) -> list[Line]:
    return [
        Line(f"({rest.value})", "", earned)
        for rest, earned in table.rest.items()
        if earned != Earned()
    ]


def statement_csv(booked: Iterable[Booked], span: str, currency: str) -> str:
    """Write what was booked in a month or year as CSV, for whoever keeps the books."""
    columns: list[Column[Booked]] = [
        Column("period", {}, lambda _: span, _FILE, kind=Kind.TEXT),
        Column("programme", {}, lambda row: row.programme, _FILE, kind=Kind.TEXT),
        Column("account", {}, lambda row: row.account, _FILE, kind=Kind.TEXT),
        Column("tax", {}, lambda row: row.tax, _FILE, kind=Kind.TEXT),
        *_amounts(currency),
        *_SALES,
        _currency(currency),
    ]
    return csv_text(columns, booked)
