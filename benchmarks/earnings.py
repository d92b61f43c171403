"""Simulates a year of earnings whose truth is known, and times the pages of money.

First programmes report what was clicked and bought: sales over links and others beside them,
returns, declines, states that change weeks later, reports that overlap and come in any order. What
is summed up by item, post, tracking ID, programme and month must be the truth to the last part.
Then 500,000 sales beside totals of 10 million clicks, in both databases: each page after an import,
and what the dashboard and the page of a post have of money; and in SQLite, for how long others
cannot write while 100,000 rows are imported and taken back.

    .venv/bin/python benchmarks/earnings.py [--sales 500000] [--only truth|speed|locks]
"""

import argparse
import subprocess
import sys
import time
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from databases import databases
from figures import TOP, Clicked, fill, milliseconds
from sqlalchemy import Connection

from linkmgr.catalog.items import Book
from linkmgr.catalog.model import Catalog, Site
from linkmgr.clicks import periods
from linkmgr.earnings.database.imports import import_reports, remove_file
from linkmgr.earnings.database.queries import currencies, report_days
from linkmgr.earnings.days import read_earned_days
from linkmgr.earnings.figures import By, Earnings
from linkmgr.earnings.money import MICROS
from linkmgr.earnings.reading.model import (
    EarningsReport,
    Origin,
    ReportKind,
    ReportPeriod,
    ReportRow,
    Status,
    Tax,
)
from linkmgr.figures.queries import FigureCache, Reading
from linkmgr.links.model import AMAZON, Programme, Tracking
from linkmgr.messages.message import message
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import create_if_empty

ITEMS, POSTS, PROGRAMMES, TAGS = 2_000, 1_000, 10, 4
CLICKS, SALES = 400_000, 20_000
YEAR = periods.year_of(date(2026, 1, 1))
MONTHS = [periods.month_of(date(2026, month, 1)) for month in range(1, 13)]
BAR = 150.0
IMPORTED, LONGEST_LOCK = 100_000, 1.0  # rows, seconds

# Half of the networks name the page of a link; all have an ID of each conversion.
NETWORKS = [f"network-{n}" for n in range(1, PROGRAMMES)]
WITH_PAGES = frozenset(NETWORKS[::2])

# What is bought: directly, beside it in the same basket, given back, declined; and how unequal the
# readers of posts are as buyers (the deviation of a logarithm: one post in six sells half as much
# or less by a click as the one in the middle, one in six twice as much or more).
BESIDE, RETURNED, DECLINED, UNEQUAL = 0.35, 0.04, 0.1, 0.7


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as it was: over which link of which post, and what becomes of it."""

    programme: str
    item: int
    post: int
    day: date
    reward: Decimal
    product: str
    tag: str
    is_beside: bool
    decided: date
    status: Status


@dataclass
class World:
    """What readers bought in a year."""

    catalog: Catalog
    sales: list[Sale] = field(default_factory=list)


def post_key(number: int) -> str:
    return f"{number:016x}"


def asin(number: int) -> str:
    return f"B0{number:08}"


def catalog() -> Catalog:
    """Return a catalog of items sold at Amazon."""
    amazon = Programme(AMAZON, "Amazon", Tracking.BEACON, "amazon.co.jp", "blog0-22")
    items = {f"item-{n}": Book(f"item-{n}", f"Item {n}", asin=asin(n)) for n in range(ITEMS)}
    return Catalog(Site("blog", "https://blog.example"), {AMAZON: amazon}, items, {}, ())


def simulate(random: Random, clicks: int, sales: int) -> World:
    """Have readers click by Zipf's law, each post with its own items, and some of them buy."""
    world = World(catalog())
    popularity = [*accumulate(1 / rank for rank in range(1, POSTS + 1))]
    shown = [random.sample(range(ITEMS), 6) for _ in range(POSTS)]
    buying = [random.lognormvariate(0, UNEQUAL) for _ in range(POSTS)]
    made: list[tuple[int, int]] = []
    for _ in range(clicks):
        post = bisect(popularity, random.random() * popularity[-1])
        item = random.choice(shown[post])
        made.append((post, item))
    weights = [*accumulate(buying[post] for post, _ in made)]
    for _ in range(sales):
        post, item = made[bisect(weights, random.random() * weights[-1])]
        world.sales += _sales(random, post, item)
    return world


def _sales(random: Random, post: int, item: int) -> Iterator[Sale]:
    day = YEAR.since + timedelta(days=random.randrange(365))
    programme = AMAZON if random.random() < 0.6 else random.choice(NETWORKS)  # noqa: PLR2004
    is_beside = programme == AMAZON and random.random() < BESIDE
    product = f"B1{random.randrange(10**7):08}" if is_beside else asin(item)
    reward = Decimal(random.randrange(10, 90_000)) / 100
    status = Status.DECLINED if random.random() < DECLINED else Status.CONFIRMED
    status = Status.CONFIRMED if programme == AMAZON else status
    sale = Sale(
        programme,
        item,
        post,
        day,
        reward,
        product if programme == AMAZON else "",
        f"blog{post % TAGS}-22" if programme == AMAZON else "",
        is_beside,
        day + timedelta(days=random.randrange(1, 80)),
        status,
    )
    yield sale
    if programme == AMAZON and random.random() < RETURNED:
        back = min(day + timedelta(days=random.randrange(1, 30)), YEAR.until)
        yield replace(sale, day=back, reward=-reward)


# The reports: of each month as it was some weeks later, and again, overlapping and shuffled.


def reports(random: Random, sales: Sequence[Sale]) -> list[EarningsReport]:
    """Return what a blogger downloads in a year, in no order."""
    reports = []
    for programme in (AMAZON, *NETWORKS):
        own = [(number, sale) for number, sale in enumerate(sales) if sale.programme == programme]
        for month in MONTHS:
            for since, until, as_of in (
                (month.since, month.until, month.until + timedelta(days=3)),
                (month.since + timedelta(days=9), month.until, month.until + timedelta(days=20)),
                (month.since, month.until, month.until + timedelta(days=100)),
            ):
                rows = [
                    _row(number, sale, as_of) for number, sale in own if since <= sale.day <= until
                ]
                reports.append(
                    _report(programme, rows, ReportPeriod(since, until, whole=True), as_of)
                )
    random.shuffle(reports)
    return [*reports, *reports[:20]]


def _row(number: int, sale: Sale, as_of: date) -> ReportRow:
    is_amazon = sale.programme == AMAZON
    status = sale.status if is_amazon or sale.decided <= as_of else Status.PENDING
    return ReportRow(
        status,
        conversion="" if is_amazon else f"{number:064x}",
        shipped=sale.day if is_amazon else None,
        occurred=None if is_amazon else sale.day,
        reward=sale.reward,
        product=sale.product,
        title=sale.product and f"Product {sale.product}",
        tracking=sale.tag,
        referrer=f"/{post_key(sale.post)}/" if sale.programme in WITH_PAGES else "",
        origin=Origin.INDIRECT if sale.is_beside else Origin.DIRECT,
    )


def _report(
    programme: str, rows: Sequence[ReportRow], period: ReportPeriod, as_of: date
) -> EarningsReport:
    is_amazon = programme == AMAZON
    return EarningsReport(
        kind=ReportKind.FEE_EARNINGS.value if is_amazon else programme,
        name=f"{programme}-{period.first:%Y-%m}.csv",
        programme=programme,
        account="",
        currency="USD",
        tax=Tax.UNKNOWN,
        as_of=as_of,
        period=period,
        money=True,
        by_conversion=not is_amazon,
        count=len(rows),
        dropped=(),
        source=message("store.earnings-importing", file=programme),
        rows=rows,
    )


# What is true, and what the tables say.


def truth(sales: Sequence[Sale]) -> dict[By, dict[str, int]]:
    """Return what was confirmed by each dimension, in millionths."""
    sums: dict[By, dict[str, int]] = {by: defaultdict(int) for by in By}
    for sale in sales:
        if sale.status is Status.DECLINED:
            continue
        micros = int(sale.reward * MICROS)
        sums[By.PROGRAMME][sale.programme] += micros
        sums[By.MONTH][f"{sale.day:%Y-%m}"] += micros
        if sale.programme == AMAZON:
            sums[By.TAG][sale.tag] += micros
            if not sale.is_beside:
                sums[By.ITEM][f"item-{sale.item}"] += micros
        if sale.programme in WITH_PAGES:
            sums[By.POST][post_key(sale.post)] += micros
    return sums


def check_truth(clicks: int, sales: int) -> bool:
    """Print whether all known sums are the truth."""
    random = Random(26)
    world = simulate(random, clicks, sales)
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'linkmgr.db'}")
        create_if_empty(engine)
        for report in reports(random, world.sales):
            import_reports(engine, [report], "", 1)
        with engine.connect() as connection:
            earnings = _earnings(connection, world.catalog, lambda *_: {})
            exact = _compare(earnings, world.sales)
        engine.dispose()
    return exact


def _earnings(connection: Connection, of: Catalog, count: object) -> Earnings:
    def find_post(path: str) -> str | None:
        return path.strip("/")

    return Earnings(connection, of, "USD", YEAR.until, count, find_post)  # type: ignore[arg-type]


def _compare(earnings: Earnings, sales: Sequence[Sale]) -> bool:
    wrong = 0
    for by, sums in truth(sales).items():
        if by in {By.CATEGORY, By.UNLINKED}:
            continue
        found = {
            line.value: line.earned.confirmed
            for line in earnings.table(by, YEAR).lines
            if line.earned.confirmed
        }
        expected = {value: amount for value, amount in sums.items() if amount}
        differing = {
            value for value in {**found, **expected} if found.get(value) != expected.get(value)
        }
        wrong += len(differing)
        print(f"{by:10} {len(expected):6,} values, {len(differing):,} of them wrong")
    return not wrong


# The pages.


def check_speed(sales: int) -> bool:
    """Print how long each page takes after an import, in both databases."""
    names = Clicked([f"item-{n}" for n in range(ITEMS)], [post_key(n) for n in range(10_000)], YEAR)
    kept = True
    for name, url in databases():
        engine = open_engine(url)
        fill(engine, names)
        random = Random(7)
        world = simulate(random, 50_000, sales)
        start = time.perf_counter()
        for month in MONTHS:
            import_reports(engine, _reports_of(month, world.sales), "", 1)
        seconds = time.perf_counter() - start
        print(f"{name}: {len(world.sales):,} sales imported in {seconds:.0f} s")
        cache = FigureCache()
        with engine.connect() as connection:
            kept &= _time_pages(name, connection, world.catalog, cache)
        engine.dispose()
    return kept


def _reports_of(month: periods.Period, sales: Sequence[Sale]) -> Iterator[EarningsReport]:
    """Yield the reports of all programmes of a month, as they are once the year is over."""
    period = ReportPeriod(month.since, month.until, whole=True)
    days = frozenset(month)
    own = [(number, sale) for number, sale in enumerate(sales) if sale.day in days]
    for programme in (AMAZON, *NETWORKS):
        rows = [
            _row(number, sale, YEAR.until) for number, sale in own if sale.programme == programme
        ]
        yield _report(programme, rows, period, YEAR.until)


def _time_pages(name: str, connection: Connection, of: Catalog, cache: FigureCache) -> bool:
    def earnings_of_a_request() -> Earnings:
        return _earnings(connection, of, Reading(connection, cache).sums)

    def show_table(by: By, period: periods.Period) -> None:
        earnings_of_a_request().table(by, period)

    kept = True
    for period, words in ((MONTHS[-1], "a month"), (YEAR, "a year")):
        for by in By:
            page = partial(show_table, by, period)
            page()  # the clicks of these days are remembered, as they were before an import
            took = milliseconds(page)
            kept &= took <= BAR
            print(f"  {name}: {words} by {by:10} {took:6.1f} ms, bar {BAR:.0f}")
    earnings = earnings_of_a_request()
    for words, read in (
        *((f"dashboard, {days} days", partial(_read_days, earnings, days)) for days in (30, 90)),
        ("page of a post", partial(_read_post, earnings)),
    ):
        read()
        took = milliseconds(read)
        kept &= took <= BAR
        print(f"  {name}: {words:20} {took:6.1f} ms, bar {BAR:.0f}")
    return kept


def _read_days(earnings: Earnings, days: int) -> None:
    """Read what the dashboard has of money in days that are no whole months."""
    period = periods.last_days(days, YEAR.until - timedelta(days=10))
    whole = periods.Period(period.before.since, period.until)
    (currency,) = currencies(earnings.connection)
    reports = report_days(earnings.connection, currency, whole)
    read_earned_days(earnings.total, reports, period, period.before)
    for by, values in (
        (By.ITEM, [f"item-{n}" for n in range(TOP)]),
        (By.POST, [post_key(n) for n in range(TOP)]),
        (By.TAG, [f"blog{n}-22" for n in range(TAGS)]),
    ):
        earnings.earned(by, period, values)


def _read_post(earnings: Earnings) -> None:
    """Read what is known of a post in a month."""
    period = MONTHS[-1]
    earnings.of_post(post_key(0), period, earnings.compared(period))


# For how long others wait.


def check_locks(sales: int) -> bool:
    """Print for how long an import, and taking it back, keep others from writing to SQLite."""
    kept = True
    with TemporaryDirectory() as folder:
        file = Path(folder) / "linkmgr.db"
        engine = open_engine(f"sqlite:///{file}")
        create_if_empty(engine)
        world = simulate(Random(7), 50_000, sales)
        for month in MONTHS:
            import_reports(engine, _reports_of(month, world.sales), "", 1)
        for words, programme, period in (
            ("Amazon, a month", AMAZON, MONTHS[5]),
            ("Amazon, a year", AMAZON, YEAR),
            ("a network, a year", NETWORKS[0], YEAR),
            ("the same sales, changed", NETWORKS[0], YEAR),
        ):
            report = _large_report(programme, period, words)
            with _waiting(file, f"{words}: {report.count:,} rows imported") as waits:
                (imported,) = import_reports(engine, [report], "", 1)
            kept &= max(waits) <= LONGEST_LOCK
        with _waiting(file, "taken back") as waits:
            remove_file(engine, imported.file or 0)
        kept &= max(waits) <= LONGEST_LOCK
        engine.dispose()
    return kept


def _large_report(programme: str, period: periods.Period, seed: str) -> EarningsReport:
    """Return a report of a programme with sales on all days of a period."""
    days = [*period]
    rows = []
    for number, sale in enumerate(simulate(Random(seed), 50_000, IMPORTED).sales[:IMPORTED]):
        moved = replace(sale, programme=programme, day=days[number % len(days)])
        if programme == AMAZON:
            product = sale.product or asin(sale.item)
            moved = replace(moved, product=product, tag=f"blog{number % TAGS}-22")
        rows.append(_row(10_000_000 + number, moved, YEAR.until))
    whole = ReportPeriod(period.since, period.until, whole=True)
    return _report(programme, rows, whole, YEAR.until + timedelta(days=len(seed)))


# Another program that takes the lock and lets it go again, as whoever saves an edit does.
_WRITER = """
import select, sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=100, isolation_level=None)
print(0, flush=True)
while not select.select([sys.stdin], [], [], 0.01)[0]:
    start = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")
    print(time.perf_counter() - start)
"""


@contextmanager
def _waiting(file: Path, words: str) -> Iterator[list[float]]:
    """Give a list that has afterwards for how long another program waited each time."""
    command = [sys.executable, "-c", _WRITER, str(file)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as writer:  # noqa: S603
        assert writer.stdout
        waits = [float(writer.stdout.readline())]
        start = time.perf_counter()
        yield waits
        took = time.perf_counter() - start
        waits += map(float, writer.communicate("end")[0].split())
    print(
        f"SQLite: {words} in {took:.1f} s, others waited {max(waits):.2f} s at most, "
        f"bar {LONGEST_LOCK:.0f} s"
    )


def main() -> int:
    """Simulate, compare and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sales", type=int, default=500_000)
    parser.add_argument("--only", choices=["truth", "speed", "locks"])
    options = parser.parse_args()
    kept = True
    if options.only in {None, "truth"}:
        kept &= check_truth(CLICKS, SALES)
    if options.only in {None, "speed"}:
        kept &= check_speed(options.sales)
    if options.only in {None, "locks"}:
        kept &= check_locks(options.sales)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
