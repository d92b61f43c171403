"""Deciding for the posts of one site by many catalogs, as the admin does while somebody edits.

`Resolver` takes all anew for each catalog. Here is kept what depends on the posts alone, which for
10,000 posts takes a hundred times as long as deciding for those that an edit touches.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from linkmgr.catalog.model import Block, Catalog, Kind
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import Found, Mappings
from linkmgr.resolver.model import (
    CATEGORY,
    KEYWORD,
    TAG,
    Counts,
    Placement,
    PostResolution,
    PostText,
    Related,
)
from linkmgr.resolver.placing import Basis, BlockFiller, candidates_of, in_use, replacements
from linkmgr.resolver.related import RelatedPosts
from linkmgr.resolver.statistics import Statistics, terms

Placed = dict[str, tuple[Placement, ...]]
"""The items that a post shows, by block; empty blocks are left out."""


@dataclass(frozen=True)
class Ground:
    """The published posts of a site in Jekyll's order, and what can be said of them beforehand.

    `by_term` are the numbers of the posts with a tag, a category or a keyword.
    """

    posts: Sequence[Post]
    texts: Mapping[str, PostText]
    statistics: Statistics
    by_term: Mapping[Found, Sequence[int]]

    @classmethod
    def of(cls, posts: Sequence[Post], texts: Mapping[str, PostText]) -> "Ground":
        """Prepare posts and their texts by path."""
        texts = _pooled(texts)
        by_term: dict[Found, list[int]] = {}
        for number, post in enumerate(posts):
            for found in _terms(post, texts[post.path]):
                by_term.setdefault(found, []).append(number)
        return cls(posts, texts, Statistics.of(posts, texts), by_term)

    @cached_property
    def related(self) -> RelatedPosts:
        """The posts ready to be asked for those related to one of them."""
        return RelatedPosts(self.posts, {})


def _terms(post: Post, text: PostText) -> Iterator[Found]:
    yield from ((TAG, tag) for tag in terms(post.tags))
    yield from ((CATEGORY, category) for category in terms(post.categories))
    yield from ((KEYWORD, keyword) for keyword in text.counts)


def _pooled(texts: Mapping[str, PostText]) -> dict[str, PostText]:
    """Have equal keywords and counts be one object each: there are hundreds in every post."""
    keywords: dict[str, str] = {}
    counts: dict[Counts, Counts] = {}
    return {
        path: PostText(
            text.length,
            {
                keywords.setdefault(keyword, keyword): counts.setdefault(found, found)
                for keyword, found in text.counts.items()
            },
        )
        for path, text in texts.items()
    }


class Decider:
    """Decides by one catalog on one day, as `Resolver` does."""

    def __init__(self, catalog: Catalog, ground: Ground, today: date) -> None:
        self._catalog = catalog
        self._ground = ground
        others = replacements(catalog, today)
        mappings = (in_use(mapping, others) for mapping in catalog.mappings.values())
        self._basis = Basis(catalog.items, Mappings(mappings, ground.statistics), others, today)
        self._candidates = candidates_of(catalog, others)

    def place(self, post: Post) -> Placed:
        """Return the items that a post shows."""
        if post.override.disabled:
            return {}
        filler = BlockFiller(self._basis, post, self._ground.texts[post.path], explaining=False)
        filled = {
            block.name: filler.fill(block, self._candidates[block.name])
            for block in self._catalog.blocks
            if block.kind is not Kind.RELATED
        }
        return {name: placements for name, placements in filled.items() if placements}

    def resolve(self, post: Post) -> PostResolution:
        """Return all that a post shows, the related posts with it."""
        blocks: dict[str, tuple[Placement, ...] | tuple[Related, ...]] = {}
        if post.override.disabled:
            return PostResolution(post, blocks)
        items = self.place(post)
        for block in self._catalog.blocks:
            is_related = block.kind is Kind.RELATED
            placed = self._relate(post, block) if is_related else items.get(block.name)
            if placed:
                blocks[block.name] = placed
        return PostResolution(post, blocks)

    def _relate(self, post: Post, block: Block) -> tuple[Related, ...]:
        related = self._ground.related
        return tuple(
            Related(block.name, rank, related.post(c), c.score, related.reasons(post, c))
            for rank, c in enumerate(related.chosen(post, (block.limit, block.minimum)), start=1)
        )
