"""The log of loaders' transactions, by which each knows what the others have written meanwhile."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from linkmgr.store.db.models import Load

# A loader that comes less often than once in so many transactions of all reads anew what it needs.
_KEPT = 1_000
_DELETED = 100  # so many at once


class Span(NamedTuple):
    """From the time of one click to that of another, in milliseconds since 1970."""

    first: int
    last: int


class LoadLog:
    """The log as one loader follows it, within its transactions.

    Those come one after the other (`engine.writing`): numbers have no gaps, and none comes late.
    """

    def __init__(self) -> None:
        self._last: int | None = None

    def read(self, connection: Connection) -> Sequence[Span] | None:
        """Return what others have written since this loader's last transaction.

        `None` if that is unknown: after a start, or as the log does not reach back so far.
        """
        before = self._last
        if before is None:
            self._last = connection.scalar(select(func.max(Load.id))) or 0
            return None
        query = select(Load.id, Load.first, Load.last).where(Load.id > before)
        found = connection.execute(query.order_by(Load.id)).all()
        self._last = found[-1].id if found else before
        if found and found[0].id != before + 1:
            return None
        return [Span(each.first, each.last) for each in found]

    def write(self, connection: Connection, span: Span) -> None:
        """Have the others know what this transaction has written, after it has read the log."""
        number = (self._last or 0) + 1
        connection.execute(insert(Load).values(id=number, first=span.first, last=span.last))
        if number % _DELETED == 0:
            connection.execute(delete(Load).where(Load.id <= number - _KEPT))
        self._last = number
