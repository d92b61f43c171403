"""The items that the form of a mapping offers: those that readers click most."""

from collections.abc import Collection

from linkmgr.admin.common.chips import Chip, chips
from linkmgr.admin.common.context import get_admin, month_clicks
from linkmgr.store.figures.figures import Dimension

MOST_ITEMS = 8
"""Items that are offered at once."""


def offered_items(chosen: Collection[str]) -> list[Chip]:
    """Return shown items besides the `chosen` ones, those with most clicks in 30 days first."""
    catalog, clicks = get_admin().catalog().catalog, month_clicks(Dimension.ITEM)
    free = [name for name, item in catalog.items.items() if name not in chosen and not item.retired]
    free.sort(key=lambda name: -clicks.get(name, 0))  # the others stay in the order of the file
    return chips(catalog, free[:MOST_ITEMS])
