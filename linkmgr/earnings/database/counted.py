"""Which rows of the imported reports count: a view over all files and rows, whatever their order.

A row that names its conversion stands until a later report has the same one. Any other counts if
its report is the latest of those that have its day, of its kind and account, as a whole; days that
no report has as a whole count as the latest has them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Tuple,
    and_,
    case,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from linkmgr.clicks.periods import Period, month_of
from linkmgr.earnings.reading.model import EarningsReport, ReportKind
from linkmgr.store.db.models import EarningFile, EarningRow

_FILES, _ROWS = EarningFile.__table__, EarningRow.__table__


class ReportsChange(NamedTuple):
    """Reports that are to count from now on, and those that no longer are, by their numbers."""

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()

    def has(self, file: FromClause = _FILES) -> ColumnElement[bool]:
        """Return whether a file is there after the change."""
        return and_(or_(file.c.complete, file.c.id.in_(self.added)), file.c.id.not_in(self.removed))


UNCHANGED = ReportsChange()


def counted_rows(
    days: Period, programmes: Collection[str], change: ReportsChange = UNCHANGED
) -> ColumnElement[bool]:
    """Return whether a row, joined with its file, is of programmes and days and counts.

    That is as it will be after a change.
    """
    row, file = _ROWS.c, _FILES.c
    of_day = _FILES.alias()
    files = select(of_day.c.id).where(of_day.c.programme.in_(programmes), change.has(of_day))
    asked = and_(row.file.in_(files), row.day.between(days.since, days.until))
    other_row, later = _ROWS.alias(), _FILES.alias()
    newer_state = (
        select(other_row.c.id)
        .join(later, later.c.id == other_row.c.file)
        .where(other_row.c.conversion == row.conversion, other_row.c.conversion != "")
        .where(change.has(later), later.c.money, _age(later) > _age(_FILES))
        .correlate(_ROWS, _FILES)
        .exists()
    )
    # Rows have few days: each is asked once for the files whose rows count.
    days_of_files = select(row.file, row.day).where(asked).distinct().subquery().c
    holding = (
        select(days_of_files.file, days_of_files.day)
        .join(of_day, of_day.c.id == days_of_files.file)
        .where(_counts_on(of_day, days_of_files.day, change))
    )
    return and_(
        asked,
        or_(
            and_(row.conversion != "", file.money, not_(newer_state)),
            and_(row.conversion == "", tuple_(row.file, row.day).in_(holding)),
        ),
    )


def _counts_on(
    file: FromClause, day: ColumnElement[date], change: ReportsChange
) -> ColumnElement[bool]:
    """Return whether the rows without conversions count that a file has of a day.

    Amazon's old feed holds only where no report of fees does, and has the bounties, too.
    """
    feed = _FILES.alias()
    with_bounties = (
        select(feed.c.id)
        .where(*_same_account(feed, file), feed.c.kind == ReportKind.FEED.value, _covers(feed, day))
        .where(change.has(feed), _holds_on(feed, day, change))
        .exists()
    )
    is_in_feed = and_(file.c.kind == ReportKind.BOUNTY.value, with_bounties)
    return and_(_holds_on(file, day, change), not_(is_in_feed))


def _holds_on(
    file: FromClause, day: ColumnElement[date], change: ReportsChange
) -> ColumnElement[bool]:
    """Return whether no other file of its series is better on a day."""
    other = _FILES.alias()
    better = (
        select(other.c.id)
        .where(*_same_account(other, file), _series_of(other) == _series_of(file))
        .where(change.has(other), _covers(other, day), _weight(other, day) > _weight(file, day))
        .correlate_except(other)
    )
    return not_(better.exists())


def _same_account(file: FromClause, other: FromClause) -> tuple[ColumnElement[bool], ...]:
    return file.c.programme == other.c.programme, file.c.account == other.c.account


def _covers(file: FromClause, day: ColumnElement[date]) -> ColumnElement[bool]:
    return and_(file.c.since <= day, day <= file.c.until)


def _series_of(file: FromClause) -> ColumnElement[str]:
    """Return the kind of which one file a day counts."""
    is_feed = file.c.kind == ReportKind.FEED.value
    return case((is_feed, ReportKind.FEE_EARNINGS.value), else_=file.c.kind)


def _age(file: FromClause) -> Tuple:
    """Return what the later of two files has more of, in both databases as in `FileFacts`."""
    return tuple_(*(file.c[name] for name in ORDER))


def _weight(file: FromClause, day: ColumnElement[date]) -> Tuple:
    """Return what the better of two files on a day has more of: one that has it whole holds."""
    has_whole = or_(file.c.whole, and_(day != file.c.since, day != file.c.until))
    is_feed = file.c.kind == ReportKind.FEED.value
    by_age = (file.c[name] for name in ORDER)
    return tuple_(case((has_whole, 1), else_=0), case((is_feed, 0), else_=1), *by_age)


def changed_months(connection: Connection, change: ReportsChange) -> set[date]:
    """Return the months whose sums a change may alter, by their first days."""
    changed = {*change.added, *change.removed}
    row, other = _ROWS.c, _ROWS.alias().c
    conversions = select(other.conversion).where(other.file.in_(changed), other.conversion != "")
    days = connection.scalars(
        select(row.day).where(row.conversion.in_(conversions), row.conversion != "").distinct()
    )
    months = {day.replace(day=1) for day in days}
    query = select(EarningFile.programme, EarningFile.account).where(EarningFile.id.in_(changed))
    for programme, account in {tuple(account) for account in connection.execute(query)}:
        before = file_facts(connection, programme, account)
        after = file_facts(connection, programme, account, change)
        for file in {*before} ^ {*after}:
            months.update(_months(file))
        if _currency(before) != _currency(after):
            months.update(month for file in after if not file.currency for month in _months(file))
    return months


def count_replaced(
    connection: Connection,
    months: Iterable[date],
    programmes: Collection[str],
    change: ReportsChange,
) -> dict[int, int]:
    """Return how many rows of each file count no longer after a change."""
    row, file = EarningRow, EarningFile
    replaced: Counter[int] = Counter()
    for month in months:
        days = month_of(month)
        query = (
            select(row.file, func.count())
            .join(file, file.id == row.file)
            .where(counted_rows(days, programmes), not_(counted_rows(days, programmes, change)))
            .group_by(row.file)
        )
        for number, rows in connection.execute(query):
            replaced[number] += rows
    return replaced


# Files, one by one.


class FileFacts(NamedTuple):
    """What decides between files: the later one holds, and of those of one day the fuller one."""

    as_of: date
    until: date
    rows: int
    digest: str
    id: int
    name: str
    kind: str
    since: date
    whole: bool
    dated: bool
    money: bool
    currency: str
    tax: str


ORDER = FileFacts._fields[: FileFacts._fields.index("id") + 1]
"""What says which of two files is the later one."""

_COLUMNS = tuple(getattr(EarningFile, name) for name in FileFacts._fields)


def file_facts(
    connection: Connection, programme: str, account: str, change: ReportsChange = UNCHANGED
) -> list[FileFacts]:
    """Return the files of an account after a change, the latest last."""
    query = select(*_COLUMNS).where(
        EarningFile.programme == programme,
        EarningFile.account == account,
        change.has(),
    )
    return sorted(FileFacts(*row) for row in connection.execute(query))


def shared_edges(connection: Connection, report: EarningsReport) -> tuple[date, ...]:
    """Return which of the days that a report may have in part are in another file, too."""
    period = report.period
    if period.whole or report.by_conversion:
        return ()
    others = [
        file
        for file in file_facts(connection, report.programme, report.account)
        if _series(file.kind) == _series(report.kind)
    ]
    edges = dict.fromkeys((period.first, period.last))
    return tuple(day for day in edges if any(other.since <= day <= other.until for other in others))


def in_conflict(file: FileFacts, other: FileFacts) -> bool:
    """Whether one of two files cannot replace the other day by day, as its rows have no days."""
    if (file.dated and other.dated) or _series(file.kind) != _series(other.kind):
        return False
    if file.until < other.since or other.until < file.since:
        return False
    earlier, later = sorted((file, other))
    return not (later.since <= earlier.since and earlier.until <= later.until)


def _series(kind: str) -> str:
    return ReportKind.FEE_EARNINGS if kind == ReportKind.FEED else kind


def _months(file: FileFacts) -> set[date]:
    return {day.replace(day=1) for day in Period(file.since, file.until)}


def _currency(files: Sequence[FileFacts]) -> str:
    """Return the currency of an account's money, which its report of orders doesn't have."""
    return next((file.currency for file in reversed(files) if file.money), "")
