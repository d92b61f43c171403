"""A table of figures for programs: all its lines."""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from linkmgr.stats.model import Line, Table
from linkmgr.store.figures.figures import Counts, Curve
from linkmgr.store.figures.spreadsheets import harmless


def table_csv(table: Table, headings: Mapping[str, str] | None = None) -> str:
    """Write the table as CSV, its lines ended by CR and LF (RFC 4180).

    A text that a spreadsheet would run begins with an apostrophe. `headings` are what people read
    above the columns, in place of their names.
    """
    text = StringIO()
    names = ["value", "title", "clicks", "visitors", "bots"]
    names += ["views", "rate", "low", "high", "tells"] if table.with_views else []
    out = csv.writer(text)  # half the time of a DictWriter, for the 10,000 posts of a blog
    out.writerow([(headings or {}).get(name, name) for name in names])
    out.writerows(_cells(line, table) for line in table.lines)
    return text.getvalue()


def _cells(line: Line, table: Table) -> tuple[Any, ...]:
    counts = line.counts
    cells = harmless(line.value), harmless(line.title), counts.clicks, counts.visitors, counts.bots
    return (*cells, *(value for _, value in _rate_json(line))) if table.with_views else cells


def table_json(table: Table) -> dict[str, Any]:
    """Return the table with its sums, and those of the period before, as JSON takes it.

    A rate and its interval are from 0 to 1; where it does not tell, there was too little to say
    anything by it.
    """
    return {
        "by": table.by.value,
        "timezone": table.timezone,
        **_curve_json(table.now),
        "before": _curve_json(table.before),
        "rows": [_line_json(line, table) for line in table.lines],
    }


def _curve_json(curve: Curve) -> dict[str, Any]:
    period = curve.period
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "days": len(period),
        **_counts_json(curve.sum),
    }


def _line_json(line: Line, table: Table) -> dict[str, Any]:
    values = {"value": line.value, "title": line.title, **_counts_json(line.counts)}
    return {**values, **dict(_rate_json(line))} if table.with_views else values


def _counts_json(counts: Counts) -> dict[str, int]:
    return {"clicks": counts.clicks, "visitors": counts.visitors, "bots": counts.bots}


def _rate_json(line: Line) -> Iterator[tuple[str, Any]]:
    rate = line.rate
    yield "views", line.views
    yield "rate", rate and round(rate.rate, 6)
    yield "low", rate and round(rate.low, 6)
    yield "high", rate and round(rate.high, 6)
    yield "tells", rate and rate.tells
