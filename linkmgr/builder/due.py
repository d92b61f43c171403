"""When a site is to be built again: on the next day that changes what it shows."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from linkmgr.catalog.items import Good, Validity
from linkmgr.catalog.model import Catalog

_DAY = timedelta(days=1)


def next_build(catalog: Catalog, today: date, next_post: datetime | None = None) -> date | None:
    """Return the first day after `today` on which a build shows something else.

    `next_post` is when the next post is published. `None` where nothing begins or ends.
    """
    days = [day for day in _days_of_change(catalog) if day > today]
    if next_post is not None:
        days.append(max(next_post.date(), today))
    return min(days, default=None)


def _days_of_change(catalog: Catalog) -> Iterator[date]:
    """Yield the days on which something of a catalog begins, and those after its last."""
    for item in catalog.items.values():
        if item.retired:
            continue
        yield from _ends_of(item.validity)
        if isinstance(item, Good):
            if item.badge:
                yield from _ends_of(item.badge_validity)
            prices = [item.price]
            prices += [shop.price for shop in item.shops]
            for price in prices:
                if price:
                    yield price.day
                    yield price.day + timedelta(days=catalog.site.price_days) + _DAY
                    yield from _ends_of(price.validity)
    for programme in catalog.programmes.values():
        for sale in programme.sales:
            yield sale.since.day
            yield sale.until.day + _DAY


def _ends_of(validity: Validity) -> Iterator[date]:
    if validity.since:
        yield validity.since
    if validity.until and validity.until < date.max:
        yield validity.until + _DAY
