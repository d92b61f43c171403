"""What each post shows, and why: pure and deterministic."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial

from linkmgr.catalog.blocks import Block
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import Mappings
from linkmgr.resolver.model import (
    ARTICLE,
    CATEGORY,
    FRONT_MATTER,
    TEXT,
    Placement,
    PostResolution,
    PostText,
    Reason,
    Related,
    RunnerUp,
)
from linkmgr.resolver.named_posts import NamedPosts
from linkmgr.resolver.neighbours import NearestPosts, Neighbours
from linkmgr.resolver.placing import (
    Basis,
    BlockFiller,
    TagChooser,
    candidates_of,
    comparisons_in_use,
    in_use,
    replacements,
    rules_of_comparisons,
)
from linkmgr.resolver.related import Earlier, KnownRelated, RelatedChoice, RelatedPosts, nothing
from linkmgr.resolver.rules import Term, terms_of_post
from linkmgr.resolver.statistics import Statistics


@dataclass(frozen=True)
class PreparedPosts:
    """The published posts of a site in Jekyll's order, with their texts by path.

    What does not depend on the catalog is prepared once and used by many resolvers: it takes ten
    times as long as resolving all posts.

    """

    posts: Sequence[Post]
    texts: Mapping[str, PostText]
    known_related: KnownRelated = field(default_factory=dict)
    """The related posts that were chosen for the same posts before."""
    known_nearest: NearestPosts | None = None
    """The posts that were found to be nearest to each of the same posts before."""
    earlier: Earlier = nothing
    """What an earlier build found of these posts and others."""
    apart: frozenset[str] = frozenset()
    """The paths of posts that are related to none."""

    def with_texts(self, texts: Mapping[str, PostText]) -> "PreparedPosts":
        """Return the same posts with other keywords counted in them."""
        return replace(self, texts=texts, known_nearest=self.nearest)

    @cached_property
    def statistics(self) -> Statistics:
        """How common each tag, category and keyword is."""
        return Statistics.of_posts(self.posts, self.texts)

    @cached_property
    def by_term(self) -> Mapping[Term, Sequence[int]]:
        """The positions of the posts that have a tag, a category or a keyword."""
        by_term: dict[Term, list[int]] = {}
        for position, post in enumerate(self.posts):
            for term in terms_of_post(post, self.texts[post.path]):
                by_term.setdefault(term, []).append(position)
        return by_term

    @cached_property
    def nearest(self) -> NearestPosts:
        """The posts nearest to each, whatever keywords are counted."""
        return self.known_nearest or NearestPosts(self.posts, self.related)

    @cached_property
    def neighbours(self) -> Neighbours:
        """The evidence of the nearest posts for each post's keywords and categories."""
        texts = [self.texts[post.path] for post in self.posts]
        statistics = self.statistics

        def evidence(term: Term) -> dict[int, float]:
            cause, name = term
            positions = self.by_term.get(term, ())
            if cause == CATEGORY:
                return dict.fromkeys(positions, 1.0)
            return {n: statistics.evidence(name, texts[n]) for n in positions}

        return Neighbours(self.nearest, len(self.posts), evidence)

    @cached_property
    def related(self) -> RelatedPosts:
        """The live posts, comparable with each other."""
        return RelatedPosts(self.posts, self.known_related, self.apart, self.earlier)


_NAMED_BY_ARTICLE = (Reason(ARTICLE),)

Placed = Mapping[str, tuple[Placement, ...]]
"""The items that a post shows, by block; empty blocks are left out."""


class Resolver:
    """Decides for the posts of one site, on one day, by one catalog."""

    def __init__(self, catalog: Catalog, prepared: PreparedPosts, today: date) -> None:
        self._catalog = catalog
        self._prepared = prepared
        replaced = replacements(catalog, today)
        rules = (in_use(mapping, replaced) for mapping in catalog.mappings.values())
        mappings = Mappings(rules, prepared.statistics, prepared.neighbours)
        calling = None
        if rules_comparing := rules_of_comparisons(catalog):
            calling = Mappings(rules_comparing, prepared.statistics, prepared.neighbours)
        self._basis = Basis(
            catalog.items,
            mappings,
            TagChooser(catalog),
            replaced,
            today,
            catalog.site.fill_bare_posts,
            comparisons=comparisons_in_use(catalog, replaced, today),
            rules_of_comparisons=calling,
        )
        self._candidates = candidates_of(catalog, replaced)

    @cached_property
    def _named(self) -> NamedPosts:
        return NamedPosts(self._prepared.posts, self._catalog.site.url)

    def resolve(self, post: Post) -> PostResolution:
        """Return the placements of `post`, with their scores and reasons."""
        return self._resolution(post, self.items(post), self._relate)

    def resolve_quickly(self, post: Post) -> PostResolution:
        """Return the placements of `post`, without scores and reasons."""
        return self._resolution(post, self._items(post, scored=False), self._relate_quickly)

    def items(self, post: Post, *, scored: bool = True) -> Placed:
        """Return the items that `post` shows, without its related posts.

        With `scored` they have scores and reasons.
        """
        return self._items(post, scored=scored)

    @property
    def today(self) -> date:
        """The day for which it decides."""
        return self._basis.today

    def blocks_for(self, item: str) -> list[Block]:
        """Return the blocks that may show an item for its own sake."""
        candidates = self._candidates
        blocks = [block for block in self._catalog.blocks if item in candidates[block.name]]
        return [block for block in blocks if not block.kind.compares]

    def evidence(self, post: Post) -> Mapping[str, float]:
        """Return the evidence for each item in a post, the square of its score."""
        return self._basis.mappings.match(post, self._prepared.texts[post.path]).totals

    def runners_up(self, post: Post) -> tuple[RunnerUp, ...]:
        """Return the items that the blocks of a post do not show."""
        runners_up: list[RunnerUp] = []
        self._items(post, scored=True, runners_up=runners_up)
        return tuple(runners_up)

    def explain(self, post: Post) -> tuple[PostResolution, tuple[RunnerUp, ...]]:
        """Return the placements of `post`, and the runners-up of its blocks."""
        runners_up: list[RunnerUp] = []
        items = self._items(post, scored=True, runners_up=runners_up)
        relate = partial(self._relate, runners_up=runners_up)
        return self._resolution(post, items, relate), tuple(runners_up)

    def _items(
        self, post: Post, *, scored: bool, runners_up: list[RunnerUp] | None = None
    ) -> Placed:
        if post.override.disabled:
            return {}
        text, explaining = self._prepared.texts[post.path], runners_up is not None
        filler = BlockFiller(self._basis, post, text, scored=scored, explaining=explaining)
        placed: dict[str, tuple[Placement, ...]] = {}
        for block in self._catalog.blocks:
            if block.kind.compares:
                placed[block.name] = filler.compare(block)
        for block in self._catalog.blocks:
            if block.kind.items and not block.kind.compares:
                placed[block.name] = filler.fill(block, self._candidates[block.name])
        if runners_up is not None:
            runners_up += filler.runners_up
        return {name: placements for name, placements in placed.items() if placements}

    def compared(self, post: Post) -> dict[str, tuple[Placement, ...]]:
        """Place the items of the comparisons that the article's own tags name.

        A comparison with fewer than two items left is left out.
        """
        if not post.comparisons:
            return {}
        text = self._prepared.texts[post.path]
        filler = BlockFiller(self._basis, post, text, scored=False, explaining=False)
        compared: dict[str, tuple[Placement, ...]] = {}
        for name in post.comparisons:
            if placements := filler.compare_in_article(name):
                compared[name] = placements
        return compared

    def _resolution(
        self, post: Post, items: Placed, relate: Callable[[Post, Block], tuple[Related, ...]]
    ) -> PostResolution:
        blocks: dict[str, tuple[Placement, ...] | tuple[Related, ...]] = {}
        if post.override.disabled:
            return PostResolution(post, blocks, self.text(post), self.compared(post))
        for block in self._catalog.blocks:
            placed: tuple[Placement, ...] | tuple[Related, ...]
            if block.kind.items:
                placed = items.get(block.name, ())
            elif post.override.related is not None:
                placed = self._pinned(post, block)
            else:
                placed = relate(post, block) if self.relates(post) else ()
            if placed:
                blocks[block.name] = placed
        return PostResolution(post, blocks, self.text(post), self.compared(post))

    def relates(self, post: Post) -> bool:
        """Whether a post's related ones are those most like it, if any.

        Its front matter may name them, and one that had none may keep it so.
        """
        stays_bare = "related" in post.bare and not self._catalog.site.fill_bare_posts
        return not (post.override.disabled or stays_bare or post.override.related is not None)

    def _pinned(self, post: Post, block: Block) -> tuple[Related, ...]:
        """Return the related posts that front matter names, in the first block of such."""
        blocks_of_posts = [other for other in self._catalog.blocks if not other.kind.items]
        if block != blocks_of_posts[0]:
            return ()
        pinned: dict[Post, Related] = {}
        for name in post.override.related or ():
            other = self._named.find(name)
            if other is not None and other != post and other not in pinned:
                reasons = (Reason(FRONT_MATTER),)
                pinned[other] = Related(block.name, len(pinned) + 1, other, 0.0, reasons)
        return tuple(pinned.values())

    def text(self, post: Post) -> dict[str, Placement]:
        """Place the items that the article names, or what replaces those out of use."""
        placed: dict[str, Placement] = {}
        for inclusion in post.inclusions:
            asked = inclusion.item
            if not asked or asked in placed:
                continue
            item = self._basis.replacements.get(asked, asked)
            if self._basis.is_in_use(item):
                tags = self._basis.tags.tags(post, None, item)
                placed[asked] = Placement(TEXT, len(placed) + 1, item, 0.0, _NAMED_BY_ARTICLE, tags)
        return placed

    def _relate_quickly(self, post: Post, block: Block) -> tuple[Related, ...]:
        shown = self._prepared.related.shown(post, RelatedChoice(block.limit, block.minimum))
        return tuple(Related(block.name, rank, p, 0.0, ()) for rank, p in enumerate(shown, start=1))

    def _relate(
        self, post: Post, block: Block, runners_up: list[RunnerUp] | None = None
    ) -> tuple[Related, ...]:
        related = self._prepared.related
        chosen = related.chosen(post, RelatedChoice(block.limit, block.minimum))
        if runners_up is not None:
            for candidate in related.candidates(post, block.minimum):
                if candidate not in chosen:
                    path, score = related.post(candidate).path, candidate.score
                    missing = related.missing(post, candidate, chosen)
                    reasons = related.reasons(post, candidate)
                    runners_up.append(RunnerUp(block.name, path, score, missing, reasons))
        shown: list[Related] = []
        for rank, candidate in enumerate(chosen, start=1):
            reasons = related.reasons(post, candidate)
            other = related.post(candidate)
            shown.append(Related(block.name, rank, other, candidate.score, reasons))
        return tuple(shown)
