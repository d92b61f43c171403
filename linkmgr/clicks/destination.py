"""Where a request for a link is led: to nothing but what the targets name."""

from datetime import date

from linkmgr.blocks.links import placement_name
from linkmgr.clicks.query import LinkQuery
from linkmgr.clicks.targets import Target, Targets
from linkmgr.links.model import Utm
from linkmgr.links.urls import with_utm


def destination(targets: Targets, item: str, query: LinkQuery, today: date) -> str:
    """Return the address to which a link to an item leads today.

    An item that has ended leads to its fallback, without one to the site. The `utm_*` of the
    request are added only where the target takes them and has none of that name.
    """
    target = _on(targets, item, today)
    if target is None:
        return targets.site
    if query.shop in target.shops:
        return target.shops[query.shop]
    url = target.url
    if target.placed and query.block:
        before, after = target.placed
        url = f"{before}{placement_name(query.block, query.rank)}{after}"
    return _with_kept(url, query) if query.utm and target.utm else url


def _on(targets: Targets, item: str | None, today: date) -> Target | None:
    """Return the target of an item, or of the first of its fallbacks that has not ended."""
    passed: set[str] = set()
    while item is not None and item not in passed:  # a deleted item may have come back otherwise
        target = targets.items.get(item)
        if target is None or target.until is None or today <= target.until:
            return target
        passed.add(item)
        item = target.fallback
    return None


def _with_kept(url: str, query: LinkQuery) -> str:
    kept = query.utm
    return with_utm(
        url,
        Utm(
            source=kept.get("utm_source", ""),
            medium=kept.get("utm_medium", ""),
            campaign=kept.get("utm_campaign", ""),
            content=kept.get("utm_content"),
            term=kept.get("utm_term"),
        ),
    )
