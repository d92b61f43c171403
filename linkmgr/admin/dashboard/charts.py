"""What a chart is drawn from: the points of two lines, their scale, and the steps below."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import ceil, log10

from linkmgr.admin.dashboard.steps import Interval, Step, interval_of, steps
from linkmgr.store.figures.figures import Curve

# The size of the drawing, as the template has it; it is stretched to what there is room for.
_WIDTH, _HEIGHT = 1000, 250

_TICKS = 4
_GAPS = 4


@dataclass(frozen=True, slots=True)
class Chart:
    """The clicks of each step as points of SVG, and those of the steps they are compared with.

    `rows` are the steps side by side, which the table under the chart has. `ticks` are the numbers
    beside the lines from the top down to zero, at equal distances, `levels` their heights; `marks`
    are the steps named below, the first at the left end, the last at the right.
    """

    interval: Interval
    rows: tuple[tuple[Step, Step | None], ...]
    now: str
    before: str
    ticks: tuple[int, ...]
    levels: tuple[float, ...]
    marks: tuple[Step, ...]


def chart(now: Curve, before: Curve) -> Chart:
    """Draw two curves, of at least two days, on one scale that begins at zero.

    The first steps of both are at the left end. No more of the second are drawn than the first has.
    """
    interval = interval_of(now.period)
    shown = list(steps(now, interval))
    earlier = list(steps(before, interval))[: len(shown)]
    numbers, others = ([step.counts.clicks for step in each] for each in (shown, earlier))
    ticks = _ticks(max(*numbers, *others))
    last = len(shown) - 1
    gaps = _gaps(last)
    return Chart(
        interval,
        tuple(zip_longest(shown, earlier)),
        _points(numbers, ticks[0], last),
        _points(others, ticks[0], last),
        ticks,
        tuple(_HEIGHT * n / (len(ticks) - 1) for n in range(len(ticks))),
        tuple(shown[round(n * last / gaps)] for n in range(gaps + 1)),
    )


def _points(numbers: Sequence[int], top: int, last: int) -> str:
    return " ".join(
        f"{_WIDTH * n / last:.1f},{_HEIGHT * (1 - number / top):.1f}"
        for n, number in enumerate(numbers)
    )


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
