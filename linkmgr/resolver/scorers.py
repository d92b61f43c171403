"""The ways in which keywords become a choice: today's, and the one before it.

`site: scorer: 1` in the catalog keeps the old choice of a site until its owner has seen the new.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from linkmgr.catalog.model import SCORER


@dataclass(frozen=True, slots=True)
class Scorer:
    """How items that only keywords suggest are chosen.

    With `topics` a keyword counts by what the post is about. After a block's first item, each needs
    `further` times the minimum and `share_of_best` of the block's best score.
    """

    topics: bool
    further: float
    share_of_best: float


# On the judged posts a post's best book fits more often than its second, by any scorer.
SCORERS: Mapping[int, Scorer] = MappingProxyType(
    {
        1: Scorer(topics=False, further=1.0, share_of_best=0.7),
        SCORER: Scorer(topics=True, further=1.25, share_of_best=0.4),
    }
)
