"""The visitors' key of a day in PostgreSQL: made by the first node that asks, read by all."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.dialects.postgresql import insert

from linkmgr.clicks.periods import day_in
from linkmgr.store.db.engine import TablesInUse, change_tables, time_of
from linkmgr.store.db.models import VisitorDay, visitor_keys
from linkmgr.store.visitor_key_file import KeyFile

AHEAD = timedelta(minutes=15)
"""How long before midnight nodes fetch the key of the next day."""

APART = timedelta(minutes=15)
"""By how much the clock of a node and PostgreSQL's may differ."""

# PostgreSQL makes the 32 bytes, 244 bits of them at random: a value that a statement brings may get
# into its log. Another node that asks at the same moment waits for this transaction, and then
# leaves the key as it is.
_MAKE = text(f"""
    INSERT INTO {visitor_keys.name} (day, key)
    VALUES (:day, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    ON CONFLICT (day) DO NOTHING RETURNING day""")  # noqa: S608 - a name of ours

# Truncating gives the table a new file, as a deleted row would stay readable in the old one. What
# is kept stays in PostgreSQL's memory meanwhile, and out of its log.
_FORGET = """
    DO $$
    DECLARE kept {table}[];
    BEGIN
        LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
        SELECT array_agg(held) INTO kept FROM {table} AS held WHERE day >= '{first}';
        TRUNCATE {table};
        INSERT INTO {table} SELECT * FROM unnest(kept);
    END $$"""


def fetch_keys(
    engine: Engine, file: KeyFile, timezone: str, now: datetime, *, counts: bool = True
) -> None:
    """Have the file hold the keys of the days that a node has now and soon, if it `counts`.

    A key that the node had to make itself stays, as another one would make each of its readers
    another visitor, and the database marks its day. Raise SQLAlchemyError or OSError.
    """
    today, held = day_in(timezone, now), file.read()
    wanted = {today, day_in(timezone, now + AHEAD)} if counts else set()
    own = [key for key in held if not key.settled]
    missing = sorted(wanted - {key.day for key in held if key.key})
    with engine.begin() as connection:
        clock = time_of(connection)  # by which keys are made and deleted
        first, last = day_in(timezone, clock - APART), day_in(timezone, clock + AHEAD + APART)
        keys = {day: _key_of(connection, day) for day in missing if first <= day <= last}
        _mark(connection, {key.day for key in own})
        past = select(visitor_keys.c.day).where(visitor_keys.c.day < first)
        has_past = connection.execute(past).first() is not None
    if held or keys:
        file.put(today, keys, own)
    if has_past:
        with suppress(TablesInUse):  # somebody reads the table, as for a dump: they go next time
            change_tables(engine, partial(_forget, first=first), patience=0)


def _key_of(connection: Connection, day: date) -> bytes:
    """Return the key of a day.

    If it is made for a day that had one before, which a crash of PostgreSQL took, the day is
    marked.
    """
    if connection.execute(_MAKE, {"day": day}).first():
        added = insert(VisitorDay).values(day=day, doubled=False).on_conflict_do_nothing()
        if not connection.execute(added.returning(VisitorDay.day)).first():
            _mark(connection, [day])
    key = select(visitor_keys.c.key).where(visitor_keys.c.day == day)
    return bytes(connection.scalars(key).one())


def _mark(connection: Connection, days: Iterable[date]) -> None:
    """Note that days had more than one key."""
    if rows := [{"day": day, "doubled": True} for day in sorted(days)]:
        added = insert(VisitorDay).on_conflict_do_update(
            index_elements=["day"], set_={"doubled": True}
        )
        connection.execute(added, rows)


def _forget(connection: Connection, first: date) -> None:
    """Delete the keys of days that are over for all nodes."""
    connection.exec_driver_sql(_FORGET.format(table=visitor_keys.name, first=first))
