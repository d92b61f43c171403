"""Of the posts that a change touches, those in which it can be seen.

A common tag touches thousands of posts, and placing items takes ten times as long as weighing the
few that a change is about: where none of them comes close to what is shown, nothing changes.
"""

from collections.abc import Collection, Sequence
from datetime import date
from math import inf, sqrt

from linkmgr.catalog.model import Block, Catalog, Kind
from linkmgr.posts.model import NO_OVERRIDE
from linkmgr.resolver.evidence import Mappings, keywords_of
from linkmgr.resolver.model import FALLBACK, PIN, Placement, PostText
from linkmgr.resolver.placing import MINIMUM, candidates_of, in_use, replacements
from linkmgr.site_index.index.decisions import Ground, Placed

Bars = tuple[float, ...]
"""By block of items: what an item that a post does not show must score to change what it shows."""

# Scores are rounded to four places.
_CLOSE = 0.001


def item_blocks(catalog: Catalog) -> list[Block]:
    """Return the blocks that show items."""
    return [block for block in catalog.blocks if block.kind is not Kind.RELATED]


def bars_of(placed: Placed, blocks: Sequence[Block]) -> Bars:
    """Return the bars of a post whose front matter has no say."""
    return tuple(_bar(placed.get(block.name, ()), block) for block in blocks)


def _bar(placements: Sequence[Placement], block: Block) -> float:
    scored = [p.score for p in placements if p.reasons[0].cause not in {PIN, FALLBACK}]
    pinned = sum(p.reasons[0].cause == PIN for p in placements)
    minimum = MINIMUM if block.minimum is None else block.minimum
    if len(scored) + pinned < block.limit:
        return minimum - _CLOSE
    return scored[-1] - _CLOSE if scored else inf


class Sieve:
    """Weighs some items alone, by the mappings that name them."""

    def __init__(
        self, catalog: Catalog, ground: Ground, today: date, items: frozenset[str]
    ) -> None:
        others = replacements(catalog, today)
        rules = (in_use(mapping, others) for mapping in catalog.mappings.values())
        named = [rule for rule in rules if not items.isdisjoint(rule.items)]
        candidates = candidates_of(catalog, others)
        self._ground = ground
        self._items = items
        self._mappings = Mappings(named, ground.statistics)
        self._keywords = keywords_of(named)
        self._bars = {
            item: [n for n, b in enumerate(item_blocks(catalog)) if item in candidates[b.name]]
            for item in items
        }

    def lets_through(self, number: int, shown: Collection[str], bars: Bars) -> bool:
        """Whether a post, which shows these items now, may show others or in another order."""
        post = self._ground.posts[number]
        if post.override != NO_OVERRIDE or not self._items.isdisjoint(shown):
            return True
        text = self._ground.texts[post.path]
        counts = {k: text.counts[k] for k in self._keywords if k in text.counts}
        matches = self._mappings.match(post, PostText(text.length, counts))
        return bool(matches.pins) or any(
            sqrt(total) >= bars[block]
            for item, total in matches.totals.items()
            if item in self._items
            for block in self._bars[item]
        )
