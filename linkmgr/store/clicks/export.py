"""Clicks and views as files for other programs."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TextIO

from sqlalchemy import Engine, SQLColumnExpression, select

from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.model import Click
from linkmgr.fs import harmless
from linkmgr.store.clicks.counting import NAMES, counted_name, is_click
from linkmgr.store.clicks.renames import Renames, renames_of
from linkmgr.store.db.models import ClickRow, ViewRow, keys_of_days

# Rows that are in memory at once.
_AT_ONCE = 2_000

_COLUMNS = Click._fields


class ExportFormat(StrEnum):
    """The format of a file."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def export_clicks(
    engine: Engine,
    output: TextIO,
    file_format: ExportFormat,
    *,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """Write the clicks of the days from `since` to `until`, both included, the earliest first.

    Only clicks that count are written, readers' and bots', with names as they are counted, and with
    times in UTC. Return the number of clicks. `output` must leave line breaks as they are
    (`newline=""`).
    """
    query = select().where(is_click()).order_by(ClickRow.id)
    if since:
        query = query.where(ClickRow.id >= keys_of_days(since, since)[0], ClickRow.day >= since)
    if until:
        query = query.where(ClickRow.id < keys_of_days(until, until)[1], ClickRow.day <= until)
    with engine.connect() as connection:
        query = query.add_columns(*_counted_columns(renames_of(connection)))
        rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
        return _write(output, file_format, _COLUMNS, map(_exported_click, rows))


def _counted_columns(renames: Renames) -> list[SQLColumnExpression[Any]]:
    """Return the columns of a click, with names as they are counted, and items as they are now."""
    columns: list[SQLColumnExpression[Any]] = []
    for field in _COLUMNS:
        if field in NAMES:
            columns.append(counted_name(ClickRow, Dimension(field)).label(field))
        elif field == Dimension.ITEM:
            columns.append(renames.present_ids(ClickRow.item).label(field))
        else:
            columns.append(getattr(ClickRow, field))
    return columns


def _exported_click(row: Sequence[Any]) -> tuple[Any, ...]:
    """Return a click as it is written: ids as hex digits, and a time that people can read."""
    values = dict(zip(_COLUMNS, row, strict=True))
    moment = datetime.fromtimestamp(values["time"] / 1000, UTC)
    values["id"] = values["id"].replace("-", "")
    values["time"] = moment.isoformat(timespec="milliseconds")
    values["visitor"] = f"{values['visitor'] % 2**64:016x}"
    return tuple(values.values())


def export_views(
    engine: Engine,
    output: TextIO,
    file_format: ExportFormat,
    *,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """Write the rows of views of the days from `since` to `until`, both included; return how many.

    `output` is as for `export_clicks`.
    """
    columns = ViewRow.__table__.columns
    query = select(*columns).order_by(*ViewRow.__table__.primary_key)
    if since:
        query = query.where(ViewRow.day >= since)
    if until:
        query = query.where(ViewRow.day <= until)
    with engine.connect() as connection:
        rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
        renames = renames_of(connection)
        # The first two columns are the day and the item.
        exported = ((row.day.isoformat(), renames.present_id(row.item), *row[2:]) for row in rows)
        return _write(output, file_format, columns.keys(), exported)


def _write(
    output: TextIO,
    file_format: ExportFormat,
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> int:
    """Write rows, and return their number."""
    number = 0
    table = csv.writer(output)
    if file_format is ExportFormat.CSV:
        table.writerow(columns)
    for row in rows:
        if file_format is ExportFormat.CSV:
            table.writerow(map(harmless, row))
        else:
            values = dict(zip(columns, row, strict=True))
            output.write(json.dumps(values, ensure_ascii=False) + "\n")
        number += 1
    return number
