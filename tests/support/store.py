"""Clicks, spools and loaders for the tests."""

import itertools
from pathlib import Path

from sqlalchemy import delete, insert, select, text, update

from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import Click, Device, OwnNames, Route
from linkmgr.clicks.reports import Seen, ViewReport, report_line
from linkmgr.store.clicks.counting import CountLimits, count_days, note_views
from linkmgr.store.clicks.loader import COLUMNS, Loader, row_of
from linkmgr.store.db.models import (
    Base,
    ClickRow,
    CountedDay,
    RowKind,
    Total,
    ViewRow,
    ViewTotal,
)
from linkmgr.store.spool import SpoolWriter
from tests.support.plain_count import day_of

# 2026-03-01 00:00 in Tokyo, where the tests' site is.
START = 1_772_290_800_000
DAY = 24 * 60 * 60 * 1000

_NUMBERS = itertools.count()


def make_click(time=START, **over):
    """Make a reader's click; each has an id of its own."""
    fields = {
        "id": f"{time:012x}70008{next(_NUMBERS):015x}",
        "time": time,
        "item": "genai-law",
        "post": "00000000000000aa",
        "block": "books",
        "rank": 1,
        "shop": "",
        "route": Route.GO,
        "referrer": "blog.example",
        "device": Device.PHONE,
        "bot": "",
        "visitor": "00000000000000bb",
        "campaign": "",
        "variant": "",
        "tracking": "",
    }
    return Click(**fields | over)


def make_seen(**over):
    """Make a placement that was seen and not clicked."""
    fields = {
        "item": "genai-law",
        "block": "books",
        "rank": 1,
        "variant": "",
        "tracking": "",
        "views": 1,
        "clicked": 0,
        "repeated": 0,
    }
    return Seen(**fields | over)


def make_report(time=START, *seen, **over):
    """Make a reader's report, by default of one placement; each has an id of its own."""
    fields = {
        "id": f"{time:012x}70008{next(_NUMBERS):015x}",
        "time": time,
        "post": "00000000000000aa",
        "visitor": "00000000000000bb",
        "seen": seen or (make_seen(),),
    }
    return ViewReport(**fields | over)


def spool_up(folder, *entries):
    """Write clicks and reports into a file of a writer that ends."""
    writer = SpoolWriter(Path(folder))
    for entry in entries:
        line = report_line(entry) if isinstance(entry, ViewReport) else click_line(entry)
        assert writer.append(line)
    writer.close()


def empty_tables(engine):
    """Delete the rows of all tables, for a test that makes them many times."""
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))


def make_loader(engine, folder, **over):
    return Loader(engine, Path(folder), **{"timezone": "Asia/Tokyo"} | over)


def count(engine, **over):
    """Count all days that have rows which are not counted."""
    return count_days(engine, CountLimits(**{"new_names": 1000} | over))


def load(engine, folder, **over):
    """Load all there is with a new loader, and count it."""
    limits = {name: over.pop(name) for name in ("new_names", "daily_clicks") if name in over}
    loaded = make_loader(engine, folder, **over).load()
    count(engine, **limits)
    return loaded


def totals(engine, dimension=None):
    """Read the totals: `(value, day) -> (clicks, visitors, bots)`, or all dimensions'."""
    with engine.connect() as connection:
        rows = connection.execute(select(*Total.__table__.columns)).all()
    if dimension is None:
        return {(row.dimension, row.value, row.day): tuple(row[3:]) for row in rows}
    of_dimension = [row for row in rows if row.dimension == dimension]
    return {(row.value, str(row.day)): tuple(row[3:]) for row in of_dimension}


def add_totals(connection, rows):
    """Store figures of days, as counting and loading do: each count that a row lacks is none."""
    for row in [rows] if isinstance(rows, dict) else rows:
        key = {name: row[name] for name in ("dimension", "day", "value")}
        for table, names in ((Total, ("clicks", "visitors", "bots")), (ViewTotal, VIEWS)):
            counts = {name: row.get(name, 0) for name in names}
            if any(counts.values()):
                connection.execute(insert(table), key | counts)
        note_views(connection, [row["day"]])


VIEWS = ("views", "clicked")


def delete_totals(connection):
    """Have no day have figures."""
    for table in (Total, ViewTotal):
        connection.execute(delete(table))
    connection.execute(update(CountedDay).values(number=CountedDay.number + 1))


def click_row(click, timezone="Asia/Tokyo"):
    """Return the values of a row of a click that counts."""
    kind = RowKind.BOT if click.bot else RowKind.READER
    row = dict(zip(COLUMNS, row_of(click, day_of(click, timezone), OwnNames()), strict=True))
    return row | {"kind": int(kind), "day": day_of(click, timezone)}


def view_totals(engine):
    """Read the totals of what was seen: `(dimension, value, day) -> (views, clicked)`."""
    with engine.connect() as connection:
        rows = connection.execute(select(*ViewTotal.__table__.columns)).all()
    return {(row.dimension, row.value, str(row.day)): tuple(row[3:]) for row in rows}


def view_rows(engine):
    """Read the rows of views, each without its day if there is one day only."""
    with engine.connect() as connection:
        found = connection.execute(select(*ViewRow.__table__.columns)).all()
    return sorted(tuple(map(str, row[:1])) + tuple(row[1:]) for row in found)


def rows(engine):
    with engine.connect() as connection:
        return connection.execute(select(*ClickRow.__table__.columns).order_by(ClickRow.id)).all()


def partition_names(connection):
    """Return the names of the tables that `clicks` is cut into; none in SQLite."""
    if connection.dialect.name == "sqlite":
        return set()
    query = (
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('clicks')"
    )
    return {*connection.scalars(text(query))}
