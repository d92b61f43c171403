"""The days whose visitors may have been counted twice."""

from datetime import date

from sqlalchemy import Connection, select

from linkmgr.store.db.models import VisitorDay
from linkmgr.store.figures.periods import Period


def doubled_days(connection: Connection, *periods: Period) -> tuple[date, ...]:
    """Return the days of periods on which nodes had different keys, in their order."""
    since = min(period.since for period in periods)
    until = max(period.until for period in periods)
    found = connection.scalars(
        select(VisitorDay.day)
        .where(VisitorDay.doubled, VisitorDay.day.between(since, until))
        .order_by(VisitorDay.day)
    )
    return tuple(day for day in found if any(day in period for period in periods))
