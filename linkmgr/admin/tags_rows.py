"""The list of tags: what each row says."""

from collections.abc import Sequence
from dataclasses import dataclass

from linkmgr.admin.base import connection, get_admin
from linkmgr.admin.posts_figures import recently
from linkmgr.admin.tags_items import Chip, chips
from linkmgr.admin.tags_mappings import by_tag, called_for
from linkmgr.catalog.model import Mapping
from linkmgr.store.figures import Dimension, curves
from linkmgr.survey.reading import Survey, SurveyedTag


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with the mappings that name it and the items they call for.

    `clicks` are those of 30 days on the posts that have the tag, whatever item was clicked.
    """

    tag: SurveyedTag
    mappings: list[Mapping]
    chips: list[Chip]
    clicks: int


def rows_of(survey: Survey, tags: Sequence[SurveyedTag]) -> list[TagRow]:
    """Return the rows of tags: three queries for the clicks of posts, one to sum them by tag."""
    catalog = get_admin().catalog().catalog
    mappings = by_tag(catalog)
    all_clicks, _ = curves(connection(), recently())
    sums = get_admin().sums.sums(connection(), Dimension.POST, all_clicks)
    posts = {post: clicks for post, (clicks, _, _) in sums.items()}
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
