"""The clicks of posts, of as many as a page shows by one query."""

from collections.abc import Sequence

from linkmgr.admin.common.context import connection, last_month
from linkmgr.store.figures.figures import Dimension, clicks_of


def recent_clicks(keys: Sequence[str]) -> dict[str, int]:
    """Return the readers' clicks of the last 30 days by the posts' keys; no clicks, no entry."""
    return clicks_of(connection(), Dimension.POST, keys, last_month())
