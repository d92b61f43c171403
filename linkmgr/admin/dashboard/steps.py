"""The steps of a chart: hours of a day, or days, or weeks or months where days are too many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from linkmgr.store.figures.figures import Counts, Curve
from linkmgr.store.figures.periods import Period, month_of

# A quarter. More days than that run together on a chart, and make its table too long to read.
_MOST_DAYS = 92

_WEEK = 7


class Interval(StrEnum):
    """How much a step of a chart is."""

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
    """Return in which steps a period is drawn: months, too, begin with the period."""
    if len(period) <= _MOST_DAYS:
        return Interval.DAY
    return Interval.MONTH if period.since.day == 1 else Interval.WEEK


def steps(curve: Curve, interval: Interval) -> Iterator[Step]:
    """Yield the steps of a curve; the last may be less than a week or a month."""
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
