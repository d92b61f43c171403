"""Proposing mappings from what items are about and which posts carried them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from typing import NamedTuple

from linkmgr.adopt.deciding.model import CollectedItem, CollectedItems, Placed
from linkmgr.adopt.proposing.choose import Chooser, Chosen, ItemWords
from linkmgr.adopt.proposing.index_terms import TermIndex, index_terms
from linkmgr.adopt.proposing.pin_leftovers import pin_leftovers
from linkmgr.adopt.proposing.words import Words, own_words, parts, site_vocabulary
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.resolver.model import CATEGORY, KEYWORD, PATH, TAG, Cause, PostText
from linkmgr.resolver.resolve import Resolver

Count = Callable[[Iterable[str]], Mapping[str, PostText]]
"""Counts keywords in the posts as they are without their blocks; by path."""


class Support(NamedTuple):
    """Why a term is in a mapping: of `posts` with it, so many `carried` the item.

    That is `lift` times the item's share of all posts; 0 where too few had it to compare.
    """

    cause: Cause
    term: str
    carried: int
    posts: int
    lift: float = 0.0

    @property
    def note(self) -> Message:
        """The same in a few words, beside the term."""
        if self.cause == KEYWORD and not self.lift:
            return message("adopt.note-title")
        return message("adopt.note-support", carried=self.carried, count=self.posts)

    @property
    def message(self) -> Message:
        """The same in words."""
        if self.cause == KEYWORD and not self.lift:
            return message("adopt.support-title", term=self.term)
        lift = {"lift": self.lift} if self.cause == KEYWORD else {}
        code = f"adopt.support-{self.cause}"
        return message(code, carried=self.carried, count=self.posts, term=self.term, **lift)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to add, with the evidence for it."""

    mapping: CatalogMapping
    support: tuple[Support, ...]


def unnamed(found: CollectedItems, catalog: Catalog) -> tuple[CollectedItem, ...]:
    """Return the collected items that a block has room for, but that nothing matches.

    Neither a mapping nor a block's fallback names them, and their owner hasn't retired them.
    """
    named = {item for mapping in catalog.mappings.values() for item in mapping.items}
    named.update(item for block in catalog.blocks for item in block.fallback)
    kinds = {kind for block in catalog.blocks if block.limit for kind in block.kind.items}
    return tuple(
        each
        for each in (*found.ctas, *found.books, *found.products)
        if each.item.kind in kinds and each.item.id not in named and not each.item.retired
    )


def propose(
    items: Sequence[CollectedItem],
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
    count: Count,
) -> tuple[Proposal, ...]:
    """Return mappings for items, of which posts had those in `placed`; `posts` are all of the site.

    An item of which no term predicts where it was gets none.
    """
    if not items or not placed:
        return ()
    vocabulary = site_vocabulary(posts)
    keywords: Words = {**vocabulary}
    for each in items:
        keywords |= own_words(each.item)
    cut = {part: part for part in parts(keywords, vocabulary) if part not in keywords}
    keywords |= cut
    index = index_terms(posts, count(keywords), keywords, cut)
    chooser = Chooser(index, vocabulary)
    carriers = {kind: _Carried(posts, placed, kind) for kind in ItemKind}
    among = {kind: chooser.carriers(carried.posts) for kind, carried in carriers.items()}
    proposals = []
    for each in items:
        kind = each.item.kind
        with_item = carriers[kind].items.get(each.item.id, [])
        terms = chooser.choose(ItemWords.of(each.item, vocabulary), with_item, among[kind])
        if terms:
            support = _support(terms, index, with_item, carriers[kind].posts)
            mapping = CatalogMapping(each.item.id, (each.item.id,), any_of=_terms(support))
            proposals.append(Proposal(mapping, support))
    return tuple(proposals)


class _Carried:
    """The positions of the posts that carried items of a kind, and of those with each item."""

    def __init__(self, posts: Sequence[Post], placed: Mapping[str, Placed], kind: ItemKind) -> None:
        self.posts: list[int] = []
        self.items: dict[str, list[int]] = defaultdict(list)
        for position, post in enumerate(posts):
            if (old := placed.get(post.path)) and (items := old.of_kind(kind)):
                self.posts.append(position)
                for item in dict.fromkeys(items):
                    self.items[item].append(position)


def _support(
    terms: Sequence[Chosen], index: TermIndex, with_item: Collection[int], among: Collection[int]
) -> tuple[Support, ...]:
    """Return how many of the posts with each term carried the item."""
    support = []
    for found, lift in terms:
        cause, name = found
        if cause == PATH:  # anywhere
            support.append(Support(cause, name, len(with_item), len(index.weights), lift))
            continue
        carried, posts = (len(index.about(found, each)) for each in (with_item, among))
        support.append(Support(cause, index.written.get(found, name), carried, posts, lift))
    return tuple(support)


def _terms(support: Iterable[Support]) -> Terms:
    by_cause: dict[Cause, list[str]] = defaultdict(list)
    for each in support:
        by_cause[each.cause].append(each.term)
    return Terms(*(tuple(by_cause[cause]) for cause in (TAG, CATEGORY, KEYWORD, PATH)))


def propose_pins(
    items: Collection[CollectedItem],
    catalog: Catalog,
    resolver: Resolver,
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
) -> tuple[Proposal, ...]:
    """Return pins by path for those of `items` that no post would show by `resolver`."""
    free = {each.item.id for each in items}
    pins = pin_leftovers(catalog, resolver, posts, placed, free)
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for item, paths in pins.items():
        together[paths].append(item)
    return tuple(_pins(paths, items) for paths, items in together.items())


def _pins(paths: Sequence[str], items: Sequence[str]) -> Proposal:
    globs = Terms(paths=tuple(escape(path) for path in paths))
    support = tuple(Support(PATH, path, 1, 1) for path in paths)
    name = f"{items[0]}-path"
    return Proposal(CatalogMapping(name, tuple(items), any_of=globs, pin=True), support)
