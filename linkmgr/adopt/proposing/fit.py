"""Which terms predict the items that posts used to show: few and general ones first.

The search counts in the resolver's own evidence: a rule adds its weight times the points that its
term has in a post, and a post shows the items with most, up to its limit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from linkmgr.resolver.evidence import STATEMENTS, Found
from linkmgr.resolver.placing import MINIMUM, SHARE_OF_BEST

# A rule has one of these weights; finer ones would overfit.
WEIGHTS = (1.0, 2.0, 4.0, 8.0)
# A term of fewer posts does not generalise to others.
FEWEST_POSTS = 3
# Terms that are tried for an item: those that its posts have most beyond the average.
TRIED = 60
# What a rule must win in old placements, less what it loses; the second only while fewer than
# `ENOUGH` of them are reproduced.
GAINS = (2.0, 1.0)
ENOUGH = 0.84
# An item shown beside too few old ones, where the post had room for it, costs this much of a hit.
WRONG_ITEM_COST = 0.3


class Example(NamedTuple):
    """A post: the points of its terms, and the items that it used to show."""

    points: Mapping[Found, float]
    items: frozenset[str]


class Rule(NamedTuple):
    """A term that matches an item to posts."""

    found: Found
    item: str


Rules = dict[Rule, float]
"""Rules and their weights, in the order in which they were found."""


def fit(examples: Sequence[Example], limit: int, start: Rules | None = None) -> Rules:
    """Return the rules that reproduce the examples best, `limit` items being shown by each.

    `start` are rules to begin with. Their weights may change, and useless ones are left out.
    """
    if not examples or not limit:
        return {}
    search = _Search(examples, limit)
    for rule, weight in (start or {}).items():
        search.set(rule, weight)
    search.refine()
    search.grow()
    while not search.enough() and search.exchange():
        pass
    return search.rules


class _Step(NamedTuple):
    """A rule that may be added. Of equal gain the author's own words, then the general ones.

    `usual`: how early its weight comes in `WEIGHTS`.
    """

    gain: float
    stated: bool
    posts: int
    usual: int
    rule: Rule
    weight: float


class _Search:
    def __init__(self, examples: Sequence[Example], limit: int) -> None:
        self._examples = examples
        self._limit = limit
        self._wanted = sum(min(limit, len(example.items)) for example in examples)
        self._with: dict[Found, list[int]] = defaultdict(list)
        for number, example in enumerate(examples):
            for found in example.points:
                self._with[found].append(number)
        self._totals: list[dict[str, float]] = [{} for _ in examples]
        self._stated: list[dict[str, int]] = [{} for _ in examples]
        self._shown: list[list[str]] = [[] for _ in examples]
        self._tried = {item: self._terms(item) for item in self._items()}
        self.hits = 0  # the old placements that the rules bring about
        self._useless: set[Rule] = set()
        self.rules: Rules = {}

    def _items(self) -> list[str]:
        return sorted({item for example in self._examples for item in example.items})

    def _terms(self, item: str) -> list[Found]:
        """Return the terms most specific to an item, beyond its share of all posts."""
        share = sum(item in e.items for e in self._examples) / len(self._examples)
        lifts = {
            found: sum(
                self._examples[n].points[found] * ((item in self._examples[n].items) - share)
                for n in numbers
            )
            for found, numbers in self._with.items()
            if len(numbers) >= FEWEST_POSTS
        }
        return sorted(lifts, key=lambda found: (-lifts[found], found))[:TRIED]

    def enough(self) -> bool:
        """Whether so many placements are reproduced that the exceptions are ignored."""
        return self.hits >= ENOUGH * self._wanted

    def grow(self) -> None:
        """Add the rules that win most, as long as there are any."""
        for least in GAINS:
            while least > GAINS[-1] or not self.enough():
                best = self.best()
                if best is None or best.gain < least:
                    break
                self.add(best)

    def exchange(self) -> bool:
        """Do without one rule if others then win more; whether there was such a one."""
        before, hits, useless = dict(self.rules), self.hits, set(self._useless)
        for rule in before:
            self.set(rule, 0)
            self._useless = {rule}
            self.grow()
            if self.hits > hits:
                self._useless = set()
                return True
            self._restore(before)
        self._useless = useless
        return False

    def _restore(self, rules: Rules) -> None:
        for rule in [rule for rule in self.rules if rule not in rules]:
            self.set(rule, 0)
        for rule, weight in rules.items():
            if self.rules.get(rule) != weight:
                self.set(rule, weight)

    def best(self) -> _Step | None:
        """Return the rule that wins most."""
        return max(self._steps(), default=None)

    def _steps(self) -> Iterator[_Step]:
        for item, tried in self._tried.items():
            for found in tried:
                rule = Rule(found, item)
                if rule in self.rules or rule in self._useless:
                    continue
                stated = found[0] in STATEMENTS
                posts = len(self._with[found])
                for number, weight in enumerate(WEIGHTS):
                    gain = self._gain(rule, weight, stated=stated)
                    yield _Step(gain, stated, posts, -number, rule, weight)

    def _gain(self, rule: Rule, weight: float, *, stated: bool) -> float:
        """Return the placements won less those lost if a new rule had this weight."""
        gain = 0.0
        found, item = rule
        for number in self._with[found]:
            shown = self._shown[number]
            if item in shown:
                continue
            example, totals = self._examples[number], self._totals[number]
            total = totals.get(item, 0.0) + weight * example.points[found]
            best = totals[shown[0]] if shown else 0.0
            if not _reaches(total, best, stated=stated or item in self._stated[number]):
                continue
            right = item in example.items
            if len(shown) < self._limit:
                gain += 1.0 if right else -WRONG_ITEM_COST
            elif total > totals[shown[-1]]:
                gain += right - (shown[-1] in example.items)
        return gain

    def add(self, step: _Step) -> None:
        """Add a rule; one with which no more is won is not tried again."""
        hits = self.hits
        self.set(step.rule, step.weight)
        self.refine()
        if self.hits <= hits:
            self._useless.add(step.rule)

    def set(self, rule: Rule, weight: float) -> None:
        """Give a rule a weight; 0 takes it away."""
        found, item = rule
        change = weight - self.rules.get(rule, 0.0)
        number_of_rules = (weight > 0) - (rule in self.rules)
        for number in self._with.get(found, ()):
            totals, stated = self._totals[number], self._stated[number]
            totals[item] = totals.get(item, 0.0) + change * self._examples[number].points[found]
            if found[0] in STATEMENTS:
                stated[item] = stated.get(item, 0) + number_of_rules
            self.hits -= self._right(number)
            self._shown[number] = self._show(number)
            self.hits += self._right(number)
        if weight:
            self.rules[rule] = weight
        else:
            self.rules.pop(rule, None)

    def _right(self, number: int) -> int:
        """Return how many of the items that a post shows it used to show."""
        return len(self._examples[number].items.intersection(self._shown[number]))

    def _show(self, number: int) -> list[str]:
        totals, stated = self._totals[number], self._stated[number]
        ranked = sorted(totals, key=lambda item: (-totals[item], item))
        best = totals[ranked[0]] if ranked else 0.0
        shown = (i for i in ranked if _reaches(totals[i], best, stated=bool(stated.get(i))))
        return [item for item, _ in zip(shown, range(self._limit), strict=False)]

    def refine(self) -> None:
        """Change one weight at a time, or drop a rule, for as long as that wins placements."""
        before = -1
        while (hits := self.hits) > before:
            before = hits
            for rule in list(self.rules):
                self._refine(rule)

    def _refine(self, rule: Rule) -> None:
        old = self.rules[rule]
        outcomes = {}
        for weight in (0.0, *WEIGHTS):
            self.set(rule, weight)
            outcomes[weight] = self.hits
        # No rule at all is as good as one that wins nothing.
        best = max(outcomes, key=lambda weight: (outcomes[weight], weight == 0, weight == old))
        self.set(rule, best)


def _reaches(total: float, best: float, *, stated: bool) -> bool:
    """Whether an item with this evidence is shown, the best one having `best` (see `placing`)."""
    if total < MINIMUM**2:
        return False
    return stated or total >= SHARE_OF_BEST**2 * best
