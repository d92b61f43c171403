"""How many of the old placements a catalog reproduces, and why not the others."""

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

InBlocks = Mapping[ItemKind, Sequence[str]]
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
    hits = dict.fromkeys(ItemKind, 0)
    for post in posts:
        if (old := placed.get(post.path)) is None:
            continue
        resolution, runners_up = resolver.explain(post)
        for kind in ItemKind:
            shown = _shown(catalog.blocks, kind, resolution)
            for item in old.of_kind(kind):
                placements[kind] += 1
                if item in shown:
                    hits[kind] += 1
                else:
                    missed.append(Missed(post.path, kind, item, *_reason(item, runners_up)))
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
    # Most items are found again in the posts that carried them.
    live = sorted(live_posts(posts).values(), key=lambda post: post.path not in placed)
    left: dict[str, None] = {}
    for post in live:
        left |= dict.fromkeys(placed[post.path].items if post.path in placed else ())
    for post in live:
        if not left:
            break
        resolution = resolver.resolve(post)
        for placement in chain(*resolution.blocks.values(), resolution.text.values()):
            if isinstance(placement, Placement):
                left.pop(placement.item, None)
    return tuple(left)


def in_blocks(resolver: Resolver, catalog: Catalog, post: Post) -> InBlocks:
    """Return the items that a post would show in its blocks."""
    shown: dict[ItemKind, list[str]] = {kind: [] for kind in ItemKind}
    for placed in resolver.items(post).values():
        for placement in placed:
            shown[catalog.items[placement.item].kind].append(placement.item)
    return shown


def _shown(blocks: Sequence[Block], kind: ItemKind, resolution: PostResolution) -> set[str]:
    shown = {placement.item for placement in resolution.text.values()}
    for block in blocks:
        for placement in resolution.blocks.get(block.name, ()) if kind in block.kind.items else ():
            if isinstance(placement, Placement):
                shown.add(placement.item)
    return shown


def _reason(item: str, runners_up: Sequence[RunnerUp]) -> tuple[MissedCause, Message]:
    """Return why an item was missed: no term that matches, no room, or too few points."""
    for runner in runners_up:
        if runner.item == item:
            no_room = runner.missing.code == "resolver.no-room"
            return "room" if no_room else "points", runner.missing
    return "term", message("adopt.no-mapping-matches")
