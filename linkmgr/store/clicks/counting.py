"""Counting a day: what each of its rows is, and its totals, by SQL over all of its rows.

The same rows give the same totals, whoever loaded them, in whatever order, and however often their
day is counted. Nobody waits for the counting: it works in temporary tables, and then writes what
differs in brief transactions.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    CreateTableAs,
    Date,
    Engine,
    Integer,
    MetaData,
    Select,
    SQLColumnExpression,
    String,
    Table,
    and_,
    case,
    cast,
    collate,
    delete,
    distinct,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.clicks.counts import COUNTED, Dimension
from linkmgr.clicks.model import OTHER
from linkmgr.store.clicks.renames import renames_of
from linkmgr.store.db.engine import insert_into, reason_of, time_of, writing_on
from linkmgr.store.db.models import (
    ClickRow,
    CountedDay,
    NameColumn,
    RowKind,
    Total,
    keys_of_days,
)

WINDOW = 10_000
"""Milliseconds: longer than a double click, shorter than a second decision."""

DAILY_CLICKS = 20
"""Clicks of one visitor on one item that count on one day.

A reader seldom follows one link more than once or twice. A visitor is an address with a user agent,
though, and so may be all telephones of one kind behind an office's or a mobile network's address.
"""

# The rows that are marked in one transaction, which a loader waits for.
_STEP = 20_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CountLimits:
    """What counts of a day."""

    # Posts, referrers and campaigns that are kept by name, of each as many, besides the site's own.
    new_names: int
    # Clicks of one visitor on one item.
    daily_clicks: int = DAILY_CLICKS


class CountedRows(NamedTuple):
    """What became of the rows that were counted for the first time."""

    readers: int = 0
    bots: int = 0
    repeated: int = 0
    capped: int = 0
    folded: int = 0
    """The readers' and bots' rows with a name that is counted as `OTHER`."""

    def plus(self, more: Self) -> Self:
        """Return the sums of both."""
        return type(self)(*map(sum, zip(self, more, strict=True)))


def count_days(engine: Engine, limits: CountLimits) -> CountedRows:
    """Count all days that have rows which are not counted."""
    with engine.connect() as connection:
        days = days_to_count(connection)
    counted = CountedRows()
    for day in days:
        counted = counted.plus(count_day(engine, day, limits))
    return counted


def count_day(engine: Engine, day: date, limits: CountLimits) -> CountedRows:
    """Mark the rows of a day and replace its totals, unless rows of it were deleted.

    Raise SQLAlchemyError. Wherever it is interrupted, or if another counts the day meanwhile, the
    day's totals are as before, and it remains to be counted.
    """
    with engine.connect() as connection:
        turn = _take_turn(connection, day)
        if turn is None:
            return CountedRows()
        try:
            with connection.begin():
                rows = _mark_rows(connection, day, limits)
                totals = _total_up(connection, rows)
                counted = _count_new(connection, rows)
            _write(connection, turn, rows, totals)
        except _TurnLostError:
            return CountedRows()
        finally:
            with connection.begin():
                _drop_temporary(connection)
    return counted


# When days are counted: at most a twentieth of the time.

# After a count, until the next: so many times what it took.
_REST = 20

# Seconds until days are looked for without any sign of new clicks, as another node may have ended
# before it counted its own.
_LOOK_PAUSE = 60.0

# Seconds after a count that failed.
_FAILURE_PAUSE = 5.0


class DayCounting:
    """Counts a day each time that `follow` finds one that is due; one thread may call that.

    The day that was counted longest ago comes first, so that a backlog does not hold up today.
    """

    def __init__(
        self, engine: Engine, limits: CountLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.done = CountedRows()
        self._engine = engine
        self._limits = limits
        self._clock = clock
        self._has_new = threading.Event()
        self._rests_until = 0.0
        self._look_at = clock() + _LOOK_PAUSE
        self._failing = False

    def wake(self) -> None:
        """Have the next `follow` look for days to count; any thread may call it."""
        self._has_new.set()

    def follow(self) -> None:
        """Count a day if one is due."""
        now = self._clock()
        if now < self._rests_until or not (self._has_new.is_set() or now >= self._look_at):
            return
        self._has_new.clear()
        self._look_at = now + _LOOK_PAUSE
        if self.count_next():
            self._has_new.set()  # perhaps there are more
        ended = self._clock()
        self._rests_until = ended + (_FAILURE_PAUSE if self._failing else _REST * (ended - now))

    def count_next(self) -> bool:
        """Count the day that was counted longest ago; return whether there was one.

        An error is logged once: the day remains to be counted.
        """
        try:
            with self._engine.connect() as connection:
                days = days_to_count(connection)
            if days:
                self.done = self.done.plus(count_day(self._engine, days[0], self._limits))
        except (SQLAlchemyError, OSError) as error:
            if not self._failing:
                _log.warning("clicks are counted later: %s", reason_of(error))
            self._failing = True
            self._has_new.set()
            return False
        self._failing = False
        return bool(days)


# Several may count a day: the one that began last has its turn, and all earlier ones give up.


class _Turn(NamedTuple):
    day: date
    claim: int
    loaded: int
    """Which of the day's loads are counted at least."""
    until: int
    """When the turn began, in milliseconds since 1970."""


class _TurnLostError(Exception):
    """Another has begun to count the day, or to delete its rows."""


def _take_turn(connection: Connection, day: date) -> _Turn | None:
    with writing_on(connection):
        claimed = connection.execute(
            update(CountedDay)
            .where(CountedDay.day == day, ~CountedDay.pruned)
            .values(claim=CountedDay.claim + 1)
            .returning(CountedDay.claim, CountedDay.loaded)
        ).one_or_none()
        until = int(time_of(connection).timestamp() * 1000)
    return claimed and _Turn(day, claimed.claim, claimed.loaded, until)


def _keep_turn(connection: Connection, turn: _Turn, **values: Any) -> None:
    """Change the day's row in the transaction that writes. Raise _TurnLostError."""
    changed = connection.execute(
        update(CountedDay)
        .where(CountedDay.day == turn.day, CountedDay.claim == turn.claim, ~CountedDay.pruned)
        .values(**{"claim": turn.claim, **values})
    )
    if not changed.rowcount:
        raise _TurnLostError


# What each row is.

_AGAIN, _LEFT_OUT, _ROWS = "clicked_again", "left_out_rows", "counted_rows"
_NAMES, _TOTALS = "other_names", "counted_totals"


def _mark_rows(connection: Connection, day: date, limits: CountLimits) -> Table:
    """Make a temporary table of the day's rows, each with what it is."""
    _drop_temporary(connection)
    first, end = keys_of_days(day, day)
    of_day = ClickRow.day == day, ClickRow.id >= first, ClickRow.id < end
    left_out = _find_left_out(connection, of_day, limits.daily_clicks)
    bot_or_reader = case((ClickRow.bot == "", int(RowKind.READER)), else_=int(RowKind.BOT))
    place = case(
        (ClickRow.block == "", ""), else_=ClickRow.block + "." + cast(ClickRow.rank, String)
    )
    item = renames_of(connection).column(ClickRow.item)
    variant = case((ClickRow.variant == "", ""), else_=item + "/" + ClickRow.variant)
    marked: Select[*tuple[Any, ...]] = (
        select(
            *(ClickRow.id, ClickRow.time, ClickRow.own, ClickRow.visitor, item.label("item")),
            *(ClickRow.post, ClickRow.referrer, ClickRow.device),
            *(ClickRow.campaign, ClickRow.tracking),
            place.label("place"),
            variant.label("variant"),
            ClickRow.kind.label("kind_before"),
            ClickRow.other.label("other_before"),
            func.coalesce(left_out.c.kind, bot_or_reader).label("kind"),
            literal(0, Integer).label("other"),
        )
        .outerjoin(left_out, left_out.c.id == ClickRow.id)
        .where(*of_day)
    )
    rows = _make_table(connection, _ROWS, marked)
    _fold_names(connection, rows, limits.new_names)
    return rows


def _find_left_out(
    connection: Connection, of_day: Iterable[ColumnElement[bool]], most: int
) -> Table:
    """Make a temporary table of the rows that are repeated, or past the cap of `most`.

    Few visitors come again to an item: those alone are sorted, which takes a third of the time.
    """
    item = renames_of(connection).column(ClickRow.item)
    # Under a name that no column has: PostgreSQL would group by the column.
    pair: tuple[SQLColumnExpression[Any], ...] = ClickRow.visitor, item.label("current_item")
    again = select(*pair).where(*of_day).group_by(*pair).having(func.count() > 1)
    pairs = _make_table(connection, _AGAIN, again).c
    link = *pair, ClickRow.post, ClickRow.block, ClickRow.rank, ClickRow.shop
    before = func.lag(ClickRow.time).over(partition_by=link, order_by=(ClickRow.time, ClickRow.id))
    row = (
        select(
            *(ClickRow.id, ClickRow.time, ClickRow.bot, *pair),
            func.coalesce(ClickRow.time - before < WINDOW, false()).label("repeated"),
        )
        .join(
            pairs.visitor.table,
            and_(pairs.visitor == ClickRow.visitor, pairs.current_item == item),
        )
        .where(*of_day)
        .subquery()
        .c
    )
    may_count = and_(row.bot == "", ~row.repeated)
    number = func.row_number().over(
        partition_by=(row.visitor, row.current_item, may_count), order_by=(row.time, row.id)
    )
    kind = case(
        (row.repeated, int(RowKind.REPEATED)),
        (and_(row.bot == "", number > most), int(RowKind.CAPPED)),
    )
    marked = select(row.id, kind.label("kind")).subquery().c
    return _make_table(
        connection, _LEFT_OUT, select(marked.id, marked.kind).where(marked.kind.is_not(None))
    )


def _make_table(connection: Connection, name: str, rows: Select[*tuple[Any, ...]]) -> Table:
    """Make a temporary table of rows."""
    made = CreateTableAs(rows, name, temporary=True)
    connection.execute(made)
    if connection.dialect.name == "postgresql":  # which else takes it for a small one
        connection.execute(text(f"ANALYZE {name}"))
    return made.table


def _fold_names(connection: Connection, rows: Table, kept: int) -> None:
    """Count the names as `OTHER` that came after the first `kept` others of the day.

    A name is the site's own if it was for one of the day's rows.
    """
    folded = Table(_NAMES, MetaData(), Column("value", String), prefixes=["TEMPORARY"])
    folded.create(connection)
    for dimension, bit in NAMES.items():
        name = rows.c[dimension]
        others = (
            select(name)
            .where(name.not_in(("", OTHER)))
            .group_by(name)
            .having(func.max(rows.c.own.op("&")(int(bit))) == 0)
            .order_by(func.min(rows.c.time), _in_order(connection, name))
            .offset(kept)
        )
        connection.execute(insert(folded).from_select(["value"], others))
        values = {"other": rows.c.other + int(bit), dimension.value: OTHER}
        connection.execute(update(rows).where(name.in_(select(folded.c.value))).values(values))
        connection.execute(delete(folded))


def _in_order(connection: Connection, name: ColumnElement[str]) -> ColumnElement[str]:
    """Return a text to sort by its characters' numbers, as SQLite does in any case."""
    return collate(name, "C") if connection.dialect.name == "postgresql" else name


def _count_new(connection: Connection, rows: Table) -> CountedRows:
    """Return what became of the rows that no count has seen."""
    sums = connection.execute(
        select(rows.c.kind, func.count(), func.count(case((rows.c.other > 0, 1))))
        .where(rows.c.kind_before == RowKind.NEW)
        .group_by(rows.c.kind)
    ).all()
    number = {kind: count for kind, count, _ in sums}
    folded = sum(other for kind, _, other in sums if kind in {RowKind.READER, RowKind.BOT})
    return CountedRows(
        readers=number.get(RowKind.READER, 0),
        bots=number.get(RowKind.BOT, 0),
        repeated=number.get(RowKind.REPEATED, 0),
        capped=number.get(RowKind.CAPPED, 0),
        folded=folded,
    )


# The totals of rows that count.

_MAY_LACK = frozenset({Dimension.CAMPAIGN, Dimension.TRACKING, Dimension.VARIANT})
"""Dimensions that many clicks have no value of; clicks without one are not counted by them."""


def _total_up(connection: Connection, rows: Table) -> Table:
    """Make a temporary table of what the marked rows sum up to."""
    totals = Table(
        _TOTALS,
        MetaData(),
        *(Column(name, String, primary_key=True) for name in ("dimension", "value")),
        *(Column(name, BigInteger) for name in ("clicks", "visitors", "bots")),
        prefixes=["TEMPORARY"],
    )
    totals.create(connection)
    of_reader = rows.c.kind == RowKind.READER
    for dimension in COUNTED:
        value = literal("") if dimension is Dimension.ALL else rows.c[dimension]
        summed = (
            select(
                literal(dimension.value),
                value,
                func.count(case((of_reader, 1))),
                func.count(distinct(case((of_reader, rows.c.visitor)))),
                func.count(case((rows.c.kind == RowKind.BOT, 1))),
            )
            .where(rows.c.kind.in_((RowKind.READER, RowKind.BOT)))
            .group_by(value)
        )
        if dimension in _MAY_LACK:
            summed = summed.where(value != "")
        connection.execute(insert(totals).from_select(totals.columns.keys(), summed))
    return totals


# Writing what differs.


def _write(connection: Connection, turn: _Turn, rows: Table, totals: Table) -> None:
    """Write the marks that differ, in steps, and with the last of them the totals."""
    differs = or_(rows.c.kind != rows.c.kind_before, rows.c.other != rows.c.other_before)
    with connection.begin():
        changed = connection.scalars(select(rows.c.id).where(differs).order_by(rows.c.id)).all()
    steps = [changed[first : first + _STEP] for first in range(0, len(changed), _STEP)]
    for step in steps[:-1]:
        with writing_on(connection):
            _keep_turn(connection, turn)
            _write_marks(connection, rows, step[0], step[-1])
    with writing_on(connection):
        _keep_turn(
            connection, turn, counted=turn.loaded, until=turn.until, number=CountedDay.number + 1
        )
        if steps:
            _write_marks(connection, rows, steps[-1][0], steps[-1][-1])
        _write_totals(connection, turn.day, totals)


def _write_marks(connection: Connection, rows: Table, first: str, last: str) -> None:
    """Write the marks of the rows from one id to another."""
    connection.execute(
        update(ClickRow)
        .where(
            ClickRow.id == rows.c.id,
            ClickRow.id.between(first, last),
            rows.c.id.between(first, last),
            or_(ClickRow.kind != rows.c.kind, ClickRow.other != rows.c.other),
        )
        .values(kind=rows.c.kind, other=rows.c.other)
    )


def _write_totals(connection: Connection, day: date, totals: Table) -> None:
    """Replace the day's totals: few differ from those of the count before."""
    old, new = Total.__table__.c, totals.c
    gone = ~exists().where(new.dimension == old.dimension, new.value == old.value)
    of_day = old.dimension.in_([dimension.value for dimension in COUNTED]), old.day == day
    connection.execute(delete(Total).where(*of_day, gone))
    add = insert_into(connection, Total).from_select(
        ["dimension", "day", "value", *_COUNTS],
        select(
            new.dimension, literal(day, Date), new.value, *(new[name] for name in _COUNTS)
        ).where(true()),
    )
    differs = or_(*(old[name] != add.excluded[name] for name in _COUNTS))
    connection.execute(
        add.on_conflict_do_update(
            index_elements=["dimension", "day", "value"],
            set_={name: add.excluded[name] for name in _COUNTS},
            where=differs,
        )
    )


_COUNTS = ("clicks", "visitors", "bots")


def _drop_temporary(connection: Connection) -> None:
    for name in (_AGAIN, _LEFT_OUT, _ROWS, _NAMES, _TOTALS):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))


# The table of days: which are to be counted again, and which state of a day's figures this is.


def note_rows(connection: Connection, day: date) -> bool:
    """Note that rows of clicks were added to a day; return whether it is still counted.

    A day of which rows were deleted is not.
    """
    now = int(time_of(connection).timestamp() * 1000)
    row = {"day": day, "number": 0, "loaded": 1, "counted": 0, "claim": 0, "until": now}
    added = insert_into(connection, CountedDay).values(**row, pruned=False)
    until = case((CountedDay.loaded == CountedDay.counted, now), else_=CountedDay.until)
    noted = added.on_conflict_do_update(
        index_elements=["day"], set_={"loaded": CountedDay.loaded + 1, "until": until}
    ).returning(CountedDay.pruned)
    is_pruned: bool = connection.scalars(noted).one()
    return not is_pruned


def note_renames(connection: Connection, days: Iterable[date]) -> None:
    """Note that items have other ids: all figures may differ, and some days are counted again.

    So is a day that is being counted now, perhaps by the ids of before.
    """
    now = int(time_of(connection).timestamp() * 1000)
    is_waiting = CountedDay.loaded != CountedDay.counted
    connection.execute(
        update(CountedDay).where(CountedDay.number > 0).values(number=CountedDay.number + 1)
    )
    connection.execute(
        update(CountedDay)
        .where(or_(CountedDay.day.in_([*days]), is_waiting), ~CountedDay.pruned)
        .values(loaded=CountedDay.loaded + 1, until=case((is_waiting, CountedDay.until), else_=now))
    )


def note_views(connection: Connection, days: Iterable[date]) -> None:
    """Note that the views of days have changed."""
    for day in sorted(days):
        row = {"day": day, "number": 1, "loaded": 0, "counted": 0, "claim": 0, "until": 0}
        added = insert_into(connection, CountedDay).values(**row, pruned=False)
        connection.execute(
            added.on_conflict_do_update(
                index_elements=["day"], set_={"number": CountedDay.number + 1}
            )
        )


def days_to_count(connection: Connection) -> list[date]:
    """Return the days that have rows which are not counted, that counted longest ago first."""
    waiting = select(CountedDay.day).where(
        CountedDay.loaded != CountedDay.counted, ~CountedDay.pruned
    )
    return list(connection.scalars(waiting.order_by(CountedDay.until, CountedDay.day)))


def note_pruning(connection: Connection, first: date) -> list[date]:
    """Note that the rows of the days before `first` are deleted; return those days.

    A day with rows that are not counted yet keeps them until they are.
    """
    over = CountedDay.day < first, CountedDay.loaded == CountedDay.counted, ~CountedDay.pruned
    pruned = update(CountedDay).where(*over).values(pruned=True, number=CountedDay.number + 1)
    return list(connection.scalars(pruned.returning(CountedDay.day)))


# What the count of its day has said of a row, which every query of rows must ask for.

NAMES = {
    Dimension.POST: NameColumn.POST,
    Dimension.REFERRER: NameColumn.REFERRER,
    Dimension.CAMPAIGN: NameColumn.CAMPAIGN,
}
"""The dimensions whose values may be counted as `OTHER`."""


def is_click() -> ColumnElement[bool]:
    """Return whether a row is a click that counts, bots included."""
    return ClickRow.kind.in_((int(RowKind.READER), int(RowKind.BOT)))


def counted_name(of: type[ClickRow], dimension: Dimension) -> ColumnElement[str]:
    """Return a name as it is counted."""
    is_other = of.other.op("&")(int(NAMES[dimension])) > 0
    return case((is_other, OTHER), else_=getattr(of, dimension))
