"""Tables of earnings for programs and spreadsheets; amounts are exact decimals, written as text."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO
from typing import Any

from babel.numbers import format_currency, get_currency_precision

from linkmgr.figures.earnings.load import EarningsTable, Line
from linkmgr.fs import harmless
from linkmgr.store.earnings.figures import Booked
from linkmgr.store.earnings.imports import MICROS
from linkmgr.store.earnings.totals import Earned

_MONEY = ("confirmed", "paid", "pending", "declined")
_COUNTS = ("orders", "confirmed_sales", "pending_sales", "declined_sales")


def plain_amount(micros: float, currency: str) -> str:
    """Write an amount with the digits of its currency, or all that it has: `13.25`, `1200`."""
    digits = Decimal(1).scaleb(-get_currency_precision(currency))
    exact = Decimal(round(micros)) / MICROS
    usual = exact.quantize(digits)
    return f"{usual if usual == exact else exact.normalize():f}"


def amount(micros: float, currency: str, locale: str) -> str:
    """Write an amount for people, rounded to the digits of its currency: `¥1,200`."""
    value = Decimal(round(micros)) / MICROS
    return half_width(format_currency(value, currency, locale=locale))


def half_width(text: str) -> str:
    """Write the yen as Japanese pages do: the wide sign of CLDR leaves a gap before the figure."""
    return text.replace("￥", "¥")


def earnings_csv(table: EarningsTable) -> str:
    """Write a table as CSV, its lines ended by CR and LF; what no line has comes last."""
    text = StringIO()
    out = csv.writer(text)
    out.writerow(("value", "title", *_figures(table.whole, table.currency), "currency"))
    for line in (*table.lines, *_rest(table)):
        figures = _figures(line, table.currency).values()  # of which a return begins with a minus
        out.writerow([harmless(line.value), harmless(line.title), *figures, table.currency])
    return text.getvalue()


def earnings_json(table: EarningsTable) -> dict[str, Any]:
    """Return a table as JSON takes it; a rate is over the `compared` days."""
    return {
        "by": table.by.value,
        "currency": table.currency,
        "since": table.period.since.isoformat(),
        "until": table.period.until.isoformat(),
        "compared": table.compared
        and {
            "since": table.compared.since.isoformat(),
            "until": table.compared.until.isoformat(),
        },
        **_figures(table.whole, table.currency),
        "rows": [_values(line, table.currency) for line in table.lines],
        "rest": {line.value: _figures(line, table.currency) for line in _rest(table)},
    }


def _rest(table: EarningsTable) -> list[Line]:
    return [
        Line(f"({rest.value})", "", earned)
        for rest, earned in table.rest.items()
        if earned != Earned()
    ]


def _values(line: Line, currency: str) -> dict[str, Any]:
    return {"value": line.value, "title": line.title, **_figures(line, currency)}


def _figures(line: Line, currency: str) -> dict[str, Any]:
    earned = line.earned._asdict()
    rates = {"per_100_clicks": (line.per_click, 100), "per_1000_views": (line.per_view, 1000)}
    return {
        **{name: plain_amount(earned[name], currency) for name in _MONEY},
        **{name: earned[name] for name in _COUNTS},
        "clicks": line.clicks,
        "views": line.views,
        **{
            name: None if rate is None else plain_amount(times * rate, currency)
            for name, (rate, times) in rates.items()
        },
    }


def statement_csv(booked: Iterable[Booked], span: str, currency: str) -> str:
    """Write what was booked in a month or year as CSV, for whoever keeps the books."""
    text = StringIO()
    out = csv.writer(text)
    counts = ("confirmed_sales", "pending_sales", "declined_sales")
    out.writerow(("period", "programme", "account", "tax", *_MONEY, *counts, "currency"))
    for each in booked:
        earned = each.earned._asdict()
        amounts = (plain_amount(earned[name], currency) for name in _MONEY)
        names = map(harmless, (each.programme, each.account, each.tax))
        out.writerow((span, *names, *amounts, *(earned[name] for name in counts), currency))
    return text.getvalue()
