"""The table of days: which are to be counted again, and which state of a day's figures this is."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, case, select, update

from linkmgr.store.db.engine import insert_into, time_of
from linkmgr.store.db.models import Day


def note_rows(connection: Connection, day: date) -> bool:
    """Note that rows of clicks were added to a day; return whether it is still counted.

    A day of which rows were deleted is not.
    """
    now = int(time_of(connection).timestamp() * 1000)
    row = {"day": day, "number": 0, "loaded": 1, "counted": 0, "claim": 0, "until": now}
    added = insert_into(connection, Day).values(**row, pruned=False)
    until = case((Day.loaded == Day.counted, now), else_=Day.until)
    noted = added.on_conflict_do_update(
        index_elements=["day"], set_={"loaded": Day.loaded + 1, "until": until}
    ).returning(Day.pruned)
    is_pruned: bool = connection.scalars(noted).one()
    return not is_pruned


def note_views(connection: Connection, days: Iterable[date]) -> None:
    """Note that the views of days have changed."""
    for day in sorted(days):
        row = {"day": day, "number": 1, "loaded": 0, "counted": 0, "claim": 0, "until": 0}
        added = insert_into(connection, Day).values(**row, pruned=False)
        connection.execute(
            added.on_conflict_do_update(index_elements=["day"], set_={"number": Day.number + 1})
        )


def days_to_count(connection: Connection) -> list[date]:
    """Return the days that have rows which are not counted, that counted longest ago first."""
    waiting = select(Day.day).where(Day.loaded != Day.counted, ~Day.pruned)
    return list(connection.scalars(waiting.order_by(Day.until, Day.day)))


def note_pruning(connection: Connection, first: date) -> list[date]:
    """Note that the rows of the days before `first` are deleted; return those days.

    A day with rows that are not counted yet keeps them until they are.
    """
    over = Day.day < first, Day.loaded == Day.counted, ~Day.pruned
    pruned = update(Day).where(*over).values(pruned=True, number=Day.number + 1)
    return list(connection.scalars(pruned.returning(Day.day)))
