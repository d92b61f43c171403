"""Sums of the rows that count, by day, month and year, so that no page reads the rows."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from operator import add, sub
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Connection,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from linkmgr.clicks.periods import Period, month_of
from linkmgr.earnings.reading.model import Origin, ReportKind, Status
from linkmgr.store.db.models import EarningFile, EarningRow, EarningTotal


class Earned(NamedTuple):
    """Rewards in millionths of a currency, and what else the reports have of the same sales.

    `paid` is a part of `confirmed`, and so are its sales. Nothing adds what is confirmed to what is
    pending or declined. `orders` are those of a programme's report of a month's orders where it has
    one, else its sales that are not declined.
    """

    confirmed: int = 0
    paid: int = 0
    pending: int = 0
    declined: int = 0
    confirmed_sales: int = 0
    pending_sales: int = 0
    declined_sales: int = 0
    orders: int = 0

    def __add__(self, other: "Earned") -> "Earned":  # type: ignore[override]
        """Add each to its like, where other tuples are joined."""
        return Earned(*map(add, self, other))

    def __sub__(self, other: "Earned") -> "Earned":
        """Return what is left without a part."""
        return Earned(*map(sub, self, other))


class EarnedBy(StrEnum):
    """What earnings are summed up by; `ALL`, and `SOLD` of all products, have one empty value.

    `BOUGHT` has all that was sold of a product, `PRODUCT` what was over a link to it, or may have
    been.
    """

    ALL = "all"
    SOLD = "sold"
    BOUGHT = "bought"
    PRODUCT = "product"
    TRACKING = "tracking"
    CATEGORY = "category"
    PAGE = "page"
    SUB_ID = "sub-id"


BY_DAY: Final = frozenset(
    {EarnedBy.ALL, EarnedBy.PRODUCT, EarnedBy.TRACKING, EarnedBy.PAGE, EarnedBy.SUB_ID}
)
"""What is summed up by day, too; all else by whole months alone."""


class _SummedPart(NamedTuple):
    """Rows that are summed up by a value."""

    dimension: EarnedBy
    value: ColumnElement[Any]
    wanted: ColumnElement[bool]


def _parts(row: ReadOnlyColumnCollection[str, ColumnElement[Any]]) -> Iterator[_SummedPart]:
    """Yield what the rows of `_counted_rows` are summed up by."""
    empty, linked = literal(""), row.origin != Origin.INDIRECT.value
    yield _SummedPart(EarnedBy.ALL, empty, true())
    yield _SummedPart(EarnedBy.SOLD, empty, row.product != "")
    yield _SummedPart(EarnedBy.BOUGHT, row.product, row.product != "")
    yield _SummedPart(EarnedBy.PRODUCT, row.product, and_(row.product != "", linked))
    yield _SummedPart(EarnedBy.TRACKING, row.tracking, row.tracking != "")
    yield _SummedPart(EarnedBy.CATEGORY, row.category, row.category != "")
    yield _SummedPart(EarnedBy.PAGE, row.referrer, and_(row.money, row.referrer != ""))
    of_place = and_(row.money, row.sub_id != "", row.referrer == "")
    yield _SummedPart(EarnedBy.SUB_ID, row.sub_id, of_place)


def rebuild(connection: Connection, months: Collection[date], programmes: Collection[str]) -> None:
    """Sum up anew what counts of programmes in months, by their first days, and in their years."""
    currency = _currency(connection)
    for month in sorted(months):
        days, span = [f"{day}" for day in month_of(month)], f"{month:%Y-%m}"
        _clear(connection, [*days, span], programmes)
        _sum_up_rows(connection, month_of(month), span, currency, programmes=programmes)
        _sum_up(connection, BY_DAY, days, span, programmes=programmes)
    for year in sorted({f"{month:%Y}" for month in months}):
        _clear(connection, [year], programmes)
        in_year = [f"{year}-{month:02}" for month in range(1, 13)]
        _sum_up(connection, EarnedBy, in_year, year, programmes=programmes)
    if connection.dialect.name == "postgresql":
        # Before autovacuum does so, pages take half as long again.
        connection.execute(text("ANALYZE earning_totals"))


def _clear(connection: Connection, spans: Sequence[str], programmes: Collection[str]) -> None:
    total = EarningTotal
    of_all = total.dimension.in_([by.value for by in EarnedBy])  # by which the key begins
    own = total.span.in_(spans), total.programme.in_(programmes)
    connection.execute(delete(total).where(of_all, *own))


def _currency(connection: Connection) -> SQLColumnExpression[str]:
    """Return the currency of a file: one of orders alone has that of its account's money."""
    of = EarningFile
    money = select(of.programme, of.account, of.currency).where(of.money).order_by(of.rank)
    accounts = {(name, account): currency for name, account, currency in connection.execute(money)}
    return case(
        (of.currency != "", of.currency),
        *(
            (and_(of.programme == name, of.account == account), literal(currency))
            for (name, account), currency in accounts.items()
        ),
        else_="",
    )


_NAMED = ("dimension", "span", "currency", "value", "programme")
_SUMMED = (*_NAMED, *Earned._fields, "title")


def _sum_up_rows(
    connection: Connection,
    days: Period,
    month: str,
    currency: SQLColumnExpression[str],
    *,
    programmes: Collection[str],
) -> None:
    """Sum up the rows of a month, or of each of its days."""
    rows = _counted_rows(connection, days, currency, programmes)
    row = rows.c
    sums = [*(func.sum(row[name]) for name in Earned._fields), func.max(row.title)]
    parts = []
    for part in _parts(row):
        span = cast(row.day, String) if part.dimension in BY_DAY else literal(month)
        named = span, row.currency, part.value, row.programme
        query = select(literal(part.dimension.value), *named, *sums)
        kinds = (column for column in named if not isinstance(column, BindParameter))
        parts.append(query.where(part.wanted).group_by(*kinds))
    connection.execute(insert(EarningTotal).from_select(_SUMMED, union_all(*parts)))


def _counted_rows(
    connection: Connection,
    days: Period,
    currency: SQLColumnExpression[str],
    programmes: Collection[str],
) -> CTE:
    """Return the rows that count, each with what it adds to `Earned`, to be read once."""
    row, of = EarningRow, EarningFile
    counts = row.counted, row.day.between(days.since, days.until)
    is_order = of.kind == ReportKind.FEE_ORDERS.value
    of_file = select(row.id).where(row.file == of.id, *counts).exists()
    reporting = connection.execute(
        select(of.programme, currency).where(is_order, of.programme.in_(programmes), of_file)
    )
    # What was sold is what was ordered where a programme has no report of the month's orders.
    without = (
        not_(and_(of.programme == name, currency == reported)) for name, reported in {*reporting}
    )
    sold = and_(row.status != Status.DECLINED.value, *without)
    orders = case((or_(is_order, sold), func.coalesce(row.orders, row.quantity)), else_=0)
    amounts = zip(Earned._fields, (*money_amounts(), orders), strict=True)
    return (
        select(
            *(row.day, row.product, row.origin, row.tracking, row.category, row.referrer),
            *(row.sub_id, row.title, of.money, of.programme, currency.label("currency")),
            *(amount.label(name) for name, amount in amounts),
        )
        .join(of, of.id == row.file)
        .where(*counts, or_(of.money, is_order), of.programme.in_(programmes))
        .cte("counted_rows")
        .prefix_with("MATERIALIZED")  # or SQLite reads them for each part, in twice the time
    )


def money_amounts() -> Iterator[ColumnElement[int]]:
    """Yield what a row of `earnings` adds to each field of `Earned` but the orders."""
    row = EarningRow
    reward, sales = func.coalesce(row.reward, 0), func.coalesce(row.orders, row.quantity)
    paid, pending, declined = (
        (status.value,) for status in (Status.PAID, Status.PENDING, Status.DECLINED)
    )
    confirmed = (Status.CONFIRMED.value, *paid)
    for amount, kinds in (
        (reward, (confirmed, paid, pending, declined)),
        (sales, (confirmed, pending, declined)),
    ):
        for statuses in kinds:
            yield case((and_(EarningFile.money, row.status.in_(statuses)), amount), else_=0)


def _sum_up(
    connection: Connection,
    dimensions: Iterable[EarnedBy],
    parts: Sequence[str],
    span: str,
    *,
    programmes: Collection[str],
) -> None:
    """Sum up the sums of a month's days, or of a year's months."""
    total = EarningTotal
    named = total.currency, total.value, total.programme
    own = total.span.in_(parts), total.programme.in_(programmes)
    for dimension in dimensions:
        sums = (
            select(
                *(literal(dimension.value), literal(span), *named),
                *(func.sum(getattr(total, name)) for name in Earned._fields),
                func.max(total.title),
            )
            .where(total.dimension == dimension.value, *own)
            .group_by(*named)
        )
        connection.execute(insert(total).from_select(_SUMMED, sums))
