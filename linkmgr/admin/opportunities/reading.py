"""Finds opportunities in what was counted, earned and shown; once a day, or after a change."""

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
    """What stands out in the figures of a `period`.

    `posts` is how many of the posts that are read most show no book and no product, `nothing` how
    many posts show nothing at all: of these nobody knows how often they are read. Money is in the
    `currency`, of the `earned_days`.
    """

    period: Period
    rows: Sequence[Opportunity]
    with_views: bool
    posts: int
    nothing: int
    currency: str
    earned_days: Period | None


def read_opportunities() -> Opportunities:
    """Return what stands out in the 30 days up to yesterday: today's are not all there."""
    admin = get_admin()
    timezone = admin.catalog().catalog.site.timezone
    period = last_days(_MONTH, today() - timedelta(days=1))
    now, before = curves(reading(), Query(period=period, timezone=timezone))
    opened, known = site_index(), currencies(connection())
    made_at = opened.meta.made_at if opened else None
    numbers = reading().numbers(now.period), reading().numbers(before.period)
    stamp = numbers, admin.catalog().revision.id, made_at, _earned_stamp(known), today()
    cached: StampedCache[None, Opportunities]
    cached = admin.memory.setdefault("opportunities", StampedCache(1))
    return cached.get(
        None, stamp, lambda: _read(admin.catalog().catalog, opened, now, before, known=known)
    )


def _read(
    catalog: Catalog, opened: SiteIndex | None, now: Curve, before: Curve, *, known: Sequence[str]
) -> Opportunities:
    seen = placed_views(reading(), now.period)
    seen_before = placed_views(reading(), before.period)
    tests, alike = read_tests(connection(), catalog), alike_items(catalog)
    bare = _bare_posts(catalog, opened, now) if opened and now.sum.views else {}
    tested = items_in_tests(tests, before.period.since) | {
        variant.item for item in catalog.items.values() for variant in item.variants if variant.item
    }
    wanted = {item for item in catalog.items if _is_shown(catalog, item)} - tested
    rate = _rate_of_goods(catalog, now)
    by_finder: list[Sequence[Opportunity]] = [
        bare_posts(bare, rate),
        _bare_tags(opened, bare, rate) if opened else [],
        _doubted_categories(opened, now, rate) if opened else [],
        [rare_item for rare_item in rare_items(seen, alike) if rare_item.value in wanted],
        rare_places(seen),
        changed_items(
            {placed: views for placed, views in seen.items() if placed.item in wanted}, seen_before
        ),
        decided_tests(tests),
        *(_of_earnings(catalog, known[0], alike) if known else ()),
    ]
    return Opportunities(
        now.period,
        ranked(*by_finder),
        with_views=bool(now.sum.views),
        posts=len(bare),
        nothing=opened.post_counts().nothing if opened else 0,
        currency=known[0] if known else "",
        earned_days=_days_earned() if known else None,
    )


def _is_shown(catalog: Catalog, item: str) -> bool:
    return item in catalog.items and not catalog.items[item].retired


# Posts and tags that show no book and no product.


def _goods_blocks(catalog: Catalog) -> frozenset[str]:
    blocks = (block for block in catalog.blocks if block.kind.shows_goods)
    return frozenset(block.name for block in blocks)


def _bare_posts(catalog: Catalog, opened: SiteIndex, now: Curve) -> Mapping[str, int]:
    """Return how often posts were read at least that show neither."""
    most = most_viewed(connection(), Dimension.POST, now.period, _MOST_READ)
    keys = list(opened.titles(most))
    blocks, filled = _goods_blocks(catalog), opened.filled_by(keys)
    bare = [key for key in keys if blocks.isdisjoint(filled.get(key, ()))]
    return _reads(now.period, bare) if blocks else {}


def _reads(period: Period, posts: Sequence[str]) -> Mapping[str, int]:
    """Return how often posts were read at least: the views of what was seen most in each.

    Several items of a post are seen in one page view, so that their sum says nothing of it.
    """
    reads: dict[str, int] = {}
    by_place = view_sums(connection(), period, ("post", "block", "rank"), posts=posts)
    for (post, *_), seen in by_place.items():
        reads[post] = max(reads.get(post, 0), seen.views)
    return reads


def _bare_tags(opened: SiteIndex, bare: Mapping[str, int], rate: float) -> Sequence[BareTag]:
    """Return the tags that no mapping has, by how often their posts were read that show neither.

    One of a single such post would be the row of that post again.
    """
    sums = opened.sums_by_tag({post: (1, read) for post, read in bare.items()})
    several = {tag: (posts, read) for tag, (posts, read) in sums.items() if posts > 1}
    reads = {tag: read for tag, (_, read) in several.items()}
    wanted = TagQuery(unmapped=True, column=TagColumn.CLICKS, falling=True, clicks=reads)
    unmapped = []
    for tag in opened.tags(1, wanted).rows:
        if (tag.kind, tag.tag) in several:
            posts, read = several[tag.kind, tag.tag]
            unmapped.append((tag.kind.value, tag.written, posts, read))
    return bare_tags(unmapped, rate)


def _doubted_categories(opened: SiteIndex, now: Curve, rate: float) -> Sequence[DoubtedCategory]:
    """Return the categories that the posts nearest to some posts contradict.

    Only of the posts that are read most is it known how often they are.
    """
    posts_by_category: dict[str, list[str]] = defaultdict(list)
    for category, post in opened.doubted_posts():
        posts_by_category[category].append(post)
    doubted = {post for posts in posts_by_category.values() for post in posts}
    most = most_viewed(connection(), Dimension.POST, now.period, _MOST_READ)
    reads = _reads(now.period, [post for post in most if post in doubted])
    return doubted_categories(posts_by_category, reads, rate)


def _rate_of_goods(catalog: Catalog, now: Curve) -> float:
    """Return the rate of the first places of books and products, or of all places without any."""
    places = reading().sums(Dimension.PLACE, now.period)
    counts = [places.get(f"{block}.1", Counts()) for block in _goods_blocks(catalog)]
    first = sum(counts, Counts())
    of = first if first.clicked else now.sum
    return min(1.0, click_share(of.clicked, of.views))


# What earns nothing, or less than it could.


def _earned_stamp(known: Sequence[str]) -> object:
    """Return what changes with the earnings of the days that are looked at."""
    if not known or (days := _days_earned()) is None:
        return None
    return days, earnings_in(known[0]).total(days)


def _days_earned() -> Period | None:
    """Return the days of the last months that have both clicks and earnings, `None` for too few.

    Clicks after the last day of the reports may have led to orders that are in none yet.
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
    products = {*items_by_product(catalog).values()}
    items = _pays(
        earnings.table(By.ITEM, months).lines,
        lambda item: item in products and _is_shown(catalog, item),
    )
    opportunities: list[Sequence[Opportunity]] = [
        unpaid(items, len(days), instead=alike),
        outearned(items, len(days), alike),
    ]
    by_post = earnings.table(By.POST, months)
    of_posts = sum(line.earned.orders for line in by_post.lines)
    # Where most orders name no page, a post that none names is no news.
    if of_posts > by_post.rest[Rest.OTHER].orders:
        opportunities.append(unpaid(_pays(by_post.lines, bool), len(days), is_post=True))
    return opportunities


def _pays(lines: Sequence[EarningLine], wanted: Callable[[str], bool]) -> dict[str, Pay]:
    return {
        line.value: Pay(line.counts.clicks, line.earned.orders, line.earned.confirmed)
        for line in lines
        if line.counts and wanted(line.value)
    }
