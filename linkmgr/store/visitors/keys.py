"""The deployment's keys of visitors in PostgreSQL, and exchanging a node's with them.

There is one a day for all nodes, and none for long after its day.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from secrets import token_bytes

from sqlalchemy import Connection, Engine, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from linkmgr.store.db.engine import TablesInUse, change_tables, copying, time_of
from linkmgr.store.db.models import VisitorDay, visitor_keys
from linkmgr.store.figures.periods import day_in
from linkmgr.store.visitors.key_file import KEY_LENGTH, DayKey, KeyFile, needed

AHEAD = timedelta(minutes=15)
"""How long before midnight nodes fetch the key of the next day."""

APART = timedelta(minutes=15)
"""By how much the clock of a node and PostgreSQL's may differ."""

# Others may read meanwhile, but nobody may write.
_LOCK = text(f"LOCK TABLE {visitor_keys.name} IN SHARE ROW EXCLUSIVE MODE")
_LOCK_ALL = text(f"LOCK TABLE {visitor_keys.name} IN ACCESS EXCLUSIVE MODE")
_TRUNCATE = text(f"TRUNCATE {visitor_keys.name}")
_COPY = f"COPY {visitor_keys.name} (day, key) FROM STDIN"


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """What the database has: the keys, and of the days that had one whether they had others too.

    `first` and `last` are the days that some node may have at present, its clock being a bit apart.
    """

    keys: Mapping[date, bytes]
    days: Mapping[date, bool]
    first: date
    last: date

    def admits(self, day: date) -> bool:
        """Whether a key of a day may be stored."""
        return self.first <= day <= self.last

    @property
    def has_past(self) -> bool:
        """Whether there are keys that nobody needs any more."""
        return not all(map(self.admits, self.keys))


@dataclass(frozen=True, slots=True)
class Exchange:
    """What to tell the database: keys to store, and days on which there were several."""

    new: Mapping[date, bytes]
    doubled: frozenset[date]

    def __bool__(self) -> bool:
        return bool(self.new or self.doubled)


def decide(stored: StoredKeys, held: Sequence[DayKey], wanted: Collection[date]) -> Exchange:
    """Decide what a node that holds some keys, and wants those of some days, has to tell."""
    new: dict[date, bytes] = {}
    doubled = {each.day for each in held if not (each.known or each.key)}
    for day, key, known in held:
        if not key:
            continue
        present = stored.keys.get(day, new.get(day))
        if present is None and stored.admits(day):
            # PostgreSQL has lost it in a crash, or could not be reached when the day began.
            new[day] = key
            if not known and day in stored.days:
                doubled.add(day)
        elif present != key and (present or not known):
            doubled.add(day)
    for day in wanted:
        if day not in stored.keys and day not in new and stored.admits(day):
            new[day] = token_bytes(KEY_LENGTH)
            if day in stored.days:  # its key was lost, and no node that still has it was quicker
                doubled.add(day)
    return Exchange(new, frozenset(day for day in doubled if not stored.days.get(day)))


def exchange_keys(
    engine: Engine, timezone: str, held: Sequence[DayKey], wanted: Collection[date]
) -> StoredKeys:
    """Tell the database of the keys that a node holds, and return all that it then has.

    Raise SQLAlchemyError.
    """
    with engine.connect() as connection:
        stored = _read(connection, timezone)
    if not decide(stored, held, wanted):
        return stored
    with engine.begin() as connection:
        connection.execute(_LOCK)
        stored = _read(connection, timezone)
        told = decide(stored, held, wanted)
        _write(connection, told)
    return replace(stored, keys={**stored.keys, **told.new})


def _forget_past_keys(engine: Engine, timezone: str) -> None:
    """Delete the keys of days that are over for all nodes.

    The table gets a new file, since a deleted row would stay readable in the old one. Raise
    TablesInUse if somebody reads it, such as a dump, or SQLAlchemyError.
    """
    change_tables(engine, partial(_forget, timezone=timezone), patience=0, beside_writers=True)


def _forget(connection: Connection, timezone: str) -> None:
    connection.execute(_LOCK_ALL)
    stored = _read(connection, timezone)
    connection.execute(_TRUNCATE)
    _copy(connection, {day: key for day, key in stored.keys.items() if stored.admits(day)})
    past = VisitorDay.day < stored.first
    connection.execute(delete(VisitorDay).where(past, ~VisitorDay.doubled))


def _read(connection: Connection, timezone: str) -> StoredKeys:
    now = time_of(connection)  # by which keys are made and deleted
    keys = connection.execute(select(visitor_keys.c.day, visitor_keys.c.key))
    days = connection.execute(select(VisitorDay.day, VisitorDay.doubled))
    return StoredKeys(
        {day: bytes(key) for day, key in keys},
        {day: doubled for day, doubled in days},  # noqa: C416 - a Row is a tuple to mypy
        day_in(timezone, now - APART),
        day_in(timezone, now + AHEAD + APART),
    )


def _write(connection: Connection, told: Exchange) -> None:
    _copy(connection, told.new)
    rows = [{"day": day, "doubled": day in told.doubled} for day in {*told.new, *told.doubled}]
    if rows:
        added = insert(VisitorDay)
        doubled = VisitorDay.doubled | added.excluded.doubled
        connection.execute(
            added.on_conflict_do_update(index_elements=["day"], set_={"doubled": doubled}), rows
        )


def _copy(connection: Connection, keys: Mapping[date, bytes]) -> None:
    """Add keys by COPY: the values of other statements may get into PostgreSQL's log."""
    with copying(connection, _COPY) as copy:
        for row in keys.items():
            copy.write_row(row)


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
            _forget_past_keys(engine, timezone)
