"""Limits of what counts: new names and rows a day, a visitor's daily caps, repetitions.

A loader remembers what it has counted, and learns from a log what others have counted meanwhile.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from cachetools import LRUCache
from sqlalchemy import Connection, delete, func, insert, select

from linkmgr.clicks.model import OTHER
from linkmgr.clicks.reports import Seen
from linkmgr.store.clicks.totals import ViewKey, ViewRows, variant_name
from linkmgr.store.db.models import ClickRow, Load, Name, ViewRow, key_at, key_of_day
from linkmgr.store.figures.views import ViewCounts

# The log of loaders' transactions, by which each knows what the others have written meanwhile.

# A loader that is further behind than this many transactions reads anew what it needs.
_KEPT_LOADS = 1_000
_DELETED = 100  # at once


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

        `None` if that is unknown: after a start, or if the log does not reach back far enough.
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
        """Tell the others what this transaction has written, after it has read the log."""
        number = (self._last or 0) + 1
        connection.execute(insert(Load).values(id=number, first=span.first, last=span.last))
        if number % _DELETED == 0:
            connection.execute(delete(Load).where(Load.id <= number - _KEPT_LOADS))
        self._last = number


# A daily limit on new names of posts, referrers and campaigns, which come from readers.

# The most names that are cached, and the most that one query asks for.
_KEPT, _ASKED = 100_000, 5_000


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The site's own names, which are kept however many others readers bring."""

    posts: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()


class CardinalityLimit:
    """Limits the new values of one dimension per day; those in `own` are always known."""

    def __init__(self, dimension: str, limit: int, own: Iterable[str] = ()) -> None:
        self._dimension = dimension
        self._limit = limit
        self._own = frozenset(own) | {"", OTHER}
        self._known = set(self._own)

    def buckets(self, connection: Connection, values: Sequence[str], day: date) -> Sequence[str]:
        """Return the values of a day's clicks, with `OTHER` for new ones past the day's limit.

        If there are none, it is the sequence that was given.
        """
        distinct = {*values}
        if distinct <= self._known or self._learn(connection, distinct, values, day):
            return values
        known = self._known
        return [value if value in known else OTHER for value in values]

    def _learn(
        self, connection: Connection, distinct: set[str], values: Sequence[str], day: date
    ) -> bool:
        """Learn values; return whether all are then known."""
        if len(self._known) > _KEPT:
            self._known = set(self._own)
        self._known.update(self._seen_before(connection, distinct - self._known))
        # In the order of the clicks.
        new = dict.fromkeys(value for value in values if value not in self._known)
        self._known.update(self._take_in(connection, new, day))
        return distinct <= self._known

    def _seen_before(self, connection: Connection, values: Iterable[str]) -> Iterator[str]:
        rest = iter(values)
        while some := list(islice(rest, _ASKED)):
            yield from connection.scalars(
                select(Name.value).where(Name.dimension == self._dimension, Name.value.in_(some))
            )

    def _take_in(self, connection: Connection, new: Iterable[str], day: date) -> Sequence[str]:
        """Store the new values that are within the limit, and return them."""
        room = max(self._limit - self._taken(connection, day), 0)
        if taken := [*islice(new, room)]:
            rows = [{"dimension": self._dimension, "value": each, "since": day} for each in taken]
            connection.execute(insert(Name), rows)
        return taken

    def _taken(self, connection: Connection, day: date) -> int:
        query = select(func.count()).where(Name.dimension == self._dimension, Name.since == day)
        return connection.scalar(query) or 0


# A visitor's clicks on an item count up to a number a day, whatever posts and places they name, and
# so do their views of it.

DAILY_CLICKS = 20
"""Clicks of one visitor on one item that count on one day.

A reader seldom follows one link more than once or twice. A visitor is an address with a user agent,
though, and so may be all telephones of one kind behind an office's or a mobile network's address.
"""

DAILY_VIEWS = 50
"""Views by one visitor of one item that count on one day, and clicks that come after their view.

A reader of many posts sees it in each.
"""

# The number of pairs remembered, about 100 bytes each. Past that, those that counted least are
# forgotten first, and may count as often again.
_REMEMBERED = 500_000

# A backlog has clicks of several days, each of which is read from the database when it comes up.
_DAYS = 3

Pair = tuple[int, str] | tuple[str, str]
"""A visitor and an item."""

Counted = Callable[[Connection, date], Iterable[tuple[Pair, int]]]
"""Returns how often each pair has counted on a day, as far as the database knows."""


class DailyCap:
    """Caps how often a pair counts per day, counting in memory, after a start from the database."""

    def __init__(self, most: int, counted: Counted) -> None:
        self._most = most
        self._counted = counted
        self._days: LRUCache[date, dict[Pair, int]] = LRUCache(_DAYS)

    def exceeded(self, connection: Connection, day: date, pairs: Iterable[Pair]) -> Iterator[bool]:
        """Yield for each pair, as often as it comes, whether it exceeds the day's cap."""
        most, counts = self._most, self._counts(connection, day)
        count_of = counts.get
        for pair in pairs:
            count = count_of(pair, 0)
            if count < most:
                counts[pair] = count + 1
            yield count >= most

    def _counts(self, connection: Connection, day: date) -> dict[Pair, int]:
        if day not in self._days:
            self._days[day] = dict(self._counted(connection, day))
        counts: dict[Pair, int] = self._days[day]
        if len(counts) > _REMEMBERED:
            _forget_fewest(counts)
        return counts


def clicks_of_visitors(
    timezone: str, connection: Connection, day: date
) -> Iterator[tuple[Pair, int]]:
    """Yield how often each visitor has clicked on each item on a day of a time zone."""
    since = key_of_day(day, timezone)
    until = key_of_day(day + timedelta(days=1), timezone)
    query = (
        select(ClickRow.visitor, ClickRow.item, func.count())
        .where(ClickRow.id >= since, ClickRow.id < until, ClickRow.bot == "")
        .group_by(ClickRow.visitor, ClickRow.item)
    )
    for visitor, item, count in connection.execute(query):
        yield (visitor, item), count


def _forget_fewest(counts: dict[Pair, int]) -> None:
    """Forget at least half, those that counted least first."""
    least = 0
    while len(counts) > _REMEMBERED // 2:
        least += 1
        kept = [(pair, count) for pair, count in counts.items() if count > least]
        counts.clear()
        counts.update(kept)


# In a test of variants a visitor counts once a day for each: one browser must not decide a test.

# The number of visits remembered of a day, about 100 bytes each. Past that the earlier half is
# forgotten, and each of these visitors may count once more.
_REMEMBERED_VISITS = 500_000


class VariantVisits:
    """Counts at most one view and one clicked view of a visitor, day and variant, in memory.

    A visitor may count once more after a restart, and where another loader has the report.
    """

    def __init__(self) -> None:
        # By a hash of visitor and variant: whether the visit has its click.
        self._days: LRUCache[date, dict[int, bool]] = LRUCache(_DAYS)

    def count(self, day: date, visitor: str, seen: Iterable[Seen]) -> dict[str, ViewCounts]:
        """Return what a report adds to each variant, by the variant's name.

        A click counts its view as well if no report has brought that.
        """
        was_clicked = self._visits_of(day)
        added: dict[str, ViewCounts] = {}
        for placement in seen:
            if not placement.variant:
                continue
            name = variant_name(placement.item, placement.variant)
            visit = hash((visitor, name))
            is_known = visit in was_clicked
            views = 0 if is_known else placement.clicked or placement.views - placement.repeated
            clicked = 0 if was_clicked.get(visit) else placement.clicked
            if views or clicked:
                was_clicked[visit] = bool(clicked)
                added[name] = added.get(name, ViewCounts()).plus(ViewCounts(views, clicked))
        return added

    def _visits_of(self, day: date) -> dict[int, bool]:
        visits: dict[int, bool] = self._days.setdefault(day, {})
        if len(visits) > _REMEMBERED_VISITS:
            for visit in list(islice(visits, _REMEMBERED_VISITS // 2)):
                del visits[visit]
        return visits


# A day gets only so many rows of views, whatever posts and places readers name, and none of them
# more clicks than views.

_MOST_ROWS = 50_000
"""Rows of views that a day gets where nobody knows the site; the rest counts by item alone.

Two million rows a year are 6,000 a day. This is a day on which each of 10,000 posts was read.
"""

_FEWEST_OTHERS = 1_000
"""Rows of a day for what the site does not show by now, and at least as many as it shows.

Pages that were built earlier are read for a while yet.
"""

_ROWS_OF_A_PLACE = 2
"""Rows of a day for each place that the site shows, and `_FEWEST_OTHERS` on a small one.

One tag and one variant are usual. Readers can name any of the catalog's: views past these rows
count in the place's one row without either.
"""

Shown = tuple[str, str, int, str]
"""A post's key, and a block, rank and item that it shows."""


@dataclass(slots=True)
class _DayOfViews:
    """How many views of a day have no click yet, by a hash of a row's key.

    Of the rows `shown` are for what the site shows, `others` for what it does not.
    """

    rows: dict[int, int]
    shown: int = 0
    others: int = 0

    def count(self, *, is_shown: bool) -> None:
        """Count one more row."""
        self.shown += is_shown
        self.others += not is_shown


class ViewLimits:
    """Limits the rows of views that a day gets, and the clicks of a row to its views.

    `shown` returns what the site shows, all of which is taken in.
    """

    def __init__(self, shown: Callable[[], Collection[Shown]]) -> None:
        self._shown = shown
        self._days: LRUCache[date, _DayOfViews] = LRUCache(_DAYS)

    def take(
        self, connection: Connection, day: date, views: ViewRows
    ) -> Iterator[tuple[ViewKey, ViewCounts, ViewKey]]:
        """Yield what counts of each placement, and the row of the day that has it."""
        of_day = self._of_day(connection, day)
        for key, counts in views.items():
            row = self._row(of_day, key)
            before = of_day.rows.get(hash(row), 0)
            # In a row of several placements nobody knows whose views have no click.
            counting = _with_views(counts, before if row == key else 0)
            of_day.rows[hash(row)] = before + counting.views - counting.clicked
            yield key, counting, row

    def _row(self, of_day: _DayOfViews, key: ViewKey) -> ViewKey:
        """Return the row of a placement: its own while the day has it, or room for it."""
        if hash(key) in of_day.rows:
            return key
        shown = self._shown()
        is_shown = _placement(key) in shown
        if is_shown:
            room = max(_ROWS_OF_A_PLACE * len(shown), _FEWEST_OTHERS) - of_day.shown
            past = key._replace(variant="", tracking="")
        else:
            most = min(max(len(shown), _FEWEST_OTHERS), _MOST_ROWS) if shown else _MOST_ROWS
            room = most - of_day.others
            past = ViewKey(key.item, OTHER, "", 0, "", "")
        if room <= 0:
            return past
        of_day.count(is_shown=is_shown)
        return key

    def _of_day(self, connection: Connection, day: date) -> _DayOfViews:
        if day not in self._days:
            self._days[day] = self._read(connection, day)
        return self._days[day]

    def _read(self, connection: Connection, day: date) -> _DayOfViews:
        shown, found = self._shown(), _DayOfViews({})
        columns = (getattr(ViewRow, name) for name in ViewKey._fields)
        rows = select(*columns, ViewRow.views - ViewRow.clicked).where(ViewRow.day == day)
        for *values, unclicked in connection.execute(rows):
            key = ViewKey(*values)
            found.rows[hash(key)] = unclicked
            found.count(is_shown=_placement(key) in shown)
        return found


def _placement(key: ViewKey) -> Shown:
    return key.post, key.block, key.rank, key.item


def _with_views(counts: ViewCounts, unclicked: int) -> ViewCounts:
    """Add the views that clicks lack beside earlier ones: their report was lost, or forged."""
    return counts._replace(views=max(counts.views, counts.clicked - unclicked))


# A reader's second click on the same link within seconds does not count.

WINDOW = 10_000
"""Milliseconds: longer than a double click, shorter than a second decision."""

# A generation of links that were clicked is forgotten when two more have come, each of this many
# and at least this long (milliseconds), a second being what clicks of several workers may come
# late: at 25,000 clicks a second some 550,000 links are remembered.
_GENERATION = 50_000
_LENGTH = WINDOW + 1_000

Place = tuple[int, str, str, str, int, str]
"""Who clicked on what: the visitor, and the item, post, block, rank and shop."""


@dataclass(slots=True)
class _Generation:
    """When links were counted, each known by a hash of who clicked on what.

    `first` has for each the first time that was counted, which for nearly all is the only one. In
    `others` are the rest: time is cut into windows, in each of which a link has at most one.
    """

    since: int = 0
    first: dict[int, int] = field(default_factory=dict)
    others: dict[int, int] = field(default_factory=dict)

    def has_near(self, link: int, time: int) -> bool:
        """Whether a link was counted within a window's length of a time, before it or after."""
        times = [self.first.get(link), *(self.others.get(key) for key in _windows(link, time))]
        return any(each is not None and -WINDOW < time - each < WINDOW for each in times)

    def remember(self, link: int, time: int) -> None:
        """Remember that a link was counted at a time."""
        if self.first.setdefault(link, time) != time:
            self.others[_windows(link, time)[0]] = time


def _windows(link: int, time: int) -> tuple[int, int, int]:
    key = link + time // WINDOW
    return key, key - 1, key + 1


class ClickDeduplicator:
    """Finds repeated clicks, in whatever order they come, by remembering those that counted."""

    def __init__(self) -> None:
        self._now = _Generation()
        self._before = _Generation()
        self._remembered = 0, 0  # of which time all are
        self._by_others: tuple[Span, ...] = ()

    def catch_up(self, by_others: Sequence[Span] | None) -> None:
        """Take note of what other loaders have written since, `None` if that is unknown."""
        if by_others is None:
            self._remembered = 0, 0
        else:
            self._by_others += tuple(by_others)

    def recall(self, connection: Connection, first: int, last: int) -> None:
        """Learn the rows that clicks from the time `first` to `last` may repeat.

        Rows that were read are read again only where others have written since, so that a loader
        that keeps up reads next to none.
        """
        since, until = self._remembered
        first, last = first - WINDOW, last + WINDOW
        if not since <= first <= until:  # after a start, a pause, or a clock's leap
            since = until = first
        for span in self._by_others:
            start, end = max(span.first, since), min(span.last + 1, until)
            if start < end:
                # What is too old to be repeated now is read should it ever be needed.
                since = max(since, min(end, first)) if start < first else since
                self._learn(connection, max(start, first), end)
        self._by_others = ()
        self._remembered = since, max(until, last)
        self._learn(connection, until, last)

    def _learn(self, connection: Connection, since: int, until: int) -> None:
        for place, time in _counted(connection, since, until) if since < until else ():
            any(self.repeated([place], [time]))

    def repeated(self, places: Iterable[Place], times: Iterable[int]) -> Iterator[bool]:
        """Yield for each click whether its place was clicked within a window's length.

        If it was not, the click is remembered.
        """
        now, before = self._now, self._before
        first, first_before = now.first, before.first
        for link, time in zip(map(hash, places), times, strict=True):
            if link not in first and link not in first_before:  # as nearly all are
                first[link] = time
            elif now.has_near(link, time) or before.has_near(link, time):
                yield True
                continue
            else:
                now.remember(link, time)
            if len(first) + len(now.others) >= _GENERATION and abs(time - now.since) >= _LENGTH:
                self._age(time)
                now, before = self._now, self._before
                first, first_before = now.first, before.first
            yield False

    def _age(self, time: int) -> None:
        """Begin a new generation."""
        since, until = self._remembered
        self._remembered = max(since, self._now.since), until
        self._now, self._before = _Generation(time), self._now


def _counted(connection: Connection, since: int, until: int) -> Iterator[tuple[Place, int]]:
    """Yield the clicks that have a row, from one time to another."""
    query = select(
        ClickRow.visitor,
        ClickRow.item,
        ClickRow.post,
        ClickRow.block,
        ClickRow.rank,
        ClickRow.shop,
        ClickRow.time,
    ).where(ClickRow.id >= key_at(since), ClickRow.id < key_at(until))
    for row in connection.execute(query.order_by(ClickRow.id)):
        visitor, item, post, block, rank, shop, time = row
        yield (visitor, item, post, block, rank, shop), time
