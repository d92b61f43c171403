"""Counting a day: what each of its rows is, and its totals, by SQL over all of its rows.

The same rows give the same totals, whoever loaded them, in whatever order, and however often their
day is counted. Nobody waits for the counting: it works in temporary tables, and then writes what
differs in brief transactions.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
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
    """How much is counted of one day."""

    new_names: int
    """Posts that are counted by name beside the site's own; as many referrers, and campaigns."""
    daily_clicks: int = DAILY_CLICKS
    """Clicks of one visitor on one item."""


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
        sums = [number + added for number, added in zip(self, more, strict=True)]
        return type(self)(*sums)


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
                totals = _sum_up(connection, rows)
                counted = _count_new(connection, rows)
            _write(connection, turn, rows, totals)
        except _TurnLostError:
            return CountedRows()
        finally:
            with connection.begin():
                _drop_temporary(connection)
    return counted


# When days are counted: at most a twentieth of the time.

# After a count the next one waits this many times as long as it took.
_REST_FACTOR = 20

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
        # The sums of all counts so far.
        self.done = CountedRows()
        self._engine = engine
        self._limits = limits
        self._clock = clock
        self._has_new = threading.Event()
        # By the clock: nothing is done before the first, and days are looked for at the second.
        self._rests_until = 0.0
        self._looks_at = clock() + _LOOK_PAUSE
        self._is_failing = False

    def wake(self) -> None:
        """Have the next `follow` look for days to count; any thread may call it."""
        self._has_new.set()

    def follow(self) -> None:
        """Count a day if one is due."""
        now = self._clock()
        is_due = self._has_new.is_set() or now >= self._looks_at
        if now < self._rests_until or not is_due:
            return
        self._has_new.clear()
        self._looks_at = now + _LOOK_PAUSE
        if self.count_next():
            self._has_new.set()  # perhaps there are more
        ended = self._clock()
        pause = _FAILURE_PAUSE if self._is_failing else _REST_FACTOR * (ended - now)
        self._rests_until = ended + pause

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
            if not self._is_failing:
                _log.warning("clicks are counted later: %s", reason_of(error))
            self._is_failing = True
            self._has_new.set()
            return False
        self._is_failing = False
        return bool(days)


# Several may count a day: the one that began last has its turn, and all earlier ones give up.


class _Turn(NamedTuple):
    """A count of a day, from the moment at which it began."""

    day: date
    claim: int
    """The number of the turn: the day's row has a higher one once another has begun."""
    loaded: int
    """The number of loads whose rows are counted at least."""
    until: int
    """When it began, in milliseconds since 1970."""


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
    if claimed is None:
        return None
    return _Turn(day, claimed.claim, claimed.loaded, until)


def _keep_turn(connection: Connection, turn: _Turn, **values: Any) -> None:
    """Have no other begin until the transaction ends, and write `values` into the day's row.

    Raise _TurnLostError if another has begun.
    """
    changed = connection.execute(
        update(CountedDay)
        .where(CountedDay.day == turn.day, CountedDay.claim == turn.claim, ~CountedDay.pruned)
        .values(**{"claim": turn.claim, **values})
    )
    if not changed.rowcount:
        raise _TurnLostError


# What each row is. The steps of a count are temporary tables:

_AGAIN = "clicked_again"
"""The visitors and items of which the day has several clicks."""
_LEFT_OUT = "left_out_rows"
"""The rows that are repeated or past a cap."""
_ROWS = "counted_rows"
"""All rows of the day, each with what it is now and what it was before."""
_NAMES = "other_names"
"""The names of one dimension that are counted as `OTHER`."""
_TOTALS = "counted_totals"
"""What the rows sum up to."""


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
    item = renames_of(connection).present_ids(ClickRow.item)
    variant = case((ClickRow.variant == "", ""), else_=item + "/" + ClickRow.variant)
    marked: Select[*tuple[Any, ...]] = (
        select(
            ClickRow.id,
            ClickRow.time,
            ClickRow.own,
            ClickRow.visitor,
            item.label("item"),
            ClickRow.post,
            ClickRow.referrer,
            ClickRow.device,
            ClickRow.campaign,
            ClickRow.tracking,
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
    connection: Connection, of_day: Iterable[ColumnElement[bool]], cap: int
) -> Table:
    """Make a temporary table of the rows that are repeated, or past the cap.

    Few visitors come again to an item: those alone are sorted, which takes a third of the time.
    """
    item = renames_of(connection).present_ids(ClickRow.item)
    # Under a name that no column has: PostgreSQL would group by the column.
    pair: tuple[SQLColumnExpression[Any], ...] = ClickRow.visitor, item.label("current_item")
    several = select(*pair).where(*of_day).group_by(*pair).having(func.count() > 1)
    again = _make_table(connection, _AGAIN, several)

    link = *pair, ClickRow.post, ClickRow.block, ClickRow.rank, ClickRow.shop
    time_before = func.lag(ClickRow.time).over(
        partition_by=link, order_by=(ClickRow.time, ClickRow.id)
    )
    is_repeated = func.coalesce(ClickRow.time - time_before < WINDOW, false())
    is_again = and_(again.c.visitor == ClickRow.visitor, again.c.current_item == item)
    columns = ClickRow.id, ClickRow.time, ClickRow.bot, *pair, is_repeated.label("repeated")
    row = select(*columns).join(again, is_again).where(*of_day).subquery().c

    may_count = and_(row.bot == "", ~row.repeated)
    number = func.row_number().over(
        partition_by=(row.visitor, row.current_item, may_count), order_by=(row.time, row.id)
    )
    kind = case(
        (row.repeated, int(RowKind.REPEATED)),
        (and_(row.bot == "", number > cap), int(RowKind.CAPPED)),
    )
    marked = select(row.id, kind.label("kind")).subquery().c
    left_out = select(marked.id, marked.kind).where(marked.kind.is_not(None))
    return _make_table(connection, _LEFT_OUT, left_out)


def _make_table(connection: Connection, name: str, rows: Select[*tuple[Any, ...]]) -> Table:
    """Make a temporary table of rows."""
    made = CreateTableAs(rows, name, temporary=True)
    connection.execute(made)
    if connection.dialect.name == "postgresql":  # which would plan for a small table otherwise
        connection.execute(text(f"ANALYZE {name}"))
    return made.table


def _fold_names(connection: Connection, rows: Table, kept: int) -> None:
    """Replace names by `OTHER` but for the site's own, and the first `kept` others of the day.

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
            .order_by(func.min(rows.c.time), _by_code_point(connection, name))
            .offset(kept)
        )
        connection.execute(insert(folded).from_select(["value"], others))
        values = {"other": rows.c.other + int(bit), dimension.value: OTHER}
        connection.execute(update(rows).where(name.in_(select(folded.c.value))).values(values))
        connection.execute(delete(folded))


def _by_code_point(connection: Connection, name: ColumnElement[str]) -> ColumnElement[str]:
    """Return what sorts texts by code point, as SQLite does in any case."""
    return collate(name, "C") if connection.dialect.name == "postgresql" else name


def _count_new(connection: Connection, rows: Table) -> CountedRows:
    """Return what became of the rows that no count has seen."""
    sums = connection.execute(
        select(rows.c.kind, func.count(), func.count(case((rows.c.other > 0, 1))))
        .where(rows.c.kind_before == RowKind.NEW)
        .group_by(rows.c.kind)
    )
    number_of: dict[int, int] = {}
    folded = 0
    for kind, number, number_with_other in sums:
        number_of[kind] = number
        if kind in {RowKind.READER, RowKind.BOT}:
            folded += number_with_other
    return CountedRows(
        readers=number_of.get(RowKind.READER, 0),
        bots=number_of.get(RowKind.BOT, 0),
        repeated=number_of.get(RowKind.REPEATED, 0),
        capped=number_of.get(RowKind.CAPPED, 0),
        folded=folded,
    )


# The totals of rows that count.

_MAY_LACK = frozenset({Dimension.CAMPAIGN, Dimension.TRACKING, Dimension.VARIANT})
"""Dimensions that many clicks have no value of; clicks without one are not counted by them."""

_COUNTS = ("clicks", "visitors", "bots")
"""The columns with the sums."""


def _sum_up(connection: Connection, rows: Table) -> Table:
    """Make a temporary table of what the marked rows sum up to."""
    totals = Table(
        _TOTALS,
        MetaData(),
        Column("dimension", String, primary_key=True),
        Column("value", String, primary_key=True),
        *(Column(name, BigInteger) for name in _COUNTS),
        prefixes=["TEMPORARY"],
    )
    totals.create(connection)
    is_reader = rows.c.kind == RowKind.READER
    is_bot = rows.c.kind == RowKind.BOT
    for dimension in COUNTED:
        value = literal("") if dimension is Dimension.ALL else rows.c[dimension]
        sums = (
            select(
                literal(dimension.value),
                value,
                func.count(case((is_reader, 1))),
                func.count(distinct(case((is_reader, rows.c.visitor)))),
                func.count(case((is_bot, 1))),
            )
            .where(rows.c.kind.in_((RowKind.READER, RowKind.BOT)))
            .group_by(value)
        )
        if dimension in _MAY_LACK:
            sums = sums.where(value != "")
        connection.execute(insert(totals).from_select(totals.columns.keys(), sums))
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
            _write_marks(connection, rows, step)
    with writing_on(connection):
        _keep_turn(
            connection, turn, counted=turn.loaded, until=turn.until, number=CountedDay.number + 1
        )
        if steps:
            _write_marks(connection, rows, steps[-1])
        _write_totals(connection, turn.day, totals)


def _write_marks(connection: Connection, rows: Table, ids: Sequence[str]) -> None:
    """Write the marks of the rows from the first to the last of these ids."""
    first, last = ids[0], ids[-1]
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
    is_gone = ~exists().where(new.dimension == old.dimension, new.value == old.value)
    of_day = old.dimension.in_([dimension.value for dimension in COUNTED]), old.day == day
    connection.execute(delete(Total).where(*of_day, is_gone))

    counts = [new[name] for name in _COUNTS]
    # SQLite needs a WHERE here, or would take the ON of the conflict for that of a join.
    rows = select(new.dimension, literal(day, Date), new.value, *counts).where(true())
    key = ["dimension", "day", "value"]
    add = insert_into(connection, Total).from_select([*key, *_COUNTS], rows)
    differs = or_(*(old[name] != add.excluded[name] for name in _COUNTS))
    connection.execute(
        add.on_conflict_do_update(
            index_elements=key,
            set_={name: add.excluded[name] for name in _COUNTS},
            where=differs,
        )
    )


def _drop_temporary(connection: Connection) -> None:
    for name in (_AGAIN, _LEFT_OUT, _ROWS, _NAMES, _TOTALS):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))


# The table of days: which are to be counted again, and which state of a day's figures this is.


def note_rows(connection: Connection, day: date) -> bool:
    """Note that rows of clicks were added to a day; return whether it is still counted.

    A day is not if rows of it were deleted.
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
    """Note that items have other ids: all figures may differ, and these `days` are counted again.

    So is a day that is being counted now, perhaps by the earlier ids.
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
    is_over = CountedDay.day < first, CountedDay.loaded == CountedDay.counted, ~CountedDay.pruned
    pruning = update(CountedDay).where(*is_over).values(pruned=True, number=CountedDay.number + 1)
    return list(connection.scalars(pruning.returning(CountedDay.day)))


# The outcome of its day's count for a row, which every query of rows must ask for.

NAMES = {
    Dimension.POST: NameColumn.POST,
    Dimension.REFERRER: NameColumn.REFERRER,
    Dimension.CAMPAIGN: NameColumn.CAMPAIGN,
}
"""The dimensions whose values may be counted as `OTHER`."""


def is_click() -> ColumnElement[bool]:
    """Return the condition of a row that counts as a click, of a reader or a bot."""
    return ClickRow.kind.in_((int(RowKind.READER), int(RowKind.BOT)))


def counted_name(table: type[ClickRow], dimension: Dimension) -> ColumnElement[str]:
    """Return a name as it is counted, which may be `OTHER`."""
    is_other = table.other.op("&")(int(NAMES[dimension])) > 0
    return case((is_other, OTHER), else_=getattr(table, dimension))
