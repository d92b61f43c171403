"""What was earned in some days, by one query however many sales there are."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, true

from linkmgr.clicks.periods import Period, month_of, year_of
from linkmgr.earnings.database.counted import counted_rows
from linkmgr.earnings.database.totals import Earned, EarnedBy
from linkmgr.earnings.reading.model import ReportKind
from linkmgr.store.db.engine import is_one_of, sum_of
from linkmgr.store.db.models import EarningFile, EarningRow, EarningTotal


class EarningSource(NamedTuple):
    """A value of a dimension at a programme."""

    programme: str
    value: str


class EarnedRow(NamedTuple):
    """What a value earned; `title` is that of a product in the reports."""

    title: str
    earned: Earned


_TOTAL = EarningTotal
_SOURCE = _TOTAL.programme, _TOTAL.value
_AMOUNTS = tuple(getattr(_TOTAL, name) for name in Earned._fields)
_SUMS = tuple(sum_of(amount).label(amount.name) for amount in _AMOUNTS)


def _select_sources(dimension: EarnedBy, period: Period, currency: str) -> Select[*tuple[Any, ...]]:
    """Select what each value of a dimension earned in a period.

    A whole month or year is summed up already: to group its 100,000 products takes three times as
    long as to read them.
    """
    spans = spans_of(period)
    within = _within(dimension, spans, currency)
    if len(spans) == 1:
        return select(*_SOURCE, _TOTAL.title, *_AMOUNTS).where(*within)
    return select(*_SOURCE, func.max(_TOTAL.title), *_SUMS).where(*within).group_by(*_SOURCE)


def earned_by(
    connection: Connection,
    dimension: EarnedBy,
    period: Period,
    currency: str,
    *,
    values: Collection[str] | None = None,
) -> dict[EarningSource, EarnedRow]:
    """Return what each value earned in a period, or what some values did.

    The period has whole months, or, where the dimension is one of `BY_DAY`, any days.
    """
    query = _select_sources(dimension, period, currency)
    if values is not None:
        query = query.where(is_one_of(connection, _TOTAL.value, values))
    return {
        EarningSource(programme, value): EarnedRow(title, Earned(*amounts))
        for programme, value, title, *amounts in connection.execute(query)
    }


def confirmed_in(
    connection: Connection,
    programme: str,
    spans: Sequence[str],
    currency: str,
    *,
    products: Collection[str],
) -> dict[str, int]:
    """Return what was confirmed in each span of a programme's products that links led to."""
    query = (
        select(_TOTAL.span, sum_of(_TOTAL.confirmed))
        .where(*_within(EarnedBy.PRODUCT, spans, currency))
        # Not by the index: PostgreSQL would look up each product in each span.
        .where(
            _TOTAL.programme == programme, is_one_of(connection, _TOTAL.value, products).is_(true())
        )
        .group_by(_TOTAL.span)
    )
    rows = connection.execute(query)
    return {span: micros for span, micros in rows}  # noqa: C416 - a Row is a tuple to mypy


def count_bought(connection: Connection, period: Period, currency: str) -> int:
    """Return how many products were sold."""
    bought = _select_sources(EarnedBy.BOUGHT, period, currency).subquery()
    return connection.scalar(select(func.count()).select_from(bought)) or 0


def top_unlinked(
    connection: Connection, period: Period, currency: str, linked: Collection[str], *, limit: int
) -> dict[EarningSource, EarnedRow]:
    """Return the products of which none is `linked`, those that earned most first."""
    bought = _select_sources(EarnedBy.BOUGHT, period, currency).subquery().c
    best = (
        select(bought.value)
        .where(or_(bought.confirmed != 0, bought.pending != 0))
        .order_by(bought.confirmed.desc(), bought.pending.desc(), bought.value)
        # To compare each with those that are linked takes as long again as to sum them up.
        .limit(limit + len(linked))
    )
    known = frozenset(linked)
    values = [value for value in connection.scalars(best) if value not in known][:limit]
    rows = earned_by(connection, EarnedBy.BOUGHT, period, currency, values=values)
    places = {value: place for place, value in enumerate(values)}
    return dict(sorted(rows.items(), key=lambda pair: places[pair[0].value]))


def earned_in(connection: Connection, period: Period, currency: str) -> dict[str, Earned]:
    """Return what was earned in each month of a period that has any, as `2026-01`."""
    query = (
        select(_TOTAL.span, *_SUMS)
        .where(*_within(EarnedBy.ALL, sorted({f"{day:%Y-%m}" for day in period}), currency))
        .group_by(_TOTAL.span)
        .order_by(_TOTAL.span)
    )
    return {month: Earned(*amounts) for month, *amounts in connection.execute(query)}


class Booked(NamedTuple):
    """What an account of a programme booked, with the tax that its report says is in it."""

    programme: str
    account: str
    tax: str
    earned: Earned


def statement(connection: Connection, period: Period, currency: str) -> list[Booked]:
    """Return what was booked in whole months, by programme, account and tax."""
    booked = []
    for source, row in earned_by(connection, EarnedBy.ALL, period, currency).items():
        tax, _, account = source.value.partition(" ")
        earned = row.earned._replace(orders=0)  # which a report without money has, too
        if earned != Earned():
            booked.append(Booked(source.programme, account, tax, earned))
    return sorted(booked)


def currencies(connection: Connection) -> list[str]:
    """Return the currencies of imported money, that of the latest report first."""
    query = (
        select(EarningFile.currency)
        .where(EarningFile.complete, EarningFile.money)
        .group_by(EarningFile.currency)
        .order_by(func.max(EarningFile.id).desc())
    )
    return [*connection.scalars(query)]


def earned_since(connection: Connection) -> date | None:
    """Return the first day of the first month that has earnings, `None` without any."""
    month = connection.scalar(
        select(func.min(_TOTAL.span)).where(
            _TOTAL.dimension == EarnedBy.ALL.value, func.length(_TOTAL.span) == len("2026-01")
        )
    )
    return date.fromisoformat(f"{month}-01") if month else None


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
    of_money = EarningFile.complete, EarningFile.money
    return connection.scalar(query.where(*of_money, EarningFile.since <= before))


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
            file.complete,
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
    clicks: Counter[str]


def own_clicks(connection: Connection, period: Period) -> list[OwnClicks]:
    """Return what programmes' reports of tracking IDs have whose days are all in a period.

    Reports of an account that follow each other without a gap are one: an ID that was not clicked
    is not in each of them.
    """
    row, file = EarningRow, EarningFile
    reports = connection.execute(
        select(file.id, file.programme, file.account, file.since, file.until)
        .where(
            file.complete,
            file.kind == ReportKind.FEE_TRACKING.value,
            file.since >= period.since,
            file.until <= period.until,
        )
        .order_by(file.programme, file.account, file.since)
    ).all()
    counted: dict[int, Counter[str]] = {}
    query = (
        select(row.file, row.tracking, func.sum(func.coalesce(row.clicks, 0)))
        .join(file, file.id == row.file)
        .where(file.id.in_([report.id for report in reports]), row.tracking != "")
        .where(counted_rows(period, {report.programme for report in reports}))
        .group_by(row.file, row.tracking)
    )
    for number, tag, clicks in connection.execute(query):
        counted.setdefault(number, Counter())[tag] = int(clicks)
    periods: list[OwnClicks] = []
    account, following = None, date.min
    for report in reports:
        if report.id not in counted:
            continue
        since, before = report.since, Counter[str]()
        if account == (report.programme, report.account) and since == following:
            joined = periods.pop()
            since, before = joined.days.since, joined.clicks
        periods.append(OwnClicks(Period(since, report.until), before + counted[report.id]))
        account = report.programme, report.account
        following = report.until + timedelta(days=1)
    return periods


def _within(
    dimension: EarnedBy, spans: Sequence[str], currency: str
) -> tuple[ColumnElement[bool], ...]:
    return _TOTAL.dimension == dimension.value, _TOTAL.span.in_(spans), _TOTAL.currency == currency


def spans_of(period: Period) -> list[str]:
    """Return the spans whose sums a period has: whole years, months, and days at its ends."""
    spans, day = [], period.since
    while day <= period.until:
        year, month = year_of(day), month_of(day)
        if year.since == day and year.until <= period.until:
            spans.append(f"{day:%Y}")
            last = year.until
        elif month.since == day and month.until <= period.until:
            spans.append(f"{day:%Y-%m}")
            last = month.until
        else:
            spans.append(f"{day}")
            last = day
        day = last + timedelta(days=1)
    return spans
