"""What the resolver takes and what it decides, as values."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from linkmgr.posts.model import Post


class Counts(NamedTuple):
    """How often a keyword stands in each part of a post."""

    title: int = 0
    headings: int = 0
    excerpt: int = 0
    body: int = 0

    def __str__(self) -> str:
        """Say where the keyword stands: `3 in headings, 14 in the text`."""
        parts = ("the title", "headings", "the excerpt", "the text")
        found = zip(self, parts, strict=True)
        return ", ".join(f"{number} in {part}" for number, part in found if number)


@dataclass(frozen=True, slots=True)
class PostText:
    """What the resolver needs of a post's text: its length in bytes, its keywords (folded)."""

    length: int = 0
    counts: MappingOf[str, Counts] = field(default_factory=dict)


Cause = Literal["tag", "category", "keyword", "path", "title", "pin", "front matter", "fallback"]
"""Why an item, or with tags and titles a related post, stands in a block."""

TAG: Final = "tag"
CATEGORY: Final = "category"
KEYWORD: Final = "keyword"
PATH: Final = "path"
TITLE: Final = "title"
PIN: Final = "pin"
FRONT_MATTER: Final = "front matter"
FALLBACK: Final = "fallback"


class Reason(NamedTuple):
    """One cause of a placement.

    `points` is its part of the score, 0 where there is no score to have a part in. `found` says
    how much of it there is: a keyword's counts, the (posts with the term, all posts) of a tag or
    category, the likeness of a title, the mapping that pins.
    """

    cause: Cause
    term: str = ""
    points: float = 0.0
    found: Counts | tuple[int, int] | float | str = ""

    def __str__(self) -> str:
        points = f"{self.points:5.2f}  " if self.points else " " * 7
        term = f" {self.term}" if self.term else ""
        detail = f" ({self._detail()})" if self.found else ""
        return f"{points}{self.cause}{term}{detail}"

    def _detail(self) -> str:
        if isinstance(self.found, Counts):
            return str(self.found)
        if isinstance(self.found, tuple):
            return "on {} of {} posts".format(*self.found)
        return f"{self.found:.0%} alike" if isinstance(self.found, float) else self.found


class Placement(NamedTuple):
    """An item in a post's block. `rank` counts from 1; the reasons' points make up the score."""

    block: str
    rank: int
    item: str
    score: float
    reasons: tuple[Reason, ...]


class Related(NamedTuple):
    """A related post in a post's block; as `Placement`."""

    block: str
    rank: int
    post: Post
    score: float
    reasons: tuple[Reason, ...]


class PostResolution(NamedTuple):
    """What one post shows: block name -> its placements, in the catalog's order of blocks.

    A block of kind `related` holds `Related`, every other `Placement`; empty blocks are left out.
    """

    post: Post
    blocks: MappingOf[str, tuple[Placement, ...] | tuple[Related, ...]]


class RunnerUp(NamedTuple):
    """A candidate that a block does not show, and what it was missing."""

    block: str
    item: str
    score: float
    missing: str
    reasons: tuple[Reason, ...]
