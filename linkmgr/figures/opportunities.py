"""What an owner could do next: what the figures say beyond chance, and what it is likely to bring.

Each finder looks at many items, posts or places and returns those that stand out, each with its
`worth`: how many clicks in 30 days are missing, lost, gained or without pay. By that they rank.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, inf, sqrt
from typing import NamedTuple, TypeVar

from linkmgr.clicks.counts import ViewCounts, sum_views, sum_views_by
from linkmgr.figures.rates import WIDEST, Rate, reported_rate
from linkmgr.figures.views import BlockRank, PlacedViews, places_by_item

LEAST_WORTH = 5.0
"""Clicks in 30 days: less than about one a week is not worth an edit."""

_LEVEL = 0.05  # of a kind's rows: at most in one of twenty months is one of them there by chance

# The normal approximation holds from so many clicks on that could have come otherwise: N. Mantel
# and J. L. Fleiss, American Journal of Epidemiology 112 (1980), 129-134.
_LEAST_SPREAD = 5


class Kind(StrEnum):
    """What is clicked otherwise than what it is compared with."""

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


class Stratum(NamedTuple):
    """What is compared, and what it is compared with, under the same conditions."""

    one: ViewCounts
    other: ViewCounts


def p_value(strata: Iterable[Stratum]) -> float | None:
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


def _strata(pairs: Iterable[tuple[ViewCounts, ViewCounts]]) -> list[Stratum]:
    """Return the pairs of which both were seen, and not clicked more often than that."""
    return [
        Stratum(one, other)
        for one, other in pairs
        if one.views and 0 <= one.clicked <= one.views
        if other.views and 0 <= other.clicked <= other.views
    ]


def _compared(strata: Sequence[Stratum]) -> Compared:
    return Compared(
        sum_views(one for one, _ in strata),
        sum(one.views * other.clicked / other.views for one, other in strata),
    )


def _minus(whole: ViewCounts, part: ViewCounts) -> ViewCounts:
    return ViewCounts(whole.views - part.views, whole.clicked - part.clicked)


# Posts and tags that are read and show nothing.


@dataclass(frozen=True, slots=True)
class BarePost:
    """A post without an item of a block, how often it was read, and the clicks that one may get."""

    post: str
    reads: int
    worth: float


@dataclass(frozen=True, slots=True)
class BareTag:
    """A tag that no mapping has, with its posts that show nothing, and how often these are read."""

    kind: str
    tag: str
    posts: int
    reads: int
    worth: float


def bare_posts(reads: Mapping[str, int], rate: float) -> list[BarePost]:
    """Return the posts where an item that is clicked at a rate would be worth its place."""
    return worthiest(BarePost(post, number, number * rate) for post, number in reads.items())


def bare_tags(tags: Iterable[tuple[str, str, int, int]], rate: float) -> list[BareTag]:
    """Return the same of tags: their kind, their name, their posts and how often those are read."""
    return worthiest(BareTag(*tag, tag[-1] * rate) for tag in tags)


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
class Uncommon:
    """An item or a place that is clicked otherwise than what it is compared with.

    An item stands beside the others in the same places, or itself before; a place beside the others
    of its block with the same items. `better` are items of the same tags that are surely clicked
    more often, the best one first.
    """

    kind: Kind
    value: str | BlockRank
    compared: Compared
    better: Sequence[tuple[str, Rate]] = ()

    @property
    def worth(self) -> float:
        """The clicks that are missing, lost or gained."""
        return self.compared.worth


def rare_items(placed: PlacedViews, alike: Mapping[str, Collection[str]]) -> list[Uncommon]:
    """Return the items that are clicked rarely; `alike` are those of the same tags, by item."""
    at_place = sum_views_by(lambda item: item.place, placed)
    by_item = places_by_item(placed)
    rates = {item: reported_rate(sum_views(places.values())) for item, places in by_item.items()}
    looked_at = (
        (item, ((seen, _minus(at_place[place], seen)) for place, seen in places.items()))
        for item, places in by_item.items()
    )
    return worthiest(
        Uncommon(Kind.ITEM, item, compared, _better(compared, alike.get(item, ()), rates))
        for item, compared in _rare(looked_at)
    )


def rare_places(placed: PlacedViews) -> list[Uncommon]:
    """Return the places where items are clicked rarely."""
    in_block = sum_views_by(lambda item: (item.item, item.block), placed)
    by_place: dict[BlockRank, dict[str, ViewCounts]] = defaultdict(dict)
    for shown, seen in placed.items():
        by_place[shown.place][shown.item] = seen
    looked_at = (
        (place, ((seen, _minus(in_block[item, place.block], seen)) for item, seen in items.items()))
        for place, items in by_place.items()
    )
    return worthiest(Uncommon(Kind.PLACE, place, compared) for place, compared in _rare(looked_at))


def changed_items(now: PlacedViews, before: PlacedViews) -> list[Uncommon]:
    """Return the items whose rate changed between two periods, whatever became of their places."""
    by_item: dict[str, list[tuple[ViewCounts, ViewCounts]]] = defaultdict(list)
    for placed, seen in now.items():
        by_item[placed.item].append((seen, before.get(placed, ViewCounts())))
    changed = _uncommon(by_item.items())
    return worthiest(Uncommon(Kind.CHANGE, item, compared) for item, compared in changed)


def _rare(
    looked_at: Iterable[tuple[_T, Iterable[tuple[ViewCounts, ViewCounts]]]],
) -> Iterator[tuple[_T, Compared]]:
    """Yield what is clicked half as often as the others, or more rarely, beyond chance.

    Two rates must be twice apart before an owner moves anything for them, as for a conclusive one.
    """
    for value, compared in _uncommon(looked_at):
        if compared.ratio <= 1 / WIDEST:
            yield value, compared


def _uncommon(
    looked_at: Iterable[tuple[_T, Iterable[tuple[ViewCounts, ViewCounts]]]],
) -> Iterator[tuple[_T, Compared]]:
    """Yield what is clicked otherwise than the others beyond chance."""
    all_strata = ((value, _strata(pairs)) for value, pairs in looked_at)
    differing = beyond_chance(((value, strata), p_value(strata)) for value, strata in all_strata)
    for value, strata in differing:
        yield value, _compared(strata)


def _better(
    compared: Compared, alike: Iterable[str], rates: Mapping[str, Rate | None]
) -> Sequence[tuple[str, Rate]]:
    rated = ((item, rates.get(item)) for item in alike)
    better = [(item, rate) for item, rate in rated if rate and rate.low > compared.rate.high]
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


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An item or a post that is clicked and earned nothing, where others had `expected` orders.

    `better` earns the most of the items that could stand in an item's place.
    """

    value: str
    is_post: bool
    clicks: int
    expected: float
    worth: float
    better: tuple[str, Pay] | None = None


@dataclass(frozen=True, slots=True)
class Outearned:
    """An item that earns far less a click than another one that could stand in its place."""

    item: str
    pay: Pay
    better: tuple[str, Pay]
    worth: float

    @property
    def orders(self) -> tuple[ViewCounts, ViewCounts]:
        """The clicks of both, and how many of these led to an order."""
        (own, other) = (ViewCounts(pay.clicks, pay.orders) for pay in (self.pay, self.better[1]))
        return own, other


def unpaid(
    pays: Mapping[str, Pay],
    days: int,
    *,
    is_post: bool = False,
    instead: Mapping[str, Collection[str]] | None = None,
) -> list[Unpaid]:
    """Return what earned nothing on so many clicks that this is beyond chance, in some days.

    If a click leads to an order as often as on average, none of n clicks does with a probability of
    (1 - average)^n. `instead` are the items that could stand in an item's place.
    """
    whole = _all(pays.values())
    if not 0 < whole.orders < whole.clicks:
        return []
    average = whole.orders / whole.clicks
    looked_at = (
        (
            Unpaid(
                value,
                is_post,
                pay.clicks,
                pay.clicks * average,
                pay.clicks * MONTH / days,
                _best_paid((instead or {}).get(value, ()), pays),
            ),
            (1 - average) ** pay.clicks if not pay.orders and not pay.earned else 1.0,
        )
        for value, pay in pays.items()
    )
    return worthiest(beyond_chance(looked_at))


def outearned(
    pays: Mapping[str, Pay], days: int, instead: Mapping[str, Collection[str]]
) -> list[Outearned]:
    """Return the items that a better paid one could replace, `instead` of them by item.

    Beyond chance the other one leads to an order more often, and a click on it earns twice as much.
    """
    pairs = (
        Outearned(item, pay, (other, pays[other]), pay.clicks * MONTH / days)
        for item, pay in pays.items()
        for other in instead.get(item, ())
        if pay.earned > 0 and other in pays
    )
    by_item: dict[str, Outearned] = {}
    for pair in beyond_chance((pair, p_value(_strata([pair.orders]))) for pair in pairs):
        own, other = pair.orders
        paid = pair.better[1].per_click
        more_often = other.clicked * own.views > own.clicked * other.views
        if more_often and paid >= WIDEST * pair.pay.per_click:
            best = by_item.setdefault(pair.item, pair)
            if paid > best.better[1].per_click:
                by_item[pair.item] = pair
    return worthiest(by_item.values())


MONTH = 30
"""Days that a `worth` is of."""


def _best_paid(items: Iterable[str], pays: Mapping[str, Pay]) -> tuple[str, Pay] | None:
    paid = [(item, pays[item]) for item in items if item in pays and pays[item].earned > 0]
    return max(paid, key=lambda pair: pair[1].per_click, default=None)


def _all(pays: Iterable[Pay]) -> Pay:
    return Pay(*map(sum, zip(*pays, strict=True))) if pays else Pay(0, 0, 0)


# Tests of variants that are decided; `experiments.opportunities` finds them.


@dataclass(frozen=True, slots=True)
class DecidedTest:
    """A test that runs on though it has a winner, which all readers could see.

    The winner is clicked `ratio` times as often as the variant that comes closest, infinite if that
    never was: the figure that the test's own page has.
    """

    item: str
    test: str
    winner: str
    ratio: float
    worth: float


# All of them.

Opportunity = BarePost | BareTag | DoubtedCategory | Uncommon | Unpaid | Outearned | DecidedTest

_O = TypeVar("_O", bound=Opportunity)


def worthiest(opportunities: Iterable[_O]) -> list[_O]:
    """Return those that are worth an edit, by worth, descending."""
    worthy = [opportunity for opportunity in opportunities if opportunity.worth >= LEAST_WORTH]
    return sorted(worthy, key=_by_worth)


def ranked(*by_kind: Iterable[Opportunity]) -> list[Opportunity]:
    """Return all that was found, the worthiest first."""
    return sorted((opportunity for some in by_kind for opportunity in some), key=_by_worth)


def _by_worth(opportunity: Opportunity) -> float:
    return -opportunity.worth
