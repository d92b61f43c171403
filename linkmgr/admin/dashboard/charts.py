"""What a chart is drawn from: the points of two lines, their scale, and the steps below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from math import ceil, log10

from linkmgr.admin.dashboard.hours import DayHours
from linkmgr.admin.dashboard.steps import HourStep, Interval, Step, interval_of, steps
from linkmgr.store.figures.figures import Counts, Curve

# The size of the drawing, as the template has it; it is stretched to what there is room for.
_WIDTH, _HEIGHT = 1000, 250

_TICKS = 4
_GAPS = 4
_DAY = 24  # hours; one that clocks make longer ends at the right, too


AnyStep = Step | HourStep


@dataclass(frozen=True, slots=True)
class Chart:
    """The clicks of each step as points of SVG, and those of the steps they are compared with.

    `rows` are the steps side by side, which the table under the chart has. `area` is what is under
    the first line. `ticks` are the numbers beside the lines from the top down to zero, at equal
    distances, `levels` their heights; `marks` are the steps named below, the first at the left end,
    the last at the right.
    """

    interval: Interval
    rows: tuple[tuple[AnyStep, AnyStep | None], ...]
    now: str
    before: str
    area: str
    ticks: tuple[int, ...]
    levels: tuple[float, ...]
    marks: tuple[AnyStep, ...]


def chart(now: Curve, before: Curve) -> Chart:
    """Draw two curves, of at least two days, on one scale that begins at zero.

    The first steps of both are at the left end. No more of the second are drawn than the first has.
    """
    interval = interval_of(now.period)
    shown = list(steps(now, interval))
    gaps = _gaps(len(shown) - 1)
    marks = [shown[round(n * (len(shown) - 1) / gaps)] for n in range(gaps + 1)]
    return _chart(interval, shown, list(steps(before, interval)), len(shown) - 1, marks)


def hours_chart(hours: DayHours) -> Chart:
    """Draw the hours of a day in the same way, from midnight to midnight."""
    shown, earlier = (
        [HourStep(_hour(hours.begin, n), counts) for n, counts in enumerate(each)]
        for each in (hours.now, hours.before)
    )
    marks = [HourStep(_hour(hours.begin, n), Counts()) for n in range(0, _DAY + 1, _DAY // _GAPS)]
    return _chart(Interval.HOUR, shown, earlier, _DAY, marks)


def _chart(
    interval: Interval,
    shown: Sequence[AnyStep],
    earlier: Sequence[AnyStep],
    width: int,
    marks: Sequence[AnyStep],
) -> Chart:
    """Draw steps, so many (`width`) of which reach from the left end to the right."""
    earlier = earlier[: len(shown)]
    numbers, others = ([step.counts.clicks for step in each] for each in (shown, earlier))
    ticks = _ticks(max((*numbers, *others), default=0))
    line = _points(numbers, ticks[0], width)
    end = f"{_x(len(numbers) - 1, width)},{_HEIGHT}"
    return Chart(
        interval,
        tuple(zip_longest(shown, earlier)),
        line,
        _points(others, ticks[0], width),
        f"0,{_HEIGHT} {line} {end}",
        ticks,
        tuple(_HEIGHT * n / (len(ticks) - 1) for n in range(len(ticks))),
        tuple(marks),
    )


def _hour(begin: datetime, number: int) -> datetime:
    """Return when an hour of a day begins, on whichever clock."""
    return (begin.astimezone(UTC) + timedelta(hours=number)).astimezone(begin.tzinfo)


def _x(number: int, width: int) -> str:
    return f"{_WIDTH * min(number, width) / width:.1f}"


def _points(numbers: Sequence[int], top: int, width: int) -> str:
    points = [f"{_x(n, width)},{_HEIGHT * (1 - each / top):.1f}" for n, each in enumerate(numbers)]
    # A line of one point is seen only if it ends there as well.
    return " ".join(points * 2 if len(points) == 1 else points)


def _ticks(most: int) -> tuple[int, ...]:
    """Return round numbers (1, 2 or 5 and zeros) from one that holds the most down to zero."""
    least = max(most, 1) / _TICKS
    power = 10 ** max(ceil(log10(least)) - 1, 0)
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= least)
    return tuple(range(step * ceil(max(most, 1) / step), -1, -step))


def _gaps(steps: int) -> int:
    """Return into how many parts the steps are cut: equal ones, unless there are so many."""
    if steps >= 5 * _GAPS:
        return _GAPS
    return next(parts for parts in range(_GAPS, 0, -1) if steps % parts == 0)
