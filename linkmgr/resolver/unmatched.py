"""Mappings that match none of a site's posts."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import Found, Rule
from linkmgr.resolver.model import CATEGORY, KEYWORD, PATH, TAG, PostText
from linkmgr.resolver.statistics import terms


def unmatched(
    mappings: Iterable[CatalogMapping], posts: Iterable[Post], texts: Mapping[str, PostText]
) -> list[CatalogMapping]:
    """Return the mappings that match no post, whatever the score, in their order."""
    left = {mapping.id: Rule.of(mapping) for mapping in mappings}
    paths = {name for rule in left.values() for cause, name in rule.terms if cause == PATH}
    waiting: dict[Found, list[Rule]] = {}
    for rule in left.values():
        for key in rule.lookups:
            waiting.setdefault(key, []).append(rule)
    for post in posts:
        found = dict.fromkeys(_terms(post, texts[post.path], paths), 1.0)
        for key in found:
            for rule in waiting.get(key, ()):
                if rule.mapping.id in left and rule.matching(found):
                    del left[rule.mapping.id]
    return [rule.mapping for rule in left.values()]


def _terms(post: Post, text: PostText, paths: Iterable[str]) -> list[Found]:
    return [
        *((TAG, tag) for tag in terms(post.tags)),
        *((CATEGORY, category) for category in terms(post.categories)),
        *((KEYWORD, keyword) for keyword in text.counts),
        *((PATH, path) for path in paths if fnmatchcase(post.path, path)),
    ]
