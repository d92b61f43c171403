"""Makes up figures for the demo: weeks of readers, a test of two wordings, and what links earned.

All of it comes from a seed and the numbers below, and goes the way of real figures: through the
spool and the loader, and through the import of reports. The numbers are such that each page of the
admin has something to say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from linkmgr.blocks.include import post_key
from linkmgr.builder.reading.inputs import load_inputs
from linkmgr.builder.site import CATALOG
from linkmgr.catalog.items import Cta
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.catalog.variants import VariantTest, variant_tests
from linkmgr.clicks.line import click_line
from linkmgr.clicks.model import Click, Device, Route
from linkmgr.clicks.reports import Seen, report_line
from linkmgr.clicks.reports import ViewReport as SeenReport
from linkmgr.demo.run import INSTANCE
from linkmgr.earnings.database.imports import import_reports
from linkmgr.earnings.reading.model import (
    EarningsReport,
    Origin,
    ReportKind,
    ReportPeriod,
    ReportRow,
    Status,
    Tax,
)
from linkmgr.links.model import AMAZON
from linkmgr.messages.message import message
from linkmgr.posts.model import Post
from linkmgr.resolver.model import Placement, PostResolution
from linkmgr.settings import Settings, read_settings
from linkmgr.store.clicks.counting import CountLimits, count_days
from linkmgr.store.clicks.last_targets import record_tests
from linkmgr.store.clicks.loader import Loader
from linkmgr.store.db.engine import reaching
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.instance.folder import make_instance
from linkmgr.store.spool import SpoolWriter

_SEED = 5

# So that the last 30 days have the 30 from 35 days before them.
_DAYS = 68
_TEST_DAYS = 30
_PAGE_VIEWS = 330  # a day at the end; two thirds of it at the beginning

# How many readers the posts have beside each other; all others have one share.
_READERS = {
    "moving-the-piano": 6,
    "a-script-for-the-watering-can": 5,
    "夜更けの一冊": 4,
    "朝のハンドドリップ": 4,
    "bread-with-cold-hands": 3,
    "自家製酵母-はじめの十日": 3,
    "家計簿をPythonで": 3,
    "the-second-cup": 2,
}
# Which share of page views gets as far as a place, and of these clicks, by its rank.
_SEEN = {"cta": (0.75,), "compare": (0.65, 0.55), "books": (0.65, 0.55, 0.45)}
_CLICKED = {"cta": (0.03,), "compare": (0.065, 0.045), "books": (0.065, 0.045, 0.006)}
# How many times as often an item is clicked as others in its place: the first weeks, and the last.
_LIKED = {
    "reading-notes": (0.15, 0.15),
    "kitchen-coffee": (0.6, 1.3),
    "weekend-bread": (1.8, 0.6),
    "coffee-beans": (1.2, 1.2),
}
_WORDING = 2.4  # times as often as the original

# Weekends have more readers than other days, Wednesdays the fewest.
_WEEK = (0.9, 0.85, 0.8, 0.9, 1.0, 1.35, 1.4)
_HOURS = (4, 2, 1, 1, 1, 3, 8, 14, 13, 9, 8, 9, 15, 10, 8, 8, 9, 10, 13, 16, 20, 24, 20, 10)
_REFERRERS = {
    "www.google.com": 42,
    "": 20,
    "t.co": 8,
    "b.hatena.ne.jp": 6,
    "search.yahoo.co.jp": 5,
    "www.bing.com": 3,
    "duckduckgo.com": 2,
}
_DEVICES = {Device.PHONE: 62, Device.DESKTOP: 32, Device.TABLET: 6}
_BOTS = 0.1  # beside a reader's click
_SECONDS_TO_CLICK = (5, 120)  # from the page view

# Orders by click, and the price in yen.
_ORDERED = 0.09
_ORDERS = {"garden-code": 0.0, "slow-loaf": 0.06, "weekend-bread": 0.3}
_PRICES = (1320, 1650, 1980, 2420)
_FEE = Decimal("0.03")
_BESIDES = (("B0EXAMPLE8", "手つきドリッパー"), ("B0EXAMPLE9", "麻のふきん 三枚組"))
_SCHOOL = "パン教室の体験予約"
_BOOKED, _REWARD = 0.02, Decimal(800)  # of the readers of posts that invite to the class
_PENDING_DAYS = 20  # until a programme decides


def add_figures(site: Path, now: datetime) -> None:
    """Make up figures for the demo in a folder, up to an aware moment. Raise LinkmgrError."""
    instance = site / INSTANCE
    settings = read_settings(
        {"LINKMGR_CATALOG": str(site / CATALOG), "LINKMGR_INSTANCE": str(instance)}
    )
    make_instance(instance)
    blog = _read_blog(site)
    with reaching(settings.database_url) as engine:
        create_if_empty(engine)
        visits = list(_visits(blog, now))
        _count(settings, engine, blog, visits)
        record_tests(engine, blog.tests.values(), now - timedelta(days=_TEST_DAYS))
        reports = _amazon(blog, visits, now), _class(blog, visits, now)
        import_reports(engine, reports, "", _milliseconds(now))


# What the demo's posts show, and who reads them.


@dataclass(frozen=True)
class _Blog:
    catalog: Catalog
    posts: Mapping[str, Post]
    placements: Mapping[str, Sequence[Placement]]

    @cached_property
    def tests(self) -> Mapping[str, VariantTest]:
        return {test.item: test for test in variant_tests(self.catalog)}

    def tracking(self, item: str) -> str:
        """Return the tracking ID of an item's first link, empty for none."""
        good = self.catalog.goods.get(item)
        return self.catalog.programmes[AMAZON].tag or "" if good and good.asin else ""


def _read_blog(site: Path) -> _Blog:
    inputs = load_inputs(site, load_catalog(site / CATALOG))
    posts = {post_key(post.path): post for post in inputs.posts}
    placements = {key: _placements(inputs.resolver.resolve(post)) for key, post in posts.items()}
    return _Blog(inputs.catalog, posts, placements)


def _placements(resolution: PostResolution) -> list[Placement]:
    """Return the places of items that a post shows, in its blocks and in comparisons."""
    shown = chain(*resolution.compared.values(), *resolution.blocks.values())
    return [placement for placement in shown if isinstance(placement, Placement)]


class _Visit(NamedTuple):
    """A page view: when, of which post, by whom, and what was seen and clicked."""

    time: datetime
    post: str
    visitor: str
    seen: tuple[Seen, ...]


def _visits(blog: _Blog, now: datetime) -> Iterator[_Visit]:
    """Yield the page views of the last days that saw anything, day by day."""
    random = Random(_SEED)  # noqa: S311 - nothing secret
    shown = {key: placements for key, placements in blog.placements.items() if placements}
    readers = [
        _READERS.get(Path(blog.posts[key].path).stem[len("2025-01-01-") :], 1) for key in shown
    ]
    here = now.astimezone(ZoneInfo(blog.catalog.site.timezone))
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(_DAYS, -1, -1):
        day = midnight - timedelta(days=back)
        growth = 1 - back / _DAYS / 3
        number = round(_PAGE_VIEWS * growth * _WEEK[day.weekday()] * random.uniform(0.85, 1.15))
        for _ in range(number):
            hour = random.choices(range(24), _HOURS)[0]
            # So that a click is on the day of its view.
            second = random.randrange(3600 - _SECONDS_TO_CLICK[1])
            time = day + timedelta(hours=hour, seconds=second)
            (post,) = random.choices([*shown], readers)
            visitor = f"{back * 100_000 + random.randrange(number * 2 // 3 + 1):016x}"
            seen = tuple(_seen(random, blog, shown[post], back))
            if seen and time < now:
                yield _Visit(time, post, visitor, seen)


def _seen(
    random: Random, blog: _Blog, placements: Sequence[Placement], back: int
) -> Iterator[Seen]:
    for placement in placements:
        item, rank = placement.item, placement.rank - 1
        liked = _LIKED.get(item, (1.0, 1.0))[back < _TEST_DAYS]
        variant = ""
        if back < _TEST_DAYS and (test := blog.tests.get(item)):
            (name,) = random.choices([*test.weights], [*test.weights.values()])
            variant = f"{test.key}.{name}"
            liked *= 1 if name == next(iter(test.weights)) else _WORDING
        if random.random() < _SEEN.get(placement.block, (0.5,) * 9)[rank]:
            clicked = random.random() < liked * _CLICKED.get(placement.block, (0.03,) * 9)[rank]
            said = 1, int(clicked), 0
            yield Seen(item, placement.block, placement.rank, variant, blog.tracking(item), *said)


# Views and clicks, by the loader.


def _count(settings: Settings, engine: Engine, blog: _Blog, visits: Sequence[_Visit]) -> None:
    random = Random(_SEED)  # noqa: S311
    writer = SpoolWriter(settings.spool)
    clicks = len(visits)
    for number, visit in enumerate(visits):
        time = _milliseconds(visit.time)
        report = SeenReport(_id(time, number), time, visit.post, visit.visitor, visit.seen)
        writer.append(report_line(report))
        for seen in visit.seen:
            for bot in _bots_and_reader(random, seen):
                clicks += 1
                writer.append(click_line(_click(random, blog, visit, seen, bot=bot, number=clicks)))
    writer.close()
    timezone = blog.catalog.site.timezone
    Loader(engine, settings.spool, timezone).load()
    count_days(engine, CountLimits(settings.new_names))


def _bots_and_reader(random: Random, seen: Seen) -> Iterator[str]:
    """Yield for each click on what was seen why it is not a reader's, empty for the reader's."""
    if seen.clicked:
        yield ""
        if random.random() < _BOTS:
            yield "googlebot"


def _click(  # noqa: PLR0913 - what a click is made of
    random: Random, blog: _Blog, visit: _Visit, seen: Seen, *, bot: str, number: int
) -> Click:
    time = _milliseconds(visit.time) + 1000 * random.randrange(*_SECONDS_TO_CLICK)
    item = blog.catalog.items[seen.item]
    (referrer,) = random.choices([*_REFERRERS], [*_REFERRERS.values()])
    (device,) = random.choices([*_DEVICES], [*_DEVICES.values()])
    return Click(
        id=_id(time, number),
        time=time,
        item=seen.item,
        post=visit.post,
        block=seen.block,
        rank=seen.rank,
        shop="",
        route=Route.GO,
        referrer=referrer,
        device=device,
        bot=bot,
        # A bot that had the reader's would make the reader's own click a repetition.
        visitor="f" * len(visit.visitor) if bot else visit.visitor,
        campaign=item.utm.campaign if isinstance(item, Cta) and item.utm else "",
        variant=seen.variant,
        tracking=seen.tracking,
    )


def _id(time: int, number: int) -> str:
    """Return a UUIDv7 that is the same each time."""
    return f"{time:012x}70008{number:015x}"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


# Earnings, as the programmes' reports have them.


def _amazon(blog: _Blog, visits: Sequence[_Visit], now: datetime) -> EarningsReport:
    random = Random(_SEED)  # noqa: S311
    rows: list[ReportRow] = []
    for visit, seen in ((v, shown) for v in visits for shown in v.seen if shown.clicked):
        good = blog.catalog.goods.get(seen.item)
        if not seen.tracking or good is None:
            continue
        shipped = (visit.time + timedelta(days=random.choice((1, 1, 2, 3)))).date()
        price = Decimal(random.choice(_PRICES))
        row = ReportRow(
            Status.CONFIRMED,
            shipped=shipped,
            revenue=price,
            reward=(price * _FEE).quantize(Decimal(1)),
            tracking=seen.tracking,
        )
        if random.random() < _ORDERS.get(seen.item, _ORDERED):
            rows.append(
                row._replace(
                    product=good.asin or "",
                    title=good.title,
                    category="本",
                    origin=Origin.DIRECT,
                )
            )
        if random.random() < _ORDERED / 3:
            product, title = random.choice(_BESIDES)
            rows.append(
                row._replace(
                    product=product,
                    title=title,
                    category="ホーム＆キッチン",
                    origin=Origin.INDIRECT,
                )
            )
    return _report(ReportKind.FEE_EARNINGS, AMAZON, rows, now, by_conversion=False)


def _class(blog: _Blog, visits: Sequence[_Visit], now: datetime) -> EarningsReport:
    random = Random(_SEED)  # noqa: S311
    rows: list[ReportRow] = []
    for visit in visits:
        items = {seen.item for seen in visit.seen}
        if "bread-class" not in items or random.random() >= _BOOKED:
            continue
        occurred = visit.time.date()
        is_pending = (now.date() - occurred).days < _PENDING_DAYS
        decided = random.choices([Status.CONFIRMED, Status.DECLINED], [8, 1])[0]
        rows.append(
            ReportRow(
                Status.PENDING if is_pending else decided,
                conversion=sha256(f"{len(rows)}".encode()).hexdigest()[:32],
                occurred=occurred,
                confirmed=None if is_pending else occurred + timedelta(days=_PENDING_DAYS),
                reward=_REWARD,
                advertiser=_SCHOOL,
                referrer=blog.posts[visit.post].url,
            )
        )
    return _report("afb", "afb", rows, now, by_conversion=True)


def _report(
    kind: str,
    programme: str,
    rows: Sequence[ReportRow],
    now: datetime,
    *,
    by_conversion: bool,
) -> EarningsReport:
    """Return a report up to yesterday whose file is named as made up."""
    last = now.date() - timedelta(days=1)
    first = last - timedelta(days=_DAYS)
    dated = [row for row in rows if row.day and first <= row.day <= last]
    return EarningsReport(
        kind=kind,
        name=f"made-up-{kind}.csv",
        programme=programme,
        account="",
        currency="JPY",
        tax=Tax.EXCLUDED,
        as_of=now.date(),
        period=ReportPeriod(first, last, whole=True),
        money=True,
        by_conversion=by_conversion,
        count=len(dated),
        dropped=(),
        source=message("demo.made-up"),
        rows=dated,
    )
