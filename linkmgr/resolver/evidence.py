"""From a post's tags, categories, keywords and path to the items its mappings call for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import fsum, sqrt

from linkmgr.catalog.model import Catalog, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.posts.model import Post
from linkmgr.resolver.model import (
    CATEGORY,
    KEYWORD,
    PATH,
    TAG,
    Cause,
    Counts,
    PostText,
    Reason,
)
from linkmgr.resolver.statistics import STATED, Statistics, term, terms

Found = tuple[Cause, str]  # a term as it is compared

Evidence = dict[Found, float]
"""What speaks for an item in a post: each term once, with the most that a mapping gives it."""

# What the author states; a keyword only suggests.
STATEMENTS: frozenset[Cause] = frozenset((TAG, CATEGORY, PATH))


def score_of(evidence: Evidence) -> float:
    """Return the square root of the evidence: the same again says less and less."""
    return sqrt(fsum(evidence.values()))


def is_stated(evidence: Evidence) -> bool:
    """Whether the author's own words call for the item, not only keywords."""
    return any(cause in STATEMENTS for cause, _ in evidence)


@dataclass(slots=True)
class Called:
    """What the mappings say of one post; pins and excludes with the mapping's id."""

    evidence: dict[str, Evidence] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)

    def add(self, item: str, matching: Mapping[Found, float], weight: float) -> None:
        """Add what a mapping says for an item."""
        evidence = self.evidence.setdefault(item, {})
        for found, points in matching.items():
            if points * weight > evidence.get(found, 0.0):
                evidence[found] = points * weight


class Mappings:
    """The catalog's mappings, ready to be looked up by the terms of a post."""

    def __init__(self, catalog: Catalog, statistics: Statistics) -> None:
        self._statistics = statistics
        self._rules = [_Rule.of(mapping) for mapping in catalog.mappings.values()]
        self._by_term: dict[Found, list[int]] = {}
        self._paths: set[str] = set()
        for number, rule in enumerate(self._rules):
            for found in rule.lookups:
                self._by_term.setdefault(found, []).append(number)
            self._paths.update(t for cause, t in rule.terms if cause == PATH)

    def call(self, post: Post, text: PostText) -> Called:
        """Return which items the mappings call for, pin and exclude in `post`."""
        found = self._terms(post, text)
        called = Called()
        by_term = self._by_term
        numbers = sorted({number for key in found for number in by_term.get(key, ())})
        for number in numbers:
            rule = self._rules[number]
            matching = rule.matching(found)
            if not matching:
                continue
            mapping = rule.mapping
            for item in mapping.items:
                if mapping.exclude:
                    called.excluded.setdefault(item, mapping.id)
                    continue
                called.add(item, matching, mapping.weight)
                if mapping.pin:
                    called.pins.setdefault(item, mapping.id)
        return called

    def _terms(self, post: Post, text: PostText) -> dict[Found, float]:
        statistics = self._statistics
        found: dict[Found, float] = {}
        for tag in terms(post.tags):
            found[TAG, tag] = statistics.stated(statistics.tags.get(tag, 0))
        for category in terms(post.categories):
            found[CATEGORY, category] = statistics.stated(statistics.categories.get(category, 0))
        for keyword, counts in text.counts.items():
            found[KEYWORD, keyword] = statistics.mentioned(keyword, counts, text.length)
        for path in self._paths:
            if fnmatchcase(post.path, path):
                found[PATH, path] = STATED
        return found

    def reasons(self, evidence: Evidence, text: PostText) -> tuple[Reason, ...]:
        """Return why an item has its score, the weightiest first; the points add up to it."""
        score = score_of(evidence)
        share = 1 / score if score else 0.0  # the score is the root of the sum
        ordered = sorted(evidence.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(
            Reason(cause, name, points * share, self._found(cause, name, text))
            for (cause, name), points in ordered
        )

    def _found(self, cause: Cause, name: str, text: PostText) -> Counts | tuple[int, int] | str:
        statistics = self._statistics
        if cause == KEYWORD:
            return text.counts[name]
        if cause == PATH:
            return ""
        frequencies = statistics.tags if cause == TAG else statistics.categories
        return frequencies.get(name, 0), statistics.posts


@dataclass(frozen=True, slots=True)
class _Rule:
    """A mapping with its terms in the form in which they are compared."""

    mapping: CatalogMapping
    any_of: tuple[Found, ...]
    all_of: tuple[Found, ...]

    @classmethod
    def of(cls, mapping: CatalogMapping) -> "_Rule":
        return cls(mapping, _terms_of(mapping.any_of), _terms_of(mapping.all_of))

    @property
    def terms(self) -> tuple[Found, ...]:
        return (*self.any_of, *self.all_of)

    @property
    def lookups(self) -> tuple[Found, ...]:
        """The terms of which one must be in a post before the mapping can match."""
        return self.any_of or self.all_of[:1]

    def matching(self, found: Mapping[Found, float]) -> dict[Found, float]:
        """Return the terms found in a post, or nothing if the mapping does not match it."""
        if not all(key in found for key in self.all_of):
            return {}
        matching = {key: found[key] for key in self.any_of if key in found}
        if self.any_of and not matching:
            return {}
        return matching | {key: found[key] for key in self.all_of}


def _terms_of(values: Terms) -> tuple[Found, ...]:
    return tuple(
        dict.fromkeys(
            [
                *((TAG, term(t)) for t in values.tags),
                *((CATEGORY, term(t)) for t in values.categories),
                *((KEYWORD, term(t)) for t in values.keywords),
                *((PATH, path) for path in values.paths),
            ]
        )
    )


def keywords_of(mappings: Iterable[CatalogMapping]) -> set[str]:
    """Return all keywords of the mappings in the form in which they are counted."""
    return {
        term(keyword)
        for mapping in mappings
        for values in (mapping.any_of, mapping.all_of)
        for keyword in values.keywords
    }
