"""Measures what forgers do: to the views of a day, and to redirects beside a flood of theirs.

A million reports come from one address at one worker, spread over the day, by as many user agents
as that lets in. Then readers report what the site really shows. A server redirects while 4,000 new
user agents a second come from one address, and from many. `make bench` runs it.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from random import Random

import clicks
import sites
from loader import START
from servers import free_port, running
from sqlalchemy import func, select

from linkmgr.clicks.model import OwnNames
from linkmgr.clicks.reports import Seen, ViewReport, report_line
from linkmgr.store.clicks.loader import Loader
from linkmgr.store.clicks.views import DAILY_VIEWS, MOST_ROWS
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import ViewRow
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.spool import SpoolWriter
from linkmgr.web.visitors import KnownVisitors

Shown = tuple[str, str, int, str]
"""A post's key, and a block, rank and item that it shows."""

ITEMS, POSTS, BLOCKS, SHOWN, READERS = 100, 300, ("books", "cta"), 8, 20
A_REPORT = 4  # placements
AT_ONCE = 20_000  # reports in a file of the spool
DAY = 24 * 60 * 60 * 1000


def shown(random: Random) -> list[Shown]:
    """Draw what the posts of the site show."""
    places = [(block, rank) for block in BLOCKS for rank in range(1, SHOWN // len(BLOCKS) + 1)]
    items = (random.sample(range(ITEMS), SHOWN) for _ in range(POSTS))
    return [
        (f"{post:016x}", block, rank, f"item-{item}")
        for post, of_post in enumerate(items, 1)
        for (block, rank), item in zip(places, of_post, strict=True)
    ]


def forged(random: Random, number: int, posts: Sequence[str]) -> Iterator[ViewReport]:
    """Make reports as an address can send them, most of them by user agents that were let in.

    One placement of each is of the same item; others are drawn from all that the catalog allows.
    """
    now, visitors = 0.0, list[str]()
    known = KnownVisitors(lambda: now)
    for place in range(number):
        now = place * DAY / number / 1000
        if known.admit("192.0.2.1", b"%d" % place, is_bot=False):
            visitors.append(f"{place:016x}")
        items = ("item-0", *(f"item-{random.randrange(ITEMS)}" for _ in range(A_REPORT - 1)))
        seen = tuple(
            Seen(item, random.choice(BLOCKS), random.randint(1, 100), "", "tea-22", views, 1, 0)
            for item, views in zip(items, random.choices((0, 1), k=A_REPORT), strict=True)
        )
        time = START + int(now * 1000)
        yield report(time, random.choice(posts), random.choice(visitors), seen)


def real(places: Sequence[Shown]) -> Iterator[ViewReport]:
    """Make the reports of readers, each of whom sees all posts at the end of the day."""
    for reader in range(READERS):
        for post, block, rank, item in places:
            seen = Seen(item, block, rank, "", "tea-22", 1, 0, 0)
            yield report(START + DAY - 1000, post, f"f{reader:015x}", (seen,))


def report(time: int, post: str, visitor: str, seen: tuple[Seen, ...]) -> ViewReport:
    """Make a report; its id is not looked at."""
    return ViewReport(f"{time:012x}7000{8:04x}{0:012x}", time, post, visitor, seen)


def load(loader: Loader, spool: Path, reports: Iterable[ViewReport]) -> set[str]:
    """Spool reports and load them, some at once; return their visitors."""
    rest, visitors = iter(reports), set[str]()
    while some := [*islice(rest, AT_ONCE)]:
        writer = SpoolWriter(spool)
        assert all(writer.append(report_line(each)) for each in some)
        writer.close()
        loader.load()
        visitors.update(each.visitor for each in some)
    return visitors


def measure(name: str, places: Sequence[Shown], own: OwnNames, number: int) -> bool:
    """Print what a day has, of which posts the loader knows some; return whether bars hold."""
    posts = list(dict.fromkeys(post for post, *_ in places))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/linkmgr.db")
        create_if_empty(engine)
        spool = Path(folder, "spool")
        loader = Loader(engine, spool, "Asia/Tokyo", own)
        forgers = load(loader, spool, forged(Random(2), number, posts))
        load(loader, spool, real(places))
        with engine.connect() as connection:
            rows = connection.execute(
                select(ViewRow.post, ViewRow.block, ViewRow.rank, ViewRow.item, ViewRow.views)
            ).all()
            more_clicks = connection.scalar(
                select(func.count()).select_from(ViewRow).where(ViewRow.clicked > ViewRow.views)
            )
        engine.dispose()
    views = Counter[str]()
    for *_, item, of_row in rows:
        views[item] += of_row
    most = max(views.values())
    kept = len({*places}.intersection((*place,) for *place, _ in rows)) / len(places)
    print(
        f"  {name:22}{len(rows):7,} rows, with {kept:6.1%} of the {len(places):,} placements;"
        f" an item has {most:,} views at most, by {len(forgers):,} forged visitors",
        flush=True,
    )
    readers_views = READERS * len(posts)
    return (
        most <= len(forgers) * DAILY_VIEWS + readers_views
        and not more_clicks
        and len(rows) <= 2 * MOST_ROWS + ITEMS
    )


def flood(kind: str, seconds: float) -> bool:
    """Print what redirects take beside 4,000 new user agents a second; return whether quick."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        draft = sites.draft_catalog(clicks.ITEMS)
        draft["site"] |= {"server": "https://go.example.com"}
        sites.write_catalog(folder, draft)
        command = [sys.executable, "-m", "linkmgr", "serve"]
        environ = clicks.environment(folder, port, None)
        with running(command, port, folder, environ) as server:
            alone = clicks.load(server, seconds, seed=1)
            with ThreadPoolExecutor() as pool:
                flooding = pool.submit(clicks.load, server, seconds + 4, 2, kind)
                time.sleep(2)
                beside = clicks.load(server, seconds, seed=3)
                made_up = flooding.result()
            crowded = clicks.metrics(server)["linkmgr_crowded_out_total"]
    print(
        f"  {kind:8}{made_up.rate:7,.0f} new user agents a second, {crowded:,.0f} not written;"
        f" redirects beside them {beside.rate:,.0f}/s, p99 {beside.p99:.1f} ms"
        f" (alone {alone.rate:,.0f}/s, {alone.p99:.1f} ms)",
        flush=True,
    )
    return beside.p99 < clicks.P99_BAR


def main() -> None:
    """Print the figures; exit with 1 when one misses its bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8, help="of each load")
    options = parser.parse_args()
    print(f"{options.reports:,} forged reports of {A_REPORT} placements each, from one address")
    places = shown(Random(1))
    own = OwnNames(frozenset(post for post, *_ in places))
    met = measure("the site is known", places, own, options.reports)
    met &= measure("the site is not known", places, OwnNames(), options.reports)
    if shutil.which("wrk"):
        for kind in ("flood", "spread"):
            met &= flood(kind, options.seconds)
    sys.exit(not met)


if __name__ == "__main__":
    main()
