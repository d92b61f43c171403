"""Clicks, spools and loaders for the tests."""

from itertools import count
from pathlib import Path

from sqlalchemy import delete, select, text

from linkmgr.clicks.line import agent_line, click_line
from linkmgr.clicks.model import NOT_JUDGED, Click, Device, Route
from linkmgr.clicks.reports import Report, Seen, report_line
from linkmgr.store.clicks.loader import Loader
from linkmgr.store.db.models import Base, ClickRow, Total, ViewRow
from linkmgr.store.spool import SpoolWriter

# 2026-03-01 00:00 in Tokyo, where the tests' site is.
START = 1_772_290_800_000
DAY = 24 * 60 * 60 * 1000

_NUMBERS = count()


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
        "bot": "",
        "visitor": "00000000000000bb",
        "seen": seen or (make_seen(),),
    }
    return Report(**fields | over)


def spool_up(folder, *entries):
    """Write clicks and reports into a file of a writer that ends."""
    writer = SpoolWriter(Path(folder))
    for entry in entries:
        line = report_line(entry) if isinstance(entry, Report) else click_line(entry)
        assert writer.append(line)
    writer.close()


def spool_up_not_judged(folder, *agents, time=START):
    """Write a click of each user agent, as an endpoint does that has no time to judge it."""
    writer = SpoolWriter(Path(folder))
    for number, agent in enumerate(agents):
        click = make_click(time + number, bot=NOT_JUDGED, visitor=f"{number:016x}")
        assert writer.append(agent_line(click.id, agent) + click_line(click), ends_in=5)
    writer.close()


def empty_tables(engine):
    """Delete the rows of all tables, for a test that makes them many times."""
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))


def make_loader(engine, folder, **over):
    return Loader(engine, Path(folder), **{"timezone": "Asia/Tokyo", "new_names": 1000} | over)


def load(engine, folder, **over):
    """Load all there is with a new loader."""
    return make_loader(engine, folder, **over).load()


def totals(engine, dimension=None):
    """Read the totals: `(value, day) -> (clicks, visitors, bots)`, or all dimensions'."""
    with engine.connect() as connection:
        rows = connection.execute(select(*Total.__table__.columns)).all()
    if dimension is None:
        return {tuple(row[:3]): tuple(row[3:6]) for row in rows}
    of_dimension = [row for row in rows if row.dimension == dimension]
    return {(row.value, str(row.day)): tuple(row[3:6]) for row in of_dimension}


def view_totals(engine):
    """Read the totals of what was seen: `(dimension, value, day) -> (views, clicked)`."""
    with engine.connect() as connection:
        rows = connection.execute(select(*Total.__table__.columns)).all()
    return {(row[0], row[1], str(row[2])): tuple(row[6:]) for row in rows if any(row[6:])}


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
