"""What an owner could do next: what the figures say beyond chance, and what it is likely to bring.

Each finder looks at many items, posts or places and returns those that stand out, each with its
`worth`: how many clicks in 30 days are missing, lost, gained or without pay. By that they rank.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from math import erfc, inf, sqrt
from typing import NamedTuple, TypeVar

from linkmgr.clicks.counts import ViewCounts, sum_views, sum_views_by
from linkmgr.figures.rates import DECISIVE, Rate, reported_rate
from linkmgr.figures.views import BlockRank, PlacedViews, places_by_item

LEAST_WORTH = 5.0
"""Clicks in 30 days: less than about one a week is not worth an edit."""

_LEVEL = 0.05  # of a kind's rows: at most in one of twenty months is one of them there by chance

# The normal approximation holds from so many clicks on that could have come otherwise: N. Mantel
# and J. L. Fleiss, American Journal of Epidemiology 112 (1980), 129-134.
_LEAST_SPREAD = 5


class OutlierKind(StrEnum):
    """A value clicked more or less often than those it is compared with."""

    ITEM = "item"
    PLACE = "place"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Compared:
    """Views with their rate, and the clicks that others would have had in the same views."""

    seen: ViewCounts
    expected: float

    @property
    def rate(self) -> Rate:
        """The rate with its interval."""
        return reported_rate(self.seen) or Rate(0, 0, 1)

    @property
    def others(self) -> float:
        """The rate of the others in the same views."""
        return self.expected / self.seen.views

    @property
    def ratio(self) -> float:
        """How many times as often it is clicked as the others."""
        return self.seen.clicked / self.expected if self.expected else inf

    @property
    def worth(self) -> float:
        """The clicks that it is away from the others."""
        return abs(self.seen.clicked - self.expected)


# Beyond chance.


Pair = tuple[ViewCounts, ViewCounts]
"""What is compared, and what it is compared with, under the same conditions."""


def p_value(strata: Iterable[Pair]) -> float | None:
    """Return the two-sided p-value of a difference between two rates.

    The score test of N. Mantel and W. Haenszel, Journal of the National Cancer Institute 22
    (1959), 719-748, without correction for continuity; in one stratum the test of two proportions.
    `None` says that there are too few clicks, whichever way they fell.
    """
    difference = variance = below = above = 0.0
    for (views, clicked), (other_views, other_clicked) in strata:
        all_views, all_clicked = views + other_views, clicked + other_clicked
        expected = views * all_clicked / all_views
        difference += clicked - expected
        variance += expected * other_views * (all_views - all_clicked) / all_views / (all_views - 1)
        below += expected - max(0, all_clicked - other_views)
        above += min(views, all_clicked) - expected
    if min(below, above) < _LEAST_SPREAD:
        return None
    return erfc(abs(difference) / sqrt(2 * variance))


_T = TypeVar("_T")


def beyond_chance(looked_at: Iterable[tuple[_T, float | None]]) -> Iterator[_T]:
    """Yield the finds whose p-values stand when as many are looked at as there are.

    The method is that of S. Holm, Scandinavian Journal of Statistics 6 (1979), 65-70. It needs no
    independence, which items that share places do not have. Those without a p-value could not have
    been found, and do not count.
    """
    tested = [(p, find) for find, p in looked_at if p is not None]
    tested.sort(key=lambda test: test[0])
    for number, (p, find) in enumerate(tested):
        if p * (len(tested) - number) > _LEVEL:
            return
        yield find


def _strata(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs whose two sides were both seen, and not clicked more often than seen."""
    strata: list[Pair] = []
    for one, other in pairs:
        are_seen = one.views and other.views
        if are_seen and 0 <= one.clicked <= one.views and 0 <= other.clicked <= other.views:
            strata.append((one, other))
    return strata


def _compared(strata: Sequence[Pair]) -> Compared:
    expected = sum(one.views * other.clicked / other.views for one, other in strata)
    return Compared(sum_views(one for one, _ in strata), expected)


def _minus(whole: ViewCounts, part: ViewCounts) -> ViewCounts:
    return ViewCounts(whole.views - part.views, whole.clicked - part.clicked)


# Posts and tags that are read and show nothing.


@dataclass(frozen=True, slots=True)
class EmptyPost:
    """A post without an item of a block."""

    post: str
    reads: int
    worth: float
    """The clicks that an item may get there."""


@dataclass(frozen=True, slots=True)
class BareTag:
    """A tag that no mapping has, and some of whose posts show nothing."""

    kind: str
    tag: str
    posts: int
    """How many of its posts show nothing."""
    reads: int
    """How often these are read."""
    worth: float


def bare_posts(reads: Mapping[str, int], rate: float) -> list[EmptyPost]:
    """Return the posts where an item that is clicked at a rate would be worth its place."""
    return by_worth(EmptyPost(post, number, number * rate) for post, number in reads.items())


def bare_tags(tags: Iterable[tuple[str, str, int, int]], rate: float) -> list[BareTag]:
    """Return the same of tags: their kind, their name, their posts and how often those are read."""
    return by_worth(BareTag(*tag, tag[-1] * rate) for tag in tags)


# Categories that look wrong.


@dataclass(frozen=True, slots=True)
class DoubtedCategory:
    """A category for which alone posts show items, though the posts nearest to them lack it."""

    category: str
    posts: int
    """How many posts: at least two, since one may well be unlike its neighbours."""
    worth: float
    """The clicks that items may get there which fit."""


def doubted_categories(
    posts_by_category: Mapping[str, Sequence[str]], reads: Mapping[str, int], rate: float
) -> list[DoubtedCategory]:
    """Return the categories that look wrong on several posts, the most `reads` of these first.

    They are told whether readers come or not: what a rule shows is the owner's to judge.
    """
    doubted = []
    for category, posts in posts_by_category.items():
        if len(posts) > 1:
            worth = rate * sum(reads.get(post, 0) for post in posts)
            doubted.append(DoubtedCategory(category, len(posts), worth))
    doubted.sort(key=lambda category: (-category.worth, -category.posts))
    return doubted


# Items and places that are seen and not clicked, and items that are clicked otherwise than before.


@dataclass(frozen=True, slots=True)
class RateOutlier:
    """An item or a place clicked more or less often than those it is compared with.

    An item stands beside the others in the same places, or itself before; a place beside the others
    of its block with the same items.
    """

    kind: OutlierKind
    value: str | BlockRank
    compared: Compared
    better: Sequence[tuple[str, Rate]] = ()
    """Items of the same tags that are surely clicked more often, the best one first."""

    @property
    def worth(self) -> float:
        """The clicks that are missing, lost or gained."""
        return self.compared.worth


def rare_items(placed: PlacedViews, alike: Mapping[str, Collection[str]]) -> list[RateOutlier]:
    """Return the items that are clicked rarely; `alike` are those of the same tags, by item."""
    at_place = sum_views_by(lambda item: item.place, placed)
    pairs: dict[str, list[Pair]] = {}
    rates: dict[str, Rate | None] = {}
    for item, places in places_by_item(placed).items():
        pairs[item] = [(seen, _minus(at_place[place], seen)) for place, seen in places.items()]
        rates[item] = reported_rate(sum_views(places.values()))
    rare: list[RateOutlier] = []
    for item, compared in _rare(pairs):
        better = _better(compared, alike.get(item, ()), rates)
        rare.append(RateOutlier(OutlierKind.ITEM, item, compared, better))
    return by_worth(rare)


def rare_places(placed: PlacedViews) -> list[RateOutlier]:
    """Return the places where items are clicked rarely."""
    in_block = sum_views_by(lambda item: (item.item, item.block), placed)
    pairs: dict[BlockRank, list[Pair]] = defaultdict(list)
    for shown, seen in placed.items():
        pairs[shown.place].append((seen, _minus(in_block[shown.item, shown.block], seen)))
    rare = _rare(pairs)
    return by_worth(RateOutlier(OutlierKind.PLACE, place, compared) for place, compared in rare)


def changed_items(now: PlacedViews, before: PlacedViews) -> list[RateOutlier]:
    """Return the items whose rate changed between two periods, whatever became of their places."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for placed, seen in now.items():
        pairs[placed.item].append((seen, before.get(placed, ViewCounts())))
    changed = _uncommon(pairs)
    return by_worth(RateOutlier(OutlierKind.CHANGE, item, compared) for item, compared in changed)


def _rare(pairs: Mapping[_T, Sequence[Pair]]) -> Iterator[tuple[_T, Compared]]:
    """Yield the values clicked at most half as often as the others, beyond chance.

    Two rates must be twice apart before an owner moves anything for them, as for a conclusive one.
    """
    for value, compared in _uncommon(pairs):
        if compared.ratio <= 1 / DECISIVE:
            yield value, compared


def _uncommon(pairs: Mapping[_T, Sequence[Pair]]) -> Iterator[tuple[_T, Compared]]:
    """Yield the values clicked more or less often than the others, beyond chance."""
    strata = {value: _strata(of_value) for value, of_value in pairs.items()}
    for value in beyond_chance((value, p_value(own)) for value, own in strata.items()):
        yield value, _compared(strata[value])


def _better(
    compared: Compared, alike: Iterable[str], rates: Mapping[str, Rate | None]
) -> Sequence[tuple[str, Rate]]:
    better: list[tuple[str, Rate]] = []
    for item in alike:
        rate = rates.get(item)
        if rate and rate.low > compared.rate.high:
            better.append((item, rate))
    return sorted(better, key=lambda pair: -pair[1].rate)


# What is clicked and earns nothing, or less than what could stand there.


class Pay(NamedTuple):
    """Clicks, the orders that came of them, and what these earned, in the currency's millionths."""

    clicks: int
    orders: int
    earned: int

    @property
    def per_click(self) -> float:
        """What a click earned; 0 without clicks."""
        return self.earned / self.clicks if self.clicks else 0.0

    @property
    def orders_per_click(self) -> float:
        """How often a click led to an order; 0 without clicks."""
        return self.orders / self.clicks if self.clicks else 0.0


@dataclass(frozen=True, slots=True)
class NoOrders:
    """An item or a post that is clicked and earned nothing."""

    value: str
    is_post: bool
    clicks: int
    expected: float
    """The orders that others had on as many clicks."""
    worth: float
    better: tuple[str, Pay] | None = None
    """The one that earns the most of the items that could stand in an item's place."""


@dataclass(frozen=True, slots=True)
class BetterPaid:
    """An item that earns far less a click than another one that could stand in its place."""

    item: str
    pay: Pay
    better: str
    better_pay: Pay
    worth: float

    @property
    def orders(self) -> Pair:
        """The clicks on both, each with how many of them led to an order."""
        own = ViewCounts(self.pay.clicks, self.pay.orders)
        return own, ViewCounts(self.better_pay.clicks, self.better_pay.orders)

    @property
    def is_decisive(self) -> bool:
        """Whether a click on the other leads to an order more often, and earns twice as much."""
        other, own = self.better_pay, self.pay
        return (
            other.orders_per_click > own.orders_per_click
            and other.per_click >= DECISIVE * own.per_click
        )


def unpaid(
    pays: Mapping[str, Pay],
    days: int,
    *,
    is_post: bool = False,
    alternatives: Mapping[str, Collection[str]] | None = None,
) -> list[NoOrders]:
    """Return the items or posts without an order, and with too many clicks for chance.

    If a click leads to an order as often as on average, none of n clicks does with a probability of
    (1 - average)^n. `alternatives` has, by item, the items that could stand in its place.
    """
    clicks = sum(pay.clicks for pay in pays.values())
    orders = sum(pay.orders for pay in pays.values())
    if not 0 < orders < clicks:
        return []
    average = orders / clicks
    looked_at: list[tuple[NoOrders, float]] = []
    for value, pay in pays.items():
        better = _best_paid((alternatives or {}).get(value, ()), pays)
        expected, worth = pay.clicks * average, pay.clicks * MONTH / days
        candidate = NoOrders(value, is_post, pay.clicks, expected, worth, better)
        is_unpaid = not pay.orders and not pay.earned
        looked_at.append((candidate, (1 - average) ** pay.clicks if is_unpaid else 1.0))
    return by_worth(beyond_chance(looked_at))


def outearned(
    pays: Mapping[str, Pay], days: int, alternatives: Mapping[str, Collection[str]]
) -> list[BetterPaid]:
    """Return the items that a far better paid one could replace, beyond chance, each with the best.

    `alternatives` has, by item, the items that could stand in its place.
    """
    pairs: list[BetterPaid] = []
    for item, pay in pays.items():
        if pay.earned > 0:
            worth = pay.clicks * MONTH / days
            others = [other for other in alternatives.get(item, ()) if other in pays]
            pairs += [BetterPaid(item, pay, other, pays[other], worth) for other in others]
    tested = ((pair, p_value(_strata([pair.orders]))) for pair in pairs)
    best_by_item: dict[str, BetterPaid] = {}
    for pair in beyond_chance(tested):
        if pair.is_decisive:
            best = best_by_item.setdefault(pair.item, pair)
            if pair.better_pay.per_click > best.better_pay.per_click:
                best_by_item[pair.item] = pair
    return by_worth(best_by_item.values())


MONTH = 30
"""Days that a `worth` is of."""


def _best_paid(items: Iterable[str], pays: Mapping[str, Pay]) -> tuple[str, Pay] | None:
    best = None
    for item in items:
        pay = pays.get(item)
        if pay and pay.earned > 0 and (best is None or pay.per_click > best[1].per_click):
            best = item, pay
    return best


# Tests of variants that are decided; `experiments.opportunities` finds them.


@dataclass(frozen=True, slots=True)
class DecidedTest:
    """A test that runs on though it has a winner, which all readers could see."""

    item: str
    test: str
    winner: str
    ratio: float
    """How many times as often it is clicked as the variant that comes closest.

    Infinite if that never was: the figure that the test's own page has.
    """
    worth: float


# All of them.

Opportunity = (
    EmptyPost | BareTag | DoubtedCategory | RateOutlier | NoOrders | BetterPaid | DecidedTest
)

_O = TypeVar("_O", bound=Opportunity)


def by_worth(opportunities: Iterable[_O]) -> list[_O]:
    """Return the opportunities that are worth an edit, by worth, descending."""
    worthy = [opportunity for opportunity in opportunities if opportunity.worth >= LEAST_WORTH]
    return sorted(worthy, key=_by_worth)


def ranked(*by_kind: Iterable[Opportunity]) -> list[Opportunity]:
    """Return all opportunities by worth, descending."""
    return sorted(chain.from_iterable(by_kind), key=_by_worth)


def _by_worth(opportunity: Opportunity) -> float:
    return -opportunity.worth
