"""Proposing mappings from which posts carried which item."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from glob import escape
from typing import TYPE_CHECKING, NamedTuple

from linkmgr.adopt.deciding.model import CollectedItems, Placed
from linkmgr.adopt.proposing.fit import Example, Rule, Rules, fit
from linkmgr.adopt.proposing.keywords import candidate_keywords, distinctive
from linkmgr.adopt.proposing.measure import item_resolver
from linkmgr.adopt.proposing.pin_leftovers import pin_leftovers
from linkmgr.catalog.model import Book, Catalog, ItemKind, Terms
from linkmgr.catalog.model import Mapping as CatalogMapping
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import keywords_of
from linkmgr.resolver.model import CATEGORY, KEYWORD, PATH, TAG, Cause, PostText
from linkmgr.resolver.statistics import Statistics, term, terms

if TYPE_CHECKING:
    from linkmgr.resolver.evidence import Found

Count = Callable[[Iterable[str]], Mapping[str, PostText]]
"""Counts keywords in the posts as they are without their blocks; by path."""


# Mappings are fitted to the newest posts that carried something; more posts add time, not hits.
MOST_TRAINING_POSTS = 300


class Support(NamedTuple):
    """Why a term is in a mapping: of `posts` with it, so many `carried` the item."""

    cause: Cause
    term: str
    carried: int
    posts: int

    @property
    def message(self) -> Message:
        """The same in words."""
        code = f"adopt.support-{self.cause}"
        return message(code, carried=self.carried, count=self.posts, term=self.term)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to add, with the evidence for it."""

    mapping: CatalogMapping
    support: tuple[Support, ...]


def propose(
    found: CollectedItems, catalog: Catalog, posts: Sequence[Post], count: Count
) -> tuple[Proposal, ...]:
    """Return mappings for the collected items that the catalog shows nowhere of itself.

    `posts` are all of the site, `catalog` has all the items.
    """
    items = _unnamed(found, catalog)
    training_posts = [post for post in posts if post.path in found.placed][:MOST_TRAINING_POSTS]
    if not items or not training_posts:
        return ()
    pool = candidate_keywords(
        [str(post.title) for post in training_posts],
        [f"{b.title}\n{b.blurb}" for b, *_ in found.books if isinstance(b, Book)],
    )
    texts = count(pool)
    rules: Rules = {}
    kinds = [
        (kind, sum(block.limit for block in catalog.blocks if kind in block.kind.items))
        for kind in (ItemKind.CTA, ItemKind.BOOKS)
    ]
    first = _TrainingPosts(posts, training_posts, texts, distinctive(texts))
    rough = {kind: fit(first.examples(found.placed, kind, items), limit) for kind, limit in kinds}
    # Keywords that overlap are counted by the longest, so that fewer of them count otherwise.
    chosen = {name for own in rough.values() for (cause, name), _ in own if cause == KEYWORD}
    second = _TrainingPosts(posts, training_posts, count(chosen), chosen)
    second.written |= {(KEYWORD, word): written for word, written in pool.items()}
    for kind, limit in kinds:
        rules |= fit(second.examples(found.placed, kind, items), limit, rough[kind])
    proposals = [*_proposals(rules, second, found)]
    return (*proposals, *_last_resorts(proposals, found, catalog, posts, count))


def _unnamed(found: CollectedItems, catalog: Catalog) -> list[str]:
    """Return the collected items that a block has room for, but that nothing matches.

    Neither a mapping nor a block's fallback names them, and their owner hasn't retired them.
    """
    named = {item for mapping in catalog.mappings.values() for item in mapping.items}
    named.update(item for block in catalog.blocks for item in block.fallback)
    kinds = {kind for block in catalog.blocks if block.limit for kind in block.kind.items}
    return [
        each.item.id
        for kind, collected in ((ItemKind.BOOKS, found.books), (ItemKind.CTA, found.ctas))
        for each in collected
        if kind in kinds and each.item.id not in named and not each.item.retired
    ]


class _TrainingPosts:
    """The posts that carried something, with the evidence of their terms."""

    def __init__(
        self,
        posts: Sequence[Post],
        training_posts: Sequence[Post],
        texts: Mapping[str, PostText],
        keywords: Collection[str],
    ) -> None:
        statistics = Statistics.of(posts, texts)
        self.posts = training_posts
        self.written: dict[Found, str] = {}
        self.points: dict[str, Mapping[Found, float]] = {}
        for post in training_posts:
            points: dict[Found, float] = {}
            for name in terms(post.tags):
                points[TAG, name] = statistics.stated(statistics.tags[name])
            for name in terms(post.categories):
                points[CATEGORY, name] = statistics.stated(statistics.categories[name])
            self.written |= {(TAG, term(str(tag))): str(tag) for tag in post.tags}
            self.written |= {(CATEGORY, term(str(each))): str(each) for each in post.categories}
            for keyword, evidence in statistics.mentioned(texts[post.path]):
                if keyword in keywords:
                    points[KEYWORD, keyword] = evidence
            self.points[post.path] = points

    def examples(
        self, placed: Mapping[str, Placed], kind: ItemKind, items: Collection[str]
    ) -> list[Example]:
        """Return the posts that carried items of a kind, with those of them in `items`."""
        examples = []
        for post in self.posts:
            own = frozenset(_of(placed[post.path], kind)).intersection(items)
            if own:
                examples.append(Example(self.points[post.path], own))
        return examples

    def support(self, rule: Rule, placed: Mapping[str, Placed], kind: ItemKind) -> Support:
        """Return how many of the posts with a rule's term carried its item."""
        with_term = [
            _of(placed[post.path], kind)
            for post in self.posts
            if rule.found in self.points[post.path] and _of(placed[post.path], kind)
        ]
        carried = sum(rule.item in items for items in with_term)
        cause, name = rule.found
        return Support(cause, self.written.get(rule.found, name), carried, len(with_term))


def _of(placed: Placed, kind: ItemKind) -> tuple[str, ...]:
    return placed.books if kind is ItemKind.BOOKS else placed.ctas


def _proposals(rules: Rules, training: _TrainingPosts, found: CollectedItems) -> Iterator[Proposal]:
    """Yield a mapping for each item and weight, in the order of the items."""
    grouped: dict[tuple[str, float], list[Rule]] = defaultdict(list)
    for rule, weight in rules.items():
        grouped[rule.item, weight].append(rule)
    for kind, collected in ((ItemKind.CTA, found.ctas), (ItemKind.BOOKS, found.books)):
        for each in collected:
            weights = sorted(weight for item, weight in grouped if item == each.item.id)
            for weight in weights:
                own = grouped[each.item.id, weight]
                support = tuple(training.support(rule, found.placed, kind) for rule in own)
                suffix = "" if weight == weights[0] else f"-x{weight:g}"
                mapping = CatalogMapping(
                    id=f"{each.item.id}{suffix}",
                    items=(each.item.id,),
                    any_of=_terms(support),
                    weight=weight,
                )
                yield Proposal(mapping, support)


def _terms(support: Iterable[Support]) -> Terms:
    by_cause: dict[Cause, list[str]] = defaultdict(list)
    for each in support:
        by_cause[each.cause].append(each.term)
    return Terms(*(tuple(by_cause[cause]) for cause in (TAG, CATEGORY, KEYWORD, PATH)))


def _last_resorts(
    proposals: Sequence[Proposal],
    found: CollectedItems,
    catalog: Catalog,
    posts: Sequence[Post],
    count: Count,
) -> Iterator[Proposal]:
    """Yield pins by path for the items that no post would show any more."""
    mappings = {f"trial {n}": each.mapping for n, each in enumerate(proposals)}
    named = {name: replace(mapping, id=name) for name, mapping in mappings.items()}
    trial = replace(catalog, mappings={**catalog.mappings, **named})
    texts = count(keywords_of(trial.mappings.values()))
    today = posts[0].date.date()  # the newest post's: only items that the owner wrote have days
    resolver = item_resolver(trial, posts, texts, today)
    pins = pin_leftovers(trial, resolver, posts, found.placed, _unnamed(found, catalog))
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for item, paths in pins.items():
        together[paths].append(item)
    for paths, items in together.items():
        globs = Terms(paths=tuple(escape(path) for path in paths))
        support = tuple(Support(PATH, path, 1, 1) for path in paths)
        name = f"{items[0]}-path"
        yield Proposal(CatalogMapping(name, tuple(items), any_of=globs, pin=True), support)
