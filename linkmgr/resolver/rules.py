"""The rules of a catalog: what each mapping asks of a post, and which match none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.catalog.model import Terms
from linkmgr.posts.model import Post
from linkmgr.resolver.model import (
    CATEGORY,
    KEYWORD,
    PATH,
    TAG,
    Cause,
    PostText,
)
from linkmgr.resolver.statistics import term, terms

Found = tuple[Cause, str]  # a term as it is compared


@dataclass(frozen=True, slots=True)
class Rule:
    """A mapping with its terms in the form in which they are compared."""

    mapping: CatalogMapping
    any_of: tuple[Found, ...]
    all_of: tuple[Found, ...]

    @classmethod
    def of(cls, mapping: CatalogMapping) -> "Rule":
        return cls(mapping, _terms_of(mapping.any_of), _terms_of(mapping.all_of))

    @property
    def terms(self) -> tuple[Found, ...]:
        return (*self.any_of, *self.all_of)

    @property
    def plain(self) -> bool:
        """Whether each term alone is evidence for its items, with no condition or other effect."""
        return not (self.all_of or self.mapping.pin or self.mapping.exclude)

    @property
    def lookups(self) -> tuple[Found, ...]:
        """The terms of which a post needs at least one for the mapping to match."""
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
    return tuple(dict(_with_written(values)))


def written_terms(mapping: CatalogMapping) -> Iterator[tuple[Found, str]]:
    yield from _with_written(mapping.any_of)
    yield from _with_written(mapping.all_of)


def _with_written(values: Terms) -> Iterator[tuple[Found, str]]:
    """Yield each term in the form in which it is compared, with the user's spelling."""
    yield from (((TAG, term(tag)), tag) for tag in values.tags)
    yield from (((CATEGORY, term(category)), category) for category in values.categories)
    yield from (((KEYWORD, term(keyword)), keyword) for keyword in values.keywords)
    yield from (((PATH, path), path) for path in values.paths)


def keywords_of(mappings: Iterable[CatalogMapping]) -> set[str]:
    """Return all keywords of the mappings in the form in which they are counted."""
    return {
        term(keyword)
        for mapping in mappings
        for values in (mapping.any_of, mapping.all_of)
        for keyword in values.keywords
    }


def asks_neighbours(mappings: Iterable[CatalogMapping]) -> bool:
    """Whether a mapping has terms whose evidence depends on the nearest posts."""
    return any(
        values.keywords or values.categories
        for mapping in mappings
        for values in (mapping.any_of, mapping.all_of)
    )


def unmatched(
    mappings: Iterable[CatalogMapping], posts: Iterable[Post], texts: Mapping[str, PostText]
) -> list[CatalogMapping]:
    """Return the mappings that match no post, whatever the score, in their order."""
    left = {mapping.id: mapping for mapping in mappings}
    for names in matching([*left.values()], posts, texts):
        for name in names:
            left.pop(name, None)
    return [*left.values()]


def matching(
    mappings: Iterable[CatalogMapping], posts: Iterable[Post], texts: Mapping[str, PostText]
) -> Iterator[list[str]]:
    """Yield for each post the ids of the mappings that match it, whatever the score."""
    rules = [Rule.of(mapping) for mapping in mappings]
    paths = _paths(rules)
    asking = by_lookup(rules)
    for post in posts:
        had = dict.fromkeys(_terms(post, texts[post.path], paths), 1.0)
        asked = {rule.mapping.id: rule for term in had for rule in asking.get(term, ())}
        yield [name for name, rule in asked.items() if rule.matching(had)]


def _paths(rules: Iterable[Rule]) -> set[str]:
    return {name for rule in rules for cause, name in rule.terms if cause == PATH}


def by_lookup(rules: Iterable[Rule]) -> dict[Found, list[Rule]]:
    """Return rules by the terms of which a post needs one."""
    asking: dict[Found, list[Rule]] = {}
    for rule in rules:
        for lookup in rule.lookups:
            asking.setdefault(lookup, []).append(rule)
    return asking


def _terms(post: Post, text: PostText, paths: Iterable[str]) -> list[Found]:
    return [
        *((TAG, tag) for tag in terms(post.tags)),
        *((CATEGORY, category) for category in terms(post.categories)),
        *((KEYWORD, keyword) for keyword in text.counts),
        *((PATH, path) for path in paths if fnmatchcase(post.path, path)),
    ]
