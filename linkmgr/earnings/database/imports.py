"""Importing reports of earnings, each import as a whole or not at all, and removing them."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any, NamedTuple, TextIO

from sqlalchemy import Connection, Engine, String, delete, func, insert, not_, select, update

from linkmgr.builder.processes import Track, silently
from linkmgr.clicks.periods import Period
from linkmgr.earnings.database.counted import (
    FileFacts,
    ReportsChange,
    changed_months,
    count_replaced,
    file_facts,
    in_conflict,
)
from linkmgr.earnings.database.totals import drop_sums, replace_sums, sum_up
from linkmgr.earnings.money import MICROS
from linkmgr.earnings.reading.model import EarningsReport, ReportRow
from linkmgr.fs import wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.db.engine import add_rows, writing_on
from linkmgr.store.db.models import EarningFile, EarningRow

_MOST_EARNED = 1_000_000_000_000
"""Of what a report's amounts add up to. A database has room for the sums of nine such reports."""

# Rows that are written at once, in a transaction of some 30 ms.
_BATCH = 5_000

# After so many milliseconds an import that has not ended never will.
_LONGEST_IMPORT = 24 * 3600 * 1000


# Of texts, read once: a report may have a million of each.
_LENGTHS = {
    column.name: column.type.length
    for column in (*EarningRow.__table__.columns, EarningFile.__table__.columns["name"])
    if isinstance(column.type, String)
}


_WRITTEN = [column.name for column in EarningRow.__table__.columns if not column.primary_key]


class Replaced(NamedTuple):
    """An earlier report of which rows no longer count, as a later one has them."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Imported:
    """A report after its import."""

    report: EarningsReport

    file: int | None
    """Its number, by which it is taken back; `None` if it was there already and changed nothing."""

    month: date
    """The first day of the month that has most of its rows."""

    replaced: tuple[Replaced, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return for programs what was imported, and what is to be said of it."""
        report = self.report
        return {
            "file": self.file,
            "month": f"{self.month:%Y-%m}",
            "rows": report.count,
            "first": report.period.first.isoformat(),
            "last": report.period.last.isoformat(),
            "currency": report.currency if report.money else "",
            "replaced": [[other.name, other.rows] for other in self.replaced],
            "said": [text.to_json() for text in (report.source, *report.dropped)],
        }


def import_reports(
    engine: Engine,
    reports: Iterable[EarningsReport],
    user: str,
    now: int,
    *,
    track: Track = silently,
) -> list[Imported]:
    """Import reports, all of them or none, at a time in milliseconds since 1970.

    Their rows are written piece by piece, and count once all are there and summed up: others never
    wait for long. Raise LinkmgrError, also of what reading them on raises; nothing is changed then.
    """
    with TemporaryFile("w+", encoding="ascii", newline="\n") as kept:
        read = [_read(report, kept, track) for report in reports]
        kept.seek(0)
        with engine.connect() as connection:
            _delete_abandoned(connection, now)
            added: list[int | None] = []
            try:
                for waiting in read:
                    known = ReportsChange(added=tuple(file for file in added if file))
                    added.append(_add_file(connection, waiting, known, user=user, now=now))
                    _add_rows(connection, added[-1], waiting, kept)
                new = tuple(file for file in added if file)
                programmes = {waiting.report.programme for waiting in read}
                replaced = _count_change(connection, ReportsChange(added=new), programmes)
            except BaseException:
                _delete_files(connection, [file for file in added if file])
                raise
            imported = []
            for waiting, file in zip(read, added, strict=True):
                month = _month_of(connection, file) if file else None
                month = month or waiting.report.period.last.replace(day=1)
                imported.append(Imported(waiting.report, file, month))
    if new:
        last = max(place for place, file in enumerate(added) if file)
        imported[last] = replace(imported[last], replaced=replaced)
    return imported


def _count_change(
    connection: Connection, change: ReportsChange, programmes: Collection[str]
) -> tuple[Replaced, ...]:
    """Have files count, or count no longer; return the files of which rows are replaced.

    All is summed up before the transaction that writes: that one only has to be the next one.
    """
    while True:
        with connection.begin():
            before = _complete_files(connection, programmes)
            months = changed_months(connection, change)
            rows = count_replaced(connection, months, programmes, change)
            sum_up(connection, months, programmes, change)
        with writing_on(connection):
            is_next = _complete_files(connection, programmes) == before
            if is_next:
                replace_sums(connection, months, programmes)
                for files, complete in ((change.added, True), (change.removed, False)):
                    own = EarningFile.id.in_(files)
                    connection.execute(update(EarningFile).where(own).values(complete=complete))
        with connection.begin():
            drop_sums(connection)
            if is_next:
                return _replaced(connection, rows)


def _complete_files(connection: Connection, programmes: Collection[str]) -> set[int]:
    file = EarningFile
    query = select(file.id).where(file.complete, file.programme.in_(programmes))
    return {*connection.scalars(query)}


def _replaced(connection: Connection, rows: Mapping[int, int]) -> tuple[Replaced, ...]:
    """Return the names of files that have rows which no longer count, the latest first."""
    query = select(EarningFile.id, EarningFile.name).where(EarningFile.id.in_(rows))
    names = connection.execute(query.order_by(EarningFile.id.desc()))
    return tuple(Replaced(name, rows[file]) for file, name in names)


def _month_of(connection: Connection, file: int) -> date | None:
    """Return the month that has most rows of a file, the later one of two; `None` without rows."""
    query = select(EarningRow.day, func.count()).where(EarningRow.file == file)
    rows: Counter[date] = Counter()
    for day, count in connection.execute(query.group_by(EarningRow.day)):
        rows[day.replace(day=1)] += count
    return max(rows, key=lambda month: (rows[month], month), default=None)


def remove_file(engine: Engine, file: int) -> bool:
    """Undo the import of a report: what it replaced counts again. Return whether it was there."""
    with engine.connect() as connection:
        with connection.begin():
            query = select(EarningFile.programme).where(EarningFile.id == file)
            programme = connection.scalar(query.where(EarningFile.complete))
        if programme is None:
            return False
        _count_change(connection, ReportsChange(removed=(file,)), {programme})
        _delete_files(connection, [file])
        return True


def _delete_abandoned(connection: Connection, now: int) -> None:
    """Delete the files whose import, or whose removal, was killed."""
    file = EarningFile
    with connection.begin():
        query = select(file.id).where(not_(file.complete), file.time < now - _LONGEST_IMPORT)
        files = [*connection.scalars(query)]
    _delete_files(connection, files)


def _delete_files(connection: Connection, files: Iterable[int]) -> None:
    """Delete files that don't count, with their rows, piece by piece."""
    row = EarningRow
    for file in files:
        some = select(row.id).where(row.file == file).limit(_BATCH)
        is_left = True
        while is_left:
            with writing_on(connection):
                is_left = connection.execute(delete(row).where(row.id.in_(some))).rowcount > 0
        with writing_on(connection):
            connection.execute(delete(EarningFile).where(EarningFile.id == file))


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A report as it was imported; `time` is in milliseconds since 1970."""

    id: int
    name: str
    kind: str
    programme: str
    account: str
    currency: str
    as_of: date
    since: date
    until: date
    rows: int
    time: int

    @property
    def period(self) -> Period:
        """The days that it covers."""
        return Period(self.since, self.until)


_COLUMNS = tuple(getattr(EarningFile, name) for name in ImportedFile.__dataclass_fields__)


def imported_files(connection: Connection) -> list[ImportedFile]:
    """Return the imported reports, those imported last first."""
    query = select(*_COLUMNS).where(EarningFile.complete).order_by(EarningFile.id.desc())
    return [ImportedFile(**row) for row in connection.execute(query).mappings()]


def known_currency(connection: Connection, programme: str, account: str) -> str | None:
    """Return the currency of an account's latest report that has one, `None` before its first."""
    query = (
        select(EarningFile.currency)
        .where(
            EarningFile.complete,
            EarningFile.programme == programme,
            EarningFile.account == account,
            EarningFile.currency != "",
        )
        .order_by(EarningFile.id.desc())
        .limit(1)
    )
    return connection.scalar(query)


class _Read(NamedTuple):
    """A report whose rows wait to be written, in `batches` lines of JSON; `dated` if they are."""

    report: EarningsReport
    digest: str
    dated: bool
    batches: int


def _read(report: EarningsReport, kept: TextIO, track: Track) -> _Read:
    """Read and check the rows of a report, which are kept in a file.

    In the transaction it would keep all others from writing until it is done.
    """
    digest, dated, batches = sha256(), report.by_conversion or not report.count, 0
    sums = [0, 0]
    rows = track(report.rows, message("store.earnings-importing", file=report.name), report.count)
    for batch in _batches(rows):
        dated = dated or any(row.day for row in batch)
        stored = [_row_values(row, report) for row in batch]
        text = json.dumps([[*values.values()] for values in stored])
        digest.update(text.encode())
        with wrap_write_errors(Path(gettempdir())):
            kept.write(f"{text}\n")
            kept.flush()
        batches += 1
        for place, name in enumerate(("reward", "revenue")):
            sums[place] += sum(abs(values[name] or 0) for values in stored)
        _refuse_too_much(report, max(sums))
    return _Read(report, digest.hexdigest(), dated, batches)


def _add_file(
    connection: Connection, read: _Read, known: ReportsChange, *, user: str, now: int
) -> int | None:
    """Add a report without its rows; `None` if it is there already. Raise LinkmgrError."""
    report, period = read.report, read.report.period
    new = FileFacts(
        as_of=report.as_of,
        until=period.last,
        rows=report.count,
        digest=read.digest,
        id=0,
        name=_cut(report.name, "name"),
        kind=report.kind,
        since=period.first,
        whole=period.whole,
        dated=read.dated,
        money=report.money,
        currency=report.currency,
        tax=report.tax.value,
    )
    values: dict[str, Any] = new._asdict() | {"time": now, "user": user, "complete": False}
    values |= {"programme": report.programme, "account": report.account}
    del values["id"]
    with writing_on(connection):
        others = file_facts(connection, report.programme, report.account, known)
        if any(other._replace(id=0, name=new.name) == new for other in others):
            return None
        _refuse_conflict(new, others)
        (file,) = connection.execute(insert(EarningFile), values).inserted_primary_key or (0,)
        return int(file)


def _add_rows(connection: Connection, file: int | None, read: _Read, kept: TextIO) -> None:
    """Write the rows of a report, or pass those over of one that is there already."""
    for _ in range(read.batches):
        rows = json.loads(kept.readline())
        if file:
            with writing_on(connection):
                add_rows(
                    connection, EarningRow.__tablename__, _WRITTEN, ((file, *row) for row in rows)
                )


def _refuse_too_much(report: EarningsReport, micros: int) -> None:
    """Raise LinkmgrError for a sum that nobody earns."""
    if micros > _MOST_EARNED * MICROS:
        raise LinkmgrError(message("store.earnings-too-much", file=report.name, most=_MOST_EARNED))


def _refuse_conflict(file: FileFacts, others: Iterable[FileFacts]) -> None:
    """Raise LinkmgrError where the rows of two files have no days and share some of their days."""
    for other in others:
        if in_conflict(file, other):
            raise LinkmgrError(
                message(
                    "store.earnings-conflict",
                    file=file.name,
                    other=other.name,
                    since=other.since.isoformat(),
                    until=other.until.isoformat(),
                )
            )


def _batches(rows: Iterable[ReportRow]) -> Iterator[Sequence[ReportRow]]:
    waiting = iter(rows)
    while batch := [*islice(waiting, _BATCH)]:
        yield batch


def _row_values(row: ReportRow, report: EarningsReport) -> dict[str, Any]:
    return {
        "day": _day(row, report).isoformat(),
        "status": row.status.value,
        "conversion": row.conversion,
        "occurred": row.occurred and row.occurred.isoformat(),
        "shipped": row.shipped and row.shipped.isoformat(),
        "confirmed": row.confirmed and row.confirmed.isoformat(),
        "quantity": row.quantity,
        "returns": row.returns,
        "reward": _micros(row.reward),
        "revenue": _micros(row.revenue),
        "tracking": _cut(row.tracking, "tracking"),
        "product": _cut(row.product, "product"),
        "title": _cut(row.title, "title"),
        "category": _cut(row.category, "category"),
        "advertiser": _cut(row.advertiser, "advertiser"),
        "referrer": _cut(row.referrer, "referrer"),
        "sub_id": _cut(row.sub_id, "sub_id"),
        "origin": row.origin.value,
        "link_type": _cut(row.link_type, "link_type"),
        "clicks": row.clicks,
        "orders": row.orders,
    }


def _day(row: ReportRow, report: EarningsReport) -> date:
    """Return the day of a row: the one within the report's days, if it has several.

    Raise LinkmgrError where no file could ever replace it, as it is on none of these days.
    """
    period = report.period
    if row.day is None:
        return period.last
    days = (day for day in (row.day, row.shipped, row.confirmed) if day)
    within = next((day for day in days if period.first <= day <= period.last), None)
    if within is None and not row.conversion:
        raise LinkmgrError(
            message(
                "store.earnings-outside",
                file=report.name,
                day=row.day.isoformat(),
                since=period.first.isoformat(),
                until=period.last.isoformat(),
            )
        )
    return within or row.day


def _micros(amount: Decimal | None) -> int | None:
    return None if amount is None else int((amount * MICROS).to_integral_value())


def _cut(text: str, column: str) -> str:
    return text.replace("\0", "")[: _LENGTHS[column]]  # PostgreSQL takes it in no text
