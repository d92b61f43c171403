"""Which posts a change of the catalog can affect: all others show what they did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from linkmgr.catalog.blocks import Block
from linkmgr.catalog.items import Item
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.posts.model import NO_OVERRIDE
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, Cause
from linkmgr.resolver.placing import candidates_of, in_use, replacements
from linkmgr.resolver.resolve import PreparedPosts
from linkmgr.resolver.rules import Found
from linkmgr.resolver.statistics import term

_Availability = tuple[bool, frozenset[str], tuple[object, ...]]
"""Whether an item is in use, the blocks that may show it, and what decides the tags there."""


@dataclass(frozen=True, slots=True)
class Affected:
    """The numbers of the posts that may show other items, or the same for other reasons.

    `items` are the only ones whose evidence may differ there; `None`: that of any may.
    """

    numbers: set[int]
    items: frozenset[str] | None = None


def affected_by_catalog(
    prepared: PreparedPosts, old: Catalog, new: Catalog, today: date
) -> Affected:
    """Return the posts that may differ between the catalogs `old` and `new`."""
    everything = Affected(set(range(len(prepared.posts))))
    if _blocks(old) != _blocks(new):
        return everything
    if _category_tags(old) != _category_tags(new):
        return everything
    replaced = replacements(old, today), replacements(new, today)
    before, after = _rules(old, replaced[0]), _rules(new, replaced[1])
    # The order of mappings decides which of two pins comes first.
    if [name for name in before if name in after] != [name for name in after if name in before]:
        return everything
    items = _changed_items(old, new, today, replaced)
    if any(not items.isdisjoint(block.fallback) for block in new.blocks):
        return everything
    rules = [
        rule
        for name in {**before, **after}
        for rule in (before.get(name), after.get(name))
        if rule and (before.get(name) != after.get(name) or not items.isdisjoint(rule.items))
    ]
    found = {number for rule in rules for number in _posts_of(rule, prepared)}
    if items:
        found.update(n for n, post in enumerate(prepared.posts) if post.override != NO_OVERRIDE)
        return Affected(found)
    named = frozenset(item for rule in rules for item in rule.items)
    fallback = {replaced[1].get(item, item) for block in new.blocks for item in block.fallback}
    # A fallback needs no evidence, so its score does not decide whether it is shown.
    return Affected(found, None if named & fallback else named)


def affected_by_counts(old: PreparedPosts, new: PreparedPosts) -> set[int]:
    """Return the numbers of the posts whose evidence differs once their keywords are recounted."""
    found: set[int] = set()
    keywords: set[str] = set()
    for number, post in enumerate(new.posts):
        before, after = old.texts[post.path].counts, new.texts[post.path].counts
        if before != after:
            found.add(number)
            keywords.update(keyword for keyword, _ in before.items() ^ after.items())
    # One post with other counts changes what is usual of a keyword, and where it matters most.
    for keyword in keywords:
        found.update(new.by_term.get((KEYWORD, keyword), ()))
    return found


def _blocks(catalog: Catalog) -> list[Block]:
    """Return the parts of the blocks that decide which items are shown, with which tags."""
    return [
        Block(b.name, b.kind, b.limit, None, b.minimum, b.items, b.fallback, tags=b.tags)
        for b in catalog.blocks
        if b.kind.items
    ]


def _category_tags(catalog: Catalog) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [(programme.id, programme.category_tags) for programme in catalog.programmes.values()]


def _rules(catalog: Catalog, replaced: Mapping[str, str]) -> dict[str, CatalogMapping]:
    return {name: in_use(mapping, replaced) for name, mapping in catalog.mappings.items()}


def _changed_items(
    old: Catalog, new: Catalog, today: date, replaced: tuple[Mapping[str, str], Mapping[str, str]]
) -> set[str]:
    """Return the items that may be shown where they could not be before, or with other tags.

    Items with another replacement are among them.
    """
    before = _availability(old, today, replaced[0])
    after = _availability(new, today, replaced[1])
    found = {item for item in before.keys() | after.keys() if before.get(item) != after.get(item)}
    either = replaced[0].keys() | replaced[1].keys()
    return found | {item for item in either if replaced[0].get(item) != replaced[1].get(item)}


def _availability(
    catalog: Catalog, today: date, replaced: Mapping[str, str]
) -> dict[str, _Availability]:
    blocks: dict[str, set[str]] = {item: set() for item in catalog.items}
    for block, candidates in candidates_of(catalog, replaced).items():
        for item in candidates:
            blocks[item].add(block)
    return {
        name: (_is_in_use(item, today), frozenset(blocks[name]), (item.programmes, item.tags))
        for name, item in catalog.items.items()
    }


def _is_in_use(item: Item, today: date) -> bool:
    return not item.retired and today in item.validity


def _posts_of(rule: CatalogMapping, prepared: PreparedPosts) -> Iterator[int]:
    """Yield the numbers of the posts that have a term of a mapping."""
    for values in (rule.any_of, rule.all_of):
        for found in (
            *_found(TAG, values.tags),
            *_found(CATEGORY, values.categories),
            *_found(KEYWORD, values.keywords),
        ):
            yield from prepared.by_term.get(found, ())
        for path in values.paths:
            yield from (n for n, post in enumerate(prepared.posts) if fnmatchcase(post.path, path))


def _found(cause: Cause, names: Iterable[str]) -> Iterator[Found]:
    return ((cause, term(name)) for name in names)
