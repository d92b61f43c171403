"""All single clicks, for other programs."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TextIO

from sqlalchemy import Engine, select

from linkmgr.fs.spreadsheet import harmless
from linkmgr.store.db.models import ClickRow, key_of_day

_AT_ONCE = 2_000

_COLUMNS = tuple(column.name for column in ClickRow.__table__.columns)


class Form(StrEnum):
    """What is written."""

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

    Days are those of the site's `timezone`; times are written in UTC. Return how many they were.
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
    """Write rows of clicks. Return how many they were."""
    write = _write_csv if form is Form.CSV else _write_json_lines
    return write(output, (_values(*row) for row in rows))


def _values(identity: str, milliseconds: int, *rest: Any) -> tuple[Any, ...]:
    """Return a row as it is written: plain hex digits, and a time that anybody can read."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    *others, visitor, campaign = rest
    return identity.replace("-", ""), moment, *others, f"{visitor % 2**64:016x}", campaign


def _write_csv(output: TextIO, rows: Iterable[tuple[Any, ...]]) -> int:
    writer = csv.writer(output)
    writer.writerow(_COLUMNS)
    return sum(1 for row in rows if writer.writerow(map(harmless, row)))


def _write_json_lines(output: TextIO, rows: Iterable[tuple[Any, ...]]) -> int:
    lines = (json.dumps(dict(zip(_COLUMNS, row, strict=True)), ensure_ascii=False) for row in rows)
    return sum(1 for line in lines if output.write(line + "\n"))
