"""Importing reports of earnings, each import as a whole or not at all, and removing them."""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any, NamedTuple, TextIO

from sqlalchemy import Connection, Engine, String, delete, func, insert, select

from linkmgr.builder.processes import Track, silently
from linkmgr.clicks.periods import Period
from linkmgr.earnings.database.counted import FileFacts, file_facts, in_conflict, settle
from linkmgr.earnings.database.totals import rebuild
from linkmgr.earnings.money import MICROS
from linkmgr.earnings.reading.model import EarningsReport, ReportRow
from linkmgr.fs import wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.db.engine import add_rows, writing
from linkmgr.store.db.models import EarningFile, EarningRow

_MOST_EARNED = 1_000_000_000_000
"""Of what a report's amounts add up to. A database has room for the sums of nine such reports."""

# Rows that are written at once: a report of 200 MB is never in memory as a whole.
_BATCH = 2_000


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
    """Import reports in one transaction, at a time in milliseconds since 1970.

    Raise LinkmgrError, also of what reading them on raises; nothing is changed then.
    """
    with TemporaryFile("w+", encoding="ascii", newline="\n") as kept:
        read = [_read(report, kept, track) for report in reports]
        kept.seek(0)
        with writing(engine) as connection:
            added = [_add(connection, waiting, kept, user, now=now) for waiting in read]
            new = [file for file in added if file]
            before = _counted_rows(connection, [waiting.report for waiting in read])
            months = settle(connection, new)
            after = _counted_rows(connection, [waiting.report for waiting in read])
            rebuild(connection, months, {waiting.report.programme for waiting in read})
            imported = []
            for waiting, file in zip(read, added, strict=True):
                month = _month_of(connection, file) if file else None
                month = month or waiting.report.period.last.replace(day=1)
                imported.append(Imported(waiting.report, file, month))
            if new:
                replaced = _replaced(connection, before, after, new)
                last = max(place for place, file in enumerate(added) if file)
                imported[last] = replace(imported[last], replaced=replaced)
    return imported


def _counted_rows(connection: Connection, reports: Iterable[EarningsReport]) -> dict[int, int]:
    """Return how many rows count of each file of the reports' accounts."""
    row, of = EarningRow, EarningFile
    counted: dict[int, int] = {}
    for programme, account in {(report.programme, report.account) for report in reports}:
        query = (
            select(row.file, func.count())
            .join(of, of.id == row.file)
            .where(of.programme == programme, of.account == account, row.counted)
            .group_by(row.file)
        )
        counted.update((file, count) for file, count in connection.execute(query))
    return counted


def _replaced(
    connection: Connection, before: Mapping[int, int], after: Mapping[int, int], new: Sequence[int]
) -> tuple[Replaced, ...]:
    """Return the files that have fewer rows that count than before, the latest first."""
    lost = {file: rows - after.get(file, 0) for file, rows in before.items() if file not in new}
    query = select(EarningFile.id, EarningFile.name).order_by(EarningFile.id.desc())
    names = connection.execute(query.where(EarningFile.id.in_(lost)))
    return tuple(Replaced(name, lost[file]) for file, name in names if lost[file] > 0)


def _month_of(connection: Connection, file: int) -> date | None:
    """Return the month that has most rows of a file, the later one of two; `None` without rows."""
    query = select(EarningRow.day, func.count()).where(EarningRow.file == file)
    rows: Counter[date] = Counter()
    for day, count in connection.execute(query.group_by(EarningRow.day)):
        rows[day.replace(day=1)] += count
    return max(rows, key=lambda month: (rows[month], month), default=None)


def remove_file(engine: Engine, file: int) -> bool:
    """Undo the import of a report: what it replaced counts again. Return whether it was there."""
    with writing(engine) as connection:
        programme = connection.scalar(select(EarningFile.programme).where(EarningFile.id == file))
        if programme is None:
            return False
        months = settle(connection, (), removed=file)
        connection.execute(delete(EarningRow).where(EarningRow.file == file))
        connection.execute(delete(EarningFile).where(EarningFile.id == file))
        rebuild(connection, months, {programme})
        return True


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
    query = select(*_COLUMNS).order_by(EarningFile.id.desc())
    return [ImportedFile(**row) for row in connection.execute(query).mappings()]


def known_currency(connection: Connection, programme: str, account: str) -> str | None:
    """Return the currency of an account's latest report that has one, `None` before its first."""
    query = (
        select(EarningFile.currency)
        .where(
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


def _add(connection: Connection, read: _Read, kept: TextIO, user: str, *, now: int) -> int | None:
    """Write a report with all its rows; `None` if it is there already."""
    report = read.report
    rows = (row for _ in range(read.batches) for row in json.loads(kept.readline()))
    values = _file_values(read) | {"time": now, "user": user}
    (file,) = connection.execute(insert(EarningFile), values).inserted_primary_key or (0,)
    added, *others = file_facts(connection, report.programme, report.account, first=file)
    if any(_is_same(added, other) for other in others):
        connection.execute(delete(EarningFile).where(EarningFile.id == file))
        deque(rows, 0)
        return None
    _refuse_conflict(added, others)
    add_rows(connection, EarningRow.__tablename__, _WRITTEN, ((file, *row) for row in rows))
    return int(file)


def _refuse_too_much(report: EarningsReport, micros: int) -> None:
    """Raise LinkmgrError for a sum that nobody earns."""
    if micros > _MOST_EARNED * MICROS:
        raise LinkmgrError(message("store.earnings-too-much", file=report.name, most=_MOST_EARNED))


def _is_same(file: FileFacts, other: FileFacts) -> bool:
    return (
        file.digest == other.digest
        and file.kind == other.kind
        and (file.currency, file.tax) == (other.currency, other.tax)
        and file.as_of == other.as_of
        and (file.since, file.until, file.whole) == (other.since, other.until, other.whole)
    )


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


def _file_values(read: _Read) -> dict[str, Any]:
    report = read.report
    return {
        "digest": read.digest,
        "name": _cut(report.name, "name"),
        "kind": report.kind,
        "programme": report.programme,
        "account": report.account,
        "currency": report.currency,
        "tax": report.tax.value,
        "money": report.money,
        "as_of": report.as_of,
        "since": report.period.first,
        "until": report.period.last,
        "whole": report.period.whole,
        "dated": read.dated,
        "rows": report.count,
        "rank": 0,
    }


def _row_values(row: ReportRow, report: EarningsReport) -> dict[str, Any]:
    return {
        # Mostly all of them do, as no later report has them: what doesn't is settled afterwards.
        "counted": report.money or not row.conversion,
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
