"""What was earned in some days, by one query however many sales there are."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from linkmgr.earnings.model import Kind, Status
from linkmgr.store.db.engine import is_one_of
from linkmgr.store.db.models import EarningFile, EarningRow, EarningTotal
from linkmgr.store.earnings.totals import EarnedBy
from linkmgr.store.figures.periods import Period, month_of, year_of


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
        return Earned(*(whole - part for whole, part in zip(self, other, strict=True)))


class Source(NamedTuple):
    """A value of a dimension at a programme."""

    programme: str
    value: str


@dataclass(frozen=True, slots=True)
class EarnedRow:
    """What a value earned; `title` is that of a product in the reports."""

    title: str
    earned: Earned


_TOTAL = EarningTotal
_NUMBERS = (func.sum(_TOTAL.reward), func.sum(_TOTAL.orders))


def earned_by(
    connection: Connection,
    dimension: EarnedBy,
    period: Period,
    currency: str,
    values: Collection[str] | None = None,
) -> dict[Source, EarnedRow]:
    """Return what each value earned in a period, or what some values did.

    The period has whole months, or, where the dimension is one of `BY_DAY`, any days.
    """
    query = (
        select(_TOTAL.programme, _TOTAL.value, _TOTAL.status, func.max(_TOTAL.title), *_NUMBERS)
        .where(*_within((dimension,), period, currency))
        .group_by(_TOTAL.programme, _TOTAL.value, _TOTAL.status)
    )
    if values is not None:
        query = query.where(is_one_of(connection, _TOTAL.value, values))
    rows: dict[Source, EarnedRow] = {}
    for programme, value, status, title, *numbers in connection.execute(query):
        source, earned = Source(programme, value), _earned(status, numbers)
        if known := rows.get(source):
            rows[source] = EarnedRow(known.title or title, known.earned + earned)
        else:
            rows[source] = EarnedRow(title, earned)
    return rows


_SOLD = (EarnedBy.PRODUCT, EarnedBy.BASKET)
_CONFIRMED = (Status.CONFIRMED.value, Status.PAID.value)
_EARNING = (*_CONFIRMED, Status.PENDING.value)
_REWARD_OF = {
    "confirmed": case((_TOTAL.status.in_(_CONFIRMED), _TOTAL.reward), else_=0),
    "pending": case((_TOTAL.status == Status.PENDING.value, _TOTAL.reward), else_=0),
}


def count_sold_beside(connection: Connection, period: Period, currency: str) -> int:
    """Return how many products were bought beside what a link led to."""
    sold = (
        select(_TOTAL.value)
        .where(
            _TOTAL.dimension == EarnedBy.BASKET.value,
            _TOTAL.span.in_(_spans(period)),
            _TOTAL.currency == currency,
        )
        .distinct()
    )
    return connection.scalar(select(func.count()).select_from(sold.subquery())) or 0


def top_unlinked(
    connection: Connection, period: Period, currency: str, linked: Collection[str], limit: int
) -> dict[Source, EarnedRow]:
    """Return the products of which none is `linked`, those that earned most first."""
    best = (
        select(_TOTAL.value)
        .where(*_within(_SOLD, period, currency), _TOTAL.status.in_(_EARNING))
        .group_by(_TOTAL.value)
        .order_by(*(func.sum(each).desc() for each in _REWARD_OF.values()), _TOTAL.value)
        # To compare each with those that are linked takes as long again as to sum them up.
        .limit(limit + len(linked))
    )
    known = frozenset(linked)
    values = [value for value in connection.scalars(best) if value not in known][:limit]
    rows: dict[Source, EarnedRow] = {}
    for dimension in _SOLD:
        for source, row in earned_by(connection, dimension, period, currency, values).items():
            other = rows.get(source)
            rows[source] = EarnedRow(row.title, row.earned + other.earned) if other else row
    return dict(sorted(rows.items(), key=lambda each: values.index(each[0].value)))


def earned_in(connection: Connection, period: Period, currency: str) -> dict[str, Earned]:
    """Return what was earned in each month of a period that has any, as `2026-01`."""
    kinds = _TOTAL.span, _TOTAL.status
    query = (
        select(*kinds, *_NUMBERS)
        .where(
            _TOTAL.dimension == EarnedBy.ALL.value,
            _TOTAL.currency == currency,
            _TOTAL.span.in_(_months(period)),
        )
        .group_by(*kinds)
    )
    months: dict[str, Earned] = {}
    for month, status, *numbers in connection.execute(query):
        months[month] = months.get(month, Earned()) + _earned(status, numbers)
    return dict(sorted(months.items()))


class Booked(NamedTuple):
    """What an account of a programme booked, with the tax that its report says is in it."""

    programme: str
    account: str
    tax: str
    earned: Earned


def statement(connection: Connection, period: Period, currency: str) -> list[Booked]:
    """Return what was booked in a period, by programme, account and tax."""
    row, file = EarningRow, EarningFile
    kinds = file.programme, file.account, file.tax, row.status
    query = (
        select(*kinds, func.sum(func.coalesce(row.reward, 0)), func.sum(row.quantity))
        .join(file, file.id == row.file)
        .where(
            row.counted,
            file.money,
            file.currency == currency,
            row.day.between(period.since, period.until),
        )
        .group_by(*kinds)
    )
    sums: dict[tuple[str, str, str], Earned] = {}
    for programme, account, tax, status, *numbers in connection.execute(query):
        key = programme, account, tax
        sums[key] = sums.get(key, Earned()) + _earned(status, numbers)
    return [Booked(*key, earned) for key, earned in sorted(sums.items())]


def currencies(connection: Connection) -> list[str]:
    """Return the currencies of imported money, that of the latest report first."""
    query = (
        select(EarningFile.currency)
        .where(EarningFile.money)
        .group_by(EarningFile.currency)
        .order_by(func.max(EarningFile.id).desc())
    )
    return [*connection.scalars(query)]


def earned_since(connection: Connection) -> date | None:
    """Return the first day of the first month that has earnings, `None` without any."""
    found = connection.scalar(
        select(func.min(_TOTAL.span)).where(
            _TOTAL.dimension == EarnedBy.ALL.value, func.length(_TOTAL.span) == len("2026-01")
        )
    )
    return date.fromisoformat(f"{found}-01") if found else None


def latest_earning_month(connection: Connection, currency: str) -> str | None:
    """Return the latest month with earnings in a currency as `2026-01`, `None` without any."""
    return connection.scalar(
        select(func.max(_TOTAL.span)).where(
            _TOTAL.dimension == EarnedBy.ALL.value,
            _TOTAL.currency == currency,
            func.length(_TOTAL.span) == len("2026-01"),
        )
    )


def reported_until(connection: Connection, before: date = date.max) -> date | None:
    """Return the last day that a report of earnings covers, `None` without any report.

    Reports that begin after the day `before` are left out.
    """
    query = select(func.max(EarningFile.until))
    return connection.scalar(query.where(EarningFile.money, EarningFile.since <= before))


class ReportDays(NamedTuple):
    """The days of a report of money; one that is not `dated` has them as a whole alone."""

    programme: str
    account: str
    since: date
    until: date
    dated: bool


def report_days(connection: Connection, currency: str, period: Period) -> list[ReportDays]:
    """Return the days of the reports that have some of a period, by account and first day."""
    file = EarningFile
    query = (
        select(file.programme, file.account, file.since, file.until, file.dated)
        .where(
            file.money,
            file.currency == currency,
            file.since <= period.until,
            file.until >= period.since,
        )
        .order_by(file.programme, file.account, file.since)
    )
    return [ReportDays(*row) for row in connection.execute(query)]


class OwnClicks(NamedTuple):
    """The clicks that a programme itself counted in some days, by tracking ID."""

    days: Period
    clicks: Mapping[str, int]


def own_clicks(connection: Connection, period: Period) -> list[OwnClicks]:
    """Return what programmes' reports of tracking IDs have whose days are all in a period.

    Reports of an account that follow each other without a gap are one: an ID that was not clicked
    is not in each of them.
    """
    row, file = EarningRow, EarningFile
    reports = connection.execute(
        select(file.id, file.programme, file.account, file.since, file.until)
        .where(
            file.kind == Kind.FEE_TRACKING.value,
            file.since >= period.since,
            file.until <= period.until,
        )
        .order_by(file.programme, file.account, file.since)
    ).all()
    counted: dict[int, dict[str, int]] = {}
    query = (
        select(row.file, row.tracking, func.sum(func.coalesce(row.clicks, 0)))
        .where(row.file.in_([each.id for each in reports]), row.counted, row.tracking != "")
        .group_by(row.file, row.tracking)
    )
    for number, tag, clicks in connection.execute(query):
        counted.setdefault(number, {})[tag] = int(clicks)
    found: list[OwnClicks] = []
    last: object = None
    for number, *account, since, until in (each for each in reports if each.id in counted):
        joined = found.pop() if last == (*account, since - timedelta(days=1)) else None
        sums = Counter(counted[number]) + Counter(joined.clicks if joined else {})
        found.append(OwnClicks(Period(joined.days.since if joined else since, until), sums))
        last = *account, until
    return found


def _within(
    dimensions: Iterable[EarnedBy], period: Period, currency: str
) -> Iterable[ColumnElement[bool]]:
    yield _TOTAL.dimension.in_([each.value for each in dimensions])
    yield _TOTAL.span.in_(_spans(period))
    yield _TOTAL.currency == currency


def _spans(period: Period) -> list[str]:
    """Return the spans whose sums a period has: whole years, months, and days at its ends."""
    spans, day = [], period.since
    while day <= period.until:
        spans_of_day = (
            (year_of(day), f"{day:%Y}"),
            (month_of(day), f"{day:%Y-%m}"),
            (Period(day, day), f"{day}"),
        )
        days, span = next(
            (days, span)
            for days, span in spans_of_day
            if days.since == day and days.until <= period.until
        )
        spans.append(span)
        day = days.until + timedelta(days=1)
    return spans


def _months(period: Period) -> list[str]:
    months, day = [], period.since
    while day <= period.until:
        months.append(f"{day:%Y-%m}")
        day = month_of(day).until + timedelta(days=1)
    return months


def _earned(status: str, numbers: Iterable[Any]) -> Earned:
    """Return what the sums of a status say; PostgreSQL's are decimals."""
    reward, sales = map(int, numbers)
    match status:
        case Status.CONFIRMED:
            return Earned(confirmed=reward, confirmed_sales=sales)
        case Status.PAID:
            return Earned(confirmed=reward, paid=reward, confirmed_sales=sales)
        case Status.PENDING:
            return Earned(pending=reward, pending_sales=sales)
        case Status.DECLINED:
            return Earned(declined=reward, declined_sales=sales)
    return Earned(orders=sales)
