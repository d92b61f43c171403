"""Tags (tracking IDs): which a programme's links take, and which of several a link gets."""

import re
from collections.abc import Mapping

from linkmgr.links.amazon import tag_problem
from linkmgr.links.model import AMAZON, Programme
from linkmgr.links.urls import TAG_SLOT, tag_in
from linkmgr.messages.message import Message, message

TAG = re.compile(r"[A-Za-z0-9._~-]{1,100}")
"""What a link of ours can name as its tag."""


def takes_tags(programme: Programme) -> bool:
    """Whether links of a programme have a place for a tag."""
    return programme.id == AMAZON or TAG_SLOT in (programme.url or "")


def tag_problem_at(programme: Programme, tag: str) -> Message | None:
    """Return why links of a programme cannot have a tag, `None` if they can."""
    if programme.id == AMAZON:
        return tag_problem(tag, programme.marketplace) if programme.marketplace else None
    if not takes_tags(programme):
        return message("links.takes-no-tag", programme=programme.id, slot=TAG_SLOT)
    return None if TAG.fullmatch(tag) else message("links.tag-characters")


def with_tag(programme: Programme, tags: Mapping[str, str]) -> str | None:
    """Return the tag of a programme's link: from `tags`, by programme, else its usual one."""
    return tags.get(programme.id, programme.tag)


def tag_of_link(programme: Programme, url: str, tags: Mapping[str, str]) -> str | None:
    """Return the tag with which a programme's link earns; an address may have brought its own.

    `tags`, by programme, are those that the link was to have.
    """
    if programme.id == AMAZON:
        return tag_in(url)
    return with_tag(programme, tags) if takes_tags(programme) else None
