"""Proposing mappings from what items are about and which posts carried them.

Those that no post would show by these can be pinned in some of the posts that carried them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from itertools import chain
from typing import NamedTuple

from linkmgr.adopt.deciding.model import CollectedItem, CollectedItems, Placed
from linkmgr.adopt.proposing.choose import Chooser, Chosen, ItemWords
from linkmgr.adopt.proposing.index_terms import (
    TermIndex,
    Words,
    index_terms,
    own_words,
    parts,
    site_vocabulary,
)
from linkmgr.adopt.proposing.measure import unseen
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.model import (
    CATEGORY,
    KEYWORD,
    PATH,
    PIN,
    TAG,
    Cause,
    Placement,
    PostResolution,
    PostText,
)
from linkmgr.resolver.resolve import Resolver

Count = Callable[[Iterable[str]], Mapping[str, PostText]]
"""KeywordCounts keywords in the posts as they are without their blocks; by path."""


class Support(NamedTuple):
    """Why a term is in a mapping: of `posts` with it, `carried` had the item.

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


def unnamed(items: CollectedItems, catalog: Catalog) -> tuple[CollectedItem, ...]:
    """Return the collected items that a block has room for, but that nothing matches.

    Neither a mapping nor a block's fallback names them, and their owner hasn't retired them.
    """
    named = {item for mapping in catalog.mappings.values() for item in mapping.items}
    kinds: set[ItemKind] = set()
    for block in catalog.blocks:
        named.update(block.fallback)
        kinds.update(block.kind.items if block.limit else ())
    return tuple(
        collected
        for collected in (*items.ctas, *items.books, *items.products)
        if collected.item.kind in kinds
        and collected.item.id not in named
        and not collected.item.retired
    )


def propose(
    items: Sequence[CollectedItem],
    posts: Sequence[Post],
    placed: Mapping[str, Placed],
    count: Count,
) -> tuple[Proposal, ...]:
    """Return mappings for the items that posts had, by `placed`; `posts` are all of the site.

    An item whose posts no term predicts gets none.
    """
    if not items or not placed:
        return ()
    vocabulary = site_vocabulary(posts)
    keywords: Words = {**vocabulary}
    for item in items:
        keywords |= own_words(item.item)
    cut = {part: part for part in parts(keywords, vocabulary) if part not in keywords}
    keywords |= cut
    index = index_terms(posts, count(keywords), keywords, cut)
    chooser = Chooser(index, vocabulary)
    carriers = {kind: _Carried(posts, placed, kind) for kind in ItemKind}
    among = {kind: chooser.carriers(carried.posts) for kind, carried in carriers.items()}
    proposals = []
    for collected in items:
        name, kind = collected.item.id, collected.item.kind
        with_item = carriers[kind].items.get(name, [])
        terms = chooser.choose(
            ItemWords.of_item(collected.item, vocabulary), with_item, among[kind]
        )
        if not terms:
            continue
        support = _support(terms, index, with_item, carriers[kind].posts)
        by_cause: dict[Cause, list[str]] = defaultdict(list)
        for reason in support:
            by_cause[reason.cause].append(reason.term)
        any_of = Terms(*(tuple(by_cause[cause]) for cause in (TAG, CATEGORY, KEYWORD, PATH)))
        proposals.append(Proposal(CatalogMapping(name, (name,), any_of=any_of), support))
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
    """Return, for each term, the number of posts that have it, and of those with the item."""
    support = []
    for term, lift in terms:
        cause, name = term
        carried, posts = len(with_item), len(index.weights)
        if cause != PATH:  # which is anywhere
            carried, posts = len(index.about(term, with_item)), len(index.about(term, among))
        support.append(Support(cause, index.written.get(term, name), carried, posts, lift))
    return tuple(support)


# Pins for the items that no post would show any more.


def propose_pins(
    items: Collection[CollectedItem],
    catalog: Catalog,
    resolver: Resolver,
    posts: Sequence[Post],
    *,
    placed: Mapping[str, Placed],
) -> tuple[Proposal, ...]:
    """Return pins by path for those of `items` that no post would show by `resolver`.

    They are in the newest posts in which a pin costs no old placement, else one in which what it
    displaces is shown elsewhere too, else the newest. Each item gets one post before any gets a
    second.
    """
    free = {item.item.id for item in items}
    lost = [item for item in unseen(resolver, posts, placed) if item in free]
    carriers: dict[str, list[str]] = defaultdict(list)
    capacities = _Capacities(catalog, placed)
    for post in live_posts(posts).values() if lost else ():
        if post.path in placed:
            capacities.note(resolver.resolve(post))
            for item in placed[post.path].items:
                carriers[item].append(post.path)
    pins: dict[str, list[str]] = {item: [] for item in lost}
    for _ in range(_FEW_POSTS):
        for item in sorted(lost, key=lambda item: len(carriers[item])):
            left = [path for path in carriers[item] if path not in pins[item]]
            pins[item] += capacities.pin(item, left, first=not pins[item])
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for item, paths in pins.items():
        together[tuple(sorted(paths))].append(item)
    proposals = []
    for pinned_in, pinned in together.items():
        globs = Terms(paths=tuple(map(escape, pinned_in)))
        mapping = CatalogMapping(f"{pinned[0]}-path", tuple(pinned), any_of=globs, pin=True)
        support = tuple(Support(PATH, path, 1, 1) for path in pinned_in)
        proposals.append(Proposal(mapping, support))
    return tuple(proposals)


# An item is given back at most this many of its posts, for each is named in the catalog.
_FEW_POSTS = 5


@dataclass(slots=True)
class _Capacity:
    """What a post shows of a kind for its points, the last being the first to go, and how many."""

    limit: int
    scored: list[str]


class _Capacities:
    def __init__(self, catalog: Catalog, placed: Mapping[str, Placed]) -> None:
        self._catalog = catalog
        self._placed = placed
        self._capacities: dict[tuple[str, ItemKind], _Capacity] = {}
        self._shown: Counter[str] = Counter()

    def note(self, resolution: PostResolution) -> None:
        """Note what a post shows."""
        for kind in ItemKind:
            blocks = [block for block in self._catalog.blocks if kind in block.kind.items]
            capacity = _Capacity(sum(block.limit for block in blocks), [])
            for placement in chain(*(resolution.blocks.get(block.name, ()) for block in blocks)):
                if not isinstance(placement, Placement):
                    continue
                self._shown[placement.item] += 1
                if placement.reasons and placement.reasons[0].cause == PIN:
                    capacity.limit -= 1
                else:
                    capacity.scored.append(placement.item)
            self._capacities[resolution.post.path, kind] = capacity

    def pin(self, item: str, carriers: Sequence[str], *, first: bool) -> list[str]:
        """Choose one of the posts that carried an item, if there is any, and note that it shows it.

        Only the `first` may cost an old placement.
        """
        kind = self._catalog.items[item].kind
        costless, swaps = [], []
        for path in carriers:
            capacity = self._capacities[path, kind]
            # What a pin would displace, if that is shown elsewhere too.
            displaced = [other for other in capacity.scored[-1:] if self._shown[other] > 1]
            has_room = len(capacity.scored) < capacity.limit
            if has_room or (displaced and displaced[0] not in self._placed[path].items):
                costless.append(path)
            elif displaced:
                swaps.append(path)
        if not costless and not first:
            return []
        path = [*costless, *swaps, *carriers][0]
        capacity = self._capacities[path, kind]
        capacity.limit -= 1
        while len(capacity.scored) > max(capacity.limit, 0):
            self._shown[capacity.scored.pop()] -= 1
        self._shown[item] += 1
        return [path]
