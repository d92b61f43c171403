"""Which posts were nearest to which in an earlier build, as the cache keeps it.

What is asked of it here needs no numpy, which takes longer to load than most commands run.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

ONE = 1 << 13
"""The length of a post's row of words. The likeness of two equal ones is its square."""

COMPARED = 64
"""How many posts are compared with a post by all of their words."""

KNOWN = 40
"""How many of the posts nearest to a post are known."""

LIKENESS_AT = 4
"""Where the likeness of all posts begins, in numbers of 32 bits for each post.

Before it are a digest of 64 bits, and two numbers.
"""

COMPARED_AT = LIKENESS_AT + KNOWN
"""Where the positions of the posts begin that were compared."""

NUMBERS = COMPARED_AT + COMPARED
"""How many numbers of 32 bits there are for each post."""


class EarlierPosts(NamedTuple):
    """The live posts of an earlier build, the newest first."""

    paths: Sequence[str]

    data: bytes
    """Their `NearestTable`."""

    is_same: bool
    """Whether they are the same as now, with the same articles."""

    def nearest(self, position: int) -> Iterator[tuple[int, float]]:
        """Yield the posts nearest to a post with their likeness, the closest first."""
        numbers, posts = memoryview(self.data).cast("i"), len(self.paths)
        likeness = numbers[LIKENESS_AT * posts + KNOWN * position :][:KNOWN]
        compared = numbers[COMPARED_AT * posts + COMPARED * position :][:KNOWN]
        for other, product in zip(compared, likeness, strict=True):
            if other >= 0:
                yield other, product / ONE**2
