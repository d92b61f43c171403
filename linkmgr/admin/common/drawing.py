"""Lines of figures as SVG: charts of days and sparklines, for whichever page has the numbers.

All places are in per cent of the drawing, which is stretched to its room; its text is not.
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
# The most Mondays that fit below a chart.
_MOST_MARKS = 8


@dataclass(frozen=True, slots=True)
class Tick:
    """A number beside a chart."""

    number: int
    level: float
    """How far from the top it is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text below a chart."""

    place: float
    text: str
    minor: bool = False
    """Whether a phone leaves it out."""


@dataclass(frozen=True, slots=True)
class ChartFlag:
    """An edit on a chart."""

    place: float
    number: int
    """Its number on the chart."""

    label: str
    """What was edited, and when."""

    address: str
    """The page that shows the edit."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a chart, and the numbers beside it."""

    steps: int
    """How many steps lie between the left end and the right."""

    now: str
    """The points of the figures' line, all of whole steps."""

    still_open: str
    """The line from the last whole step to one that isn't over, empty if all are."""

    end: tuple[float, float] | None
    """Where the step is that isn't over, from the left and the top."""

    area: str
    """The outline of the area below the figures' line."""

    before: str
    """The points of the line that the figures are compared with."""

    uncounted: float
    """The width on the left in which nothing was counted yet."""

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
    first = 0
    while first < len(now) and now[first] is None:
        first += 1
    counted = [(n, figure or 0) for n, figure in enumerate(now) if n >= first]
    compared = [(n, figure) for n, figure in enumerate(before[: steps + 1]) if figure is not None]
    ticks = _ticks(max((figure for _, figure in counted + compared), default=0))
    top = ticks[0].number

    points = [_point(n, figure, top) for n, figure in counted]
    whole, still_open, end = points, "", None
    if is_open and counted:
        whole = points[:-1]
        still_open = " ".join(points[-2:]) if whole else ""
        last, figure = counted[-1]
        end = _place(last, steps), _level(figure, top)
    area = ""
    if len(whole) > 1:
        last = first + len(whole) - 1
        area = f"{first},{_HEIGHT} {' '.join(whole)} {last},{_HEIGHT}"
    return Lines(
        steps=steps,
        now=_line(whole),
        still_open=still_open,
        end=end,
        area=area,
        before=_line([_point(n, figure, top) for n, figure in compared]),
        uncounted=_place(min(first, steps), steps),
        ticks=ticks,
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, by its left end and its top."""

    place: float
    width: float
    top: float
    second: bool
    """Whether it stands beside the first of its step."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Two bars for each step, on one scale from zero."""

    bars: tuple[Bar, ...]
    middles: tuple[float, ...]
    """The middle of each step."""

    ticks: tuple[Tick, ...]


def draw_bars(first: Sequence[int], second: Sequence[int]) -> Bars:
    """Draw two figures of each step beside each other; what is below zero has no bar."""
    ticks = _ticks(max((*first, *second), default=0))
    top = ticks[0].number
    step = 100 / max(len(first), 1)
    width = step / 4
    left, right = step / 2 - width, step / 2 + width / 8
    bars: list[Bar] = []
    middles: list[float] = []
    for n, (one, other) in enumerate(zip(first, second, strict=True)):
        if one > 0:
            place = round(step * n + left, 2)
            bars.append(Bar(place, round(width, 2), _level(one, top), second=False))
        if other > 0:
            place = round(step * n + right, 2)
            bars.append(Bar(place, round(width, 2), _level(other, top), second=True))
        middles.append(round(step * (n + 0.5), 2))
    return Bars(tuple(bars), tuple(middles), ticks)


def mondays(period: Period) -> Iterable[tuple[int, bool]]:
    """Yield the Mondays that are named below a period, as steps, and whether they are minor."""
    first = -period.since.weekday() % _WEEK
    distance = _WEEK * ceil(len(period) / _WEEK / _MOST_MARKS)
    for number, step in enumerate(range(first, len(period), distance)):
        yield step, number % 2 == 1


def weekends(period: Period) -> Iterable[tuple[float, float]]:
    """Yield where each weekend of a period begins, and how wide it is."""
    steps = max(len(period) - 1, 1)
    for step in range(len(period)):
        weekday = (period.since + timedelta(days=step)).weekday()
        if weekday == _SATURDAY or (step == 0 and weekday > _SATURDAY):
            days = _WEEK - weekday
            begin, end = max(step - 0.5, 0), min(step + days - 0.5, steps)
            yield _place(begin, steps), _place(end - begin, steps)


def _point(step: int, figure: int, top: int) -> str:
    return f"{step},{_level(figure, top)}"


def _line(points: Sequence[str]) -> str:
    if len(points) == 1:  # which is seen only if a line leads from it to itself
        points = [points[0], points[0]]
    return " ".join(points)


def _place(step: float, steps: int) -> float:
    return round(100 * step / steps, 2)


def _level(number: int, top: int) -> float:
    return round(_HEIGHT * (1 - number / top), 2)


def _ticks(most: int) -> tuple[Tick, ...]:
    """Return round numbers (1, 2 or 5 and zeros) from one not below the most down to zero."""
    most = max(most, 1)
    least_step = most / _TICKS
    power = 10 ** max(ceil(log10(least_step)) - 1, 0)
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= least_step)
    top = step * ceil(most / step)
    return tuple(Tick(number, _level(number, top)) for number in range(top, -1, -step))
