"""Health's part about the shops' pages that the site links to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linkmgr.check.online.model import ShopPage, State


@dataclass(frozen=True, slots=True)
class ShopPagesView:
    """The pages that are reported, and those that nothing is known of, worst first.

    `counts` are of all pages by state. `looked` is when the last look was, in milliseconds.
    """

    counts: Mapping[State, int]
    looked: int | None
    reported: Sequence[ShopPage]
    unknown: Sequence[ShopPage]
    dismissed: int


def shop_pages_view(pages: Sequence[ShopPage]) -> ShopPagesView:
    """Sort the pages for the owner."""
    counts = Counter(page.state for page in pages)
    return ShopPagesView(
        counts={state: counts[state] for state in State},
        looked=max((page.looked for page in pages if page.looked), default=None),
        reported=sorted((page for page in pages if page.is_reported), key=lambda page: page.state),
        unknown=[page for page in pages if page.state is State.UNKNOWN and page.answer],
        dismissed=sum(page.dismissed is not None for page in pages),
    )
