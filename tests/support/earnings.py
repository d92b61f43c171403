"""Reports of earnings for the tests, as if they had been read."""

from datetime import date, timedelta
from decimal import Decimal

from linkmgr.earnings.reading.model import (
    EarningsReport,
    Origin,
    ReportKind,
    ReportPeriod,
    ReportRow,
    Status,
    Tax,
)
from linkmgr.messages.message import message

NOVEMBER = date(2026, 11, 1)


def day(number):
    """Return a day from the first of November 2026, which is 1."""
    return NOVEMBER + timedelta(days=number - 1)


def make_row(on=1, reward="100", **over):
    """Make a confirmed sale of a day."""
    fields = {
        "status": Status.CONFIRMED,
        "shipped": on if on is None or isinstance(on, date) else day(on),
        "reward": None if reward is None else Decimal(reward),
        "tracking": "blog-22",
        "product": "4000000000",
        "title": "A book",
        "category": "Books",
        "origin": Origin.DIRECT,
    }
    return ReportRow(**fields | over)


def make_report(*rows, days=None, as_of=None, whole=True, **over):
    """Make Amazon's report of fees; its days are those of its rows unless they are given."""
    on = [row.day for row in rows if row.day]
    first, last = (day(each) for each in days) if days else (min(on), max(on))
    fields = {
        "kind": ReportKind.FEE_EARNINGS,
        "name": "Fee-Earnings.csv",
        "programme": "amazon",
        "account": "",
        "currency": "JPY",
        "tax": Tax.UNKNOWN,
        "as_of": as_of if isinstance(as_of, date) else day(as_of) if as_of else last,
        "period": ReportPeriod(first, last, whole),
        "money": True,
        "by_conversion": any(row.conversion for row in rows),
        "count": len(rows),
        "dropped": (),
        "source": message("store.earnings-importing", file="tests"),
        "rows": rows,
    }
    return EarningsReport(**fields | over)
