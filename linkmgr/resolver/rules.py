"""The rules of a catalog: what each mapping asks of a post, and which match none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.catalog.model import Terms
from linkmgr.posts.model import Post
from linkmgr.resolver.model import CATEGORY, KEYWORD, PATH, TAG, Cause, PostText
from linkmgr.resolver.statistics import term, terms

Term = tuple[Cause, str]
"""A tag, category, keyword or path in the form in which it is compared."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A mapping with its terms in the form in which they are compared."""

    mapping: CatalogMapping
    any_of: tuple[Term, ...]
    all_of: tuple[Term, ...]

    @classmethod
    def of_mapping(cls, mapping: CatalogMapping) -> "Rule":
        return cls(mapping, tuple(_spellings(mapping.any_of)), tuple(_spellings(mapping.all_of)))

    @property
    def terms(self) -> tuple[Term, ...]:
        return self.any_of + self.all_of

    @property
    def is_plain(self) -> bool:
        """Whether each term alone is evidence for its items, with no condition or other effect."""
        return not (self.all_of or self.mapping.pin or self.mapping.exclude)

    def matching(self, evidence: Mapping[Term, float]) -> dict[Term, float]:
        """Return the evidence of its terms in a post, nothing if the mapping does not match it."""
        matching: dict[Term, float] = {}
        for key in self.any_of:
            if key in evidence:
                matching[key] = evidence[key]
        if self.any_of and not matching:
            return {}
        for key in self.all_of:
            if key not in evidence:
                return {}
            matching[key] = evidence[key]
        return matching


def spellings(mapping: CatalogMapping) -> dict[Term, str]:
    """Return the terms of a mapping as the user spells them."""
    return _spellings(mapping.all_of) | _spellings(mapping.any_of)


def _spellings(values: Terms) -> dict[Term, str]:
    spellings: dict[Term, str] = {}
    for tag in values.tags:
        spellings.setdefault((TAG, term(tag)), tag)
    for category in values.categories:
        spellings.setdefault((CATEGORY, term(category)), category)
    for keyword in values.keywords:
        spellings.setdefault((KEYWORD, term(keyword)), keyword)
    for path in values.paths:
        spellings.setdefault((PATH, path), path)
    return spellings


def keywords_of(mappings: Iterable[CatalogMapping]) -> set[str]:
    """Return all keywords of the mappings in the form in which they are counted."""
    keywords: set[str] = set()
    for mapping in mappings:
        keywords.update(map(term, mapping.any_of.keywords))
        keywords.update(map(term, mapping.all_of.keywords))
    return keywords


def asks_neighbours(mappings: Iterable[CatalogMapping]) -> bool:
    """Whether a mapping has terms whose evidence depends on the nearest posts."""
    for mapping in mappings:
        for values in (mapping.any_of, mapping.all_of):
            if values.keywords or values.categories:
                return True
    return False


def unmatched(
    mappings: Iterable[CatalogMapping], posts: Iterable[Post], texts: Mapping[str, PostText]
) -> list[CatalogMapping]:
    """Return the mappings that match no post, whatever the score, in their order."""
    left = {mapping.id: mapping for mapping in mappings}
    for names in matching(list(left.values()), posts, texts):
        for name in names:
            left.pop(name, None)
    return list(left.values())


def matching(
    mappings: Iterable[CatalogMapping], posts: Iterable[Post], texts: Mapping[str, PostText]
) -> Iterator[list[str]]:
    """Yield for each post the ids of the mappings that match it, whatever the score."""
    rules = [Rule.of_mapping(mapping) for mapping in mappings]
    by_term = RulesByTerm(rules)
    paths = paths_of(rules)
    for post in posts:
        evidence = dict.fromkeys(terms_of_post(post, texts[post.path]), 1.0)
        for path in paths:
            if fnmatchcase(post.path, path):
                evidence[PATH, path] = 1.0
        yield [rule.mapping.id for rule, _ in by_term.matching(evidence)]


def paths_of(rules: Iterable[Rule]) -> set[str]:
    """Return the patterns of paths that are terms of the rules."""
    return {name for rule in rules for cause, name in rule.terms if cause == PATH}


class RulesByTerm:
    """Rules by their terms; a rule matches only posts with at least one of its terms."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[Term, list[Rule]] = {}
        for rule in rules:
            for needed in rule.any_of or rule.all_of[:1]:
                self._rules.setdefault(needed, []).append(rule)

    def matching(
        self, evidence: Mapping[Term, float]
    ) -> Iterator[tuple[Rule, Mapping[Term, float]]]:
        """Yield the rules that match a post, with the evidence of their terms in it."""
        asked: dict[str, Rule] = {}
        for key in evidence:
            for rule in self._rules.get(key, ()):
                asked[rule.mapping.id] = rule
        for rule in asked.values():
            if matching := rule.matching(evidence):
                yield rule, matching


def terms_of_post(post: Post, text: PostText) -> Iterator[Term]:
    """Yield the tags, categories and keywords of a post."""
    for tag in terms(post.tags):
        yield TAG, tag
    for category in terms(post.categories):
        yield CATEGORY, category
    for keyword in text.counts:
        yield KEYWORD, keyword
