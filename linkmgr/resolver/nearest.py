"""The posts nearest to each post: those with which its row of the matrix has the largest products.

They are found once. What was found in an earlier build holds as long as the post's row is the same,
and so are the rows that were nearest to it, and no new or changed row comes as near.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import NamedTuple

import numpy as np

from linkmgr.resolver.matrix import Numbers
from linkmgr.resolver.model import NO_POST
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
# Where more than this share of the rows has changed, all are computed again: that is as quick.
MANY = 0.25

DIGEST = 16  # bytes


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

    def dump(self) -> dict[str, bytes]:
        """Return it as `load` takes it."""
        return {column.name: getattr(self, column.name).tobytes() for column in fields(self)}

    @classmethod
    def load(cls, columns: Mapping[str, bytes]) -> "KnownNear":
        """Return the state that `dump` wrote. Raise ValueError or LookupError for anything else."""
        posts = len(columns["digests"]) // DIGEST
        return cls(
            np.frombuffer(columns["digests"], f"V{DIGEST}"),
            np.frombuffer(columns["read"], np.int32).reshape(posts),
            positions_from(columns["positions"], posts),
            np.frombuffer(columns["products"], np.int32).reshape(posts, KNOWN),
            positions_from(columns["compared"], posts),
            np.frombuffer(columns["least"], np.int64).reshape(posts),
            np.frombuffer(columns["hubs"], np.float64).reshape(posts),
        )


def positions_from(stored: bytes, posts: int) -> Numbers:
    """Return stored positions of other posts, a row for each post. Raise ValueError."""
    positions = np.frombuffer(stored, np.int32).reshape(posts, -1 if posts else 0)
    lowest, highest = positions.min(initial=NO_POST), positions.max(initial=NO_POST)
    if posts and not NO_POST <= lowest <= highest < posts:
        raise ValueError("no positions of these posts")
    return positions


class Held(NamedTuple):
    """For which posts the choice of an earlier build holds."""

    was_at: Numbers
    """The position that each had then, or `NO_POST` if its posts must be chosen again."""
    is_at: Numbers
    """The position that each of the earlier posts has now, `NO_POST` if it is gone or changed."""


Best = Sequence[tuple[int, float]]
"""The posts chosen for one: their positions, the best first, with their scores."""


def dump_best(name: str, best: Sequence[Best]) -> dict[str, bytes]:
    """Return the posts that one choice took for each post, in the form that `still_best` takes."""
    most = max(map(len, best), default=0)
    positions = np.full((len(best), most), NO_POST, np.int32)
    scores = np.zeros((len(best), most))
    for row, chosen in enumerate(best):
        for place, (position, score) in enumerate(chosen):
            positions[row, place], scores[row, place] = position, score
    return {f"{name} positions": positions.tobytes(), f"{name} scores": scores.tobytes()}


def still_best(name: str, columns: Mapping[str, bytes], held: Held | None) -> dict[int, Best]:
    """Return an earlier build's choices that still hold, by the present positions."""
    if held is None or f"{name} positions" not in columns:
        return {}
    earlier = positions_from(columns[f"{name} positions"], len(held.is_at) - 1)
    scores = np.frombuffer(columns[f"{name} scores"], np.float64).reshape(earlier.shape)
    now = np.flatnonzero(held.was_at != NO_POST)
    before = held.was_at[now]
    positions = held.is_at[earlier[before]].tolist()
    best: dict[int, Best] = {}
    for position, others, scored in zip(
        now.tolist(), positions, scores[before].tolist(), strict=True
    ):
        pairs = zip(others, scored, strict=True)
        best[position] = [pair for pair in pairs if pair[0] != NO_POST]
    return best


class NearRows:
    """The posts nearest to each of some posts (the newest first), found when they are needed."""

    def __init__(self, posts: WeighedPosts, times: Numbers) -> None:
        number = len(times)
        self._matrix = posts.matrix
        self._are_settled = posts.are_settled
        self._times = times
        self.positions = np.full((number, KNOWN), NO_POST, np.int32)
        self.products = np.zeros((number, KNOWN), np.int32)
        self._compared = np.full((number, COMPARED), NO_POST, np.int32)
        self._least = np.zeros(number, np.int64)
        self._are_found = np.zeros(number, bool)
        # Entries that are read to find the posts nearest to their row's: before there are workers,
        # and each would compute them again.
        self._are_read = self._matrix.weightiest(READ)

    def missing(self) -> Numbers:
        """Return the positions of the posts whose nearest ones have not been found."""
        return np.flatnonzero(~self._are_found)

    def need(self, positions: Iterable[int]) -> None:
        """Find the posts nearest to some, unless they are known."""
        if self._are_found.all():
            return
        for position in positions:
            if not self._are_found[position]:
                self.load(position, self.find(position))

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

    def load(self, position: int, near: Near) -> None:
        """Take over the posts nearest to one, which were found elsewhere."""
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
        settled = self._are_settled[others] & (others != NO_POST)
        settled &= np.cumsum(settled, axis=1) <= OF_HUB
        sums = np.sum(self.products[positions] * settled, axis=1, dtype=np.int64)
        return np.asarray(np.round(sums / ONE**2 / OF_HUB, 4))

    def known(self, digests: Sequence[bytes]) -> KnownNear:
        """Return the nearest posts of all posts, for a later build."""
        return KnownNear(
            np.frombuffer(b"".join(digests), f"V{DIGEST}"),
            self._read(),
            self.positions,
            self.products,
            self._compared,
            self._least,
            self.hubs(np.arange(len(self._least))),
        )

    def _read(self) -> Numbers:
        """Return the number of words of each row that are read."""
        rows = self._matrix.rows[self._are_read]
        return np.bincount(rows, minlength=len(self._least)).astype(np.int32)

    def take_over(self, known: KnownNear, digests: Sequence[bytes]) -> Held:
        """Take over what still holds, and return it with the positions of then and now."""
        before = {digest.tobytes(): position for position, digest in enumerate(known.digests)}
        was_at = np.array([before.get(digest, NO_POST) for digest in digests], np.int64)
        changed = np.flatnonzero(was_at == NO_POST)
        is_at = np.full(len(known.digests) + 1, NO_POST, np.int32)  # the last one is at `NO_POST`
        is_at[was_at] = np.arange(len(was_at))
        is_at[NO_POST] = NO_POST
        if not before or len(changed) > MANY * len(digests):
            return Held(np.full(len(digests), NO_POST), is_at)

        holds = (was_at != NO_POST) & (known.read[was_at] == self._read())
        gone = np.append(is_at[:-1] == NO_POST, [False])
        holds &= ~gone[known.compared[was_at]].any(axis=1)
        for position in changed.tolist():
            holds &= ~self._comes_near(position, known.least[was_at])
        kept, old = np.flatnonzero(holds), was_at[holds]
        self.positions[kept] = is_at[known.positions[old]]
        self.products[kept] = known.products[old]
        self._compared[kept] = is_at[known.compared[old]]
        self._least[kept] = known.least[old]
        self._are_found[kept] = True
        return Held(np.where(holds, was_at, NO_POST), is_at)

    def untouched(self, known: KnownNear, held: Held) -> Held:
        """Return for which posts nothing has changed that decides the choice among those near.

        That is how much of a hub each of these is, and which two of them are near each other.
        """
        was_at = np.full(len(held.was_at), NO_POST)
        unchanged = np.flatnonzero(held.is_at[:-1] != NO_POST)
        was_at[held.is_at[unchanged]] = unchanged
        hubs = self.hubs(np.arange(len(was_at)))
        are_other_hubs = np.append(hubs != known.hubs[was_at], [False])  # the last: at `NO_POST`
        touched = np.asarray(are_other_hubs[self.positions].any(axis=1))
        touched[self._beside_others(known, held, was_at)] = True
        are_same = (held.was_at != NO_POST) & ~touched
        return held._replace(was_at=np.where(are_same, held.was_at, NO_POST))

    def _beside_others(self, known: KnownNear, held: Held, was_at: Numbers) -> list[int]:
        """Return the posts near which two others are that came near each other, or were before."""
        listed = self.positions.ravel()
        by_listed = np.argsort(listed, kind="stable")
        starts = np.searchsorted(listed[by_listed], np.arange(len(was_at) + 1))
        beside_others: list[int] = []
        for position in np.flatnonzero((held.was_at == NO_POST) & (was_at != NO_POST)).tolist():
            before = held.is_at[known.positions[was_at[position]]]
            others = np.setxor1d(before, self.positions[position])
            others = others[others != NO_POST]
            having = by_listed[starts[position] : starts[position + 1]] // self.positions.shape[1]
            has_both = np.isin(self.positions[having], others).any(axis=1)
            beside_others += having[has_both].tolist()
        return beside_others

    def are_shown(self, best: Sequence[Best]) -> Numbers:
        """Return a mark per post: whether a post nearest to it chose it."""
        pages = np.repeat(np.arange(len(best)), [len(chosen) for chosen in best])
        others = np.array([other for chosen in best for other, _ in chosen], np.int64)
        shows = (self.positions[others] == pages[:, None]).any(axis=1)
        return np.bincount(others[shows], minlength=len(best)) > 0

    def with_same_near(self, held: Held, before: Numbers, now: Numbers) -> Held:
        """Return for which posts what holds depends on marks of those near them that are the same.

        `before` are the marks by the earlier positions.
        """
        marked = np.full(len(now) + 1, 2)  # the last one is at `NO_POST`
        marked[held.is_at[:-1]] = before
        differ = np.append(marked[:-1] != now, [False])
        are_same = ~differ[self.positions].any(axis=1)
        return held._replace(was_at=np.where(are_same, held.was_at, NO_POST))

    def _comes_near(self, position: int, least: Numbers) -> Numbers:
        """Return to which posts one is as near as the last of those compared with them."""
        by_read = self._matrix.product(*self._matrix.row(position), self._read_by_column)
        return np.asarray(by_read >= np.maximum(least, 1))

    @cached_property
    def _read_by_column(self) -> Numbers:
        return self._matrix.in_columns(self._are_read)
