"""Sums of the rows that count, by month and by year, so that no page reads the rows."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    SQLColumnExpression,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
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


ORDERED = "ordered"
"""The status of orders, beside those of money: as a programme's report has them, else its sales."""

CHECKED = "checked"
"""The status of what a programme itself counted as clicks."""


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
    checked = literal(CHECKED)
    days = EarningFile.kind == Kind.FEE_DAILY_TRENDS.value
    tags = EarningFile.kind == Kind.FEE_TRACKING.value
    yield _Part(EarnedBy.ALL, empty, (days,), checked)
    yield _Part(EarnedBy.TRACKING, row.tracking, (tags, row.tracking != ""), checked)


def rebuild(connection: Connection, months: Collection[date]) -> None:
    """Sum up anew what counts in some months, named by their first days, and in their years."""
    years = {f"{month:%Y}" for month in months}
    spans = [*(f"{month:%Y-%m}" for month in months), *years]
    connection.execute(delete(EarningTotal).where(EarningTotal.span.in_(spans)))
    for month in sorted(months):
        for part in _parts():
            _sum_up_month(connection, month, part)
        _take_sales_as_orders(connection, month)
    for year in sorted(years):
        _sum_up_year(connection, year)
    if connection.dialect.name == "postgresql":
        # Before autovacuum does so, pages take half as long again.
        connection.execute(text("ANALYZE earning_totals"))


_SUMMED = tuple(column.name for column in EarningTotal.__table__.columns)


def _sum_up_month(connection: Connection, month: date, part: _Part) -> None:
    row, of, days = EarningRow, EarningFile, month_of(month)
    status = row.status if part.status is None else part.status
    found = (
        select(
            literal(part.dimension.value),
            literal(f"{month:%Y-%m}"),
            of.currency,
            part.value,
            of.programme,
            status,
            func.sum(func.coalesce(row.reward, 0)),
            func.sum(func.coalesce(row.orders, row.quantity)),
            func.sum(func.coalesce(row.clicks, 0)),
            func.max(row.title),
        )
        .join(of, of.id == row.file)
        .where(row.counted, row.day.between(days.since, days.until), *part.wanted)
        .group_by(of.currency, part.value, of.programme, status)
    )
    connection.execute(insert(EarningTotal).from_select(_SUMMED, found))


def _take_sales_as_orders(connection: Connection, month: date) -> None:
    """Sum up as orders what was sold in a month at programmes that have no report of its orders."""
    total, span = EarningTotal, f"{month:%Y-%m}"
    reporting = select(total.programme).where(
        total.dimension == EarnedBy.ALL.value, total.span == span, total.status == ORDERED
    )
    sold = (Status.CONFIRMED.value, Status.PAID.value, Status.PENDING.value)
    named = (total.dimension, total.span, total.currency, total.value, total.programme)
    none = literal(0)
    found = (
        select(
            *named,
            literal(ORDERED),
            none,
            func.sum(total.orders),
            none,
            func.max(total.title),
        )
        .where(total.span == span, total.status.in_(sold), total.programme.not_in(reporting))
        .group_by(*named)
    )
    connection.execute(insert(total).from_select(_SUMMED, found))


def _sum_up_year(connection: Connection, year: str) -> None:
    total, months = EarningTotal, [f"{year}-{month:02}" for month in range(1, 13)]
    named = (total.currency, total.value, total.programme, total.status)
    for dimension in EarnedBy:
        found = (
            select(
                literal(dimension.value),
                literal(year),
                *named,
                func.sum(total.reward),
                func.sum(total.orders),
                func.sum(total.clicks),
                func.max(total.title),
            )
            .where(total.dimension == dimension.value, total.span.in_(months))
            .group_by(*named)
        )
        connection.execute(insert(total).from_select(_SUMMED, found))
