"""The posts nearest to each post: those with which its row of the matrix has the largest products.

They are found once. What was found in an earlier build holds as long as the post's row is the same,
and so are the rows that were nearest to it, and no new or changed row comes as near.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import NamedTuple

import numpy as np

from linkmgr.resolver.matrix import Numbers
from linkmgr.resolver.weighing import ONE, WeighedPosts

# A post that is like many is the likest of few: its mean likeness to so many of the posts nearest
# to it makes it a hub.
OF_HUB = 10
KNOWN = 40
"""How many of the posts nearest to a post are known."""

# Entries of the matrix that are read to find the posts nearest to one. The weightiest words lead to
# them; if any are left over, the closest by these are compared by all of their words.
READ = 8_000
COMPARED = 64
# Where more than this share of the rows has changed, everything is found anew: that is as quick.
MANY = 0.25

_NONE = -1  # stands where a row has no further post


class Near(NamedTuple):
    """The posts nearest to a post, the closest first, and how they were found."""

    positions: Numbers
    products: Numbers
    """With the rows of these, in squares of `ONE`."""
    compared: Numbers
    """The posts among which they were found."""
    least: int
    """The product, by the words that were read, of the last of these; 0 if there were no others."""


@dataclass(frozen=True, slots=True)
class KnownNear:
    """What an earlier build found, by the positions that the posts had then."""

    digests: Numbers
    """Of the rows; what has none of them is new."""
    read: Numbers
    """How many words of each were read."""
    positions: Numbers
    products: Numbers
    compared: Numbers
    least: Numbers
    hubs: Numbers

    def dump(self) -> list[bytes]:
        """Return it as `load` takes it."""
        return [getattr(self, each.name).tobytes() for each in fields(self)]

    @classmethod
    def load(cls, parts: Sequence[bytes]) -> "KnownNear":
        """Return what `dump` gave. Raise ValueError if it is anything else."""
        digests, read, positions, products, compared, least, hubs = parts
        posts = len(read) // 4
        known = cls(
            np.frombuffer(digests, "V16"),
            np.frombuffer(read, np.int32),
            np.frombuffer(positions, np.int32).reshape(posts, KNOWN),
            np.frombuffer(products, np.int32).reshape(posts, KNOWN),
            np.frombuffer(compared, np.int32).reshape(posts, COMPARED),
            np.frombuffer(least, np.int64),
            np.frombuffer(hubs, np.float64),
        )
        others = (known.positions, known.compared)
        if {len(getattr(known, each.name)) for each in fields(known)} != {posts} or any(
            posts and not _NONE <= each.min() <= each.max() < posts for each in others
        ):
            raise ValueError("no posts that were compared")
        return known


class NearRows:
    """The posts nearest to each of some posts (the newest first), found when they are needed."""

    def __init__(self, posts: WeighedPosts, times: Numbers) -> None:
        number = len(times)
        self._matrix = posts.matrix
        self._are_settled = posts.are_settled
        self._times = times
        self.positions = np.full((number, KNOWN), _NONE, np.int32)
        self.products = np.zeros((number, KNOWN), np.int32)
        self._compared = np.full((number, COMPARED), _NONE, np.int32)
        self._least = np.zeros(number, np.int64)
        self._are_found = np.zeros(number, bool)

    @cached_property
    def _are_read(self) -> Numbers:
        """The entries of the matrix that are read to find the posts nearest to their row's."""
        return self._matrix.weightiest(READ)

    def missing(self) -> Numbers:
        """Return the positions of the posts whose nearest ones have not been found."""
        return np.flatnonzero(~self._are_found)

    def need(self, positions: Iterable[int]) -> None:
        """Find the posts nearest to some, unless they are known."""
        for position in positions:
            if not self._are_found[position]:
                self.know(position, self.find(position))

    def find(self, position: int) -> Near:
        """Return the posts nearest to a post, which has a product with each of them."""
        matrix = self._matrix
        columns, weights = matrix.row(position)
        are_read = self._are_read[matrix.starts[position] : matrix.starts[position + 1]]
        by_read = matrix.product(columns[are_read], weights[are_read])
        by_read[position] = 0
        compared = self._best(position, np.flatnonzero(by_read), by_read, COMPARED)
        least = int(by_read[compared[-1]]) if len(compared) == COMPARED else 0
        products = by_read
        if len(compared) and not are_read.all():
            products[compared] = matrix.products(columns, weights, compared)
        closest = self._best(position, compared, products, KNOWN)
        return Near(closest, products[closest], compared, least)

    def know(self, position: int, near: Near) -> None:
        """Take over the posts nearest to one."""
        self.positions[position, : len(near.positions)] = near.positions
        self.products[position, : len(near.products)] = near.products
        self._compared[position, : len(near.compared)] = near.compared
        self._least[position] = near.least
        self._are_found[position] = True

    def _best(self, position: int, others: Numbers, products: Numbers, most: int) -> Numbers:
        """Return the others of the highest products, the highest first.

        Ties go to the nearest in time, of two equally near to the newer.
        """
        values = products[others]
        if len(others) > most:
            last = len(others) - most
            high = values >= np.partition(values, last)[last]
            others, values = others[high], values[high]
        apart = np.abs(self._times[others] - self._times[position])
        return np.asarray(others[np.lexsort((others, apart, -values))[:most]])

    def hubs(self, positions: Numbers) -> Numbers:
        """Return the mean likeness of some posts to the settled ones nearest to each."""
        self.need(positions)
        others = self.positions[positions]
        settled = self._are_settled[others] & (others != _NONE)
        settled &= np.cumsum(settled, axis=1) <= OF_HUB
        sums = np.sum(self.products[positions] * settled, axis=1, dtype=np.int64)
        return np.asarray(np.round(sums / ONE**2 / OF_HUB, 4))

    def known(self, digests: Sequence[bytes]) -> KnownNear:
        """Return what has been found, of all posts, for a later build."""
        return KnownNear(
            np.frombuffer(b"".join(digests), "V16"),
            self._read(),
            self.positions,
            self.products,
            self._compared,
            self._least,
            self.hubs(np.arange(len(self._least))),
        )

    def _read(self) -> Numbers:
        """Return how many words of each row are read."""
        rows = self._matrix.rows[self._are_read]
        return np.bincount(rows, minlength=len(self._least)).astype(np.int32)

    def take_over(self, known: KnownNear, digests: Sequence[bytes]) -> Numbers:
        """Take over what still holds, and return which posts are near to others than before."""
        before = {digest.tobytes(): position for position, digest in enumerate(known.digests)}
        was_at = np.array([before.get(digest, _NONE) for digest in digests], np.int64)
        changed = np.flatnonzero(was_at == _NONE)
        if not before or len(changed) > MANY * len(digests):
            return np.ones(len(digests), bool)
        is_at = np.full(len(before) + 1, _NONE, np.int32)  # the last one is at `_NONE`
        is_at[was_at] = np.arange(len(was_at))
        is_at[_NONE] = _NONE

        holds = was_at != _NONE
        holds &= known.read[was_at] == self._read()
        gone = np.append(is_at[:-1] == _NONE, False)
        holds &= ~gone[known.compared[was_at]].any(axis=1)
        for position in changed.tolist():
            holds &= ~self._comes_near(position, known.least[was_at])
        kept, old = np.flatnonzero(holds), was_at[holds]
        self.positions[kept] = is_at[known.positions[old]]
        self.products[kept] = known.products[old]
        self._compared[kept] = is_at[known.compared[old]]
        self._least[kept] = known.least[old]
        self._are_found[kept] = True
        return np.asarray(~holds)

    def _comes_near(self, position: int, least: Numbers) -> Numbers:
        """Return to which posts one is as near as the last of those compared with them."""
        by_read = self._matrix.product(*self._matrix.row(position), self._read_by_column)
        return np.asarray(by_read >= np.maximum(least, 1))

    @cached_property
    def _read_by_column(self) -> Numbers:
        return self._matrix.in_columns(self._are_read)
