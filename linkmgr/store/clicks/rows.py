"""Rows of clicks: what the loader knows of a click, and adding those that are new."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, case
from sqlalchemy.exc import IntegrityError

from linkmgr.clicks.counts import Dimension
from linkmgr.clicks.model import OTHER, Click, OwnNames
from linkmgr.store.db.engine import copying, raising_as_sqlalchemy
from linkmgr.store.db.models import ClickRow, NameColumn, RowKind, start_of_day

if TYPE_CHECKING:
    import sqlite3

Row = tuple[str | int, ...]
"""The values of `COLUMNS`; the day as ISO, which both databases take."""

COLUMNS = ("id", "day", "kind", "own", "other", *Click._fields[1:])


class DayFinder:
    """Finds the days of times in a time zone; the last one is known, as clicks come in order."""

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._day = date.min
        self._since = self._until = 0

    def day_of(self, time: int) -> date:
        """Return the day of a time in milliseconds since 1970."""
        if not self._since <= time < self._until:
            day = datetime.fromtimestamp(time // 1000, UTC).astimezone(self._zone).date()
            self._day = day
            self._since = start_of_day(day, self._timezone)
            self._until = start_of_day(day + timedelta(days=1), self._timezone)
        return self._day


_NEW = int(RowKind.NEW)


def row_of(click: Click, day: date, own: OwnNames) -> Row:
    """Return the row of a click that is not counted yet."""
    own_names = 0
    if click.post in own.posts:
        own_names |= NameColumn.POST
    if click.campaign in own.campaigns:
        own_names |= NameColumn.CAMPAIGN
    visitor = int(click.visitor, 16)
    if visitor >= 2**63:  # databases have no unsigned numbers
        visitor -= 2**64
    return (
        click.id,
        day.isoformat(),
        _NEW,
        int(own_names),
        0,
        click.time,
        click.item,
        click.post,
        click.block,
        click.rank,
        click.shop,
        click.route.value,
        click.referrer,
        click.device.value,
        click.bot,
        visitor,
        click.campaign,
        click.variant,
        click.tracking,
    )


def add_rows(connection: Connection, rows: Sequence[Row]) -> int:
    """Add the rows whose ids are not there yet, and return their number."""
    if connection.dialect.name == "postgresql":
        return _copy_rows(connection, rows)
    marks = ", ".join("?" for _ in COLUMNS)
    statement = f"INSERT INTO clicks ({', '.join(COLUMNS)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    # SQLAlchemy would take as long as the rest of the loading for so many values.
    with raising_as_sqlalchemy(connection, statement):
        return driver.executemany(statement, rows).rowcount


def _copy_rows(connection: Connection, rows: Sequence[Row]) -> int:
    """Copy rows, and only if some are there already into a temporary table first."""
    try:
        with connection.begin_nested():
            copy_into(connection, "clicks", rows)
        return len(rows)
    except IntegrityError:
        columns = ", ".join(COLUMNS)
        connection.exec_driver_sql("CREATE TEMPORARY TABLE copied (LIKE clicks)")
        copy_into(connection, "copied", rows)
        added = connection.exec_driver_sql(
            f"INSERT INTO clicks ({columns}) SELECT {columns} FROM copied ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
        )
        # A transaction may load several batches.
        connection.exec_driver_sql("DROP TABLE copied")
        return added.rowcount


_LINE = "\t".join("%s" for _ in COLUMNS) + "\n"
"""A row in COPY's own format, in a third of the time that psycopg takes for it.

No value of ours has a tab or a line break (`linkmgr.clicks.line`).
"""


def copy_into(connection: Connection, table: str, rows: Iterable[Row]) -> None:
    """Copy rows into a table of PostgreSQL's that has the columns of `clicks`."""
    with copying(connection, f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        text = "".join([_LINE % row for row in rows])
        copy.write(text.replace("\\", r"\\").replace("\r", r"\r"))


# What the count of its day has said of a row, which every query of rows must ask for.

NAMES = {
    Dimension.POST: NameColumn.POST,
    Dimension.REFERRER: NameColumn.REFERRER,
    Dimension.CAMPAIGN: NameColumn.CAMPAIGN,
}
"""The dimensions whose values may be counted as `OTHER`."""


def is_click() -> ColumnElement[bool]:
    """Return whether a row is a click that counts, be it a bot's."""
    return ClickRow.kind.in_((int(RowKind.READER), int(RowKind.BOT)))


def counted_name(of: type[ClickRow], dimension: Dimension) -> ColumnElement[str]:
    """Return a name as it is counted."""
    is_other = of.other.op("&")(int(NAMES[dimension])) > 0
    return case((is_other, OTHER), else_=getattr(of, dimension))
