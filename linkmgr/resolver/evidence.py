"""Matching a post's tags, categories, keywords and path against the catalog's mappings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import fsum, sqrt
from types import MappingProxyType
from typing import Any

from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.links.model import Tag
from linkmgr.posts.model import Post
from linkmgr.resolver.model import (
    CATEGORY,
    KEYWORD,
    NEIGHBOURS,
    PATH,
    TAG,
    Cause,
    KeywordCounts,
    PostText,
    Reason,
)
from linkmgr.resolver.neighbours import Neighbours
from linkmgr.resolver.rules import Rule, RulesByTerm, Term, paths_of, spellings
from linkmgr.resolver.statistics import STATED, Statistics, terms

Evidence = dict[Term, float]
"""The evidence for an item in a post: each term once, with the most that a mapping gives it."""

_NONE: Mapping[Any, float] = MappingProxyType({})

# What the author states; a keyword only suggests.
STATEMENTS: frozenset[Cause] = frozenset((TAG, CATEGORY, PATH))
# A category by itself is enough for the usual minimum; the nearest posts must confirm anything
# beyond that. Of 2,469 posts with machine-assigned categories they contradict 122, and of 24 of
# these that were read two thirds were wrong: so what is surer comes first, and the owner is told.
UNCONFIRMED = 1.0
# Evidence that supports a keyword which any article of the site uses, or a doubtful category.
MIN_CORROBORATION = 0.05
# A post that uses such keywords far more than the site does is about them: with this much evidence
# of its own, without the nearest posts' say, they need no support. On 280 judged posts, a root of
# 1.3 to 1.6 costs 0.01 to 0.03 of the books that fit, and gains as much of nDCG@3.
ENOUGH_OF_ITS_OWN = 1.5**2
_MOST_TERMS = 3


@dataclass(slots=True)
class Matches:
    """What the mappings say of one post."""

    terms: dict[Term, float]
    """The evidence of each term that the post has."""
    alone: dict[Term, float]
    """The evidence of the keywords and categories without what the nearest posts make of it."""
    doubted: frozenset[Term]
    """The categories that the nearest posts contradict."""
    totals: dict[str, float]
    """The sums of evidence by item, maybe hundreds."""
    stated: set[str]
    """The items for which a tag, a category or a path speaks: their rules hold at any score."""
    conditional: dict[str, Evidence] = field(default_factory=dict)
    """The evidence that mappings with conditions give, by item."""
    pins: dict[str, str] = field(default_factory=dict)
    """The items that are to come first, each with the id of the mapping that pins it."""
    excluded: dict[str, str] = field(default_factory=dict)
    """The items that the post must not show, each with the id of the mapping that excludes it."""


class Mappings:
    """The catalog's mappings, ready to be looked up by the terms of a post."""

    def __init__(
        self, mappings: Iterable[CatalogMapping], statistics: Statistics, neighbours: Neighbours
    ) -> None:
        self._statistics = statistics
        self._neighbours = neighbours
        self._weights: dict[Term, dict[str, float]] = {}
        self._tagged: dict[str, list[Rule]] = {}
        self._written: dict[Term, str] = {}
        rules = [Rule.of_mapping(mapping) for mapping in mappings]
        for rule in rules:
            for key, written in spellings(rule.mapping).items():
                self._written.setdefault(key, written)
            if rule.mapping.tags and not rule.mapping.exclude:
                for item in rule.mapping.items:
                    self._tagged.setdefault(item, []).append(rule)
            if rule.is_plain:
                self._weigh(rule)
        self._paths = paths_of(rules)
        self._conditional = RulesByTerm(rule for rule in rules if not rule.is_plain)

    def _weigh(self, rule: Rule) -> None:
        """Add the weights of a mapping whose terms each are evidence for its items."""
        weight = rule.mapping.weight
        for key in rule.any_of:
            weights = self._weights.setdefault(key, {})
            for item in rule.mapping.items:
                weights[item] = max(weight, weights.get(item, 0.0))

    def match(self, post: Post, text: PostText) -> Matches:
        """Return the items that the mappings match, pin and exclude in `post`."""
        terms, alone, doubted = self._terms(post, text)
        totals: dict[str, float] = {}
        stated: set[str] = set()
        for key, points in terms.items():
            weights = self._weights.get(key, _NONE)
            for item, weight in weights.items():
                totals[item] = totals.get(item, 0.0) + points * weight
            if key[0] in STATEMENTS:
                stated.update(weights)
        matches = Matches(terms, alone, doubted, totals, stated)
        for rule, matching in self._conditional.matching(terms):
            _apply(rule.mapping, matching, matches)
        for item in matches.conditional:
            # In the order in which the others are added up: equal evidence is an equal sum.
            evidence = self.evidence(matches, item)
            totals[item] = sum(evidence[key] for key in terms if key in evidence)
        return matches

    def evidence(self, matches: Matches, item: str) -> Evidence:
        """Return the evidence for an item in the post for which `matches` was made."""
        evidence: Evidence = {}
        for key, points in matches.terms.items():
            weights = self._weights.get(key, _NONE)
            if item in weights:
                evidence[key] = points * weights[item]
        for key, points in matches.conditional.get(item, _NONE).items():
            evidence[key] = max(points, evidence.get(key, 0.0))
        return evidence

    def tags(self, matches: Matches, item: str) -> list[tuple[str, Tag]]:
        """Return the tags of the mappings that match an item, with their ids, the strongest last.

        A mapping that pins is stronger than all others; of equal ones the first in the catalog is.
        """
        strengths: list[tuple[bool, float, CatalogMapping]] = []
        for rule in self._tagged.get(item, ()):
            if evidence := rule.matching(matches.terms):
                mapping = rule.mapping
                strengths.append((mapping.pin, sum(evidence.values()) * mapping.weight, mapping))
        strengths.sort(key=lambda strength: strength[:2], reverse=True)
        tags: list[tuple[str, Tag]] = []
        for _, _, mapping in reversed(strengths):
            tags.extend((mapping.id, tag) for tag in mapping.tags)
        return tags

    def doubted_category(self, matches: Matches, item: str) -> str:
        """Return the category alone for which an item is shown though the nearest posts lack it.

        It is as the rule has it, and empty where anything else speaks for the item.
        """
        doubted: list[Term] = []
        others = 0.0
        for key, points in self.evidence(matches, item).items():
            if key in matches.doubted:
                doubted.append(key)
            else:
                others += points
        return self._written[doubted[0]] if doubted and others < MIN_CORROBORATION else ""

    def is_uncorroborated(self, matches: Matches, item: str, text: PostText) -> bool:
        """Whether only keywords that any article of the site might use support an item.

        A post that uses them far more than the site does supports it by itself.
        """
        has_common = False
        others = of_its_own = 0.0
        for key, points in self.evidence(matches, item).items():
            cause, name = key
            of_its_own += matches.alone.get(key, points)
            if cause == KEYWORD and self._statistics.is_common(name, text.counts[name]):
                has_common = True
            else:
                others += points
        is_about_them = of_its_own >= ENOUGH_OF_ITS_OWN
        return has_common and others < MIN_CORROBORATION and not is_about_them

    def _terms(
        self, post: Post, text: PostText
    ) -> tuple[dict[Term, float], dict[Term, float], frozenset[Term]]:
        """Return the evidence of a post's terms, with and without that of the nearest posts.

        With it go the categories that these contradict.
        """
        statistics, neighbours = self._statistics, self._neighbours
        evidence: dict[Term, float] = {}
        alone: dict[Term, float] = {}
        doubted: list[Term] = []
        for tag in terms(post.tags):
            evidence[TAG, tag] = statistics.stated(statistics.tags.get(tag, 0))
        for category in terms(post.categories):
            key: Term = (CATEGORY, category)
            alone[key] = statistics.stated(statistics.categories.get(category, 0))
            agreement = neighbours.agreement(post, key) if self._asks_for(key) else 1.0
            evidence[key] = UNCONFIRMED + (alone[key] - UNCONFIRMED) * agreement
            if not agreement:
                doubted.append(key)
        for keyword, points in statistics.mentioned(text):
            key = (KEYWORD, keyword)
            alone[key] = points
            added = neighbours.contribution(post, key) if self._asks_for(key) else 0.0
            evidence[key] = max(0.0, points + added)
        for path in self._paths:
            if fnmatchcase(post.path, path):
                evidence[PATH, path] = STATED
        return evidence, alone, frozenset(doubted)

    def _asks_for(self, key: Term) -> bool:
        return key in self._written

    def reasons(
        self, matches: Matches, item: str, post: Post, text: PostText
    ) -> tuple[Reason, ...]:
        """Return why an item has its score, the weightiest first; the points add up to it."""
        evidence = self.evidence(matches, item)
        total = fsum(evidence.values())
        # The score is the root of the evidence: of each piece of it, this part.
        share = sqrt(total) / total if total else 0.0
        # What the nearest posts add to the points of the post's own terms.
        added: dict[Term, float] = {}
        reasons: list[Reason] = []
        for key, points in sorted(evidence.items()):
            own = points
            if points and matches.alone.get(key, matches.terms[key]) != matches.terms[key]:
                added[key] = points * (1 - matches.alone[key] / matches.terms[key])
                own -= added[key]
            cause, name = key
            measure = self._measure(cause, name, text)
            reasons.append(Reason(cause, self._written[key], own * share, measure))
        if added:
            most = sorted(added, key=lambda key: (-abs(added[key]), key))[:_MOST_TERMS]
            names = ", ".join(self._written[key] for key in most)
            nearby = self._neighbours.count_having(post, most)
            reasons.append(Reason(NEIGHBOURS, names, fsum(added.values()) * share, nearby))
        return tuple(sorted(reasons, key=lambda reason: -reason.points))

    def _measure(
        self, cause: Cause, name: str, text: PostText
    ) -> KeywordCounts | tuple[int, int] | str:
        statistics = self._statistics
        if cause == KEYWORD:
            return text.counts[name]
        if cause == PATH:
            return ""
        frequencies = statistics.tags if cause == TAG else statistics.categories
        return frequencies.get(name, 0), statistics.posts


def _apply(mapping: CatalogMapping, matching: Mapping[Term, float], matches: Matches) -> None:
    """Add what a mapping with conditions, pins or excludes says of a post that it matches."""
    for item in mapping.items:
        if mapping.exclude:
            matches.excluded.setdefault(item, mapping.id)
            continue
        if mapping.pin:
            matches.pins.setdefault(item, mapping.id)
        evidence = matches.conditional.setdefault(item, {})
        for key, points in matching.items():
            if key[0] in STATEMENTS:
                matches.stated.add(item)
            evidence[key] = max(points * mapping.weight, evidence.get(key, 0.0))
