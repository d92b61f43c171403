"""The clicks of posts, of as many as a page shows by one query."""

from collections.abc import Sequence

from sqlalchemy import func, select

from linkmgr.admin.common.context import connection, last_month
from linkmgr.store.db.models import Total
from linkmgr.store.figures.figures import Dimension


def clicks_of(keys: Sequence[str]) -> dict[str, int]:
    """Return the readers' clicks of the last 30 days by the posts' keys; no clicks, no entry."""
    period = last_month()
    rows = connection().execute(
        select(Total.value, func.sum(Total.clicks))
        .where(
            Total.dimension == Dimension.POST,
            Total.value.in_(keys),
            Total.day.between(period.since, period.until),
        )
        .group_by(Total.value)
    )
    return {key: int(clicks) for key, clicks in rows}
