"""The blog's tags for the form of a mapping: the most used ones, or those that have some words."""

from collections.abc import Collection
from dataclasses import dataclass

from linkmgr.admin.common.context import site_index
from linkmgr.resolver.statistics import term
from linkmgr.site_index.index.queries import IndexedTag
from linkmgr.site_index.index.tag_list import TagColumn, TagQuery

MOST_TAGS = 12
"""Tags that are offered at once."""


@dataclass(frozen=True, slots=True)
class TagPicker:
    """The tags for what was `typed`, those on most posts first; so many `further` ones match."""

    typed: str
    tags: tuple[IndexedTag, ...]
    further: int


def tag_picker(chosen: Collection[str], typed: str = "") -> TagPicker | None:
    """Return the tags to choose from besides the `chosen` ones, `None` where none are known."""
    opened = site_index()
    if opened is None:
        return None
    found = opened.tags(wanted=TagQuery(typed, column=TagColumn.USES, falling=True))
    if not (found.total or typed):
        return None
    taken = {term(tag) for tag in chosen}
    free = [tag for tag in found.rows if tag.tag not in taken]
    shown = tuple(free[:MOST_TAGS])
    return TagPicker(typed, shown, found.total - (len(found.rows) - len(free)) - len(shown))


def meant_tag(typed: str) -> str:
    """Return the tag that `typed` is, or the only one that has its words, else an empty text."""
    opened = site_index()
    found = (
        opened.tags(wanted=TagQuery(typed, column=TagColumn.USES, falling=True)).rows
        if opened
        else ()
    )
    same = [tag for tag in found if tag.tag == term(typed)]
    meant = same or found
    return meant[0].written if len(meant) == 1 else ""
