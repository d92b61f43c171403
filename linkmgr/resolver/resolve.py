"""What each post shows, and why: pure and deterministic."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from linkmgr.catalog.blocks import Block
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import Mappings
from linkmgr.resolver.model import TEXT, Placement, PostResolution, Related, RunnerUp
from linkmgr.resolver.placing import Basis, BlockFiller, candidates_of, in_use, replacements
from linkmgr.resolver.prepared import PreparedPosts
from linkmgr.resolver.tags import TagChooser

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
        tags = TagChooser(catalog)
        self._basis = Basis(catalog.items, mappings, tags, replaced, today)
        self._candidates = candidates_of(catalog, replaced)

    def resolve(self, post: Post) -> PostResolution:
        """Return what `post` shows, and why."""
        return self._resolution(post, self.items(post), self._relate)

    def resolve_quickly(self, post: Post) -> PostResolution:
        """Return what `post` shows, without scores and reasons."""
        return self._resolution(post, self._items(post, scored=False), self._relate_quickly)

    def items(self, post: Post) -> Placed:
        """Return the items that `post` shows, without its related posts."""
        return self._items(post, scored=True)

    def explain(self, post: Post) -> tuple[PostResolution, tuple[RunnerUp, ...]]:
        """Return what `post` shows, and the runners-up of its blocks."""
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
        filled = {
            block.name: filler.fill(block, self._candidates[block.name])
            for block in self._catalog.blocks
            if block.kind.items
        }
        if runners_up is not None:
            runners_up += filler.runners_up
        return {name: placements for name, placements in filled.items() if placements}

    def _resolution(
        self, post: Post, items: Placed, relate: Callable[[Post, Block], tuple[Related, ...]]
    ) -> PostResolution:
        blocks: dict[str, tuple[Placement, ...] | tuple[Related, ...]] = {}
        if post.override.disabled:
            return PostResolution(post, blocks, self.text(post))
        for block in self._catalog.blocks:
            placed = items.get(block.name) if block.kind.items else relate(post, block)
            if placed:
                blocks[block.name] = placed
        return PostResolution(post, blocks, self.text(post))

    def text(self, post: Post) -> dict[str, Placement]:
        """Place the items that the article names; of those out of use, what replaces them."""
        placed: dict[str, Placement] = {}
        for asked in dict.fromkeys(each.item for each in post.inclusions if each.item):
            item = self._basis.replacements.get(asked, asked)
            if self._basis.is_in_use(item):
                tags = self._basis.tags.tags(post, None, item)
                placed[asked] = Placement(TEXT, len(placed) + 1, item, 0.0, (), tags)
        return placed

    def _relate_quickly(self, post: Post, block: Block) -> tuple[Related, ...]:
        shown = self._prepared.related.shown(post, (block.limit, block.minimum))
        return tuple(Related(block.name, rank, p, 0.0, ()) for rank, p in enumerate(shown, start=1))

    def _relate(
        self, post: Post, block: Block, runners_up: list[RunnerUp] | None = None
    ) -> tuple[Related, ...]:
        related = self._prepared.related
        chosen = related.chosen(post, (block.limit, block.minimum))
        if runners_up is not None:
            runners_up += (
                RunnerUp(
                    block.name,
                    related.post(c).path,
                    c.score,
                    related.missing(post, c, chosen),
                    related.reasons(post, c),
                )
                for c in related.candidates(post, block.minimum)
                if c not in chosen
            )
        return tuple(
            Related(block.name, rank, related.post(c), c.score, related.reasons(post, c))
            for rank, c in enumerate(chosen, start=1)
        )
