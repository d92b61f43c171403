"""The rows of the list of posts, and of what one post shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from linkmgr.admin.common.chips import Chip, chips
from linkmgr.admin.common.context import connection, get_admin, last_month
from linkmgr.catalog.model import Catalog
from linkmgr.messages.message import Message
from linkmgr.messages.wording import word
from linkmgr.resolver.explain import reason_message, tag_messages
from linkmgr.resolver.model import Placement, Reason
from linkmgr.site_index.index.queries import IndexedPost, SiteIndex
from linkmgr.store.figures.figures import Dimension, clicks_of


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


@dataclass(frozen=True, slots=True)
class ShownPlacement:
    """A placement with its item as a chip; the first reason weighs most, the last name its tags."""

    placement: Placement
    chip: Chip
    reasons: list[str]


def shown(catalog: Catalog, placements: tuple[Placement, ...]) -> list[ShownPlacement]:
    """Return placements as a page shows them."""
    named = chips(catalog, [placement.item for placement in placements])
    return [
        ShownPlacement(
            placement,
            chip,
            [
                *(reason_text(reason) for reason in placement.reasons),
                *(word(tag) for tag in _tags(catalog, placement)),
            ],
        )
        for placement, chip in zip(placements, named, strict=True)
    ]


def _tags(catalog: Catalog, placement: Placement) -> tuple[Message, ...]:
    """Return the tags of a placement; the index may know an item that the catalog has no more."""
    return tag_messages(catalog, placement) if placement.item in catalog.items else ()


def reason_text(reason: Reason) -> str:
    """Word a reason: `tag coffee (on 3 of 120 posts)`."""
    return word(reason_message(reason))


def recent_clicks(keys: Sequence[str]) -> dict[str, int]:
    """Return the readers' clicks of the last 30 days by the posts' keys; no clicks, no entry."""
    return clicks_of(connection(), Dimension.POST, keys, last_month())
