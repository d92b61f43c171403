"""Which rows of the imported reports count: a function of all files, whatever their order.

A row that names its conversion stands until a later report has the same one. Any other counts if
its report is the latest of those that have its day, of its kind and account, as a whole; days that
no report has as a whole count as the latest has them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from linkmgr.earnings.reading.model import EarningsReport, ReportKind
from linkmgr.store.db.models import EarningFile, EarningRow

_DAY = timedelta(days=1)


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
    rank: int
    currency: str
    tax: str

    def has_whole(self, day: date) -> bool:
        """Whether nothing of a day of the file is missing in it."""
        return self.whole or day not in {self.since, self.until}


_COLUMNS = tuple(getattr(EarningFile, name) for name in FileFacts._fields)


def file_facts(
    connection: Connection, programme: str, account: str, first: int | None = None
) -> list[FileFacts]:
    """Return the files of an account, the latest last; or `first` one of them."""
    query = select(*_COLUMNS).where(
        EarningFile.programme == programme, EarningFile.account == account
    )
    files = sorted(FileFacts(*row) for row in connection.execute(query))
    return sorted(files, key=lambda file: file.id != first) if first else files


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


def settle(connection: Connection, added: Collection[int], removed: int | None = None) -> set[date]:
    """Decide anew what counts of the days and conversions of files.

    Return the months whose sums may have changed, by their first days.
    """
    changed = {*added} | ({removed} if removed is not None else set())
    query = select(EarningFile.programme, EarningFile.account).where(EarningFile.id.in_(changed))
    months: set[date] = set()
    for programme, account in {tuple(row) for row in connection.execute(query)}:
        files = file_facts(connection, programme, account)
        staying = [file for file in files if file.id != removed]
        _rank(connection, staying)
        for file in (facts for facts in files if facts.id in changed):
            months |= _settle_conversions(connection, file, staying)
            _settle_days(connection, file, staying)
            months |= _months(file)
        if _currency(staying) != _currency(file for file in files if file.id not in added):
            months.update(*(_months(file) for file in staying if not file.currency))
    return months


def _months(file: FileFacts) -> set[date]:
    return {day.replace(day=1) for day in _days(file)}


def _currency(files: Iterable[FileFacts]) -> str:
    """Return the currency of an account's money, which its report of orders doesn't have."""
    return next((file.currency for file in sorted(files, reverse=True) if file.money), "")


def _rank(connection: Connection, files: Sequence[FileFacts]) -> None:
    for rank, file in enumerate(files, 1):
        if file.rank != rank:
            row = EarningFile.id == file.id
            connection.execute(update(EarningFile).where(row).values(rank=rank))


# Conversions.


def _settle_conversions(
    connection: Connection, file: FileFacts, files: Iterable[FileFacts]
) -> set[date]:
    """Have each conversion of a file count as the latest of `files` has it."""
    row, of = EarningRow, EarningFile
    own = row.file == file.id, row.conversion != ""
    ids = [facts.id for facts in files if facts.money]
    latest = func.max(of.rank).over(partition_by=row.conversion)
    known = (
        select(row.id, row.counted, (of.rank == latest).label("latest"))
        .join(of, of.id == row.file)
        .where(row.conversion.in_(select(row.conversion).where(*own)), row.file.in_(ids))
        .subquery()
    )
    changed = connection.scalars(
        update(row)
        .where(row.id.in_(select(known.c.id).where(known.c.counted != known.c.latest)))
        .values(counted=~row.counted)
        .returning(row.day)
    )
    days = {*changed, *connection.scalars(select(row.day).where(*own).distinct())}
    return {day.replace(day=1) for day in days}


# Days.


def _settle_days(connection: Connection, file: FileFacts, files: Sequence[FileFacts]) -> None:
    """Have the days of a file count as those of `files` have them that hold there."""
    others = [
        facts
        for facts in files
        if _settled_with(facts.kind) == _settled_with(file.kind)
        and facts.since <= file.until
        and file.since <= facts.until
    ]
    ids = {file.id, *(other.id for other in others)}
    for holding, run in groupby(_days(file), lambda day: _holding(day, others)):
        first, *rest = run
        _count_days(connection, first, rest[-1] if rest else first, holding, others=ids - holding)


def _count_days(
    connection: Connection,
    first: date,
    last: date,
    holding: Collection[int],
    *,
    others: Collection[int],
) -> None:
    for counted, ids in ((True, holding), (False, others)):
        connection.execute(
            update(EarningRow)
            .where(
                EarningRow.file.in_(ids),
                EarningRow.day.between(first, last),
                EarningRow.conversion == "",
                EarningRow.counted.is_(not counted),
            )
            .values(counted=counted)
        )


def _holding(day: date, files: Iterable[FileFacts]) -> frozenset[int]:
    """Return the files whose rows count on a day: of each series one.

    Amazon's old feed holds only where no report of fees does, and has the bounties, too.
    """
    best: dict[str, FileFacts] = {}
    for file in (facts for facts in files if facts.since <= day <= facts.until):
        series = _series(file.kind)
        if series not in best or _weight(file, day) > _weight(best[series], day):
            best[series] = file
    fees = best.get(ReportKind.FEE_EARNINGS)
    if fees and fees.kind == ReportKind.FEED:
        best.pop(ReportKind.BOUNTY, None)
    return frozenset(file.id for file in best.values())


def _weight(file: FileFacts, day: date) -> tuple[bool, bool, FileFacts]:
    return file.has_whole(day), file.kind != ReportKind.FEED, file


def _series(kind: str) -> str:
    """Return the kind of which one file a day counts."""
    return ReportKind.FEE_EARNINGS if kind == ReportKind.FEED else kind


def _settled_with(kind: str) -> str:
    """Return the kind with which another's days are settled, as the one may replace the other."""
    return ReportKind.FEE_EARNINGS if kind == ReportKind.BOUNTY else _series(kind)


def _days(file: FileFacts) -> Iterator[date]:
    return (file.since + n * _DAY for n in range((file.until - file.since).days + 1))
