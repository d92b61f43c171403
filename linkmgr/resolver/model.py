"""What the resolver takes and what it decides, as values."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from linkmgr.messages.message import Message
from linkmgr.posts.model import Post

TEXT: Final = "text"
"""The block of items that are in the article's text."""
NO_POST: Final = -1
"""Stands in a column of positions where there is no further post."""


Run = Callable[[Callable[[int, int], Sequence[Any]], int], Iterable[Any]]
"""Takes a function of a range (start, stop) and a number, and yields its results for all."""


class KeywordCounts(NamedTuple):
    """How often a keyword occurs in each part of a post."""

    title: int = 0
    headings: int = 0
    excerpt: int = 0
    body: int = 0


class DaysApart(NamedTuple):
    """The number of days between two posts."""

    days: int


@dataclass(frozen=True, slots=True)
class PostText:
    """What the resolver needs of a post's text: its length in bytes, its keywords (folded)."""

    length: int = 0
    counts: MappingOf[str, KeywordCounts] = field(default_factory=dict)


Cause = Literal[
    "tag",
    "category",
    "keyword",
    "path",
    "neighbours",
    "words",
    "time",
    "hub",
    "pin",
    "front matter",
    "article",
    "fallback",
]
"""Why a block shows an item or, for tags, categories, words, time and hubs, a related post."""

TAG: Final = "tag"
CATEGORY: Final = "category"
KEYWORD: Final = "keyword"
PATH: Final = "path"
NEIGHBOURS: Final = "neighbours"
WORDS: Final = "words"
TIME: Final = "time"
HUB: Final = "hub"
PIN: Final = "pin"
FRONT_MATTER: Final = "front matter"
ARTICLE: Final = "article"
FALLBACK: Final = "fallback"


class Reason(NamedTuple):
    """One cause of a placement."""

    cause: Cause
    term: str = ""
    """What speaks for it; several words or neighbours are listed with commas."""
    points: float = 0.0
    """Its part of the score, 0 where nothing is scored."""
    measure: KeywordCounts | DaysApart | tuple[int, int] | str = ""
    """A keyword's counts, or the days between two posts, or the id of the mapping that pins.

    Of a tag or category it is the number of posts that have it and of all posts, of neighbours the
    number of those that have one of the terms and of all of them.
    """


TagSource = Literal["category", "block", "mapping", "item", "front matter"]
"""What overrules a programme's usual tag; of several the last of these wins."""


class PlaceTag(NamedTuple):
    """The tag of a programme's links at a place; `name` is the category's, block's or mapping's."""

    programme: str
    tag: str
    source: TagSource
    name: str = ""


class Placement(NamedTuple):
    """An item in a post's block."""

    block: str
    rank: int
    """Its place in the block, from 1."""
    item: str
    score: float
    reasons: tuple[Reason, ...]
    """Why it is there; their points make up the score."""
    tags: tuple[PlaceTag, ...] = ()
    """What overrules the usual tags of its links' programmes."""
    doubted_category: str = ""
    """The category alone for which it is there, if the nearest posts lack that."""
    comparison: str = ""
    """The comparison that it is an item of."""

    @property
    def tag_by_programme(self) -> dict[str, str]:
        """The tags alone, by programme."""
        return {tag.programme: tag.tag for tag in self.tags}


class Related(NamedTuple):
    """A related post in a post's block; its fields are as a `Placement`'s."""

    block: str
    rank: int
    post: Post
    score: float
    reasons: tuple[Reason, ...]


class PostResolution(NamedTuple):
    """What one post shows: block name -> its placements, in the catalog's order of blocks.

    A block of kind `related` has `Related`, every other `Placement`; empty blocks are left out.
    `text` has, by the item that the article's own tags name, what is shown of it in the text, and
    `compared` the items of each comparison that they name.
    """

    post: Post
    blocks: MappingOf[str, tuple[Placement, ...] | tuple[Related, ...]]
    text: MappingOf[str, Placement] = MappingProxyType({})
    compared: MappingOf[str, tuple[Placement, ...]] = MappingProxyType({})

    @property
    def shows_anything(self) -> bool:
        """Whether the post has a fragment."""
        return bool(self.blocks or self.text or self.compared)


class RunnerUp(NamedTuple):
    """A candidate that a block does not show; `missing` says why not."""

    block: str
    item: str
    score: float
    missing: Message
    reasons: tuple[Reason, ...]
