"""The demo's blog after some weeks: an account, edits by hand, and readers who click."""

import time
from contextlib import chdir, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from types import SimpleNamespace

from linkmgr.admin.app import make_admin
from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.editing.edits import record_external_edit
from linkmgr.catalog.editing.edit_file import read_revision
from linkmgr.check.findings import CODES, CheckResult, Finding
from linkmgr.check.last_result import save_last_result
from linkmgr.check.online import Answer, Look, ShopPage
from linkmgr.clicks.model import Device
from linkmgr.messages.errors import Location
from linkmgr.placements.a8 import LAST_LIST
from linkmgr.placements.find import LinkPlacement, Register
from linkmgr.placements.output import save_register
from linkmgr.settings import read_settings
from linkmgr.store.db.engine import open_engine
from linkmgr.store.shop_pages import ShopPages
from tests.admin.conftest import NAME, PASSWORD
from tests.support.accounts import add_user
from tests.support.admin_browser import copy_demo, served
from tests.support.databases import create_tables
from tests.support.indexed_site import indexing
from tests.support.site_index import index_at, with_site
from tests.support.store import load, make_click, spool_up

_A8_LINK = "https://px.a8.net/svt/ejp?a8mat=4B3LMV+C506SY+CO4+6Q74X"
REGISTER = [
    LinkPlacement(f"https://tezukuri.example.com/{page}/", *rest, f"_posts/{page}.md", 12)
    for page, *rest in (
        ("bread", "amazon", "", "kitchen-knives", "books", "https://www.amazon.co.jp/dp/1/"),
        ("knives", "a8", "s00000001642001", "", "by-hand", _A8_LINK),
        ("knives", "a8", "", "", "by-hand", "https://px.a8.net/svt/ejp?a8mat=NO+ID"),
    )
]
_IN_FEED = REGISTER[1]._replace(url="https://tezukuri.example.com/feed.xml", entry=REGISTER[1].url)
A8_LIST = "s00000008903001,https://tezukuri.example.com/gone/\n"

# So that the last 30 days have the 30 from 35 days before them.
DAYS = 68
A_DAY = 45  # clicks
BOTS = 0.12
REFERRERS = {
    "www.google.com": 42,
    "": 20,
    "tezukuri.example.com": 14,
    "t.co": 8,
    "b.hatena.ne.jp": 6,
    "search.yahoo.co.jp": 5,
    "www.bing.com": 3,
    "duckduckgo.com": 2,
}
DEVICES = {Device.PHONE: 62, Device.DESKTOP: 32, Device.TABLET: 6}
HOURS = (4, 2, 1, 1, 1, 3, 8, 14, 13, 9, 8, 9, 15, 10, 8, 8, 9, 10, 13, 16, 20, 24, 20, 10)
# Weekends have more readers than other days, Wednesdays the fewest.
WEEK = (0.9, 0.85, 0.8, 0.9, 1.0, 1.35, 1.4)

FOUND = [
    Finding(
        CODES["dead-link"],
        "/about/",
        "index.html",
        Location("_layouts/default.html", 14),
        ("newsletter/index.html",),
    ),
    Finding(
        CODES["no-label"],
        "https://amzn.to/3x",
        "2026/01/11/祖母の台所/index.html",
        Location("_posts/2026-01-11-祖母の台所.md", 12),
    ),
    Finding(CODES["expires-soon"], "kitchen-coffee", "", Location("catalog.yaml", 58)),
]
# Of the demo's calls to action that have UTM parameters.
CAMPAIGNS = {"bread-class": "bread-class", "coffee-beans": "monthly-beans"}


@contextmanager
def lived_in(folder, *, edit=lambda text: text):
    """Serve the admin of such a blog from this process; `edit` changes its catalog first.

    It is yielded as `app` with `admin`, its address, and `folder`, the blog's.
    """
    site, instance = copy_demo(folder), folder / "instance"
    instance.mkdir(mode=0o700)
    catalog = site / "catalog.yaml"
    settings = read_settings({"LINKMGR_CATALOG": str(catalog), "LINKMGR_INSTANCE": str(instance)})
    engine = open_engine(settings.database_url)
    create_tables(engine)
    add_user(engine, NAME, PASSWORD)
    for change in (edit, new_edition):
        catalog.write_text(change(catalog.read_text(encoding="utf-8")), encoding="utf-8")
        assert record_external_edit(engine, catalog, read_revision(catalog))
    look_at_shops(ShopPages(engine))
    save_register(site, Register(time.time(), [*REGISTER, _IN_FEED]))
    (instance / LAST_LIST).write_text(A8_LIST, encoding="ascii")
    save_last_result(
        site,
        CheckResult(time.time(), "_site", 14, tuple(FOUND), site="https://tezukuri.example.com"),
    )
    with indexing(settings):
        spool_up(settings.spool, *clicks(placements(instance), datetime.now(UTC)))
        load(engine, settings.spool)
        engine.dispose()
        with chdir(site):  # pages name the catalog as those of a server started there
            app = make_admin(replace(settings, catalog=Path(catalog.name)))
            with_site(app, settings)
            with served(app) as admin:
                yield SimpleNamespace(app=app, admin=admin, folder=site)
    app.extensions[EXTENSION].engine.dispose()


def look_at_shops(pages):
    """Have a product and a link by hand gone from their shops, and one page unknown."""
    now = int(time.time() * 1000)
    gone, hidden = "https://shop.example/" + "kettle-" * 12, "https://amzn.to/3abc"
    coffee = "https://www.amazon.co.jp/dp/4999999005/"
    links = [ShopPage(gone, "2026/03/a.html", 3), ShopPage(coffee, "catalog.yaml", 1)]
    links.append(ShopPage(hidden, answer=Answer.HIDDEN))
    pages.note_links(links, now)
    for url in (gone, coffee):
        pages.record_look(url, Look(Answer.HOME, 200, "https://shop.example/"), now)


def new_edition(text):
    return text.replace("title: 週末の酵母パン帖", "title: 週末の酵母パン帖 新版", 1)


def clicks(placed, now):
    """Yield the clicks of the last days on what posts show, the same each time."""
    random = Random(5)  # noqa: S311 - nothing secret
    posts = sorted({post for post, *_ in placed})
    random.shuffle(posts)
    liked = {post: (1 + place) ** -0.8 for place, post in enumerate(posts)}
    weights = [
        liked[post] * (1 if block == "books" else 0.6) * rank**-0.7
        for post, block, rank, _ in placed
    ]
    cumulated = list(accumulate(weights))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(DAYS, -1, -1):
        day = midnight - timedelta(days=back)
        growth = 1 + 0.5 * (DAYS - back) / DAYS
        number = round(A_DAY * growth * WEEK[day.weekday()] * random.uniform(0.8, 1.2))
        for _ in range(number):
            hour = random.choices(range(24), HOURS)[0]
            time = day + timedelta(hours=hour, seconds=random.randrange(3600))
            post, block, rank, item = random.choices(placed, cum_weights=cumulated)[0]
            if time < now:
                yield make_click(
                    int(time.timestamp() * 1000),
                    item=item,
                    post=post,
                    block=block,
                    rank=rank,
                    referrer=random.choices([*REFERRERS], [*REFERRERS.values()])[0],
                    device=random.choices([*DEVICES], [*DEVICES.values()])[0],
                    bot="googlebot" if random.random() < BOTS else "",
                    visitor=f"{random.randrange(number * 2 // 3 + 1) + back * 1000:016x}",
                    campaign=CAMPAIGNS.get(item, ""),
                    variant="",
                    tracking="",
                )


def placements(instance):
    """Return what posts show: post, block, rank and item."""
    index = index_at(instance)
    return [
        (post.key, placement.block, placement.rank, placement.item)
        for post in index.posts_by_key(index.keys().values()).values()
        for placement in index.post(post.key)[1]
    ]
