"""Estimates of what posts earned where no report says so: by their shares of the clicks.

What was sold over links to a product is divided among the posts by their clicks on it, all else by
those on links with the tracking ID. A post whose readers buy more than others' is estimated too
low: `benchmarks/earnings.py` measures by how much. Nothing here is added to what is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from linkmgr.catalog.model import Catalog
from linkmgr.clicks.model import OTHER
from linkmgr.figures.earnings.load import items_by_product
from linkmgr.figures.queries import LinkOfPost
from linkmgr.store.earnings.figures import EarnedRow, Source
from linkmgr.store.earnings.totals import Earned

Shares = Mapping[str, int]
"""The clicks of posts, by key."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What posts earned by their clicks, in millionths.

    `left` has no click to go by, or is the share of clicks whose post is not known.
    """

    posts: Mapping[str, "EstimatedPost"]
    left: Earned


@dataclass(frozen=True, slots=True)
class EstimatedPost:
    """What a post earned, as estimated."""

    confirmed: int = 0
    pending: int = 0


def estimate(
    unplaced: Mapping[Source, EarnedRow], clicked: Mapping[LinkOfPost, int], catalog: Catalog
) -> Estimate:
    """Divide what is known of products and tracking IDs alone among the posts."""
    items = items_by_product(catalog)
    by_item = _grouped((link.item, link.post, clicks) for link, clicks in clicked.items())
    by_tag = _grouped((link.tracking, link.post, clicks) for link, clicks in clicked.items())
    posts: dict[str, EstimatedPost] = {}
    left = Earned()
    for source, row in unplaced.items():
        product, _, tracking = source.value.partition(" ")
        item = items.get(Source(source.programme, product)) if product else None
        shares = by_item.get(item or "") or (by_tag.get(tracking) if tracking else None)
        if not shares:
            left += row.earned
            continue
        confirmed = _divided(row.earned.confirmed, shares)
        pending = _divided(row.earned.pending, shares)
        for post in shares:
            known = posts.get(post, EstimatedPost())
            posts[post] = EstimatedPost(
                known.confirmed + confirmed[post], known.pending + pending[post]
            )
    for each in filter(None, (posts.pop(post, None) for post in ("", OTHER))):
        left += Earned(confirmed=each.confirmed, pending=each.pending)
    return Estimate(posts, left)


def _grouped(clicks: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for value, post, number in clicks:
        posts = found.setdefault(value, {})
        posts[post] = posts.get(post, 0) + number
    return found


def _divided(amount: int, shares: Shares) -> dict[str, int]:
    """Divide an amount so that the parts add up to it: the largest gets the remainder."""
    whole = sum(shares.values())
    parts = {post: amount * clicks // whole for post, clicks in shares.items()}
    largest = max(shares, key=lambda post: (shares[post], post))
    parts[largest] += amount - sum(parts.values())
    return parts
