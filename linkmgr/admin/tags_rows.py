"""The list of tags: what each row says."""

from collections.abc import Sequence
from dataclasses import dataclass

from linkmgr.admin.base import get_admin
from linkmgr.admin.posts_figures import clicks_of
from linkmgr.admin.tags_items import Chip, chips
from linkmgr.admin.tags_mappings import by_tag, called_for
from linkmgr.catalog.model import Mapping
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
    """Return the rows of tags: one query for their posts, one for the clicks of these."""
    catalog = get_admin().catalog().catalog
    mappings = by_tag(catalog)
    posts = survey.posts_of([tag.tag for tag in tags])
    clicks = clicks_of(list({key for keys in posts.values() for key in keys}))
    return [
        TagRow(
            tag,
            named := mappings.get(tag.tag, []),
            chips(catalog, called_for(named)),
            sum(clicks.get(key, 0) for key in posts.get(tag.tag, ())),
        )
        for tag in tags
    ]
