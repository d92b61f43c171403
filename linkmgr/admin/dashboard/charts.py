"""What charts are drawn from: a curve's points, and how hot the places are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log10

from linkmgr.store.figures.figures import Curve, Ranked

# The size of the drawing, as the template has it; it is stretched to what there is room for.
_WIDTH, _HEIGHT = 1000, 250

_STEPS = 4
_GAPS = 4

# So many shades can be distinguished; no clicks have none.
_SHADES = 5

_HIGHEST_RANK = 10


@dataclass(frozen=True, slots=True)
class Lines:
    """The clicks of each day as points of SVG, and those of the period before.

    `ticks` are the numbers beside the lines from the top down to zero, at equal distances, `levels`
    their heights; `days` are below, the first at the left end, the last at the right.
    """

    now: str
    before: str
    ticks: tuple[int, ...]
    levels: tuple[float, ...]
    days: tuple[date, ...]


def lines(now: Curve, before: Curve) -> Lines:
    """Draw two curves, of at least two days, on one scale that begins at zero.

    The first days of both are at the left end. Of the days before no more are drawn than there are.
    """
    numbers = [day.clicks for day in now.days]
    earlier = [day.clicks for day in before.days[: len(numbers)]]
    ticks = _ticks(max(*numbers, *earlier))
    days = list(now.period)
    gaps = _gaps(len(days) - 1)
    return Lines(
        _points(numbers, ticks[0], len(days)),
        _points(earlier, ticks[0], len(days)),
        ticks,
        tuple(_HEIGHT * n / (len(ticks) - 1) for n in range(len(ticks))),
        tuple(days[round(n * (len(days) - 1) / gaps)] for n in range(gaps + 1)),
    )


def _points(numbers: Sequence[int], top: int, days: int) -> str:
    last = days - 1
    return " ".join(
        f"{_WIDTH * n / last:.1f},{_HEIGHT * (1 - number / top):.1f}"
        for n, number in enumerate(numbers)
    )


def _ticks(most: int) -> tuple[int, ...]:
    """Return round numbers (1, 2 or 5 and zeros) from one that holds the most down to zero."""
    least = max(most, 1) / _STEPS
    power = 10 ** max(ceil(log10(least)) - 1, 0)
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= least)
    return tuple(range(step * ceil(max(most, 1) / step), -1, -step))


def _gaps(days: int) -> int:
    """Return into how many parts the days are cut: equal ones, unless there are so many."""
    if days >= 5 * _GAPS:
        return _GAPS
    return next(parts for parts in range(_GAPS, 0, -1) if days % parts == 0)


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
    """Lay places out by block and rank, the block of the most clicked place first."""
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
