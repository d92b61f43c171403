"""Tables to print."""

from datetime import date

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import last_days
from linkmgr.figures import report
from linkmgr.figures.queries import Curve
from linkmgr.figures.table import Table, TableLine
from linkmgr.reports import Column

PERIOD = last_days(2, date(2026, 3, 1))
SOME, NONE = Counts(300, 200, 7), Counts()


def make_table(*lines, by=Dimension.ITEM, counts=SOME, before=NONE, **over):
    """Make a table of two days, all of whose counts are of the last one."""
    now = Curve(PERIOD, (Counts(), counts))
    then = Curve(PERIOD.before, (Counts(), before))
    return Table(by=by, timezone="Asia/Tokyo", now=now, before=then, lines=lines, **over)


def make_line(value="genai-law", clicks=200, *, title="", seen=(0, 0), page_views=None, **counts):
    """Make a line; `seen` are its views and clicked views."""
    views, clicked = seen
    counts = {"bots": 0, "views": views, "clicked": clicked} | counts
    return TableLine(value, title, Counts(clicks, clicks // 2, **counts), page_views)


def register_column(monkeypatch):
    """Register a column that no release has, for one test."""
    column = Column(
        "all_clicks",
        "all clicks",
        lambda row: row.counts.with_bots,
        titled="All clicks",
    )
    monkeypatch.setattr(report, "COLUMNS", (*report.COLUMNS, column))
