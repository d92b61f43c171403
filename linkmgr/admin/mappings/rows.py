"""The list of tags: what each row says."""

from collections.abc import Sequence
from dataclasses import dataclass

from linkmgr.admin.common.context import connection, get_admin, last_month
from linkmgr.admin.items.chips import Chip, chips
from linkmgr.admin.mappings.by_tag import by_tag, called_for
from linkmgr.catalog.model import Mapping
from linkmgr.site_index.index.queries import IndexedTag, SiteIndex
from linkmgr.store.figures.figures import Dimension, curves


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with the mappings that name it and the items they call for.

    `clicks` are those of 30 days on the posts that have the tag, whatever item was clicked.
    """

    tag: IndexedTag
    mappings: list[Mapping]
    chips: list[Chip]
    clicks: int


def rows_of(survey: SiteIndex, tags: Sequence[IndexedTag]) -> list[TagRow]:
    """Return the rows of tags: three queries for the clicks of posts, one to sum them by tag."""
    catalog = get_admin().catalog().catalog
    mappings = by_tag(catalog)
    all_clicks, _ = curves(connection(), last_month())
    sums = get_admin().sums.sums(connection(), Dimension.POST, all_clicks)
    posts = {post: counts.clicks for post, counts in sums.items()}
    clicks = survey.sums_by_tag([tag.tag for tag in tags], posts)
    return [
        TagRow(
            tag,
            named := mappings.get(tag.tag, []),
            chips(catalog, called_for(named)),
            clicks.get(tag.tag, 0),
        )
        for tag in tags
    ]
