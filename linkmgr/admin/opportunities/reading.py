"""Reads what was counted, earned and shown for opportunities; once a day, or after a change."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from linkmgr.admin.common.context import connection, get_admin, reading, site_index, today
from linkmgr.admin.editing.alternatives import alike_items
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.clicks.periods import Period, last_days, month_of
from linkmgr.earnings.admin_figures import earnings_in
from linkmgr.earnings.figures import (
    By,
    EarningLine,
    Rest,
    compared_days,
    currencies,
    earned_since,
    items_by_product,
    reported_until,
)
from linkmgr.experiments.opportunities import decided_tests, items_in_tests
from linkmgr.experiments.variants import read_tests
from linkmgr.figures.opportunities import (
    BareTag,
    DoubtedCategory,
    Opportunity,
    Pay,
    bare_posts,
    bare_tags,
    changed_items,
    doubted_categories,
    outearned,
    ranked,
    rare_items,
    rare_places,
    unpaid,
)
from linkmgr.figures.queries import Curve, StampedCache, most_viewed
from linkmgr.figures.rates import click_share
from linkmgr.figures.table import Query, curves, placed_views
from linkmgr.figures.views import view_sums
from linkmgr.site_index.posts import SiteIndex, TagColumn, TagQuery

_MONTH = 30
_MONTHS_EARNED = 3

# The posts that are read most, among which those without an item are looked for.
_MOST_READ = 200


@dataclass(frozen=True, slots=True)
class Opportunities:
    """What stands out in the figures of a period."""

    period: Period
    rows: Sequence[Opportunity]

    with_views: bool
    """Whether views were reported."""

    posts: int
    """How many of the posts that are read most show no book and no product."""

    nothing: int
    """How many posts show nothing at all: how often they are read is not known."""

    currency: str
    """That of all money, empty without earnings."""

    earned_days: Period | None
    """The days of all money, `None` for too few."""


def read_opportunities() -> Opportunities:
    """Return what stands out in the 30 days up to yesterday: today's are not all there."""
    admin = get_admin()
    timezone = admin.catalog().catalog.site.timezone
    period = last_days(_MONTH, today() - timedelta(days=1))
    now, before = curves(reading(), Query(period=period, timezone=timezone))
    index = site_index()
    currency = next(iter(currencies(connection())), "")

    # They are read again when any of this changes.
    made_at = index.meta.made_at if index else None
    numbers = reading().numbers(now.period), reading().numbers(before.period)
    earned = _earned_stamp(currency) if currency else None
    stamp = numbers, admin.catalog().revision.id, made_at, earned, today()
    cached: StampedCache[None, Opportunities]
    cached = admin.memory.setdefault("opportunities", StampedCache(1))
    return cached.get(None, stamp, lambda: _read(index, now, before, currency))


def _read(index: SiteIndex | None, now: Curve, before: Curve, currency: str) -> Opportunities:
    catalog = get_admin().catalog().catalog
    rate = _rate_of_goods(catalog, now)
    by_kind: list[Sequence[Opportunity]] = []

    # Posts without items, and what their tags and categories say.
    bare: Mapping[str, int] = {}
    if index:
        if now.sum.views:
            bare = _bare_posts(catalog, index, now)
        by_kind += [
            bare_posts(bare, rate),
            _bare_tags(index, bare, rate),
            _doubted_categories(index, now, rate),
        ]

    # Items and places by their click rates, without the items of tests.
    tests, alike = read_tests(connection(), catalog), alike_items(catalog)
    wanted = {item for item in catalog.items if _is_shown(catalog, item)}
    wanted -= items_in_tests(tests, before.period.since)
    for item in catalog.items.values():
        wanted.difference_update(variant.item for variant in item.variants if variant.item)
    seen = placed_views(reading(), now.period)
    seen_before = placed_views(reading(), before.period)
    seen_wanted = {placed: views for placed, views in seen.items() if placed.item in wanted}
    by_kind += [
        [rare_item for rare_item in rare_items(seen, alike) if rare_item.value in wanted],
        rare_places(seen),
        changed_items(seen_wanted, seen_before),
        decided_tests(tests),
    ]

    # What earns nothing, or less than it could.
    if currency:
        by_kind += _of_earnings(catalog, currency, alike)

    return Opportunities(
        now.period,
        ranked(*by_kind),
        with_views=bool(now.sum.views),
        posts=len(bare),
        nothing=index.post_counts().nothing if index else 0,
        currency=currency,
        earned_days=_days_earned() if currency else None,
    )


def _is_shown(catalog: Catalog, item: str) -> bool:
    return item in catalog.items and not catalog.items[item].retired


# Posts and tags that show no book and no product.


def _goods_blocks(catalog: Catalog) -> frozenset[str]:
    return frozenset(block.name for block in catalog.blocks if block.kind.shows_goods)


def _bare_posts(catalog: Catalog, index: SiteIndex, now: Curve) -> Mapping[str, int]:
    """Return the posts that show no book and no product, with how often they were read at least."""
    blocks = _goods_blocks(catalog)
    if not blocks:
        return {}
    most = most_viewed(connection(), Dimension.POST, now.period, _MOST_READ)
    keys = list(index.titles(most))
    filled = index.filled_by(keys)
    bare = [key for key in keys if blocks.isdisjoint(filled.get(key, ()))]
    return _reads(now.period, bare)


def _reads(period: Period, posts: Sequence[str]) -> Mapping[str, int]:
    """Return how often posts were read at least: the views of what was seen most in each.

    Their sum would be too many: several items of a post are seen in one page view.
    """
    reads: dict[str, int] = {}
    by_place = view_sums(connection(), period, ("post", "block", "rank"), posts=posts)
    for (post, *_), seen in by_place.items():
        reads[post] = max(reads.get(post, 0), seen.views)
    return reads


def _bare_tags(index: SiteIndex, bare: Mapping[str, int], rate: float) -> Sequence[BareTag]:
    """Return the tags without a mapping of bare posts, by how often these were read.

    A tag of a single bare post is left out: its row would be that of the post again.
    """
    sums = index.sums_by_tag({post: (1, reads) for post, reads in bare.items()})
    reads_by_tag = {tag: reads for tag, (posts, reads) in sums.items() if posts > 1}
    wanted = TagQuery(unmapped=True, column=TagColumn.CLICKS, falling=True, clicks=reads_by_tag)
    unmapped = []
    for tag in index.tags(1, wanted).rows:
        key = tag.kind, tag.tag
        if key in reads_by_tag:
            posts, reads = sums[key]
            unmapped.append((tag.kind.value, tag.written, posts, reads))
    return bare_tags(unmapped, rate)


def _doubted_categories(index: SiteIndex, now: Curve, rate: float) -> Sequence[DoubtedCategory]:
    """Return the categories of posts whose nearest posts lack them.

    How often posts are read is known only for those that are read most.
    """
    posts_by_category: dict[str, list[str]] = defaultdict(list)
    doubted: set[str] = set()
    for category, post in index.doubted_posts():
        posts_by_category[category].append(post)
        doubted.add(post)
    most = most_viewed(connection(), Dimension.POST, now.period, _MOST_READ)
    reads = _reads(now.period, [post for post in most if post in doubted])
    return doubted_categories(posts_by_category, reads, rate)


def _rate_of_goods(catalog: Catalog, now: Curve) -> float:
    """Return the click rate of the first places of books and products, or else of all places."""
    places = reading().sums(Dimension.PLACE, now.period)
    counts = [places.get(f"{block}.1", Counts()) for block in _goods_blocks(catalog)]
    total = sum(counts, Counts())
    if not total.clicked:
        total = now.sum
    return min(1.0, click_share(total.clicked, total.views))


# What earns nothing, or less than it could.


def _earned_stamp(currency: str) -> object:
    """Return what changes with the earnings of the days that are looked at."""
    days = _days_earned()
    if days is None:
        return None
    return days, earnings_in(currency).total(days)


def _days_earned() -> Period | None:
    """Return the days of the last months that have both clicks and earnings, `None` for too few.

    They end with the reports: later clicks may have led to orders that no report has yet.
    """
    earned, until = earned_since(connection()), reported_until(connection())
    if earned is None or until is None:
        return None
    until = min(until, today())
    month = month_of(until)
    since = max(month.months_before(_MONTHS_EARNED - 1).since, earned)
    months = compared_days(Period(since, month.until), reading().first_day(), until)
    return Period(months.since, until) if months and months.since >= earned else None


def _of_earnings(
    catalog: Catalog, currency: str, alike: Mapping[str, AbstractSet[str]]
) -> list[Sequence[Opportunity]]:
    days = _days_earned()
    if days is None:
        return []
    earnings = earnings_in(currency).counted_until(days.until)
    months = Period(days.since, month_of(days.until).until)
    products = set(items_by_product(catalog).values())

    def is_product(item: str) -> bool:
        return item in products and _is_shown(catalog, item)

    items = _pays(earnings.table(By.ITEM, months).lines, is_product)
    opportunities: list[Sequence[Opportunity]] = [
        unpaid(items, len(days), alternatives=alike),
        outearned(items, len(days), alike),
    ]
    by_post = earnings.table(By.POST, months)
    orders_of_posts = sum(line.earned.orders for line in by_post.lines)
    # Where most orders come without a post, having none says nothing of a post.
    if orders_of_posts > by_post.rest[Rest.OTHER].orders:
        # Clicks that came from no post have the empty value.
        posts = _pays(by_post.lines, wanted=bool)
        opportunities.append(unpaid(posts, len(days), is_post=True))
    return opportunities


def _pays(lines: Sequence[EarningLine], wanted: Callable[[str], bool]) -> dict[str, Pay]:
    """Return the clicks and earnings of the lines whose values are wanted."""
    pays: dict[str, Pay] = {}
    for line in lines:
        if line.counts and wanted(line.value):
            earned = line.earned
            pays[line.value] = Pay(line.counts.clicks, earned.orders, earned.confirmed)
    return pays
