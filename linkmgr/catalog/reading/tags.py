"""Tags out of their entries: a programme's own, and those that overrule them elsewhere."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from linkmgr.catalog.reading.ids import References
from linkmgr.catalog.reading.yaml.nodes import MappingNode
from linkmgr.catalog.reading.yaml.section import Section
from linkmgr.links.model import AMAZON, Programme, Tag
from linkmgr.links.tags import tag_problem_at, takes_tags
from linkmgr.messages.message import Message, excerpt, message

TAGS_KEYS = ("categories", "posts")

_WRONG = ""
"""The tag of a programme whose own was reported, so that nothing else is reported for its sake."""


def read_programme_tags(section: Section, programme: Programme) -> Programme:
    """Return a programme with the tags of its entry."""

    def problem(tag: str) -> Message | None:
        wrong_url = section.has("url") and programme.url is None
        return None if wrong_url else tag_problem_at(programme, tag)

    if not section.has("tag") and programme.id != AMAZON and takes_tags(programme):
        section.problem("tag", message("catalog.slot-without-tag"))
    if section.has("tags") and not section.has("tag"):
        section.problem("tags", message("catalog.tags-without-tag"))
    tags = section.section("tags", TAGS_KEYS)
    return replace(
        programme,
        tag=section.text("tag", problem) or (_WRONG if section.has("tag") else None),
        category_tags=tags.named_texts("categories", lambda _, tag: problem(tag)) if tags else (),
        post_tags=tags.texts("posts", problem) if tags else (),
    )


class TagReader:
    """Reads what overrules the programmes' tags, against the programmes of the catalog."""

    def __init__(self, programmes: Mapping[str, Programme], names: References) -> None:
        self._programmes = programmes
        self._names = names

    def tags(self, section: Section, used: Collection[str] | None = None) -> tuple[Tag, ...]:
        """Return the `tag` of a section: one text is Amazon's, a mapping has one by programme.

        `used` are the programmes of an item's links, the only ones whose tags it may have.
        """

        def problem(programme: str, tag: str) -> Message | None:
            if used is not None and programme not in used:
                return message("catalog.tag-of-no-link", programme=programme)
            return self._problem(programme, tag)

        if isinstance(section.node("tag"), MappingNode):
            return tuple(Tag(*pair) for pair in section.named_texts("tag", problem))
        tag = section.text("tag", lambda tag: problem(AMAZON, tag))
        return (Tag(AMAZON, tag),) if tag else ()

    def _problem(self, name: str, tag: str) -> Message | None:
        programme = self._programmes.get(name)
        if programme is None:
            unknown = message("catalog.unknown-programme", name=excerpt(name))
            return None if self._names.has_programme(name) else unknown
        if programme.tag == _WRONG:
            return None
        if programme.tag is None and takes_tags(programme):
            return message("catalog.tag-without-usual", programme=name)
        return tag_problem_at(programme, tag)
