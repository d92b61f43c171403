"""What a check finds, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from linkmgr.messages.errors import Problem


class Wrong(StrEnum):
    """What can be wrong with a built page; for what links owe to readers and shops see RULES."""

    DEAD_LINK = "dead-link"
    NO_LABEL = "no-label"
    NO_REL = "no-rel"
    NO_TAG = "no-tag"
    OTHER_TAG = "other-tag"
    HIDES_REFERRER = "hides-referrer"
    NO_PAGE = "no-page"
    STALE = "stale"
    NO_BLOCKS = "no-blocks"
    BLOCK_TWICE = "block-twice"
    UNREADABLE = "unreadable"


MEANING: Mapping[Wrong, str] = MappingProxyType(
    {
        Wrong.DEAD_LINK: "leads to a page that the site does not have",
        Wrong.NO_LABEL: "an affiliate link with no word before it that says so, such as 広告 or Ad",
        Wrong.NO_REL: 'an affiliate link without rel="sponsored"',
        Wrong.NO_TAG: "a link to Amazon without a tag, which earns nothing",
        Wrong.OTHER_TAG: "a link to Amazon with a tag of another marketplace, which earns nothing",
        Wrong.HIDES_REFERRER: "Amazon does not see from which site its readers come",
        Wrong.NO_PAGE: "a post whose page is not there: run Jekyll, then check again",
        Wrong.STALE: "a page that is older than its blocks: run Jekyll, then check again",
        Wrong.NO_BLOCKS: "a post's page without its blocks: see that its layout has the include",
        Wrong.BLOCK_TWICE: "a block that a post's page shows twice",
        Wrong.UNREADABLE: "a page that cannot be read",
    }
)


class Finding(NamedTuple):
    """What is wrong on a page (a path in the built folder).

    `what` is the link, the block's name, or the post's path; empty for the page as a whole.
    """

    wrong: Wrong
    what: str
    page: str


class Group(NamedTuple):
    """The same finding on so many pages, of which `page` is the first."""

    wrong: Wrong
    what: str
    page: str
    pages: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found at `time` (seconds since 1970) on so many `pages` of a folder.

    `warnings` are of the catalog: what it asks for against the rules of a programme.
    """

    time: float
    folder: str
    pages: int
    findings: tuple[Finding, ...]
    warnings: tuple[Problem, ...] = ()


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Put together what a template repeats on many pages, the most frequent first."""
    groups: dict[tuple[Wrong, str], Group] = {}
    for wrong, what, page in findings:
        known = groups.get((wrong, what), Group(wrong, what, page, 0))
        groups[wrong, what] = known._replace(pages=known.pages + 1)
    return sorted(groups.values(), key=lambda group: -group.pages)
