"""Items compared at the same places: one that always stands third is no worse for being third.

At the place i (a block and a rank) let an item have n views, a of them clicked, all others there m
views, c of them clicked, and N = n + m. The rates' ratio of Mantel and Haenszel over all places is

    R / S,  R = sum of a m / N,  S = sum of c n / N

and the variance of its logarithm, by S. Greenland and J. M. Robins, "Estimation of a common effect
parameter from sparse follow-up data", Biometrics 41 (1985), 55-68:

    sum of ((a + c) n m - a c N) / N^2, divided by R S

It holds for many places with few views as for few with many. Places where nothing else stood say
nothing. Items are compared together, so that of equal ones any is called better or worse in 5 % of
cases, however many they are (Bonferroni).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

from linkmgr.clicks.counts import ViewCounts, sum_views_by
from linkmgr.figures.views import BlockRank, PlacedViews, places_by_item
from linkmgr.messages.message import Message, message

# The share of comparisons of equal items in which any is called better or worse.
_ERROR = 0.05


@dataclass(frozen=True, slots=True)
class RateRatio:
    """The ratio of an item's rate to that of others at its places, with its interval."""

    ratio: float
    low: float
    high: float

    @property
    def is_conclusive(self) -> bool:
        """Whether the item is better or worse than the others."""
        return self.low > 1 or self.high < 1

    def sentence(self) -> Message:
        """Return the comparison in a sentence."""
        code = "stats.compared" if self.is_conclusive else "stats.compared-equal"
        ratio, low, high = f"{self.ratio:.2f}", f"{self.low:.2f}", f"{self.high:.2f}"
        return message(code, ratio=ratio, low=low, high=high)


def compare_items(seen: PlacedViews) -> dict[str, RateRatio | None]:
    """Compare all items by their views at each block and rank.

    `None` where nothing else was clicked at an item's places, or it never was: there is no ratio.
    """
    of_places = sum_views_by(lambda placed: placed.place, seen)
    sums = {item: _sums(places, of_places) for item, places in places_by_item(seen).items()}
    compared = sum(bool(r and s) for r, s, _ in sums.values())
    z = NormalDist().inv_cdf(1 - _ERROR / 2 / max(compared, 1))
    return {item: _comparison(r, s, variance, z) for item, (r, s, variance) in sums.items()}


def _sums(
    places: Mapping[BlockRank, ViewCounts], of_places: Mapping[BlockRank, ViewCounts]
) -> tuple[float, float, float]:
    r = s = variance = 0.0
    for place, (n, a) in places.items():
        all_views, all_clicked = of_places[place]
        m, c = all_views - n, all_clicked - a
        if m and a <= n and c <= m:
            r += a * m / all_views
            s += c * n / all_views
            variance += ((a + c) * n * m - a * c * all_views) / all_views**2
    return r, s, variance


def _comparison(r: float, s: float, variance: float, z: float) -> RateRatio | None:
    if not (r and s):
        return None
    ratio, spread = log(r / s), z * sqrt(max(variance, 0.0) / (r * s))
    return RateRatio(exp(ratio), exp(ratio - spread), exp(ratio + spread))
