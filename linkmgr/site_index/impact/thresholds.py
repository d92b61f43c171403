"""The scores that items need to change what a post shows.

A common tag affects thousands of posts, and resolving one takes ten times as long as scoring the
few items that an edit is about: where none of them comes close to what is shown, nothing changes.
At 10,000 posts and 2,000 items a preview takes 120 to 330 ms of CPU time with this and 460 to
1,350 without.
"""

from collections.abc import Collection, Sequence
from datetime import date
from math import inf, sqrt

from linkmgr.catalog.blocks import Block
from linkmgr.catalog.model import Catalog
from linkmgr.posts.model import NO_OVERRIDE
from linkmgr.resolver.evidence import Mappings
from linkmgr.resolver.model import FALLBACK, PIN, Placement, PostText
from linkmgr.resolver.placing import MINIMUM, candidates_of, in_use, replacements
from linkmgr.resolver.resolve import Placed, PreparedPosts
from linkmgr.resolver.rules import keywords_of

Thresholds = tuple[float, ...]
"""By block of items: what an item that a post does not show must score to change what it shows."""

# Scores are rounded to four places.
_ROUNDING = 0.001


def item_blocks(catalog: Catalog) -> list[Block]:
    """Return the blocks that show items."""
    return [block for block in catalog.blocks if block.kind.items]


def thresholds_of(placed: Placed, blocks: Sequence[Block]) -> Thresholds:
    """Return the thresholds of a post whose front matter chooses nothing."""
    return tuple(_threshold(placed.get(block.name, ()), block) for block in blocks)


def _threshold(placements: Sequence[Placement], block: Block) -> float:
    scored = [p.score for p in placements if p.reasons[0].cause not in {PIN, FALLBACK}]
    pinned = sum(p.reasons[0].cause == PIN for p in placements)
    minimum = MINIMUM if block.minimum is None else block.minimum
    if len(scored) + pinned < block.limit:
        return minimum - _ROUNDING
    return scored[-1] - _ROUNDING if scored else inf


class ThresholdFilter:
    """Scores some items alone, by the mappings that name them."""

    def __init__(
        self, catalog: Catalog, prepared: PreparedPosts, today: date, items: frozenset[str]
    ) -> None:
        replaced = replacements(catalog, today)
        rules = (in_use(mapping, replaced) for mapping in catalog.mappings.values())
        named = [rule for rule in rules if not items.isdisjoint(rule.items)]
        candidates = candidates_of(catalog, replaced)
        self._prepared = prepared
        self._items = items
        self._mappings = Mappings(named, prepared.statistics, prepared.neighbours)
        self._keywords = keywords_of(named)
        self._blocks = {
            item: [n for n, b in enumerate(item_blocks(catalog)) if item in candidates[b.name]]
            for item in items
        }

    def may_change(self, number: int, shown: Collection[str], thresholds: Thresholds) -> bool:
        """Whether a post, which shows these items now, may show others or in another order."""
        post = self._prepared.posts[number]
        if post.override != NO_OVERRIDE or not self._items.isdisjoint(shown):
            return True
        text = self._prepared.texts[post.path]
        counts = {k: text.counts[k] for k in self._keywords if k in text.counts}
        matches = self._mappings.match(post, PostText(text.length, counts))
        return bool(matches.pins) or any(
            sqrt(total) >= thresholds[block]
            for item, total in matches.totals.items()
            if item in self._items
            for block in self._blocks[item]
        )
