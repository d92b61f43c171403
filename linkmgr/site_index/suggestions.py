"""Items that posts do not show, and would if they were pinned there: those next in line."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from linkmgr.blocks.shown import ShownItems, count_posts, distinct_items
from linkmgr.messages.message import Message, message
from linkmgr.resolver.resolve import Resolver
from linkmgr.site_index.snapshot import Snapshot

# What keeps an item out of a post though it is pinned there.
_EVEN_IF_PINNED = frozenset(
    {
        "resolver.shown-earlier",
        "resolver.excluded-by-post",
        "resolver.excluded-by-mapping",
        "resolver.retired",
        "resolver.not-yet",
        "resolver.expired",
    }
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An item that some posts could show."""

    item: str

    score: float
    """The sum of its scores in these posts; 0 where no rule names it there."""

    why: Message
    """Why the first of the posts does not show it, or how many other posts do."""


def suggest_items(
    snapshot: Snapshot, shown: Sequence[ShownItems], positions: Collection[int], most: int
) -> tuple[Suggestion, ...]:
    """Return at most `most` items for the posts at some positions, the best first.

    What fills an empty block comes before what does not. Where rules name too few items, those
    follow that the nearest posts show, and for an empty block those that most posts show. `shown`
    is what each post of the snapshot shows.
    """
    resolver = snapshot.resolver()
    scores: dict[str, float] = {}
    why: dict[str, Message] = {}
    left_out: set[str] = set()
    filled: set[str] = set()
    posts = [position for position in positions if _takes_pins(snapshot, position)]
    for position in posts:
        left_out |= distinct_items(shown[position])
        filled |= shown[position].keys()
        seen: set[str] = set()
        for runner in resolver.runners_up(snapshot.prepared.posts[position]):
            if runner.missing.code in _EVEN_IF_PINNED:
                left_out.add(runner.item)
            elif runner.item not in seen:  # it may be in line for several blocks
                seen.add(runner.item)
                scores[runner.item] = scores.get(runner.item, 0.0) + runner.score
                why.setdefault(runner.item, runner.missing)
    items = [item for item in scores if item not in left_out]
    items.sort(key=lambda item: -scores[item])
    blocks = _blocks_by_item(resolver, snapshot, posts)
    others = [item for item in blocks if item not in left_out and item not in scores]
    if len(items) < most:
        nearby = _shown_nearby(snapshot, shown, posts)
        for item, count in nearby.items():
            if item in others:
                items.append(item)
                why[item] = message("site_index.shown-nearby", count=count)
        on_posts = count_posts(shown)
        others.sort(key=lambda item: -on_posts[item])
        for item in others:
            if item not in nearby and blocks[item] - filled:
                items.append(item)
                why[item] = message("site_index.shown-on", count=on_posts[item])

    items = [item for item in items if blocks.get(item)]
    items.sort(key=lambda item: blocks[item] <= filled)
    return tuple(Suggestion(item, scores.get(item, 0.0), why[item]) for item in items[:most])


def _takes_pins(snapshot: Snapshot, position: int) -> bool:
    """Whether a post shows what is pinned there."""
    post = snapshot.prepared.posts[position]
    stays_bare = "items" in post.bare and not snapshot.catalog.site.fill_bare_posts
    return not (post.override.disabled or stays_bare)


def _blocks_by_item(
    resolver: Resolver, snapshot: Snapshot, positions: Collection[int]
) -> dict[str, set[str]]:
    """Return the blocks of posts in which each item in use would stand, if it were pinned there."""
    overrides = [snapshot.prepared.posts[position].override for position in positions]
    blocks: dict[str, set[str]] = {}
    for item in snapshot.catalog.items.values():
        if not item.is_shown_on(resolver.today):
            continue
        blocks[item.id] = set()
        for block in resolver.blocks_for(item.id):
            key = block.kind.front_matter_key
            if any(override.items(key) is None for override in overrides):
                blocks[item.id].add(block.name)
    return blocks


def _shown_nearby(
    snapshot: Snapshot, shown: Sequence[ShownItems], positions: Collection[int]
) -> dict[str, int]:
    """Return the number of posts nearest to some posts that show each item, by likeness."""
    likeness_by_post: Counter[int] = Counter()
    for position in positions:
        likeness_by_post.update(dict(snapshot.prepared.nearest.near(position)))
    likeness: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    for position in likeness_by_post.keys() - set(positions):
        for item in distinct_items(shown[position]):
            likeness[item] += likeness_by_post[position]
            posts[item] += 1
    likest_first = sorted(posts, key=lambda item: (-likeness[item], item))
    return {item: posts[item] for item in likest_first}
