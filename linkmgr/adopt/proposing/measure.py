"""How many of the old placements a catalog reproduces, and why not the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Literal, NamedTuple

from linkmgr.adopt.deciding.model import Placed
from linkmgr.catalog.blocks import Block
from linkmgr.catalog.items import ItemKind
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import Message, message
from linkmgr.posts.model import Post
from linkmgr.posts.publish import live_posts
from linkmgr.resolver.model import Placement, PostResolution, PostText, RunnerUp
from linkmgr.resolver.resolve import PreparedPosts, Resolver

InBlocks = Mapping[ItemKind, tuple[str, ...]]
"""The items in the blocks of one post, by kind."""

MissedCause = Literal["term", "room", "points"]
"""What an item lacks in a post: a term that matches, room in the block, or points."""


class Missed(NamedTuple):
    """An item that a post carried and would no longer show, and why."""

    path: str
    kind: ItemKind
    item: str
    cause: MissedCause
    reason: Message


@dataclass(frozen=True, slots=True)
class Reproduced:
    """The old placements of each kind, and those that are shown again."""

    placements: Mapping[ItemKind, int]

    hits: Mapping[ItemKind, int]
    """How many of them are shown again."""

    missed: tuple[Missed, ...]

    unseen: tuple[str, ...]
    """The items that are no longer shown in any post."""


def measure(
    catalog: Catalog,
    posts: Sequence[Post],
    texts: Mapping[str, PostText],
    placed: Mapping[str, Placed],
    *,
    today: date,
) -> Reproduced:
    """Compare what the posts carried with what the resolver would show in them."""
    resolver = item_resolver(catalog, posts, texts, today)
    missed: list[Missed] = []
    placements = dict.fromkeys(ItemKind, 0)
    for post in posts:
        if (old := placed.get(post.path)) is None:
            continue
        resolution, runners_up = resolver.explain(post)
        for kind in ItemKind:
            items = old.of_kind(kind)
            placements[kind] += len(items)
            shown = _shown(catalog.blocks, kind, resolution)
            missed += (
                Missed(post.path, kind, item, *_reason(item, runners_up))
                for item in items
                if item not in shown
            )
    misses = Counter(miss.kind for miss in missed)
    hits = {kind: count - misses[kind] for kind, count in placements.items()}
    return Reproduced(placements, hits, tuple(missed), unseen(resolver, posts, placed))


def item_resolver(
    catalog: Catalog, posts: Sequence[Post], texts: Mapping[str, PostText], today: date
) -> Resolver:
    """Return a resolver for items alone: related posts would take its time."""
    blocks = tuple(block for block in catalog.blocks if block.kind.items)
    return Resolver(replace(catalog, blocks=blocks), PreparedPosts(posts, texts), today)


def unseen(
    resolver: Resolver, posts: Sequence[Post], placed: Mapping[str, Placed]
) -> tuple[str, ...]:
    """Return the items that live posts carried and that none of them would show any more."""
    live = live_posts(posts).values()
    carriers = [post for post in live if post.path in placed]
    left = dict.fromkeys(item for post in carriers for item in placed[post.path].items)
    for post in (*carriers, *(post for post in live if post.path not in placed)):
        if not left:
            break
        resolution = resolver.resolve(post)
        for placement in chain(*resolution.blocks.values(), resolution.text.values()):
            if isinstance(placement, Placement):
                left.pop(placement.item, None)
    return tuple(left)


def in_blocks(resolver: Resolver, catalog: Catalog, post: Post) -> InBlocks:
    """Return the items that a post would show in its blocks."""
    shown = [placement.item for placed in resolver.items(post).values() for placement in placed]
    return {kind: tuple(i for i in shown if catalog.items[i].kind is kind) for kind in ItemKind}


def _shown(blocks: Sequence[Block], kind: ItemKind, resolution: PostResolution) -> set[str]:
    names = [block.name for block in blocks if kind in block.kind.items]
    placements = chain(*(resolution.blocks.get(name, ()) for name in names))
    return {
        placement.item
        for placement in (*placements, *resolution.text.values())
        if isinstance(placement, Placement)
    }


def _reason(item: str, runners_up: Sequence[RunnerUp]) -> tuple[MissedCause, Message]:
    """Return what an item was missing: a term that matches, room, or points."""
    for runner in runners_up:
        if runner.item == item:
            no_room = runner.missing.code == "resolver.no-room"
            return "room" if no_room else "points", runner.missing
    return "term", message("adopt.no-mapping-matches")
