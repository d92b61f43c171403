"""Which posts a change of the catalog can touch: all others show what they did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from linkmgr.catalog.model import Block, Catalog, Item, Kind
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.posts.model import NO_OVERRIDE
from linkmgr.resolver.evidence import Found
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, Cause
from linkmgr.resolver.placing import candidates_of, in_use, replacements
from linkmgr.resolver.statistics import term
from linkmgr.site_index.index.decisions import Ground

_Standing = tuple[bool, frozenset[str]]
"""Whether an item is in use, and the blocks in which it may stand."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The numbers of the posts that may show other items, or the same for other reasons.

    `items` are those whose evidence alone may differ there; `None`: all may be otherwise.
    """

    numbers: set[int]
    items: frozenset[str] | None = None


def touched(ground: Ground, old: Catalog, new: Catalog, today: date) -> Touched:
    """Return what `new` may change where `old` decided."""
    everything = Touched(set(range(len(ground.posts))))
    if _blocks(old) != _blocks(new):
        return everything
    others = replacements(old, today), replacements(new, today)
    before, after = _rules(old, others[0]), _rules(new, others[1])
    # The order of mappings tells which of two pins comes first.
    if [name for name in before if name in after] != [name for name in after if name in before]:
        return everything
    items = _other_items(old, new, today, others)
    if any(not items.isdisjoint(block.fallback) for block in new.blocks):
        return everything
    rules = [
        rule
        for name in {**before, **after}
        for rule in (before.get(name), after.get(name))
        if rule and (before.get(name) != after.get(name) or not items.isdisjoint(rule.items))
    ]
    found = {number for rule in rules for number in _posts_of(rule, ground)}
    if items:
        found.update(n for n, post in enumerate(ground.posts) if post.override != NO_OVERRIDE)
        return Touched(found)
    named = frozenset(item for rule in rules for item in rule.items)
    fallback = {others[1].get(item, item) for block in new.blocks for item in block.fallback}
    # What is not weighed, because a fallback needs no evidence, is not sifted either.
    return Touched(found, None if named & fallback else named)


def recounted(old: Ground, new: Ground) -> set[int]:
    """Return the numbers of the posts whose evidence differs, the same posts counted anew."""
    found = {
        number
        for number, post in enumerate(new.posts)
        if old.texts[post.path] != new.texts[post.path]
    }
    before, after = old.statistics.mentions, new.statistics.mentions
    for keyword in before.keys() | after.keys():
        if before.get(keyword) != after.get(keyword):
            found.update(new.by_term.get((KEYWORD, keyword), ()))
    return found


def _blocks(catalog: Catalog) -> list[Block]:
    return [replace(b, heading=None) for b in catalog.blocks if b.kind is not Kind.RELATED]


def _rules(catalog: Catalog, others: Mapping[str, str]) -> dict[str, CatalogMapping]:
    return {name: in_use(mapping, others) for name, mapping in catalog.mappings.items()}


def _other_items(
    old: Catalog, new: Catalog, today: date, others: tuple[Mapping[str, str], Mapping[str, str]]
) -> set[str]:
    """Return the items that may now stand where they might not, or the other way round.

    An item whose stand-in is another one is among them.
    """
    before, after = _standings(old, today, others[0]), _standings(new, today, others[1])
    found = {item for item in before.keys() | after.keys() if before.get(item) != after.get(item)}
    stood_in = others[0].keys() | others[1].keys()
    return found | {item for item in stood_in if others[0].get(item) != others[1].get(item)}


def _standings(catalog: Catalog, today: date, others: Mapping[str, str]) -> dict[str, _Standing]:
    blocks: dict[str, set[str]] = {item: set() for item in catalog.items}
    for block, candidates in candidates_of(catalog, others).items():
        for item in candidates:
            blocks[item].add(block)
    return {
        name: (_is_in_use(item, today), frozenset(blocks[name]))
        for name, item in catalog.items.items()
    }


def _is_in_use(item: Item, today: date) -> bool:
    return not item.retired and today in item.validity


def _posts_of(rule: CatalogMapping, ground: Ground) -> Iterator[int]:
    """Yield the numbers of the posts that have a term of a mapping."""
    for values in (rule.any_of, rule.all_of):
        for found in (
            *_found(TAG, values.tags),
            *_found(CATEGORY, values.categories),
            *_found(KEYWORD, values.keywords),
        ):
            yield from ground.by_term.get(found, ())
        for path in values.paths:
            yield from (n for n, post in enumerate(ground.posts) if fnmatchcase(post.path, path))


def _found(cause: Cause, names: Iterable[str]) -> Iterator[Found]:
    return ((cause, term(name)) for name in names)
