"""Filling one post's blocks of items: pins, then scores, then the fallback."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from hashlib import blake2b

from linkmgr.catalog.model import Block, Catalog, Item, Kind
from linkmgr.posts.model import Post
from linkmgr.resolver.evidence import Mappings, is_stated, score_of
from linkmgr.resolver.model import (
    FALLBACK,
    FRONT_MATTER,
    PIN,
    Cause,
    Placement,
    PostText,
    Reason,
    RunnerUp,
)

# What an item needs to be shown, in the units of `statistics`, unless its block says otherwise.
MINIMUM = 1.0
# An item that only keywords call for must also come this close to the block's best: the words of a
# second theme stand in most articles. 0.55 to 0.75 gave the same on the judged posts.
SHARE_OF_BEST = 0.7


def candidates_of(catalog: Catalog) -> dict[str, frozenset[str]]:
    """Return by block the items that it may show.

    A block with `items` shows those alone; they are not candidates of a block without.
    """
    claimed = {item for block in catalog.blocks for item in block.items}
    kinds = {Kind.BOOKS: catalog.books, Kind.CTA: catalog.ctas, Kind.RELATED: {}}
    return {
        block.name: frozenset(block.items or set(kinds[block.kind]) - claimed)
        for block in catalog.blocks
    }


class Placing:
    """Places items in one post, none of them twice."""

    def __init__(
        self, catalog: Catalog, mappings: Mappings, post: Post, text: PostText, today: date
    ) -> None:
        self._items = catalog.items
        self._mappings = mappings
        self._post = post
        self._text = text
        self._today = today
        self._called = mappings.call(post, text)
        self._placed: set[str] = set()
        self.runners_up: list[RunnerUp] = []

    def fill(
        self, block: Block, candidates: Collection[str], *, with_runners_up: bool
    ) -> tuple[Placement, ...]:
        """Return the placements of `block`, whose items are among `candidates`."""
        chosen = self._chosen_in_front_matter(block)
        if chosen is not None:
            items = self._available(i for i in chosen if i in candidates)
            return self._place(block, ((item, FRONT_MATTER) for item in items))
        limit = self._limit(block)
        pinned = self._available(i for i in self._called.pins if i in candidates)[:limit]
        scored, missing = self._scored(block, candidates, limit - len(pinned), pinned)
        placements = self._place(
            block, [*((item, PIN) for item in pinned), *((item, None) for item in scored)]
        )
        if with_runners_up:
            self._note(block, missing, candidates)
        if placements:
            return placements
        fallback = self._available(i for i in block.fallback if i in self._items)[:limit]
        return self._place(block, ((item, FALLBACK) for item in fallback))

    def _chosen_in_front_matter(self, block: Block) -> tuple[str, ...] | None:
        override = self._post.override
        if block.kind is Kind.BOOKS:
            return override.books
        return None if override.cta is None else (override.cta,)

    def _limit(self, block: Block) -> int:
        own = self._post.override.limit
        return block.limit if own is None or block.kind is not Kind.BOOKS else own

    def _scored(
        self, block: Block, candidates: Collection[str], room: int, pinned: Collection[str]
    ) -> tuple[list[str], dict[str, str]]:
        """Return the items that their evidence places, and of the others what they were missing."""
        evidence = self._called.evidence
        scores = {
            item: score_of(evidence[item])
            for item in evidence
            if item in candidates and item not in pinned
        }
        minimum = MINIMUM if block.minimum is None else block.minimum
        scored: list[str] = []
        missing: dict[str, str] = {}
        best = 0.0
        for item in self._ranked(scores):
            if why := self._unavailable(item):
                missing[item] = why
                continue
            score = scores[item]
            best = best or score
            if score < minimum:
                missing[item] = f"{minimum - score:.2f} to reach the minimum of {minimum:g}"
            elif score < SHARE_OF_BEST * best and not is_stated(evidence[item]):
                missing[item] = f"{SHARE_OF_BEST:.0%} of the block's best score, {best:.2f}"
            elif len(scored) >= room:
                missing[item] = f"room: the block's limit is {self._limit(block)}"
            else:
                scored.append(item)
        return scored, missing

    def _ranked(self, scores: Mapping[str, float]) -> list[str]:
        """Sort by score; ties by a hash of post and item, so that equals share exposure."""
        rounded = {item: -round(score, 9) for item, score in scores.items()}
        if len({*rounded.values()}) == len(rounded):
            return sorted(rounded, key=rounded.__getitem__)
        return sorted(rounded, key=lambda item: (rounded[item], self._lot(item)))

    def _lot(self, item: str) -> bytes:
        name = f"{self._post.path}\0{item}".encode(errors="replace")
        return blake2b(name, digest_size=8).digest()

    def _available(self, items: Iterable[str]) -> list[str]:
        return [item for item in items if not self._unavailable(item)]

    def _unavailable(self, item: str) -> str:
        """Return why an item cannot stand in this post, empty if it can."""
        if item in self._placed:
            return "it stands in an earlier block"
        if item in self._post.override.exclude:
            return "the post's front matter excludes it"
        if mapping := self._called.excluded.get(item):
            return f"mapping {mapping} excludes it"
        return _out_of_use(self._items[item], self._today)

    def _place(
        self, block: Block, items: Iterable[tuple[str, Cause | None]]
    ) -> tuple[Placement, ...]:
        placements = []
        for rank, (item, cause) in enumerate(items, start=1):
            evidence = self._called.evidence.get(item) if cause != FALLBACK else None
            score = score_of(evidence) if evidence else 0.0
            reasons = self._mappings.reasons(evidence, self._text) if evidence else ()
            if cause:
                why = f"mapping {self._called.pins[item]}" if cause == PIN else ""
                reasons = (Reason(cause, found=why), *reasons)
            placements.append(Placement(block.name, rank, item, round(score, 4), reasons))
            self._placed.add(item)
        return tuple(placements)

    def _note(self, block: Block, missing: dict[str, str], candidates: Collection[str]) -> None:
        for item, why in missing.items():
            evidence = self._called.evidence[item]
            reasons = self._mappings.reasons(evidence, self._text)
            self.runners_up.append(
                RunnerUp(block.name, item, round(score_of(evidence), 4), why, reasons)
            )
        for item in self._called.excluded:
            if item in candidates and item not in missing:
                self.runners_up.append(RunnerUp(block.name, item, 0.0, self._unavailable(item), ()))


def _out_of_use(item: Item, today: date) -> str:
    if item.retired:
        return "it is retired"
    if today in item.validity:
        return ""
    since, until = item.validity.since, item.validity.until
    if since and today < since:
        return f"it is shown from {since} on"
    return f"its last day was {until}"
