"""The list of posts: what each row says."""

from collections.abc import Sequence
from dataclasses import dataclass

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.items.chips import Chip, chips
from linkmgr.admin.posts.figures import recent_clicks
from linkmgr.site_index.index.queries import IndexedPost, SiteIndex


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post with the items that it shows and its clicks of 30 days."""

    post: IndexedPost
    chips: list[Chip]
    clicks: int


def rows_of(index: SiteIndex, posts: Sequence[IndexedPost]) -> list[PostRow]:
    """Return the rows of posts: one query for their items, one for their clicks."""
    catalog = get_admin().catalog().catalog
    keys = [post.key for post in posts]
    items, clicks = index.items_of(keys), recent_clicks(keys)
    return [
        PostRow(post, chips(catalog, items.get(post.key, ())), clicks.get(post.key, 0))
        for post in posts
    ]
