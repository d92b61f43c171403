"""What the dashboard draws: charts of days, or of the hours of one, and the edits on them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from math import ceil

from linkmgr.admin.common.drawing import Lines, draw_lines, mondays
from linkmgr.admin.dashboard.picking import Interval, interval_of
from linkmgr.clicks.counts import Counts
from linkmgr.clicks.periods import Period, month_of
from linkmgr.figures.overview import DayHours
from linkmgr.figures.totals import Curve

# The steps of a chart: hours of a day, or days, or weeks or months where days are too many.

_WEEK = 7

ReadCounts = Callable[[Counts], int]
"""Returns the figure that is drawn."""


@dataclass(frozen=True, slots=True)
class Step:
    """Some days of a period with their counts together."""

    days: Period
    counts: Counts

    def has_begun(self, moment: datetime) -> bool:
        """Whether a moment, in the site's time zone, is not before the step."""
        return self.days.since <= moment.date()


@dataclass(frozen=True, slots=True)
class HourStep:
    """An hour of a day with its counts."""

    begin: datetime
    counts: Counts

    def has_begun(self, moment: datetime) -> bool:
        """Whether a moment is not before the hour."""
        return self.begin <= moment


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


# A chart: the points of two lines, their scale, the steps named below, and the edits on it.

_DAY = 24  # hours; one that clocks make longer ends at the right, too
_QUARTERS = 4
# Of a week each day is named, of two each second one, and of more their Mondays.
_WEEKS_OF_DAYS = 2
# More weeks or months than these are not named below a chart.
_MOST_NAMED = 8
# Nearer than that (in per cent) two flags would cover each other on a phone.
_BETWEEN_FLAGS = 8

AnyStep = Step | HourStep


@dataclass(frozen=True, slots=True)
class Chart:
    """The lines of a figure of each step, and of those they are compared with.

    `rows` are the steps side by side, which the table under the chart has. `marks` are the steps
    named below, each with how far from the left it is, and whether a phone has no room for it.
    """

    interval: Interval
    rows: tuple[tuple[AnyStep, AnyStep | None], ...]
    lines: Lines
    marks: tuple[tuple[AnyStep, float, bool], ...]

    def place_of(self, moment: datetime) -> float:
        """Return how far from the left the step of a moment within the chart is."""
        begun = (step for step, (now, _) in enumerate(self.rows) if now.has_begun(moment))
        return self.lines.place(max(begun, default=0))


def chart(
    now: Curve, before: Curve | None, began: date | None, read: ReadCounts, *, is_open: bool
) -> Chart:
    """Draw a figure of two curves, the first of at least two days, on one scale from zero.

    The first steps of both are at the left end. No more of the second are drawn than the first has.
    What is before the day on which counting `began` is not drawn.
    """
    interval = interval_of(now.period)
    shown = list(steps(now, interval))
    earlier = list(steps(before, interval)) if before else []

    def figure(step: Step) -> int | None:
        return read(step.counts) if began and began <= step.days.until else None

    lines = draw_lines(
        [figure(step) for step in shown], [figure(step) for step in earlier], is_open=is_open
    )
    return Chart(
        interval,
        tuple(zip_longest(shown, earlier[: len(shown)])),
        lines,
        tuple(
            (shown[at], lines.place(at), minor)
            for at, minor in _named(interval, now.period, len(shown))
        ),
    )


def hours_chart(hours: DayHours, read: ReadCounts, *, is_open: bool) -> Chart:
    """Draw the hours of a day in the same way, from midnight to midnight."""
    shown, earlier = (
        [HourStep(_hour(hours.begin, n), counts) for n, counts in enumerate(each)]
        for each in (hours.now, hours.before)
    )
    now, before = ([read(step.counts) for step in each] for each in (shown, earlier))
    lines = draw_lines(now, before, steps=_DAY, is_open=is_open)
    marks = (
        (HourStep(_hour(hours.begin, n), Counts()), lines.place(n), False)
        for n in range(0, _DAY + 1, _DAY // _QUARTERS)
    )
    return Chart(
        Interval.HOUR, tuple(zip_longest(shown, earlier[: len(shown)])), lines, tuple(marks)
    )


def _named(interval: Interval, period: Period, count: int) -> Iterable[tuple[int, bool]]:
    """Yield the steps that are named below a chart, and whether they are minor."""
    if interval is Interval.DAY and len(period) > _WEEKS_OF_DAYS * _WEEK:
        yield from mondays(period)
        return
    most = _WEEK if interval is Interval.DAY else _MOST_NAMED
    for number, step in enumerate(range(0, count, ceil(count / most))):
        yield step, number % 2 == 1


def _hour(begin: datetime, number: int) -> datetime:
    """Return when an hour of a day begins, on whichever clock."""
    return (begin.astimezone(UTC) + timedelta(hours=number)).astimezone(begin.tzinfo)


# The edits on a chart.


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the catalog: when, what was done, and the page that shows its diff."""

    moment: datetime
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class EditGroup:
    """Edits, the earliest first, that one flag stands for: those too near each other for more."""

    place: float
    edits: tuple[Edit, ...]


def group_edits(chart: Chart, edits: Iterable[Edit]) -> tuple[EditGroup, ...]:
    """Put edits, the earliest first, where they are on a chart."""
    groups: list[EditGroup] = []
    for edit in edits:
        place = chart.place_of(edit.moment)
        if groups and place - groups[-1].place < _BETWEEN_FLAGS:
            groups[-1] = replace(groups[-1], edits=(*groups[-1].edits, edit))
        else:
            groups.append(EditGroup(place, (edit,)))
    return tuple(groups)
