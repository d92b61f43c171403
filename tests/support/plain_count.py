"""Counting clicks the plain way, one by one, to compare with what SQL says."""

from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from linkmgr.clicks.model import OTHER

WINDOW = 10_000


def day_of(click, timezone):
    moment = datetime.fromtimestamp(click.time / 1000, UTC)
    return moment.astimezone(ZoneInfo(timezone)).date()


def plain_totals(loaded, *, new_names, daily_clicks):
    """Return the totals of clicks, as `totals` of `tests.support.store` reads them.

    `loaded` has for each click the time zone and the own names that its loader had.
    """
    days = defaultdict(list)
    for click, timezone, own in loaded:
        days[day_of(click, timezone)].append((click, own))
    totals = {}
    for day, clicks in days.items():
        totals |= _totals_of_day(day, clicks, new_names, daily_clicks)
    return totals


def _totals_of_day(day, clicks, new_names, daily_clicks):
    clicks = sorted(clicks, key=lambda click: (click[0].time, click[0].id))
    kept = {
        name: _kept_names(clicks, name, own, new_names)
        for name, own in (("post", "posts"), ("referrer", ""), ("campaign", "campaigns"))
    }
    before, of_pairs = {}, defaultdict(int)
    numbers = defaultdict(lambda: [0, set(), 0])
    for click, _ in clicks:
        link = click.visitor, click.item, click.post, click.block, click.rank, click.shop
        last, before[link] = before.get(link), click.time
        if last is not None and click.time - last < WINDOW:
            continue
        if not click.bot:
            of_pairs[click.visitor, click.item] += 1
            if of_pairs[click.visitor, click.item] > daily_clicks:
                continue
        for dimension, value in _values(click, kept):
            number = numbers[dimension, value, day]
            if click.bot:
                number[2] += 1
            else:
                number[0] += 1
                number[1].add(click.visitor)
    return {key: (readers, len(who), bots) for key, (readers, who, bots) in numbers.items()}


def _kept_names(clicks, field, own_field, new_names):
    """Return the names of a day that are counted by themselves."""
    first, own = {}, {"", OTHER}
    for click, names in clicks:
        name = getattr(click, field)
        first.setdefault(name, click.time)
        if own_field and name in getattr(names, own_field):
            own.add(name)
    others = sorted(
        (name for name in first if name not in own), key=lambda name: (first[name], name)
    )
    return own | {*others[:new_names]}


def _values(click, kept):
    named = {}
    for field, names in kept.items():
        name = getattr(click, field)
        named[field] = name if name in names else OTHER
    yield "all", ""
    yield "item", click.item
    yield "post", named["post"]
    yield "place", f"{click.block}.{click.rank}" if click.block else ""
    yield "referrer", named["referrer"]
    yield "device", click.device
    for dimension, value in (
        ("campaign", named["campaign"]),
        ("tracking", click.tracking),
        ("variant", f"{click.item}/{click.variant}" if click.variant else ""),
    ):
        if value:
            yield dimension, value
