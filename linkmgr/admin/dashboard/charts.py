"""What the dashboard draws: charts of days, or of the hours of one, and the edits on them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_interval, format_skeleton
from flask import url_for
from flask_babel import get_locale, gettext
from sqlalchemy import Connection

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.common.drawing import ChartFlag, Lines, Mark, draw_lines, mondays
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.history.changes import describe
from linkmgr.clicks.counts import Counts
from linkmgr.clicks.periods import Period, month_of
from linkmgr.figures.queries import Curve
from linkmgr.figures.table import DayHours
from linkmgr.store.db.models import start_of_day
from linkmgr.store.revisions import Entry, edits_between

# The steps of a chart: hours of a day, or days, or weeks or months where days are too many.

# A quarter: the days of a longer period would run together, and make its table too long to read.
_MOST_DAYS = 92


class Interval(StrEnum):
    """The length of a chart's steps."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def interval_of(period: Period) -> Interval:
    """Return the steps in which a period is drawn; months only if it begins with one."""
    if len(period) <= _MOST_DAYS:
        return Interval.DAY
    return Interval.MONTH if period.since.day == 1 else Interval.WEEK


_WEEK = 7

ReadCounts = Callable[[Counts], int]
"""Returns the figure that is drawn."""


@dataclass(frozen=True, slots=True)
class ChartStep:
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


def steps(curve: Curve, interval: Interval) -> Iterator[ChartStep]:
    """Yield the steps of a curve; the last may be shorter than a week or a month."""
    since, until = curve.period.since, curve.period.until
    first = since
    while first <= until:
        last = min(_last_day(first, interval), until)
        counts = curve.days[(first - since).days : (last - since).days + 1]
        yield ChartStep(Period(first, last), sum(counts, Counts()))
        first = last + timedelta(days=1)


def _last_day(first: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return month_of(first).until
    if interval is Interval.WEEK:
        return first + timedelta(days=_WEEK - 1)
    return first


# A chart: the points of two lines, their scale, the steps named below, and the edits on it.

_DAY = 24  # hours; one that clocks make longer ends at the right, too
_QUARTERS = 4
# Of a week each day is named, of two each second one, and of more their Mondays.
_WEEKS_OF_DAYS = 2
# The most weeks or months that are named below a chart.
_MOST_NAMED = 8
# Nearer to each other than this (in per cent) flags would overlap on a phone.
_BETWEEN_FLAGS = 8

AnyStep = ChartStep | HourStep


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure of each step as a line, with the one it is compared with."""

    interval: Interval
    rows: tuple[tuple[AnyStep, AnyStep | None], ...]
    """The steps side by side, which the table under the chart has."""
    lines: Lines
    marks: tuple[tuple[AnyStep, float, bool], ...]
    """The steps that are named below, how far from the left, and whether a phone has no room."""

    def place_of(self, moment: datetime) -> float:
        """Return how far from the left the step of a moment within the chart is."""
        last_begun = 0
        for place, (step, _) in enumerate(self.rows):
            if step.has_begun(moment):
                last_begun = place
        return self.lines.place(last_begun)


def chart(
    now: Curve, before: Curve | None, began: date | None, read: ReadCounts, *, is_open: bool
) -> Chart:
    """Draw a figure of two curves, the first of at least two days, on one scale from zero.

    Both begin at the left end; the second ends where the first does. Days before counting `began`
    are not drawn.
    """
    interval = interval_of(now.period)
    shown = list(steps(now, interval))
    earlier = list(steps(before, interval)) if before else []

    def figure(step: ChartStep) -> int | None:
        return read(step.counts) if began and began <= step.days.until else None

    lines = draw_lines(
        [figure(step) for step in shown], [figure(step) for step in earlier], is_open=is_open
    )
    named = _named(interval, now.period, len(shown))
    marks = tuple((shown[at], lines.place(at), minor) for at, minor in named)
    return Chart(interval, tuple(zip_longest(shown, earlier[: len(shown)])), lines, marks)


def hours_chart(hours: DayHours, read: ReadCounts, *, is_open: bool) -> Chart:
    """Draw the hours of a day as `chart` draws days, from midnight to midnight."""

    def step_at(hour: int, counts: Counts) -> HourStep:
        return HourStep(_hour(hours.begin, hour), counts)

    shown = [step_at(hour, counts) for hour, counts in enumerate(hours.now)]
    earlier = [step_at(hour, counts) for hour, counts in enumerate(hours.before)]
    lines = draw_lines(
        [read(step.counts) for step in shown],
        [read(step.counts) for step in earlier],
        steps=_DAY,
        is_open=is_open,
    )
    named = range(0, _DAY + 1, _DAY // _QUARTERS)
    marks = tuple((step_at(hour, Counts()), lines.place(hour), False) for hour in named)
    return Chart(Interval.HOUR, tuple(zip_longest(shown, earlier[: len(shown)])), lines, marks)


def _named(interval: Interval, period: Period, count: int) -> Iterable[tuple[int, bool]]:
    """Yield the steps that are named below a chart, and whether they are minor."""
    if interval is Interval.DAY and len(period) > _WEEKS_OF_DAYS * _WEEK:
        yield from mondays(period)
        return
    most = _WEEK if interval is Interval.DAY else _MOST_NAMED
    for position, step in enumerate(range(0, count, ceil(count / most))):
        yield step, position % 2 == 1


def _hour(begin: datetime, hour: int) -> datetime:
    """Return when an hour of a day begins, on whichever clock."""
    return (begin.astimezone(UTC) + timedelta(hours=hour)).astimezone(begin.tzinfo)


# The edits on a chart.


@dataclass(frozen=True, slots=True)
class ChartedEdit:
    """A change of the catalog: when, what was done, and the page that shows its diff."""

    moment: datetime
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class EditGroup:
    """Edits, the earliest first, that one flag stands for: those too near each other for more."""

    place: float
    edits: tuple[ChartedEdit, ...]


def group_edits(chart: Chart, edits: Iterable[ChartedEdit]) -> tuple[EditGroup, ...]:
    """Put edits, the earliest first, where they are on a chart."""
    groups: list[EditGroup] = []
    for edit in edits:
        place = chart.place_of(edit.moment)
        if groups and place - groups[-1].place < _BETWEEN_FLAGS:
            groups[-1] = replace(groups[-1], edits=(*groups[-1].edits, edit))
        else:
            groups.append(EditGroup(place, (edit,)))
    return tuple(groups)


def marks_of(drawn: Chart) -> Iterator[Mark]:
    """Yield the marks below a chart."""
    for step, place, minor in drawn.marks:
        yield Mark(place, step_text(step, drawn.interval), minor)


def flags_of(groups: Iterable[EditGroup]) -> Iterator[ChartFlag]:
    """Yield a flag for each group of edits, which leads to the last one."""
    for place, group in enumerate(groups, 1):
        *others, last = group.edits
        day, what = weekday(last.moment.date()), last.what
        label = gettext("%(day)s: %(what)s", day=day, what=what)
        if others:
            more = gettext("and %(count)s more", count=number(len(others)))
            label = f"{label} {more}"
        yield ChartFlag(group.place, place, label, last.address)


def read_edits(
    connection: Connection, period: Period, timezone: str, entry: Entry | None = None
) -> list[ChartedEdit]:
    """Return the edits of a period, the earliest first: all, or those of an entry."""
    begin = start_of_day(period.since, timezone)
    end = start_of_day(period.until + timedelta(days=1), timezone)
    edits = describe(get_admin(), connection, edits_between(connection, begin, end, entry))
    query: dict[str, Any] = {"section": entry.section, "entry": entry.name} if entry else {}
    charted = []
    for edit in reversed(edits):
        time = datetime.fromtimestamp(edit.recorded.audit.time / 1000, ZoneInfo(timezone))
        address = url_for("history.revision", number=edit.recorded.id, **query)
        charted.append(ChartedEdit(time, edit.title, address))
    return charted


# Days and hours in words.


def step_text(step: AnyStep, interval: Interval) -> str:
    """Write a step of a chart: an hour, a day with its weekday, a week without year, a month."""
    locale = get_locale()
    if isinstance(step, HourStep):
        return clock(step.begin)
    if interval is Interval.MONTH:
        return str(format_skeleton("yMMM", step.days.since, locale=locale))
    if len(step.days) == 1:
        return weekday(step.days.since)
    return str(format_interval(step.days.since, step.days.until, "MMMd", locale=locale))


def weekday(value: date) -> str:
    """Write a day with its weekday, without its year."""
    return str(format_skeleton("MMMEd", value, locale=get_locale()))


def short_day(value: date) -> str:
    """Write a day without its year."""
    return str(format_skeleton("MMMd", value, locale=get_locale()))


def clock(moment: datetime) -> str:
    """Write an hour and a minute, in the moment's own time zone."""
    return str(format_skeleton("Hm", moment, tzinfo=moment.tzinfo, locale=get_locale()))
