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


class Form(StrEnum):
    """The format of a file."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def export_clicks(
    engine: Engine,
    output: TextIO,
    form: Form,
    *,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """Write the clicks of the days from `since` to `until`, both included, the earliest first.

    They are those that count, readers' and bots', with names as they are counted; times are written
    in UTC. Return the number of clicks. `output` must leave line breaks as they are (`newline=""`).
    """
    query = select().where(is_click()).order_by(ClickRow.id)
    if since:
        query = query.where(ClickRow.id >= keys_of_days(since, since)[0], ClickRow.day >= since)
    if until:
        query = query.where(ClickRow.id < keys_of_days(until, until)[1], ClickRow.day <= until)
    with engine.connect() as connection:
        query = query.add_columns(*_counted_columns(renames_of(connection)))
        rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
        return write_clicks(output, form, rows)


def _counted_columns(renames: Renames) -> list[SQLColumnExpression[Any]]:
    """Return the columns of a click, with names as they are counted, and items as they are now."""
    columns: list[SQLColumnExpression[Any]] = []
    for field in Click._fields:
        if field in {dimension.value for dimension in NAMES}:
            columns.append(counted_name(ClickRow, Dimension(field)).label(field))
        elif field == Dimension.ITEM:
            columns.append(renames.column(ClickRow.item).label(field))
        else:
            columns.append(getattr(ClickRow, field))
    return columns


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
        written = ((row.day.isoformat(), renames.item(row.item), *row[2:]) for row in rows)
        return _write(output, form, columns.keys(), written)


def _write(
    output: TextIO, form: Form, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> int:
    number = 0
    table = csv.writer(output)
    if form is Form.CSV:
        table.writerow(columns)
    for row in rows:
        if form is Form.CSV:
            table.writerow(map(harmless, row))
        else:
            values = dict(zip(columns, row, strict=True))
            output.write(json.dumps(values, ensure_ascii=False) + "\n")
        number += 1
    return number


def _values(identity: str, milliseconds: int, *rest: Any) -> tuple[Any, ...]:
    """Return a row as it is written: plain hex digits, and a time that anybody can read."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    *others, visitor, campaign, variant, tracking = rest
    link = campaign, variant, tracking
    return identity.replace("-", ""), moment, *others, f"{visitor % 2**64:016x}", *link
