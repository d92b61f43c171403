"""Whether a term predicts which posts carried an item, by more than chance."""

from math import log
from typing import NamedTuple

from linkmgr.adopt.proposing.index_terms import Total

# An item must have been so many times as frequent in the posts that speak of the term.
_LEAST_LIFT = 1.25
# Fewer posts may all have the same by chance, however rare it is.
_FEWEST = 3


class Prediction(NamedTuple):
    """What a term says of where an item was.

    `share`: of the posts with the term, weighted by how strongly they speak of it, so many carried
    the item; that is `lift` times its share of all. `saving`: the nats by which knowing the term
    shortens the description of where the item was; `posts`: as `Total.posts`, `carried` likewise of
    those with the item.
    """

    share: float
    lift: float
    saving: float
    posts: float
    carried: float

    def holds(self, candidates: int, *, own: bool = False) -> bool:
        """Whether the term is worth naming, as one of so many `candidates`.

        To name it costs log(candidates): the best of that many terms without any meaning would save
        about as much (Foster and George 1994, "The risk inflation criterion"). What costs more than
        it saves would not predict other posts. Unless it is the item's `own`, of which one knows
        without the posts that it speaks for the item, its share is to be described, too, for half
        of log(posts) (Rissanen 1978, "Modeling by shortest data description").
        """
        if self.lift < _LEAST_LIFT or self.carried < _FEWEST:
            return False
        cost = log(max(candidates, 2))
        return self.saving >= (cost if own else cost + 0.5 * log(max(self.posts, 1.0)))


def predict(with_item: Total, among: Total, base: float) -> Prediction:
    """Compare a term's weights in the posts that carried an item with those `among` all posts.

    `base` is the item's share of these posts.
    """
    if not among.weights or not 0 < base < 1:
        return Prediction(0.0, 0.0, 0.0, 0.0, 0.0)
    share = min(1.0, with_item.weights / among.weights)
    saving = among.posts * _divergence(share, base) if share > base else 0.0
    return Prediction(share, share / base, saving, among.posts, with_item.posts)


def _divergence(share: float, base: float) -> float:
    """Return the Kullback-Leibler divergence of two probabilities in nats."""
    return sum(p * log(p / q) for p, q in ((share, base), (1 - share, 1 - base)) if p > 0)
