"""Rates: clicked views per view, with how sure they are."""

from dataclasses import dataclass
from math import sqrt

from linkmgr.clicks.counts import Counts, ViewCounts
from linkmgr.messages.message import message, translate

# The quantile of the normal distribution that leaves 2.5 % on each side.
_Z = 1.959964

DECISIVE = 2.0
"""How many times as high as another a rate must be before an owner moves anything for it.

An interval whose upper end is further from its lower end cannot order even two such rates. It takes
some 30 clicks until one is narrower.
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Clicks per view with its 95 % interval from `low` to `high`, all from 0 to 1."""

    rate: float
    low: float
    high: float

    @property
    def is_conclusive(self) -> bool:
        """Whether there were enough clicks and views to say anything by it."""
        return self.high <= DECISIVE * self.low

    @property
    def interval(self) -> str:
        """Both ends of the interval, as a terminal has them."""
        return translate(message("stats.interval", low=f"{self.low:.2%}", high=f"{self.high:.2%}"))


def click_share(clicks: int, views: int) -> float:
    """Return clicks per view; 0 without views."""
    return clicks / views if views else 0.0


def rate_of(clicks: int, views: int) -> Rate | None:
    """Return the rate with Wilson's score interval; `None` if there are fewer views than clicks.

    The interval is that of E. B. Wilson, "Probable inference, the law of succession, and
    statistical inference", Journal of the American Statistical Association 22 (1927), 209-212; as
    recommended by Brown, Cai and DasGupta, "Interval estimation for a binomial proportion",
    Statistical Science 16 (2001), 101-133: unlike p ± z·σ it holds for rates near 0 too.
    """
    if not 0 <= clicks <= views or not views:
        return None
    share = click_share(clicks, views)
    spread = _Z * sqrt(share * (1 - share) / views + (_Z / views) ** 2 / 4)
    middle, scale = share + _Z**2 / (2 * views), 1 + _Z**2 / views
    return Rate(share, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


def reported_rate(counts: Counts | ViewCounts) -> Rate | None:
    """Return the rate of what reports of views say, `None` where they say nothing."""
    return rate_of(counts.clicked, counts.views)


def seen_rate(counts: Counts, page_views: int | None = None) -> Rate | None:
    """Return the rate of what reports say; without any, of clicks by the `page_views` of a post.

    The two are never mixed: reports lose a view and its click together, whatever else counts views
    loses others than clicks do.
    """
    if counts.views or page_views is None:
        return reported_rate(counts)
    return rate_of(counts.clicks, page_views)
