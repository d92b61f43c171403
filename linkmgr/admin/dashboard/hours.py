"""Today's figures beside those of another day up to the same time, and the hours of a day."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from linkmgr.admin.dashboard.query import FigureQuery
from linkmgr.store.db.models import start_of_day
from linkmgr.store.figures.figures import Counts, Curve
from linkmgr.store.figures.hours import has_clicks, hours, span_counts


@dataclass(frozen=True, slots=True)
class DayHours:
    """The counts of a day's hours so far, and of the same hours of the one it is compared with.

    `begin` is the midnight before, in the site's time zone.
    """

    begin: datetime
    now: tuple[Counts, ...]
    before: tuple[Counts, ...]


def cut_to_now(connection: Connection, query: FigureQuery, before: Curve) -> Curve | None:
    """Return a curve whose last day is counted only as far as today has come.

    `None` where the period does not end today, or has other days than the one before (the last days
    are then not beside each other), or where the single clicks are no longer stored.
    """
    so_far = query.today_so_far
    if so_far is None or len(query.period) != len(query.compared):
        return None
    if query.compared == query.period:
        return before
    last = query.compared.until
    since = start_of_day(last, query.timezone)
    if before.days[-1] == Counts():
        return before
    if not has_clicks(connection, since, _end_of(last, query.timezone)):
        return None
    counts = span_counts(connection, since, since + so_far, query.compared_filters)
    return replace(before, days=(*before.days[:-1], counts))


def read_hours(
    connection: Connection, query: FigureQuery, now: Curve, before: Curve | None
) -> DayHours | None:
    """Return the hours of a period of one day, `None` where its clicks are no longer stored."""
    if len(query.period) > 1:
        return None
    day, timezone, so_far = query.period.since, query.timezone, query.today_so_far
    since = start_of_day(day, timezone)
    until = _end_of(day, timezone) if so_far is None else since + so_far
    if now.sum != Counts() and not has_clicks(connection, since, until):
        return None
    begin = datetime.fromtimestamp(since / 1000, UTC).astimezone(ZoneInfo(timezone))
    found = hours(connection, since, until, query.filters)
    if before is None or len(query.compared) > 1:
        return DayHours(begin, found, ())
    since = start_of_day(query.compared.since, timezone)
    until = _end_of(query.compared.since, timezone) if so_far is None else since + so_far
    return DayHours(begin, found, hours(connection, since, until, query.compared_filters))


def _end_of(day: date, timezone: str) -> int:
    return start_of_day(day + timedelta(days=1), timezone)
