"""Lines of figures as SVG: charts of days and sparklines, for whichever page has the numbers.

All places are in per cent of the drawing, which is stretched to its room while its text is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, log10

from linkmgr.clicks.periods import Period

# The height of a drawing, in which its points are.
_HEIGHT = 100

_TICKS = 4
_SATURDAY = 5
_WEEK = 7
# More Mondays than these do not fit below a chart.
_MOST_MARKS = 8


@dataclass(frozen=True, slots=True)
class Tick:
    """A number beside a chart, and how far from the top it is."""

    number: int
    level: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A text below a chart; one that is `minor` is left out on a phone."""

    place: float
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class ChartFlag:
    """An edit on a chart, by its number there, what it was, and the page that shows it."""

    place: float
    number: int
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The points of a chart's lines: those counted, `steps` apart from end to end.

    `still_open` leads from the last whole step to one that isn't over, which is at `end`, in per
    cent from the left and the top. Before `uncounted` per cent of the width nothing was counted.
    """

    steps: int
    now: str
    still_open: str
    end: tuple[float, float] | None
    area: str
    before: str
    uncounted: float
    ticks: tuple[Tick, ...]

    def place(self, step: float) -> float:
        """Return how far from the left a step is."""
        return _place(step, self.steps)


def draw_lines(
    now: Sequence[int | None],
    before: Sequence[int | None] = (),
    *,
    steps: int | None = None,
    is_open: bool = False,
) -> Lines:
    """Draw figures, and those they are compared with, on one scale that begins at zero.

    Steps of either that are `None` at the beginning were not counted. Where the figures do not
    reach the right end there are `steps` from end to end. The last figure `is_open` if its step
    isn't over.
    """
    steps = max(steps or len(now) - 1, 1)
    before = before[: steps + 1]
    first = next((n for n, figure in enumerate(now) if figure is not None), len(now))
    counted = [(n, figure or 0) for n, figure in enumerate(now) if n >= first]
    earlier = [(n, figure) for n, figure in enumerate(before) if figure is not None]
    is_open = is_open and bool(counted)
    ticks = _ticks(max((figure for _, figure in (*counted, *earlier)), default=0))
    points = [f"{n},{_level(figure, ticks[0])}" for n, figure in counted]
    whole = points[:-1] if is_open else points
    area = ""
    if len(whole) > 1:
        last = counted[len(whole) - 1][0]
        area = f"{first},{_HEIGHT} {' '.join(whole)} {last},{_HEIGHT}"
    return Lines(
        steps,
        _line(whole),
        " ".join(points[-2:]) if is_open and len(points) > 1 else "",
        (_place(counted[-1][0], steps), _level(counted[-1][1], ticks[0])) if is_open else None,
        area,
        _line([f"{n},{_level(figure, ticks[0])}" for n, figure in earlier]),
        _place(min(first, steps), steps),
        tuple(Tick(tick, _level(tick, ticks[0])) for tick in ticks),
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, by its left end and its top; `second` is beside the first of its step."""

    place: float
    width: float
    top: float
    second: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """Two bars for each step, on one scale from zero; `middles` are those of the steps."""

    bars: tuple[Bar, ...]
    middles: tuple[float, ...]
    ticks: tuple[Tick, ...]


def draw_bars(first: Sequence[int], second: Sequence[int]) -> Bars:
    """Draw two figures of each step beside each other; what is below zero has no bar."""
    ticks = _ticks(max((*first, *second), default=0))
    step = 100 / max(len(first), 1)
    width = step / 4
    left, right = step / 2 - width, step / 2 + width / 8
    bars: list[Bar] = []
    for n, numbers in enumerate(zip(first, second, strict=True)):
        for number, begin, is_second in zip(numbers, (left, right), (False, True), strict=True):
            if number > 0:
                place, level = round(step * n + begin, 2), _level(number, ticks[0])
                bars.append(Bar(place, round(width, 2), level, is_second))
    return Bars(
        tuple(bars),
        tuple(round(step * (n + 0.5), 2) for n in range(len(first))),
        tuple(Tick(tick, _level(tick, ticks[0])) for tick in ticks),
    )


def mondays(period: Period) -> Iterable[tuple[int, bool]]:
    """Yield the steps of a period of days that are named below it, and whether they are minor."""
    first = -period.since.weekday() % _WEEK
    every = _WEEK * ceil(len(period) / _WEEK / _MOST_MARKS)
    for number, step in enumerate(range(first, len(period), every)):
        yield step, number % 2 == 1


def weekends(period: Period) -> Iterable[tuple[float, float]]:
    """Yield where each weekend of a period begins, and how wide it is."""
    steps = max(len(period) - 1, 1)
    for step in range(len(period)):
        day = (period.since + timedelta(days=step)).weekday()
        if day == _SATURDAY or (step == 0 and day > _SATURDAY):
            days = _WEEK - day
            begin, end = max(step - 0.5, 0), min(step + days - 0.5, steps)
            yield _place(begin, steps), _place(end - begin, steps)


def _line(points: Sequence[str]) -> str:
    # A line of one point is seen only if it ends there as well.
    return " ".join([*points, *points] if len(points) == 1 else points)


def _place(step: float, steps: int) -> float:
    return round(100 * step / steps, 2)


def _level(number: int, top: int) -> float:
    return round(_HEIGHT * (1 - number / top), 2)


def _ticks(most: int) -> tuple[int, ...]:
    """Return round numbers (1, 2 or 5 and zeros) from one not below the most down to zero."""
    least = max(most, 1) / _TICKS
    power = 10 ** max(ceil(log10(least)) - 1, 0)
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= least)
    return tuple(range(step * ceil(max(most, 1) / step), -1, -step))
