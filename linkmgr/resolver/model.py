"""What the resolver decides, as values."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from linkmgr.posts.model import Post


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of a score: `points` (0 for a pin, a fallback or a front matter's choice)."""

    text: str
    points: float


@dataclass(frozen=True, slots=True)
class Placement:
    """An item in a post's block. `rank` counts from 1; the reasons' points make up the score."""

    block: str
    rank: int
    item: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """A related post in a post's block."""

    block: str
    rank: int
    post: Post
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class PostResolution:
    """What one post shows: block name -> its placements, in the catalog's order of blocks.

    A block of kind `related` holds `Related`, every other `Placement`; empty blocks are left out.
    """

    post: Post
    blocks: MappingOf[str, tuple[Placement, ...] | tuple[Related, ...]]
