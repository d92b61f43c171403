"""A table of figures for programs: all its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from linkmgr.figures.columns import Counted, Sum, figure_columns
from linkmgr.figures.table import Line, Table
from linkmgr.figures.totals import Curve
from linkmgr.reports import EVERYWHERE, Column, Kind, Output, csv_text, json_row

_NAMES: tuple[Column[Line], ...] = (
    Column("value", {}, lambda line: line.value, EVERYWHERE, kind=Kind.TEXT),
    Column("title", {}, lambda line: line.title, EVERYWHERE, kind=Kind.TEXT),
)


def table_csv(
    table: Table,
    headings: Sequence[str] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> str:
    """Write the table as CSV.

    `headings` are what people read above the columns, in place of their names: of the value, the
    title, and each column. With `addresses`, by value, those are the last column.
    """
    columns: list[Column[Line]] = [
        *_NAMES,
        *figure_columns(Output.CSV, with_views=table.with_views),
    ]
    if addresses is not None:
        columns.append(
            Column("address", {}, lambda line: addresses.get(line.value, ""), kind=Kind.TEXT)
        )
    return csv_text(columns, table.lines, headings)


def table_json(table: Table) -> dict[str, Any]:
    """Return the table with its sums, and those of the period before, as JSON takes it.

    A rate and its interval are from 0 to 1; where `tells` is false, there was too little to say
    anything by it. An item that can be `compared` with others at the same places has the ratio of
    its rate to theirs, with its 95 % interval. On the `doubled_days` a reader may count as two
    visitors.
    """
    columns = figure_columns(Output.JSON, with_views=table.with_views)
    of_line: list[Column[Line]] = [*_NAMES, *columns]
    return {
        "by": table.by.value,
        "timezone": table.timezone,
        **_curve_json(columns, table.now, table.doubled),
        "before": _curve_json(columns, table.before, table.doubled),
        "rows": [{**json_row(of_line, line), **_comparison(table, line)} for line in table.lines],
    }


def _comparison(table: Table, line: Line) -> dict[str, Any]:
    """Return how an item compares with others at the same places, nothing of what is not."""
    comparison = table.compared.get(line.value)
    if comparison is None:
        return {}
    return {"compared": {name: round(number, 6) for name, number in asdict(comparison).items()}}


def _curve_json(
    columns: Sequence[Column[Counted]], curve: Curve, doubled: Sequence[date]
) -> dict[str, Any]:
    period = curve.period
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "days": len(period),
        **json_row(columns, Sum(curve.sum)),
        "doubled_days": [day.isoformat() for day in doubled if day in period],
    }
