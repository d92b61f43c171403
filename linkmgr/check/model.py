"""What a check finds, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Wrong(StrEnum):
    """What can be wrong with a built page; RULES says why of all but the first and the last."""

    DEAD_LINK = "dead-link"
    NO_LABEL = "no-label"
    NO_REL = "no-rel"
    NO_TAG = "no-tag"
    OTHER_TAG = "other-tag"
    HIDES_REFERRER = "hides-referrer"
    NO_PAGE = "no-page"
    NO_BLOCKS = "no-blocks"
    BLOCK_TWICE = "block-twice"


MEANING: Mapping[Wrong, str] = MappingProxyType(
    {
        Wrong.DEAD_LINK: "leads to a page that the site does not have",
        Wrong.NO_LABEL: "an affiliate link that stands before any label which says that it is one",
        Wrong.NO_REL: 'an affiliate link without rel="sponsored"',
        Wrong.NO_TAG: "a link to Amazon without a tag, which earns nothing",
        Wrong.OTHER_TAG: "a link to Amazon with a tag of another marketplace, which earns nothing",
        Wrong.HIDES_REFERRER: "Amazon does not see from which site its readers come",
        Wrong.NO_PAGE: "the post's page has not been built: run Jekyll, then check again",
        Wrong.NO_BLOCKS: "the post's page lacks its blocks: see that its layout has the include",
        Wrong.BLOCK_TWICE: "the post's page shows the block twice",
    }
)


class Finding(NamedTuple):
    """What is wrong where: a page's path in the built folder, its line (0 for all of it).

    `what` is the link, the post's path or the block's name.
    """

    page: str
    line: int
    wrong: Wrong
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found at `time` (seconds since 1970) on so many pages, in their order."""

    time: float
    pages: int
    findings: tuple[Finding, ...]
