"""The items of rules that no post shows, and what keeps them out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.resolver.model import PostText, RunnerUp
from linkmgr.resolver.placing import in_use, replacements
from linkmgr.resolver.resolve import Resolver
from linkmgr.resolver.rules import matching

# What keeps an item out of the post where it comes nearest, by the code of what `explain` says.
_WEAK = message("resolver.unshown-weak")
_OUTSCORED = message("resolver.unshown-outscored")
_EXCLUDED = message("resolver.unshown-excluded")
_CAUSES = {
    "resolver.below-minimum": _WEAK,
    "resolver.below-further": _WEAK,
    "resolver.lacks-company": message("resolver.unshown-common"),
    "resolver.no-room": _OUTSCORED,
    "resolver.excluded-by-post": _EXCLUDED,
    "resolver.excluded-by-mapping": _EXCLUDED,
}
_MATCHES_NONE = message("resolver.unshown-no-match")
_POSTS_CHOOSE = message("resolver.unshown-chosen")
_NO_BLOCK = message("resolver.unshown-no-block")


class UnshownItem(NamedTuple):
    """An item of a rule that no post shows."""

    item: str
    mapping: str
    """The first rule that names it."""
    why: Message


class Readers(NamedTuple):
    """Posts, or pages, with the resolver that decides for them."""

    resolver: Resolver
    posts: Sequence[Post]


def items_in_rules(catalog: Catalog, today: date) -> dict[str, list[CatalogMapping]]:
    """Return the items that rules are to show on a day, each with its rules."""
    replaced = replacements(catalog, today)
    rules: dict[str, list[CatalogMapping]] = {}
    for mapping in catalog.mappings.values():
        if mapping.exclude:
            continue
        for name in in_use(mapping, replaced).items:
            item = catalog.items[name]
            if not item.retired and today in item.validity:
                rules.setdefault(name, []).append(mapping)
    return rules


def unshown_items(
    catalog: Catalog,
    readers: Sequence[Readers],
    texts: Mapping[str, PostText],
    shown: Collection[str],
) -> list[UnshownItem]:
    """Return the items of rules that are not among those `shown`, in the order of the rules.

    `texts` are those of all posts and pages of `readers`.
    """
    today = readers[0].resolver.today
    left: dict[str, list[CatalogMapping]] = {}
    mappings: dict[str, CatalogMapping] = {}
    for item, rules in items_in_rules(catalog, today).items():
        if item not in shown:
            left[item] = rules
            mappings.update((rule.id, rule) for rule in rules)
    if not left:
        return []
    matched: dict[str, list[tuple[Resolver, Post]]] = {name: [] for name in mappings}
    for resolver, posts in readers:
        for post, names in zip(posts, matching(mappings.values(), posts, texts), strict=True):
            for name in names:
                matched[name].append((resolver, post))
    causes = _Causes(readers[0].resolver)
    unshown = []
    for item, rules in left.items():
        posts_of_item: dict[str, tuple[Resolver, Post]] = {}
        for rule in rules:
            for resolver, post in matched[rule.id]:
                posts_of_item[post.path] = resolver, post
        why = causes.cause(item, posts_of_item.values())
        unshown.append(UnshownItem(item, rules[0].id, why))
    return unshown


# The cause is found in the posts with the most evidence for the item.
_MOST_EXPLAINED = 5


class _Causes:
    """Finds what keeps items out of the posts that their rules match."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._evidence: dict[str, Mapping[str, float]] = {}
        self._runners_up: dict[str, Sequence[RunnerUp]] = {}

    def cause(self, item: str, matched: Collection[tuple[Resolver, Post]]) -> Message:
        """Return the reason that keeps an item out of posts; each post comes with its resolver."""
        keys = {block.kind.front_matter_key for block in self._resolver.blocks_for(item)}
        if not keys:
            return _NO_BLOCK
        if not matched:
            return _MATCHES_NONE
        choosing: list[tuple[float, Resolver, Post]] = []
        for resolver, post in matched:
            override = post.override
            if not override.disabled and any(override.items(key) is None for key in keys):
                choosing.append((self._evidence_in(resolver, post).get(item, 0.0), resolver, post))
        choosing.sort(key=lambda candidate: candidate[0], reverse=True)
        is_excluded = False
        for _, resolver, post in choosing[:_MOST_EXPLAINED]:
            for runner in self._runners_up_of(resolver, post):
                cause = _CAUSES.get(runner.missing.code)
                if runner.item != item or cause is None:
                    continue
                if cause != _EXCLUDED:
                    return cause
                is_excluded = True
        return _EXCLUDED if is_excluded else _POSTS_CHOOSE

    def _evidence_in(self, resolver: Resolver, post: Post) -> Mapping[str, float]:
        if post.path not in self._evidence:
            self._evidence[post.path] = resolver.evidence(post)
        return self._evidence[post.path]

    def _runners_up_of(self, resolver: Resolver, post: Post) -> Sequence[RunnerUp]:
        if post.path not in self._runners_up:
            self._runners_up[post.path] = resolver.runners_up(post)
        return self._runners_up[post.path]
