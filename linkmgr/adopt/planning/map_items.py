"""Mapping the collected items to posts: by terms, and what no post would show by path."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from linkmgr.adopt.deciding.model import CollectedItem, CollectedItems, Placed
from linkmgr.adopt.planning.additions import (
    Addition,
    fallback_additions,
    mapping_additions,
    with_additions,
    with_names,
)
from linkmgr.adopt.proposing.measure import item_resolver
from linkmgr.adopt.proposing.propose import Count, Proposal, propose, propose_pins, unnamed
from linkmgr.catalog.editing.new_ids import names_of_numbers
from linkmgr.catalog.editing.rewrite import Path, with_comments
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.keys.placing import TERMS
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.message import Language, message, translate
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.model import CATEGORY, KEYWORD, TAG, PostText
from linkmgr.resolver.resolve import Resolver
from linkmgr.resolver.rules import keywords_of


@dataclass(frozen=True, slots=True)
class MappedItems:
    """A catalog with its new mappings, as a value and as text, and the posts' counted keywords."""

    catalog: Catalog
    text: str
    new: tuple[Addition, ...]
    proposals: tuple[Proposal, ...]
    texts: Mapping[str, PostText]

    @property
    def most_pinned(self) -> dict[ItemKind, int]:
        """How many items of each kind are pinned in one post, at most."""
        pinned: Counter[tuple[str, ItemKind]] = Counter()
        for proposal in self.proposals:
            if not proposal.mapping.pin:
                continue
            for path in proposal.mapping.any_of.paths:
                for item in proposal.mapping.items:
                    pinned[path, self.catalog.items[item].kind] += 1
        most: dict[ItemKind, int] = {}
        for (_, kind), number in pinned.items():
            most[kind] = max(number, most.get(kind, 0))
        return most


def map_items(  # noqa: PLR0913 - what a catalog and a site are made of
    collected: CollectedItems,
    text: str,
    name: str,
    *,
    posts: Sequence[Post],
    count: Count,
    today: date,
    is_new: bool = True,
    pins: bool = True,
) -> MappedItems:
    """Add mappings for the collected items to a catalog, whose `text` has all of them.

    One that `is_new` gets the blocks' fallbacks, too. Comments say what a mapping rests on.
    With `pins` the items that no post would show get one by path in place of the terms. Else
    posts keep them without a mapping, so that one may be missing on purpose: where the catalog has
    any, as after an interrupted run, the items that it knows get none.
    """
    catalog = parse_catalog(text, name)
    items = unnamed(collected, catalog)
    if catalog.mappings and not pins:
        items = tuple(item for item in items if not item.known)
    proposals = propose(items, posts, collected.placed, count)
    mapped = _mapped(text, name, catalog, proposals)
    texts = count(keywords_of(mapped.mappings.values()))  # paths add none
    ruled = {item for proposal in proposals for item in proposal.mapping.items}
    without_rule = [item for item in items if item.item.id not in ruled]
    new: tuple[Addition, ...] = ()
    if is_new:
        resolver = item_resolver(mapped, posts, texts, today)
        names = [item.item.id for item in without_rule]
        by_block = _fallbacks(mapped, resolver, posts, collected.placed, without_rule=names)
        new = fallback_additions(by_block, mapped, text)
        text = with_additions(text, new)
        mapped = _mapped(text, name, catalog, proposals)
        items = tuple(item for item in items if item.item.id not in by_block.values())
    if pins:
        resolver = item_resolver(mapped, posts, texts, today)
        pinned = propose_pins(items, mapped, resolver, posts, placed=collected.placed)
        hidden = {item for proposal in pinned for item in proposal.mapping.items}
        shown = (proposal for proposal in proposals if hidden.isdisjoint(proposal.mapping.items))
        proposals = (*shown, *pinned)
    mappings = mapping_additions(proposals, catalog)
    new = (*new, *mappings)
    text = with_names(with_additions(text, mappings), new, names_of_numbers(catalog.items.values()))
    text = with_comments(text, _comments(mappings, proposals, without_rule, catalog.site.language))
    return MappedItems(parse_catalog(text, name), text, new, proposals, texts)


def _comments(
    mappings: Sequence[Addition],
    proposals: Sequence[Proposal],
    without_rule: Iterable[CollectedItem],
    language: Language,
) -> dict[Path, str]:
    """Return comments: the evidence of the terms of new mappings, and new items without one."""
    keys = dict(zip((TAG, CATEGORY, KEYWORD), TERMS.names, strict=False))
    comments: dict[Path, str] = {}
    for addition, proposal in zip(mappings, proposals, strict=True):
        for support in proposal.support:
            if support.cause in keys:
                path = ("mappings", addition.name, "any", keys[support.cause], support.term)
                comments[path] = translate(support.note, language)
    for collected in without_rule:
        if not collected.known:
            note = message("adopt.note-no-rule", count=collected.posts)
            comments[collected.item.kind.section, collected.item.id] = translate(note, language)
    return comments


def _mapped(text: str, name: str, catalog: Catalog, proposals: Sequence[Proposal]) -> Catalog:
    return parse_catalog(with_additions(text, mapping_additions(proposals, catalog)), name)


# Fallbacks: the item that a block showed wherever nothing else fitted.

# This share of the posts that no rule fits must have had it, and at least this many posts: fewer
# may have a subject that no word tells. A book that 79 % of these had on a real blog fitted two
# fifths of the posts that had had no book.
_WHEREVER = 9 / 10
_FEWEST = 10


def _fallbacks(
    catalog: Catalog,
    resolver: Resolver,
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
    *,
    without_rule: Collection[str],
) -> dict[str, str]:
    """Return, by block, which of the items `without_rule` its posts carried that no rule fits.

    These had items of the block's kinds below their article, and `resolver` finds none for them.
    """
    fallbacks = {}
    live = [post for post in live_posts(posts).values() if post.path in placed]
    for block in catalog.blocks:
        numbers: Counter[str] = Counter()
        left = 0
        for post in live:
            carried: set[str] = set()
            for kind in block.kind.items:
                carried.update(placed[post.path].at_end(kind))
            if carried and not resolver.items(post).get(block.name):
                numbers.update(carried)
                left += 1
        item = max(without_rule, key=numbers.__getitem__, default="")
        if numbers[item] >= max(_FEWEST, _WHEREVER * left) and not block.fallback:
            fallbacks[block.name] = item
    return fallbacks
