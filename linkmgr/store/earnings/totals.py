"""Sums of the rows that count, by day, month and year, so that no page reads the rows."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import (
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
    select,
    text,
    tuple_,
)

from linkmgr.earnings.model import Kind, Origin, Status
from linkmgr.store.db.models import EarningFile, EarningRow, EarningTotal
from linkmgr.store.figures.periods import month_of


class EarnedBy(StrEnum):
    """What earnings are summed up by; `ALL`, and `SOLD` of all products, have one empty value.

    `PRODUCT` has what was sold over a link to it, or may have been; `BASKET` what was bought
    besides. `UNPLACED` has what no report ascribes to a post: the product of the link, if it is
    known, a space, and the tracking ID.
    """

    ALL = "all"
    SOLD = "sold"
    PRODUCT = "product"
    BASKET = "basket"
    TRACKING = "tracking"
    CATEGORY = "category"
    PAGE = "page"
    SUB_ID = "sub-id"
    UNPLACED = "unplaced"


BY_DAY: Final = frozenset(
    {EarnedBy.ALL, EarnedBy.PRODUCT, EarnedBy.TRACKING, EarnedBy.PAGE, EarnedBy.SUB_ID}
)
"""What is summed up by day, too; all else by whole months alone."""

ORDERED = "ordered"
"""The status of orders, beside those of money: as a programme's report has them, else its sales."""


class _Part(NamedTuple):
    """Rows that are summed up by a value, under their own status or another one."""

    dimension: EarnedBy
    value: SQLColumnExpression[Any]
    wanted: Sequence[SQLColumnExpression[bool]]
    status: SQLColumnExpression[Any] | None = None


def _parts() -> Iterator[_Part]:
    row, empty = EarningRow, literal("")
    money, linked = EarningFile.money, row.origin != Origin.INDIRECT.value
    yield _Part(EarnedBy.ALL, empty, (money,))
    yield _Part(EarnedBy.SOLD, empty, (money, row.product != ""))
    yield _Part(EarnedBy.PRODUCT, row.product, (money, row.product != "", linked))
    yield _Part(EarnedBy.BASKET, row.product, (money, row.product != "", ~linked))
    yield _Part(EarnedBy.TRACKING, row.tracking, (money, row.tracking != ""))
    yield _Part(EarnedBy.CATEGORY, row.category, (money, row.category != ""))
    yield _Part(EarnedBy.PAGE, row.referrer, (money, row.referrer != ""))
    of_place = (money, row.sub_id != "", row.referrer == "")
    yield _Part(EarnedBy.SUB_ID, row.sub_id, of_place)
    of_link = case((linked, row.product), else_="") + " " + row.tracking
    unplaced = (money, row.referrer == "", row.sub_id == "")
    yield _Part(EarnedBy.UNPLACED, of_link, unplaced)
    ordered, orders = literal(ORDERED), EarningFile.kind == Kind.FEE_ORDERS.value
    yield _Part(EarnedBy.ALL, empty, (orders,), ordered)
    yield _Part(EarnedBy.SOLD, empty, (orders, row.product != ""), ordered)
    yield _Part(EarnedBy.PRODUCT, row.product, (orders, row.product != "", linked), ordered)
    yield _Part(EarnedBy.BASKET, row.product, (orders, row.product != "", ~linked), ordered)
    yield _Part(EarnedBy.TRACKING, row.tracking, (orders, row.tracking != ""), ordered)
    yield _Part(EarnedBy.CATEGORY, row.category, (orders, row.category != ""), ordered)


def rebuild(connection: Connection, months: Collection[date]) -> None:
    """Sum up anew what counts in some months, named by their first days, and in their years."""
    currency = _currency(connection)
    for month in sorted(months):
        days, span = [f"{day}" for day in month_of(month)], f"{month:%Y-%m}"
        _clear(connection, [*days, span])
        for part in _parts():
            _sum_up_rows(connection, month, part, currency)
        _take_sales_as_orders(connection, [*days, span])
        _sum_up(connection, BY_DAY, days, span)
    for year in sorted({f"{month:%Y}" for month in months}):
        _clear(connection, [year])
        _sum_up(connection, EarnedBy, [f"{year}-{month:02}" for month in range(1, 13)], year)
    if connection.dialect.name == "postgresql":
        # Before autovacuum does so, pages take half as long again.
        connection.execute(text("ANALYZE earning_totals"))


def _clear(connection: Connection, spans: Sequence[str]) -> None:
    total = EarningTotal
    of_all = total.dimension.in_([each.value for each in EarnedBy])  # by which the key begins
    connection.execute(delete(total).where(of_all, total.span.in_(spans)))


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


_SUMMED = tuple(column.name for column in EarningTotal.__table__.columns)


def _sum_up_rows(
    connection: Connection, month: date, part: _Part, currency: SQLColumnExpression[str]
) -> None:
    """Sum up the rows of a month, or of each of its days."""
    row, of, days = EarningRow, EarningFile, month_of(month)
    status = row.status if part.status is None else part.status
    span = cast(row.day, String) if part.dimension in BY_DAY else literal(f"{month:%Y-%m}")
    found = (
        select(
            literal(part.dimension.value),
            span,
            currency,
            part.value,
            of.programme,
            status,
            func.sum(func.coalesce(row.reward, 0)),
            func.sum(func.coalesce(row.orders, row.quantity)),
            func.max(row.title),
        )
        .join(of, of.id == row.file)
        .where(row.counted, row.day.between(days.since, days.until), *part.wanted)
        .group_by(span, currency, part.value, of.programme, status)
    )
    connection.execute(insert(EarningTotal).from_select(_SUMMED, found))


def _take_sales_as_orders(connection: Connection, spans: Sequence[str]) -> None:
    """Sum up as orders what was sold where a programme has no report of the month's orders."""
    total = EarningTotal
    reporting = select(total.programme, total.currency).where(
        total.dimension == EarnedBy.ALL.value, total.span.in_(spans), total.status == ORDERED
    )
    sold = (Status.CONFIRMED.value, Status.PAID.value, Status.PENDING.value)
    named = (total.dimension, total.span, total.currency, total.value, total.programme)
    found = (
        select(*named, literal(ORDERED), literal(0), func.sum(total.orders), func.max(total.title))
        .where(
            total.dimension.in_([each.value for each in EarnedBy]),
            total.span.in_(spans),
            total.status.in_(sold),
            tuple_(total.programme, total.currency).not_in(reporting),
        )
        .group_by(*named)
    )
    connection.execute(insert(total).from_select(_SUMMED, found))


def _sum_up(
    connection: Connection, dimensions: Iterable[EarnedBy], parts: Sequence[str], span: str
) -> None:
    """Sum up the sums of a month's days, or of a year's months."""
    total = EarningTotal
    named = (total.currency, total.value, total.programme, total.status)
    for dimension in dimensions:
        found = (
            select(
                literal(dimension.value),
                literal(span),
                *named,
                func.sum(total.reward),
                func.sum(total.orders),
                func.max(total.title),
            )
            .where(total.dimension == dimension.value, total.span.in_(parts))
            .group_by(*named)
        )
        connection.execute(insert(total).from_select(_SUMMED, found))
