"""Clicks and views as files for other programs: exporting them, and importing clicks."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple, Self, TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from linkmgr.clicks.line import FIELDS, LAST_TIME, clicks_of
from linkmgr.clicks.model import Click, Device, Route
from linkmgr.fs import as_written, harmless
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, excerpt, message
from linkmgr.store.clicks.counting import day_of, known_ids, rows_of, totals_of
from linkmgr.store.clicks.limits import CardinalityLimit
from linkmgr.store.clicks.writes import add_clicks, add_seen, add_totals
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import ClickRow, Total, ViewRow, key_of_day
from linkmgr.store.db.partitions import make_partitions, months_of
from linkmgr.store.figures.figures import Dimension

# Reading and checking files that `linkmgr clicks export` wrote.

# The most mistakes that are reported: the others mostly have the same cause.
_MOST_PROBLEMS = 20

_PATTERNS = {name: re.compile(pattern) for name, pattern in FIELDS.items()}
# Half a character, which JSON can write, and no database takes.
_SURROGATE = re.compile("[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_Row = tuple[int, Mapping[str, Any]]
"""The number of a line, and its values by column."""


def check_exported(file: Path) -> int:
    """Return how many clicks a file has. Raise Problems of its lines, or OSError."""
    problems: list[Problem] = []
    number = 0
    for row in _read_rows(file):
        number += 1
        if len(problems) < _MOST_PROBLEMS:
            problems.extend(islice(_problems(file, *row), 1))
    if problems:
        raise Problems(problems)
    return number


def read_exported(file: Path) -> Iterator[Click]:
    """Yield the clicks of a file that was checked, in its order."""
    for _, row in _read_rows(file):
        click = Click(*(str(row[name]) for name in Click._fields))  # type: ignore[arg-type]
        yield click._replace(
            time=_milliseconds(str(row["time"])),
            rank=int(row["rank"]),
            route=Route(row["route"]),
            device=Device(row["device"]),
        )


def _read_rows(file: Path) -> Iterator[_Row]:
    """Yield the rows of either form. Raise Problems where lines cannot be told apart."""
    line = 1
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            is_json = lines.read(1) in {"{", ""}  # JSON lines of no click are an empty file
            lines.seek(0)
            for line, row in _json_rows(file, lines) if is_json else _csv_rows(file, lines):
                yield line, row
    except UnicodeDecodeError:
        raise _refused(file, line, "", message("store.import-not-utf8")) from None


def _json_rows(file: Path, lines: Iterator[str]) -> Iterator[_Row]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise _refused(file, number, "", message("store.import-not-json"))
        _require_columns(file, number, row)
        yield number, row


def _csv_rows(file: Path, lines: Iterator[str]) -> Iterator[_Row]:
    rows = csv.DictReader(lines, strict=True)
    try:
        _require_columns(file, 1, dict.fromkeys(rows.fieldnames or ()))
        for row in rows:
            yield rows.line_num, {name: as_written(row.get(name) or "") for name in Click._fields}
    except csv.Error as error:
        raise _refused(
            file, rows.line_num, "", message("store.import-not-csv", reason=str(error))
        ) from None


def _require_columns(file: Path, line: int, row: Mapping[str, Any]) -> None:
    for name in Click._fields:
        if name not in row:
            raise _refused(file, line, name, message("store.import-no-column"))


def _problems(file: Path, line: int, row: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a line's values."""
    for name in Click._fields:
        value = str(row[name])
        if not (_is_of_kind(name, row[name]) and _is_right(name, value)):
            yield _problem(file, line, name, message("store.import-value", found=excerpt(value)))
            return
    # A click is found by its key, which begins with its time, and counted by its time.
    if int(str(row["id"])[:12], 16) != _milliseconds(str(row["time"])):
        yield _problem(file, line, "id", message("store.import-other-time"))


def _is_of_kind(name: str, value: Any) -> bool:
    """Whether JSON may have a value, or CSV, whose values are all texts."""
    return isinstance(value, str) or (name == "rank" and isinstance(value, int))


def _is_right(name: str, value: str) -> bool:
    if name == "time":
        return _is_time(value)
    return bool(_PATTERNS[name].fullmatch(value)) and not _SURROGATE.search(value)


def _is_time(value: str) -> bool:
    try:
        return 0 <= _milliseconds(value) < LAST_TIME
    except (ValueError, OverflowError):
        return False


def _milliseconds(value: str) -> int:
    """Return a moment in milliseconds since 1970. Raise ValueError, also if it has no zone."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return (moment - _EPOCH) // _MILLISECOND


def _problem(file: Path, line: int, name: str, what: Message) -> Problem:
    return Problem.at(str(file), line, name, what)


def _refused(file: Path, line: int, name: str, what: Message) -> Problems:
    return Problems([_problem(file, line, name, what)])


# Importing clicks, each once however often its file is imported.

# Clicks of one day that one transaction adds, which the loader waits for.
_BATCH = 20_000


class Imported(NamedTuple):
    """What became of the clicks: `pruned` ones may be among totals whose clicks are gone."""

    added: int = 0
    known: int = 0
    pruned: int = 0

    def plus(self, other: Self) -> Self:
        """Return the sums of both."""
        return type(self)(*map(sum, zip(self, other, strict=True)))


def import_clicks(engine: Engine, clicks: Iterable[Click], timezone: str) -> Imported:
    """Add the clicks that are not there yet, and what they add to the totals of their days.

    Exported clicks were counted once, so no limit is applied to them again. A transaction adds some
    clicks of one day: whatever ends it, the next import adds the rest. Raise SQLAlchemyError, or
    LinkmgrError if tables of theirs cannot be made.
    """
    zone = ZoneInfo(timezone)
    imported = Imported()
    for day, of_day in groupby(clicks, lambda click: day_of(click.time, zone)):
        make_partitions(engine, months_of(day))
        rest, recalled = iter(of_day), set[date]()
        while some := {click.id: click for click in islice(rest, _BATCH)}:
            with writing(engine) as connection:
                step = _import(connection, day, timezone, some.values(), recalled)
            imported = imported.plus(step)
    return imported


def _import(
    connection: Connection, day: date, timezone: str, clicks: Iterable[Click], recalled: set[date]
) -> Imported:
    """Add some clicks of one day; it is known who was seen on the days in `recalled`."""
    known = known_ids(connection, [click.id for click in clicks])
    new = sorted(click for click in clicks if click.id not in known)
    if not new:
        return Imported(known=len(known))
    if _count(connection, day, timezone) != _total(connection, day):
        return Imported(known=len(known), pruned=len(new))
    if day not in recalled:
        _recall(connection, day, timezone)
        recalled.add(day)
    columns = clicks_of(new)
    for dimension in ("post", "referrer", "campaign"):
        names = getattr(columns, dimension)
        CardinalityLimit(dimension, sys.maxsize).buckets(connection, names, day)
    add_clicks(connection, rows_of(columns))
    add_totals(connection, totals_of(day, columns))
    return Imported(added=len(new), known=len(known))


def _recall(connection: Connection, day: date, timezone: str) -> None:
    """Mark a day's visitors as seen again, which is forgotten before its clicks are."""
    rows = _stored_clicks(connection, day, timezone)
    while some := [*islice(rows, _BATCH)]:
        add_seen(connection, totals_of(day, clicks_of(some)))


def _stored_clicks(connection: Connection, day: date, timezone: str) -> Iterator[Click]:
    """Yield the clicks of a day that are there."""
    query = select(*ClickRow.__table__.columns).where(*_within(day, timezone))
    for row in connection.execute(query.execution_options(yield_per=_BATCH)):
        yield Click._make(row)._replace(visitor=f"{row.visitor % 2**64:016x}")


def _count(connection: Connection, day: date, timezone: str) -> int:
    query = select(func.count()).select_from(ClickRow).where(*_within(day, timezone))
    return connection.scalar(query) or 0


def _within(day: date, timezone: str) -> Iterator[ColumnElement[bool]]:
    yield ClickRow.id >= key_of_day(day, timezone)
    yield ClickRow.id < key_of_day(day + timedelta(days=1), timezone)


def _total(connection: Connection, day: date) -> int:
    """Return how many clicks the totals of a day have, those of bots too."""
    query = select(func.sum(Total.clicks + Total.bots)).where(
        Total.dimension == Dimension.ALL, Total.day == day
    )
    return int(connection.scalar(query) or 0)


# Exporting.

# Rows that are in memory at once.
_AT_ONCE = 2_000

_COLUMNS = tuple(column.name for column in ClickRow.__table__.columns)


class Form(StrEnum):
    """The format of a file."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def export_clicks(  # noqa: PLR0913 - which clicks, and where to
    engine: Engine,
    output: TextIO,
    form: Form,
    *,
    timezone: str,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """Write the clicks of the days from `since` to `until`, both included, the earliest first.

    Days are those of the site's `timezone`; times are written in UTC. Return the number of clicks.
    `output` must leave line breaks as they are (`newline=""`).
    """
    query = (
        select(*ClickRow.__table__.columns)
        .order_by(ClickRow.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    if since:
        query = query.where(ClickRow.id >= key_of_day(since, timezone))
    if until:
        query = query.where(ClickRow.id < key_of_day(until + timedelta(days=1), timezone))
    with engine.connect() as connection:
        return write_clicks(output, form, connection.execute(query))


def write_clicks(output: TextIO, form: Form, rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of clicks, and return their number."""
    return _write(output, form, _COLUMNS, (_values(*row) for row in rows))


def export_views(
    engine: Engine,
    output: TextIO,
    form: Form,
    *,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """Write the rows of views of the days from `since` to `until`, both included; return how many.

    They are sums that others were added to since: what was exported twice could not be told apart,
    so that no import takes them. `output` is as for `export_clicks`.
    """
    columns = ViewRow.__table__.columns
    query = select(*columns).order_by(*ViewRow.__table__.primary_key)
    if since:
        query = query.where(ViewRow.day >= since)
    if until:
        query = query.where(ViewRow.day <= until)
    with engine.connect() as connection:
        rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
        return _write(
            output, form, columns.keys(), ((row[0].isoformat(), *row[1:]) for row in rows)
        )


def _write(
    output: TextIO, form: Form, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> int:
    write = _write_csv if form is Form.CSV else _write_json_lines
    return write(output, columns, rows)


def _values(identity: str, milliseconds: int, *rest: Any) -> tuple[Any, ...]:
    """Return a row as it is written: plain hex digits, and a time that anybody can read."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    *others, visitor, campaign, variant, tracking = rest
    link = campaign, variant, tracking
    return identity.replace("-", ""), moment, *others, f"{visitor % 2**64:016x}", *link


def _write_csv(output: TextIO, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    writer = csv.writer(output)
    writer.writerow(columns)
    return sum(1 for row in rows if writer.writerow(map(harmless, row)))


def _write_json_lines(
    output: TextIO, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> int:
    lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
    return sum(1 for line in lines if output.write(line + "\n"))
