"""Which posts are nearest to which, as a build keeps it for the next one."""

from dataclasses import dataclass

import numpy as np

from linkmgr.resolver.earlier import COMPARED, COMPARED_AT, KNOWN, LIKENESS_AT, NUMBERS
from linkmgr.resolver.matrix import Array


@dataclass(frozen=True)
class NearestTable:
    """The posts nearest to each of a site's posts, which are the rows."""

    compared: Array
    """The positions of the posts compared, the closest first; -1 where there are no more."""

    likeness: Array
    """The likeness of the closest `KNOWN`."""

    least: Array
    """The least likeness with which a post is compared, by the words that lead to it."""

    is_known: Array
    """Whether all of this has been found for a post."""

    digests: Array
    """What tells whether a post's row of the matrix has changed; empty while it is not needed."""

    used: Array
    """How many words lead to the posts nearest to a post; empty as `digests`."""

    @classmethod
    def unknown(cls, posts: int) -> "NearestTable":
        """Return a table in which nothing is known yet."""
        return cls(
            compared=np.full((posts, COMPARED), -1, dtype=np.int32),
            likeness=np.zeros((posts, KNOWN), dtype=np.int32),
            least=np.zeros(posts, dtype=np.int32),
            is_known=np.zeros(posts, dtype=bool),
            digests=np.zeros(0, dtype=np.uint64),
            used=np.zeros(0, dtype=np.int32),
        )

    def set(self, post: int, compared: Array, likeness: Array, least: int) -> None:
        """Note what was found for a post; `likeness` is that of all posts compared."""
        self.compared[post] = -1
        self.compared[post, : len(compared)] = compared
        self.likeness[post] = 0
        self.likeness[post, : len(likeness[:KNOWN])] = likeness[:KNOWN]
        self.least[post] = least
        self.is_known[post] = True

    def row(self, post: int) -> bytes:
        """Return what is known of a post, for `set_row` in another process."""
        parts = (self.compared[post], self.likeness[post], self.least[post])
        return b"".join(part.tobytes() for part in parts)

    def set_row(self, post: int, row: bytes) -> None:
        """Note what `row` returned."""
        values = np.frombuffer(row, np.int32)
        self.compared[post] = values[:COMPARED]
        self.likeness[post] = values[COMPARED:-1]
        self.least[post] = values[-1]
        self.is_known[post] = True

    def to_bytes(self) -> bytes:
        """Return the table for the cache."""
        parts = (self.digests, self.used, self.least, self.likeness, self.compared)
        return b"".join(part.tobytes() for part in parts)

    @classmethod
    def from_bytes(cls, data: bytes, posts: int) -> "NearestTable":
        """Return the table of some posts. Raise ValueError if it is none."""
        numbers = np.frombuffer(data, np.int32)
        if len(numbers) != posts * NUMBERS:
            raise ValueError(f"a table of {posts} posts has {len(numbers)} numbers")
        compared = numbers[posts * COMPARED_AT :].reshape(posts, COMPARED)
        likeness = numbers[posts * LIKENESS_AT : posts * COMPARED_AT].reshape(posts, KNOWN)
        if len(compared) and not -1 <= compared.min() <= compared.max() < posts:
            raise ValueError("a table names posts that it does not have")
        return cls(
            compared=compared,
            likeness=likeness,
            least=numbers[3 * posts : 4 * posts],
            is_known=np.ones(posts, dtype=bool),
            digests=np.frombuffer(data, np.uint64, posts),
            used=numbers[2 * posts : 3 * posts],
        )
