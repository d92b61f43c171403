"""Comparing what posts show with what they would show by another catalog."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linkmgr.blocks.include import post_key
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post
from linkmgr.resolver.resolve import Placed, Resolver
from linkmgr.site_index.index.writing import encodable

Shown = tuple[tuple[str, tuple[str, ...]], ...]
"""What a post shows: each block's name and its items in their order."""


@dataclass(frozen=True, slots=True)
class NamedPost:
    """A post as a list names it."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ItemImpact:
    """How many posts gain and lose an item, and the first of them in the order of the blog."""

    item: str
    gained: int
    lost: int
    gaining: tuple[NamedPost, ...]
    losing: tuple[NamedPost, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """The items that posts gain or lose, the most affected first.

    `changed` posts show other items or the same in another order. `revision` is that of the
    catalog with which the change was compared.
    """

    revision: str
    changed: int
    items: tuple[ItemImpact, ...]


def shown(placed: Placed) -> Shown:
    """Return what a post shows, without scores and reasons."""
    return tuple((name, tuple(p.item for p in placements)) for name, placements in placed.items())


def items_of(shown: Shown) -> set[str]:
    """Return the items that a post shows, in whatever block."""
    return {item for _, items in shown for item in items}


def compare(  # noqa: PLR0913, PLR0917 - both sides of the comparison
    posts: Sequence[Post],
    before: Sequence[Shown],
    resolver: Resolver,
    numbers: Iterable[int],
    revision: str,
    first: int | None,
) -> Impact:
    """Compare what posts show with what they would by `resolver`, for the affected `numbers`.

    Of each list of posts the `first` are named, or all for `None`.
    """
    gaining: dict[str, list[int]] = {}
    losing: dict[str, list[int]] = {}
    changed = 0
    for number in sorted(numbers):
        after = shown(resolver.items(posts[number]))
        if after == before[number]:
            continue
        changed += 1
        had, has = items_of(before[number]), items_of(after)
        for item in has - had:
            gaining.setdefault(item, []).append(number)
        for item in had - has:
            losing.setdefault(item, []).append(number)

    def named(numbers: Sequence[int]) -> tuple[NamedPost, ...]:
        return tuple(_named(posts[number]) for number in numbers[:first])

    impacts = [
        ItemImpact(item, len(gained), len(lost), named(gained), named(lost))
        for item in gaining.keys() | losing.keys()
        for gained, lost in [(gaining.get(item, []), losing.get(item, []))]
    ]
    impacts.sort(key=lambda impact: (-(impact.gained + impact.lost), impact.item))
    return Impact(revision, changed, tuple(impacts))


def _named(post: Post) -> NamedPost:
    return NamedPost(post_key(post.path), encodable(title_text(post.title)), encodable(post.url))
