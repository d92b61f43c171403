"""Sums of the rows that count, by day, month and year, so that no page reads the rows."""

from collections.abc import Collection, Iterator
from datetime import date
from enum import StrEnum
from operator import add, sub
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    CTE,
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    MetaData,
    Select,
    SQLColumnExpression,
    String,
    Table,
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
from sqlalchemy.schema import CreateTable, DropTable
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from linkmgr.clicks.periods import Period, month_of
from linkmgr.earnings.database.counted import ORDER, ReportsChange, counted_rows
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
    """What earnings are summed up by.

    The values of `ALL` are `tax account`, the one of `SOLD`, which has all products, is empty.
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
    yield _SummedPart(EarnedBy.ALL, row.tax + " " + row.account, true())
    yield _SummedPart(EarnedBy.SOLD, empty, row.product != "")
    yield _SummedPart(EarnedBy.BOUGHT, row.product, row.product != "")
    yield _SummedPart(EarnedBy.PRODUCT, row.product, and_(row.product != "", linked))
    yield _SummedPart(EarnedBy.TRACKING, row.tracking, row.tracking != "")
    yield _SummedPart(EarnedBy.CATEGORY, row.category, row.category != "")
    yield _SummedPart(EarnedBy.PAGE, row.referrer, and_(row.money, row.referrer != ""))
    of_place = and_(row.money, row.sub_id != "", row.referrer == "")
    yield _SummedPart(EarnedBy.SUB_ID, row.sub_id, of_place)


def sum_up(
    connection: Connection,
    months: Collection[date],
    programmes: Collection[str],
    change: ReportsChange,
) -> None:
    """Sum up what counts of programmes after a change, in months and their years.

    Months are named by their first days. The sums wait in a temporary table for `replace_sums`.
    """
    drop_sums(connection)
    connection.execute(CreateTable(_SUMS))
    currency = _currency(connection, change)
    of_all = [by.value for by in EarnedBy]  # by which the key begins
    for month in sorted(months):
        days, span = month_of(month), f"{month:%Y-%m}"
        rows = _counted_rows(connection, days, programmes, change, currency=currency)
        _sum_up_rows(connection, rows, span)
        of_days = _SUMS.c.span.in_([f"{day}" for day in days])
        _add_up(connection, span, select(_SUMS).where(_SUMS.c.dimension.in_(BY_DAY), of_days))
    for year in sorted({month.year for month in months}):
        of_year = {f"{date(year, month, 1):%Y-%m}" for month in range(1, 13)}
        changed = of_year & {f"{month:%Y-%m}" for month in months}
        kept = select(EarningTotal.__table__).where(
            EarningTotal.dimension.in_(of_all),
            EarningTotal.span.in_(of_year - changed),
            EarningTotal.programme.in_(programmes),
        )
        new = select(_SUMS).where(_SUMS.c.dimension.in_(of_all), _SUMS.c.span.in_(changed))
        _add_up(connection, f"{year}", union_all(kept, new))


def replace_sums(
    connection: Connection, months: Collection[date], programmes: Collection[str]
) -> None:
    """Write what `sum_up` has found in place of the sums that there are."""
    total = EarningTotal
    spans = {f"{month:%Y-%m}" for month in months} | {f"{month:%Y}" for month in months}
    spans |= {f"{day}" for month in months for day in month_of(month)}
    of_all = total.dimension.in_([by.value for by in EarnedBy])  # by which the key begins
    own = total.span.in_(spans), total.programme.in_(programmes)
    connection.execute(delete(total).where(of_all, *own))
    connection.execute(
        insert(total).from_select(_SUMMED, select(*(_SUMS.c[name] for name in _SUMMED)))
    )
    if connection.dialect.name == "postgresql":
        # Before autovacuum does so, pages take half as long again.
        connection.execute(text("ANALYZE earning_totals"))


def drop_sums(connection: Connection) -> None:
    """Delete the temporary table."""
    connection.execute(DropTable(_SUMS, if_exists=True))


def _currency(connection: Connection, change: ReportsChange) -> SQLColumnExpression[str]:
    """Return the currency of a file: one of orders alone has that of its account's money."""
    of = EarningFile
    money = select(of.programme, of.account, of.currency).where(of.money, change.has())
    later_last = connection.execute(money.order_by(*(getattr(of, name) for name in ORDER)))
    accounts = {(name, account): currency for name, account, currency in later_last}
    of_accounts = [
        (and_(of.programme == name, of.account == account), literal(currency))
        for (name, account), currency in accounts.items()
    ]
    return case(
        (of.currency != "", of.currency),
        *of_accounts,
        else_="",
    )


_SUMS = Table(
    "new_earning_totals",
    MetaData(),
    *(
        Column(column.name, column.type, primary_key=column.primary_key)
        for column in EarningTotal.__table__.columns
    ),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)
_NAMED = ("dimension", "span", "currency", "value", "programme")
_SUMMED = (*_NAMED, *Earned._fields, "title")


def _sum_up_rows(connection: Connection, rows: CTE, month: str) -> None:
    """Sum up the rows of a month, or of each of its days."""
    row = rows.c
    sums = [func.sum(row[name]) for name in Earned._fields]
    parts = []
    for part in _parts(row):
        span = cast(row.day, String) if part.dimension in BY_DAY else literal(month)
        named = span, row.currency, part.value, row.programme
        summed = select(literal(part.dimension.value), *named, *sums, func.max(row.title))
        kinds = [kind for kind in named if not isinstance(kind, BindParameter)]
        parts.append(summed.where(part.wanted).group_by(*kinds))
    connection.execute(insert(_SUMS).from_select(_SUMMED, union_all(*parts)))


def _counted_rows(
    connection: Connection,
    days: Period,
    programmes: Collection[str],
    change: ReportsChange,
    *,
    currency: SQLColumnExpression[str],
) -> CTE:
    """Return the rows that count, each with what it adds to `Earned`, to be read once."""
    row, of = EarningRow, EarningFile
    counts = counted_rows(days, programmes, change)
    reward, sales = func.coalesce(row.reward, 0), func.coalesce(row.orders, row.quantity)

    def of_money(amount: ColumnElement[int], *statuses: Status) -> ColumnElement[int]:
        codes = [status.value for status in statuses]
        return case((and_(of.money, row.status.in_(codes)), amount), else_=0)

    is_order = of.kind == ReportKind.FEE_ORDERS.value
    reporting = connection.execute(
        select(of.programme, currency)
        .join(row, row.file == of.id)
        .where(is_order, counts)
        .distinct()
    )
    # What was sold is what was ordered where a programme has no report of the month's orders.
    sold = row.status != Status.DECLINED.value
    for name, code in reporting:
        sold = and_(sold, not_(and_(of.programme == name, currency == code)))
    amounts = {
        "confirmed": of_money(reward, Status.CONFIRMED, Status.PAID),
        "paid": of_money(reward, Status.PAID),
        "pending": of_money(reward, Status.PENDING),
        "declined": of_money(reward, Status.DECLINED),
        "confirmed_sales": of_money(sales, Status.CONFIRMED, Status.PAID),
        "pending_sales": of_money(sales, Status.PENDING),
        "declined_sales": of_money(sales, Status.DECLINED),
        "orders": case((or_(is_order, sold), sales), else_=0),
    }
    return (
        select(
            *(row.day, row.product, row.origin, row.tracking, row.category, row.referrer),
            *(row.sub_id, row.title, of.money, of.programme, currency.label("currency")),
            *(of.account, of.tax),
            *(amounts[name].label(name) for name in Earned._fields),
        )
        .join(of, of.id == row.file)
        .where(counts, or_(of.money, is_order))
        .cte("counted_rows")
        .prefix_with("MATERIALIZED")  # or SQLite reads them for each part, in twice the time
    )


def _add_up(
    connection: Connection,
    span: str,
    parts: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]],
) -> None:
    """Add up the sums of a month's days, or of a year's months."""
    part = parts.subquery().c
    named = part.currency, part.value, part.programme
    summed = select(
        *(part.dimension, literal(span), *named),
        *(func.sum(part[name]) for name in Earned._fields),
        func.max(part.title),
    ).group_by(part.dimension, *named)
    connection.execute(insert(_SUMS).from_select(_SUMMED, summed))
