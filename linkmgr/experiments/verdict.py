"""The verdict on a test of variants: which is better, as far as the clicked views say by now.

It may be looked at as often as anybody likes: the chance that a winner is named though all variants
are equal stays below 5 % over the whole life of a test (`benchmarks/verdict.py` measures it). That
is the e-process of M. Lindon and A. Malek, "Anytime-Valid Inference for Multinomial Count Data",
NeurIPS 2022 (arXiv:2011.03567), for each pair of variants A and B. Let w be the share of B at
assignment, n the clicked views of both and s those of B. If both are clicked at the same rate, each
click is B's with probability w, and

    E = [B(20w + s, 20(1 - w) + n - s) / B(20w, 20(1 - w))] / [w^s (1 - w)^(n - s)]

is a martingale that begins at 1, where B is the beta function. By Ville's inequality it ever
reaches 20 with a probability of 5 % at most. Of K variants each pair has its part of these 5 %, so
that a pair is decided at 20 K(K - 1) / 2.

Clicks must be independent: a visitor counts at most one view and one clicked view of a variant a
day, which is up to those who count the reports. Nothing here is random, and nothing is read or
written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import accumulate, combinations, pairwise
from math import ceil, comb, exp, inf, lgamma, log, log1p, sqrt
from typing import NamedTuple

from linkmgr.clicks.counts import ViewCounts, sum_views
from linkmgr.figures.rates import click_share

THRESHOLD = 20.0
"""The evidence that decides between two variants: 1 / 0.05."""

VISIBLE = 1.5
"""The ratio of two rates of which it is said how many clicks it takes: a difference by half."""

# The prior counts as much as so many clicks, shared as assigned.
_PRIOR = 20.0

# The logarithm of a ratio is looked for within these; ends further out are 0 and infinity.
_FURTHEST = 600.0

# Halvings of an interval until its ends agree to a double's precision.
_HALVINGS = 64

# The logarithm of the greatest evidence that is told apart; that of the greatest float is 709.
_MOST = 700.0


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a test with the same weights of its variants, and what was counted in it."""

    weights: Mapping[str, float]
    days: Mapping[date, Mapping[str, ViewCounts]]


class Stratum(NamedTuple):
    """Clicks of a pair, or views, that were assigned alike, in the letters of the formula."""

    w: float  # the share of the second variant at assignment, between 0 and 1
    n: int  # of both
    s: int  # of the second


# The e-process of a pair.


def log_evidence(strata: Iterable[Stratum], log_ratio: float = 0.0) -> float:
    """Return log E against a ratio of the rates, second to first, that all strata share.

    Strata multiply their E, in whatever order their clicks came: if the ratio is true, each click
    multiplies the product by a factor whose mean is 1.
    """
    total = 0.0
    for w, n, s in strata:
        first, second = _PRIOR * (1 - w), _PRIOR * w
        odds = log_ratio + log(w / (1 - w))
        total += _log_beta(second + s, first + n - s) - _log_beta(second, first)
        total += s * _log_1p_exp(-odds) + (n - s) * _log_1p_exp(odds)
    return total


def likeliest_ratio(strata: Sequence[Stratum]) -> float:
    """Return the logarithm of the likeliest ratio, at which E is least, from -600 to 600."""

    def slope(log_ratio: float) -> float:
        return sum(n / (1 + (1 - w) / w * exp(-log_ratio)) - s for w, n, s in strata)

    return _crossing(slope, -_FURTHEST, _FURTHEST)


def ratio_interval(strata: Sequence[Stratum], threshold: float) -> tuple[float, float] | None:
    """Return the least and greatest ratio, second to first, against which E is below a threshold.

    In one stratum these are all θ in place of w in the denominator, as θ(1 - w) / ((1 - θ)w). The
    true ratio is in the intervals of all looks at once with a probability of 1 - 1/threshold.
    `None` says that no ratio fits all strata.
    """

    def excess(log_ratio: float) -> float:
        return log_evidence(strata, log_ratio) - log(threshold)

    likeliest = likeliest_ratio(strata)
    if excess(likeliest) >= 0:
        return None
    # E is log-convex in the ratio's logarithm, as each of its factors is.
    low, high = 0.0, inf
    if excess(-_FURTHEST) > 0:
        low = exp(-_crossing(lambda mirrored: excess(-mirrored), -likeliest, _FURTHEST))
    if excess(_FURTHEST) > 0:
        high = exp(_crossing(excess, likeliest, _FURTHEST))
    return low, high


def differ(strata: Sequence[Stratum], threshold: float = THRESHOLD) -> bool:
    """Tell whether no common ratio fits the strata, such as those of single posts.

    E against the likeliest common ratio is no greater than against the true one, so it reaches the
    threshold by chance as rarely, at any look: the test by universal inference of L. Wasserman, A.
    Ramdas and S. Balakrishnan, PNAS 117 (2020), 16880-16890.
    """
    return log_evidence(strata, likeliest_ratio(strata)) >= log(threshold)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_1p_exp(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))


def _crossing(rising: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function becomes positive between two places, or the nearer of them."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return high


# How many clicks a decision takes.


@lru_cache(maxsize=256)
def median_clicks(share: float, ratio: float = VISIBLE, threshold: float = THRESHOLD) -> int:
    """Return how many clicks of a pair decide it in half of all tests, looked at after each click.

    `share` is that of the better variant at assignment, and `ratio` how many times as often it is
    clicked. It is exact: the probabilities of all counts at which a test goes on are carried from
    click to click. `benchmarks/verdict.py` simulates the same.
    """
    limit = log(threshold)
    better = ratio * share / (ratio * share + 1 - share)
    clicks, fewest, going_on = 0, 0, [1.0]  # from `fewest` clicks of the better variant on

    def is_decided(count: int) -> bool:
        return log_evidence((Stratum(share, clicks, count),)) >= limit

    while sum(going_on) > 1 / 2:
        clicks += 1
        going_on = [
            fewer * better + same * (1 - better) for fewer, same in pairwise((0.0, *going_on, 0.0))
        ]
        while is_decided(fewest):
            fewest += 1
            del going_on[0]
        while is_decided(fewest + len(going_on) - 1):
            del going_on[-1]
    return clicks


# A description for people, by which nothing is decided.

# Points of a variant's distribution, and how many standard deviations they reach out.
_POINTS, _REACH = 400, 12.0


def probabilities_of_best(variants: Mapping[str, ViewCounts]) -> Mapping[str, float]:
    """Return how probable it is of each variant that its rate is the highest, after Bayes.

    All rates are equally probable at first, so each is Beta(1 + clicked, 1 + views - clicked) by
    now. The integral over the densities of one and the distributions of the others is taken by
    trapezoids over log(rate / (1 - rate)), where the densities are smooth.
    """
    betas = {
        name: (1 + seen.clicked, 1 + max(seen.views - seen.clicked, 0))
        for name, seen in variants.items()
    }
    points = sorted({point for a, b in betas.values() for point in _points(a, b)})
    widths = [after - before for before, after in pairwise(points)]
    below: dict[str, list[float]] = {}
    for name, (a, b) in betas.items():
        density = [exp(a * x - (a + b) * _log_1p_exp(x) - _log_beta(a, b)) for x in points]
        heights = ((before + after) / 2 for before, after in pairwise(density))
        pieces = (high * wide for high, wide in zip(heights, widths, strict=True))
        below[name] = list(accumulate(pieces, initial=0.0))
    highest = {name: _highest(name, below) for name in variants}
    return {name: value / sum(highest.values()) for name, value in highest.items()}


def _points(a: float, b: float) -> Iterable[float]:
    middle, reach = log(a / b), _REACH * sqrt(1 / a + 1 / b)
    return (middle + reach * (2 * step / _POINTS - 1) for step in range(_POINTS + 1))


def _highest(name: str, below: Mapping[str, Sequence[float]]) -> float:
    others = [values for other, values in below.items() if other != name]
    total = 0.0
    for step, (before, after) in enumerate(pairwise(below[name])):
        product = after - before
        for values in others:
            product *= (values[step] + values[step + 1]) / 2
        total += product
    return total


# The verdict.


@dataclass(frozen=True, slots=True)
class Pair:
    """What a test says of two of its variants by now.

    `evidence` is E at the end of each day, `clicked` how many clicked views both have. `ratio` is
    how many times as often the second is clicked as the first, infinite if the first never was, and
    `interval` which ratios are possible: `None` without a click, and where no ratio fits all
    segments. `better` was decided on the day `since`, and stays so while its ratio is above 1.
    `is_uneven` says that the views do not follow the weights: pages assign the variants otherwise,
    or one is seen less often.
    """

    first: str
    second: str
    clicked: int
    evidence: tuple[float, ...]
    p: float
    ratio: float | None
    interval: tuple[float, float] | None
    better: str | None
    since: date | None
    is_uneven: bool

    def __contains__(self, variant: str) -> bool:
        return variant in {self.first, self.second}

    @property
    def now(self) -> float:
        """E by now; 1 before the first day."""
        return self.evidence[-1] if self.evidence else 1.0

    def turned(self) -> "Pair":
        """Return the same with the variants the other way round."""
        ratio, interval = self.ratio, self.interval
        return replace(
            self,
            first=self.second,
            second=self.first,
            ratio=None if ratio is None else _inverse(ratio),
            interval=interval and (_inverse(interval[1]), _inverse(interval[0])),
        )


def _ratio(log_ratio: float) -> float:
    """Return a ratio by its logarithm: 0 or infinity where only one of two was clicked."""
    if abs(log_ratio) < _FURTHEST:
        return exp(log_ratio)
    return inf if log_ratio > 0 else 0.0


def _inverse(ratio: float) -> float:
    return 1 / ratio if ratio else inf


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test says by now, of all its `variants` and of each of the `pairs`.

    A pair is decided at the `threshold`. The `winner` is better than every other variant, since the
    day `since`; `leader` has the highest rate. After `more_clicks` of the whole test it would be
    seen in half of all cases if the leader were clicked `VISIBLE` times as often as any other; 0
    says that it has had that many, or has won.
    """

    variants: Mapping[str, ViewCounts]
    days: tuple[date, ...]
    threshold: float
    pairs: tuple[Pair, ...]
    leader: str
    winner: str | None
    since: date | None
    more_clicks: int

    @property
    def clicked(self) -> int:
        """The clicked views of all variants."""
        return sum(seen.clicked for seen in self.variants.values())

    @property
    def closest(self) -> Pair:
        """The leader, as the second of a pair, and the variant that comes closest to it."""
        pairs = (pair for pair in self.pairs if self.leader in pair)
        closest = min(pairs, key=lambda pair: (pair.better == self.leader, pair.now))
        return closest if closest.second == self.leader else closest.turned()

    @property
    def is_uneven(self) -> bool:
        """Whether the views do not follow the weights."""
        return any(pair.is_uneven for pair in self.pairs)

    def undecided(self) -> "Verdict":
        """Return the same without a winner, also of a pair: what was counted is in doubt."""
        pairs = tuple(replace(pair, better=None, since=None) for pair in self.pairs)
        return replace(self, pairs=pairs, winner=None, since=None)


def read_verdict(segments: Sequence[Segment]) -> Verdict:
    """Return the verdict on a test, whose segments all have the same two or more variants.

    Segments may have days in common, since pages with former weights are read for a while yet.
    """
    names = tuple(segments[-1].weights)
    threshold = THRESHOLD * comb(len(names), 2)
    looks = _looks(segments)
    pairs = tuple(_pair(*two, looks, threshold) for two in combinations(names, 2))
    counted = [seen for segment in segments for seen in segment.days.values()]
    variants = {name: _sum(counted, name) for name in names}
    leader = max(names, key=lambda name: click_share(variants[name].clicked, variants[name].views))
    winner, since = None, None
    for name in names:
        won = [pair.since for pair in pairs if pair.better == name and pair.since]
        if len(won) == len(names) - 1:
            leader, winner, since = name, name, max(won)
    verdict = Verdict(
        variants,
        tuple(looks),
        threshold,
        pairs,
        leader,
        winner,
        since,
        0 if winner else _more_clicks(leader, pairs, segments[-1].weights, threshold),
    )
    return verdict.undecided() if verdict.is_uneven else verdict


# By segment its weights, and what was counted in it so far.
Counted = Sequence[tuple[Mapping[str, float], Mapping[str, ViewCounts]]]

_NONE = ViewCounts()


def strata_of(counted: Counted, first: str, second: str) -> tuple[list[Stratum], list[Stratum]]:
    """Return the clicked views of a pair, and its views.

    What was assigned by the same share is one stratum, whatever the weights of other variants.
    """
    clicks: dict[float, Stratum] = {}
    views: dict[float, Stratum] = {}
    for weights, seen in counted:
        w = weights[second] / (weights[first] + weights[second])
        a, b = seen.get(first, _NONE), seen.get(second, _NONE)
        _, n, s = clicks.get(w, (w, 0, 0))
        clicks[w] = Stratum(w, n + a.clicked + b.clicked, s + b.clicked)
        _, n, s = views.get(w, (w, 0, 0))
        views[w] = Stratum(w, n + a.views + b.views, s + b.views)
    return list(clicks.values()), list(views.values())


def _looks(segments: Sequence[Segment]) -> Mapping[date, Counted]:
    """Return what was counted in each segment by the end of each day."""
    looks: dict[date, Counted] = {}
    sums: list[Mapping[str, ViewCounts]] = [{} for _ in segments]
    for day in sorted({day for segment in segments for day in segment.days}):
        for number, segment in enumerate(segments):
            if today := segment.days.get(day):
                names = segment.weights
                sums[number] = {name: _sum((sums[number], today), name) for name in names}
        looks[day] = tuple((s.weights, sum_) for s, sum_ in zip(segments, sums, strict=True))
    return looks


def _sum(counts: Iterable[Mapping[str, ViewCounts]], name: str) -> ViewCounts:
    return sum_views(seen.get(name, _NONE) for seen in counts)


def _pair(first: str, second: str, looks: Mapping[date, Counted], threshold: float) -> Pair:
    clicks: Sequence[Stratum] = ()
    views: Sequence[Stratum] = ()
    evidence: list[float] = []
    better, since = None, None
    for day, counted in looks.items():
        clicks, views = strata_of(counted, first, second)
        evidence.append(exp(min(log_evidence(clicks), _MOST)))
        ahead = _ahead(first, second, counted, clicks) if evidence[-1] >= threshold else None
        if ahead and ahead != better:
            better, since = ahead, day
    clicked = sum(n for _, n, _ in clicks)
    ratio = _ratio(likeliest_ratio(clicks)) if clicked else None
    if ratio is not None and (
        (better == first and ratio >= 1) or (better == second and ratio <= 1)
    ):
        better, since = None, None
    return Pair(
        first,
        second,
        clicked,
        tuple(evidence),
        min(1.0, threshold / THRESHOLD / max(evidence, default=1.0)),
        ratio,
        ratio_interval(clicks, threshold) if clicked else None,
        better,
        since,
        _log_evidence_of_uneven_views(views) >= log(threshold),
    )


def _log_evidence_of_uneven_views(views: Iterable[Stratum]) -> float:
    """Return log E against all shares from the weights' to equal ones.

    A reader of several pages counts once for each variant, which brings unequal shares nearer.
    """
    evidence = 0.0
    for stratum in views:
        to_equal = log((1 - stratum.w) / stratum.w)
        nearest = max(min(likeliest_ratio([stratum]), max(to_equal, 0.0)), min(to_equal, 0.0))
        evidence += log_evidence([stratum], nearest)
    return evidence


def _ahead(first: str, second: str, counted: Counted, clicks: Sequence[Stratum]) -> str | None:
    """Return which of two has more clicked views than its share, and the higher rate as well.

    Where these are not the same one, the views do not follow the weights.
    """
    a, b = (_sum((seen for _, seen in counted), name) for name in (first, second))
    more = second if sum(s - n * w for w, n, s in clicks) > 0 else first
    higher, lower = (b, a) if more == second else (a, b)
    higher_share = click_share(higher.clicked, higher.views)
    return more if higher_share > click_share(lower.clicked, lower.views) else None


def _more_clicks(
    leader: str, pairs: Iterable[Pair], weights: Mapping[str, float], threshold: float
) -> int:
    more = 0.0
    for pair in pairs:
        if leader in pair and pair.better != leader:
            both = weights[pair.first] + weights[pair.second]
            median = median_clicks(weights[leader] / both, VISIBLE, threshold)
            more = max(more, (median - pair.clicked) * sum(weights.values()) / both)
    return ceil(more)
