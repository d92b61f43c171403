"""A table of figures for programs: all its lines."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from io import StringIO
from typing import Any

from linkmgr.clicks.counts import Counts
from linkmgr.figures.columns import FigureColumn, Output, columns_of
from linkmgr.figures.load import Line, Table
from linkmgr.figures.totals import Curve
from linkmgr.fs import harmless


def table_csv(
    table: Table,
    headings: Sequence[str] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> str:
    """Write the table as CSV, its lines ended by CR and LF (RFC 4180).

    A text that a spreadsheet would run begins with an apostrophe. `headings` are what people read
    above the columns, in place of their names: of the value, the title, and each column. With
    `addresses`, by value, those are the last column.
    """
    text = StringIO()
    columns = columns_of(Output.CSV, with_views=table.with_views)
    out = csv.writer(text)  # half the time of a DictWriter, for the 10,000 posts of a blog
    names = headings or ["value", "title", *(column.name for column in columns)]
    if addresses is None:
        out.writerow(names)
        out.writerows(_cells(line, columns) for line in table.lines)
    else:
        out.writerow(names if headings else [*names, "address"])
        out.writerows(
            [*_cells(line, columns), harmless(addresses.get(line.value, ""))]
            for line in table.lines
        )
    return text.getvalue()


def _cells(line: Line, columns: Sequence[FigureColumn]) -> list[Any]:
    figures = [column.read(line.counts, line.page_views) for column in columns]
    return [harmless(line.value), harmless(line.title), *figures]


def table_json(table: Table) -> dict[str, Any]:
    """Return the table with its sums, and those of the period before, as JSON takes it.

    A rate and its interval are from 0 to 1; where `tells` is false, there was too little to say
    anything by it. An item that can be `compared` with others at the same places has the ratio of
    its rate to theirs, with its 95 % interval. On the `doubled_days` a reader may count as two
    visitors.
    """
    columns = columns_of(Output.JSON, with_views=table.with_views)
    return {
        "by": table.by.value,
        "timezone": table.timezone,
        **_curve_json(columns, table.now, table.doubled),
        "before": _curve_json(columns, table.before, table.doubled),
        "rows": [
            {
                "value": line.value,
                "title": line.title,
                **_figures(columns, line.counts, line.page_views),
                **_comparison(table, line),
            }
            for line in table.lines
        ],
    }


def _comparison(table: Table, line: Line) -> dict[str, Any]:
    """Return how an item compares with others at the same places, nothing of what is not."""
    found = table.compared.get(line.value)
    return (
        {"compared": {name: round(each, 6) for name, each in asdict(found).items()}}
        if found
        else {}
    )


def _curve_json(
    columns: Sequence[FigureColumn], curve: Curve, doubled: Sequence[date]
) -> dict[str, Any]:
    period = curve.period
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "days": len(period),
        **_figures(columns, curve.sum),
        "doubled_days": [day.isoformat() for day in doubled if day in period],
    }


def _figures(
    columns: Sequence[FigureColumn], counts: Counts, page_views: int | None = None
) -> dict[str, Any]:
    return {column.name: column.read(counts, page_views) for column in columns}
