"""The impact of an edit: which posts would show other items by another catalog."""

from collections.abc import Sequence
from dataclasses import dataclass

from linkmgr.blocks.include import post_key
from linkmgr.blocks.shown import ItemsOfPosts, ShownItems, distinct_items
from linkmgr.posts.article.text import title_text
from linkmgr.posts.model import Post
from linkmgr.site_index.indexing import encodable


@dataclass(frozen=True, slots=True)
class NamedPost:
    """A post as a list names it."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ItemImpact:
    """How many posts gain and lose an item."""

    item: str
    gained: int
    lost: int
    gaining: tuple[NamedPost, ...]
    """The first that gain it, in the order of the blog."""
    losing: tuple[NamedPost, ...]
    """The first that lose it, in the same order."""
    lost_by: tuple[str, ...]
    """The keys of all that lose it."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What posts would show by another catalog."""

    revision: str
    """That of the catalog with which the change was compared."""
    changed: int
    """The posts that show other items or the same in another order."""
    items: tuple[ItemImpact, ...]
    """The items that posts gain or lose, the most affected first."""
    matched: int | None = None
    """The posts that the mapping matches whose impact it is, `None` if it is of another thing."""


def compare(
    posts: Sequence[Post],
    before: Sequence[ShownItems],
    items_of_posts: ItemsOfPosts,
    revision: str,
    *,
    first: int | None,
) -> Impact:
    """Compare what all posts show with what they would by another catalog.

    Of each list of posts the `first` are named, or all for `None`.
    """
    gaining: dict[str, list[Post]] = {}
    losing: dict[str, list[Post]] = {}
    changed = 0
    for post, shown_before in zip(posts, before, strict=True):
        after = items_of_posts.shown_in(post)
        if after == shown_before:
            continue
        changed += 1
        had, has = distinct_items(shown_before), distinct_items(after)
        for item in has - had:
            gaining.setdefault(item, []).append(post)
        for item in had - has:
            losing.setdefault(item, []).append(post)

    def named(posts: Sequence[Post]) -> tuple[NamedPost, ...]:
        return tuple(map(_named, posts[:first]))

    impacts: list[ItemImpact] = []
    for item in gaining.keys() | losing.keys():
        gained, lost = gaining.get(item, []), losing.get(item, [])
        lost_by = tuple(post_key(post.path) for post in lost)
        impacts.append(
            ItemImpact(item, len(gained), len(lost), named(gained), named(lost), lost_by)
        )
    impacts.sort(key=lambda impact: (-(impact.gained + impact.lost), impact.item))
    return Impact(revision, changed, tuple(impacts))


def _named(post: Post) -> NamedPost:
    title = encodable(title_text(post.title))
    return NamedPost(post_key(post.path), title, encodable(post.url))
