"""Reads files of clicks as `linkmgr clicks export` writes them."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from linkmgr.clicks.line import FIELDS, LAST_TIME
from linkmgr.clicks.model import Click, Device, Route
from linkmgr.fs.spreadsheet import as_written
from linkmgr.messages.errors import Problem, Problems
from linkmgr.messages.message import Message, excerpt, message

# So many mistakes are reported: the rest mostly has the same cause.
_MOST_PROBLEMS = 20

_PATTERNS = {name: re.compile(pattern) for name, pattern in FIELDS.items()}
# Half a character, which JSON can write, and no database takes.
_SURROGATE = re.compile("[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

# Exports of versions that knew no campaigns end before them.
_LATER = {"campaign": ""}

_Row = tuple[int, Mapping[str, Any]]
"""The number of a line, and its values by column."""


def check_exported(file: Path) -> int:
    """Return how many clicks a file has. Raise Problems of its lines, or OSError."""
    problems: list[Problem] = []
    number = 0
    for row in _rows(file):
        number += 1
        if len(problems) < _MOST_PROBLEMS:
            problems.extend(islice(_problems(file, *row), 1))
    if problems:
        raise Problems(problems)
    return number


def read_exported(file: Path) -> Iterator[Click]:
    """Yield the clicks of a file that was checked, in its order."""
    for _, row in _rows(file):
        click = Click(*(str(row[name]) for name in Click._fields))  # type: ignore[arg-type]
        yield click._replace(
            time=_milliseconds(str(row["time"])),
            rank=int(row["rank"]),
            route=Route(row["route"]),
            device=Device(row["device"]),
        )


def _rows(file: Path) -> Iterator[_Row]:
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
        yield number, _LATER | row


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
        if name not in row and name not in _LATER:
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
    """Return a moment in milliseconds since 1970. Raise ValueError, as where no zone is named."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return (moment - _EPOCH) // _MILLISECOND


def _problem(file: Path, line: int, name: str, what: Message) -> Problem:
    return Problem.at(str(file), line, name, what)


def _refused(file: Path, line: int, name: str, what: Message) -> Problems:
    return Problems([_problem(file, line, name, what)])
