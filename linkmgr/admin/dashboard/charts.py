"""What the dashboard draws: charts of days, or of the hours of one, and the heat of places."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from linkmgr.admin.common.drawing import Lines, draw_lines
from linkmgr.admin.dashboard.query import FigureQuery
from linkmgr.store.db.models import start_of_day
from linkmgr.store.figures.figures import Counts, Curve, Ranked
from linkmgr.store.figures.filtered import has_clicks, hours, span_counts
from linkmgr.store.figures.periods import Period, month_of

# The steps of a chart: hours of a day, or days, or weeks or months where days are too many.

# A quarter. More days than that run together on a chart, and make its table too long to read.
_MOST_DAYS = 92

_WEEK = 7


class Interval(StrEnum):
    """The length of a chart's steps."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Step:
    """Some days of a period with their counts together."""

    days: Period
    counts: Counts


@dataclass(frozen=True, slots=True)
class HourStep:
    """An hour of a day with its counts."""

    begin: datetime
    counts: Counts


def interval_of(period: Period) -> Interval:
    """Return the steps in which a period is drawn: months, too, begin with the period."""
    if len(period) <= _MOST_DAYS:
        return Interval.DAY
    return Interval.MONTH if period.since.day == 1 else Interval.WEEK


def steps(curve: Curve, interval: Interval) -> Iterator[Step]:
    """Yield the steps of a curve; the last may be shorter than a week or a month."""
    since, until = curve.period.since, curve.period.until
    first = since
    while first <= until:
        last = min(_last_day(first, interval), until)
        counts = curve.days[(first - since).days : (last - since).days + 1]
        yield Step(Period(first, last), sum(counts, Counts()))
        first = last + timedelta(days=1)


def _last_day(first: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return month_of(first).until
    return first + timedelta(days=_WEEK - 1 if interval is Interval.WEEK else 0)


# Today's figures beside those of another day up to the same time, and the hours of a day.


@dataclass(frozen=True, slots=True)
class DayHours:
    """The counts of a day's hours so far, and of the same hours of the one it is compared with.

    `begin` is the midnight before, in the site's time zone.
    """

    begin: datetime
    now: tuple[Counts, ...]
    before: tuple[Counts, ...]


def cut_to_now(connection: Connection, query: FigureQuery, before: Curve) -> Curve | None:
    """Return a curve whose last day is counted only as far as today has come.

    `None` where the period does not end today, or has other days than the one before (the last days
    are then not beside each other), or where the single clicks are no longer stored.
    """
    so_far = query.today_so_far
    if so_far is None or len(query.period) != len(query.compared):
        return None
    last = query.compared.until
    since = start_of_day(last, query.timezone)
    if before.days[-1] == Counts():
        return before
    if not has_clicks(connection, since, _end_of(last, query.timezone)):
        return None
    counts = span_counts(connection, since, since + so_far, query.filters)
    return replace(before, days=(*before.days[:-1], counts))


def read_hours(
    connection: Connection, query: FigureQuery, now: Curve, before: Curve | None
) -> DayHours | None:
    """Return the hours of a period of one day, `None` where its clicks are no longer stored."""
    if len(query.period) > 1:
        return None
    day, timezone, so_far = query.period.since, query.timezone, query.today_so_far
    since = start_of_day(day, timezone)
    until = _end_of(day, timezone) if so_far is None else since + so_far
    if now.sum != Counts() and not has_clicks(connection, since, until):
        return None
    begin = datetime.fromtimestamp(since / 1000, UTC).astimezone(ZoneInfo(timezone))
    found = hours(connection, since, until, query.filters)
    if before is None or len(query.compared) > 1:
        return DayHours(begin, found, ())
    since = start_of_day(query.compared.since, timezone)
    until = _end_of(query.compared.since, timezone) if so_far is None else since + so_far
    return DayHours(begin, found, hours(connection, since, until, query.filters))


def _end_of(day: date, timezone: str) -> int:
    return start_of_day(day + timedelta(days=1), timezone)


# How hot the places are: the clicks of blocks by rank.

# As many as can be distinguished; zero clicks have no shade.
_SHADES = 5

_HIGHEST_RANK = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """A place with its clicks and its shade, 0 for none."""

    place: str
    clicks: int
    shade: int


@dataclass(frozen=True, slots=True)
class Heat:
    """The clicks of each block (a row) by rank, from 1 on; whether there are `further` ranks."""

    ranks: range
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    further: bool


def heat(places: Iterable[Ranked]) -> Heat:
    """Lay places out by block and rank, the block with the most clicked place first."""
    clicks: dict[str, dict[int, int]] = {}
    for place in places:
        block, _, rank = place.value.rpartition(".")
        if block:
            clicks.setdefault(block, {})[int(rank)] = place.counts.clicks
    highest = max((rank for ranks in clicks.values() for rank in ranks), default=0)
    most = max((number for ranks in clicks.values() for number in ranks.values()), default=0)
    ranks = range(1, min(highest, _HIGHEST_RANK) + 1)
    return Heat(
        ranks,
        tuple(
            (block, tuple(_cell(f"{block}.{rank}", by_rank.get(rank, 0), most) for rank in ranks))
            for block, by_rank in clicks.items()
        ),
        highest > _HIGHEST_RANK,
    )


def _cell(place: str, clicks: int, most: int) -> Cell:
    return Cell(place, clicks, ceil(_SHADES * clicks / most) if clicks else 0)


# A chart: the points of two lines, their scale, and the steps named below.

_GAPS = 4
_DAY = 24  # hours; one that clocks make longer ends at the right, too

AnyStep = Step | HourStep


@dataclass(frozen=True, slots=True)
class Chart:
    """The lines of the clicks of each step, and of those they are compared with.

    `rows` are the steps side by side, which the table under the chart has. `marks` are the steps
    named below, each with how far from the left it is.
    """

    interval: Interval
    rows: tuple[tuple[AnyStep, AnyStep | None], ...]
    lines: Lines
    marks: tuple[tuple[AnyStep, float], ...]


def chart(now: Curve, before: Curve) -> Chart:
    """Draw two curves, of at least two days, on one scale that begins at zero.

    The first steps of both are at the left end. No more of the second are drawn than the first has.
    """
    interval = interval_of(now.period)
    shown = list(steps(now, interval))
    gaps = _gaps(len(shown) - 1)
    marks = [round(n * (len(shown) - 1) / gaps) for n in range(gaps + 1)]
    return _chart(
        interval,
        shown,
        list(steps(before, interval)),
        len(shown) - 1,
        [(shown[at], at) for at in marks],
    )


def hours_chart(hours: DayHours) -> Chart:
    """Draw the hours of a day in the same way, from midnight to midnight."""
    shown, earlier = (
        [HourStep(_hour(hours.begin, n), counts) for n, counts in enumerate(each)]
        for each in (hours.now, hours.before)
    )
    marks = [
        (HourStep(_hour(hours.begin, n), Counts()), n) for n in range(0, _DAY + 1, _DAY // _GAPS)
    ]
    return _chart(Interval.HOUR, shown, earlier, _DAY, marks)


def _chart(
    interval: Interval,
    shown: Sequence[AnyStep],
    earlier: Sequence[AnyStep],
    width: int,
    marks: Sequence[tuple[AnyStep, int]],
) -> Chart:
    """Draw steps, `width` of which reach from the left end to the right."""
    earlier = earlier[: len(shown)]
    now, before = ([step.counts.clicks for step in each] for each in (shown, earlier))
    lines = draw_lines(now, before, steps=width)
    return Chart(
        interval,
        tuple(zip_longest(shown, earlier)),
        lines,
        tuple((step, lines.place(at)) for step, at in marks),
    )


def _hour(begin: datetime, number: int) -> datetime:
    """Return when an hour of a day begins, on whichever clock."""
    return (begin.astimezone(UTC) + timedelta(hours=number)).astimezone(begin.tzinfo)


def _gaps(steps: int) -> int:
    """Return into how many parts to cut the steps: equal ones, unless the steps are many."""
    if steps >= 5 * _GAPS:
        return _GAPS
    return next(parts for parts in range(_GAPS, 0, -1) if steps % parts == 0)
