"""What each post shows, and why: pure and deterministic."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from linkmgr.catalog.model import Block, Catalog, Kind
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import Mappings
from linkmgr.resolver.model import Placement, PostResolution, PostText, Related, RunnerUp
from linkmgr.resolver.placing import Basis, Placing, candidates_of, in_use, stand_ins
from linkmgr.resolver.related import NONE_KNOWN, KnownRelated, RelatedPosts
from linkmgr.resolver.statistics import Statistics


class Resolver:
    """Decides for the posts of one site, on one day, by one catalog."""

    def __init__(
        self,
        catalog: Catalog,
        posts: Sequence[Post],
        texts: Mapping[str, PostText],
        today: date,
        related: KnownRelated = NONE_KNOWN,
    ) -> None:
        """Take the published `posts` in Jekyll's order and their texts by path.

        `related` are the related posts that a resolver chose for the same posts before.
        """
        self._catalog = catalog
        self._posts = posts
        self._texts = texts
        others = stand_ins(catalog, today)
        mappings = (in_use(mapping, others) for mapping in catalog.mappings.values())
        statistics = Statistics.of(posts, texts)
        self._basis = Basis(catalog.items, Mappings(mappings, statistics), others, today)
        self._candidates = candidates_of(catalog, others)
        self._known_related = related

    @cached_property
    def _related(self) -> RelatedPosts:
        return RelatedPosts(self._posts, self._known_related)

    def resolve(self, post: Post) -> PostResolution:
        """Return what `post` shows."""
        return self._decide(post, None)

    def explain(self, post: Post) -> tuple[PostResolution, tuple[RunnerUp, ...]]:
        """Return what `post` shows, and the runners-up of its blocks with what they missed."""
        runners_up: list[RunnerUp] = []
        resolution = self._decide(post, runners_up)
        return resolution, tuple(runners_up)

    def _decide(self, post: Post, runners_up: list[RunnerUp] | None) -> PostResolution:
        blocks: dict[str, tuple[Placement, ...] | tuple[Related, ...]] = {}
        if post.override.disabled:
            return PostResolution(post, blocks)
        placing = Placing(self._basis, post, self._texts[post.path])
        for block in self._catalog.blocks:
            placed: tuple[Placement, ...] | tuple[Related, ...]
            if block.kind is Kind.RELATED:
                placed = self._relate(post, block, runners_up)
            else:
                placed = placing.fill(
                    block, self._candidates[block.name], with_runners_up=runners_up is not None
                )
            if placed:
                blocks[block.name] = placed
        if runners_up is not None:
            runners_up += placing.runners_up
        return PostResolution(post, blocks)

    def _relate(
        self, post: Post, block: Block, runners_up: list[RunnerUp] | None
    ) -> tuple[Related, ...]:
        related = self._related
        chosen = related.chosen(post, (block.limit, block.minimum))
        if runners_up is not None:
            runners_up += (
                RunnerUp(
                    block.name,
                    related.post(c).path,
                    c.score,
                    related.missing(c, chosen),
                    related.reasons(post, c),
                )
                for c in related.candidates(post, block.minimum)
                if c not in chosen
            )
        return tuple(
            Related(block.name, rank, related.post(c), c.score, related.reasons(post, c))
            for rank, c in enumerate(chosen, start=1)
        )
