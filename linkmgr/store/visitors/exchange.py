"""Exchanging a node's keys of visitors with the database's."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Engine

from linkmgr.store.db.locks import TablesInUse
from linkmgr.store.figures.periods import day_in
from linkmgr.store.visitors.key_file import DayKey, KeyFile, needed
from linkmgr.store.visitors.keys import AHEAD, exchange_keys, forget_past_keys


def exchange(
    engine: Engine, file: KeyFile, timezone: str, now: datetime, *, counts: bool = True
) -> None:
    """Have the file hold the deployment's keys, and the database know what it held instead.

    A node that `counts` gets those of the days it has now and soon. One that has a key of its own
    for a day keeps it: to change it would make each of its readers another visitor. Raise
    SQLAlchemyError or OSError.
    """
    today = day_in(timezone, now)
    wanted = {today, day_in(timezone, now + AHEAD)} if counts else set()
    held = file.read()
    stored = exchange_keys(engine, timezone, held, wanted)
    keys = stored.keys

    def updated(records: list[DayKey]) -> list[DayKey]:
        """Return the present records, which a worker may have changed meanwhile."""
        told = [each._replace(known=True) if each in held else each for each in records]
        days = {each.day for each in told if each.key}
        added = (
            DayKey(day, keys[day], known=True)
            for day in sorted(wanted)
            if day in keys and day not in days
        )
        return needed([*told, *added], today)

    if held or wanted:
        file.update(updated)
    if stored.has_past:
        with suppress(TablesInUse):  # they go next time
            forget_past_keys(engine, timezone)
