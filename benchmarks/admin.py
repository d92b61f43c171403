"""Measures every page of the admin over a large site with a year of 10 million clicks, and views.

Each page that the app has a route for, some of them with what their forms ask for, is asked for in
one process: for the first time, and then the least of several, as what else the machine does only
adds, each after another click and report. What goes over the wire is the page with the static files
that it names, these compressed as for any browser. `make bench` runs it.
"""

import argparse
import gc
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import figures
import html5lib
import sites
import views
from databases import databases
from flask import Flask
from flask.testing import FlaskClient
from site_index import wait_until_ready
from sqlalchemy import Engine, update
from werkzeug.routing import Rule

from linkmgr.admin.app import make_admin
from linkmgr.admin.common.context import EXTENSION
from linkmgr.clicks.periods import last_days
from linkmgr.figures.queries import last_day
from linkmgr.placements.find import LinkPlacement, Register
from linkmgr.placements.output import save_register
from linkmgr.settings import Settings, read_settings
from linkmgr.site_index.posts import PAGE
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import CountedDay, Total, ViewTotal
from linkmgr.web.server.admin import FEW_COLLECTIONS
from tests.support.accounts import add_user

POSTS, ITEMS = 10_000, 2_000
LINKS = 4  # of a programme on the page of a post
ROUNDS = 7
PAGE_BAR, FIRST_BAR, SAVE_BAR = 100.0, 500.0, 300.0  # ms
FILE_BAR = 1000.0  # of all lines of a table
WEIGHT_BAR = 150_000  # bytes
BOOK = "item-1000"
USER, PASSWORD = "owner", "four plain words here"

# Addresses of routes in states other than the usual one.
STATES: Mapping[str, tuple[str, ...]] = {
    "dashboard.index": (
        *("?days=1", "?days=7", "?days=90", "?period=last-month", "?period=last-year"),
        *(f"?days=30&against=year&item={BOOK}", f"?days=90&item={BOOK}&device=phone"),
    ),
    "items.index": ("?q=発酵", "?page=20", "?order=name"),
    "items.add": ("?paste=4873119324",),
    "items.selected": (f"?action=replace&id={BOOK}",),
    "mappings.index": ("?q=木", "?sort=-uses"),
    "mappings.mappings": ("?page=20",),
    "posts.index": ("?q=発酵", "?page=100", "?shows=nothing"),
    "search.index": ("?q=発酵",),
}
# Their plain addresses lead back to the list where nothing is selected.
OF_SELECTED = {"items.selected", "mappings.selected", "posts.selected", "settings.remove_user"}
# What is in the place of a variable in the addresses of one route alone.
NAMES = {"settings.block": "books", "settings.programme": "amazon"}
# Of who is not signed in, of a link that works once, of work that goes on, of a test of variants, a
# problem of a check or a cover, of which there are none here; those of earnings are in
# `earnings.py`.
APART = {
    *("health.problem", "health.progress", "items.picture", "items.test"),
    *("login.form", "login.join", "login.setup", "static"),
}
# What a page loads; other links are followed by who wants to.
GZIP = {"Accept-Encoding": "gzip"}
LOADED = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="(/admin/[^"]+)"')


def addresses(app: Flask, values: dict[str, Any]) -> Iterator[str]:
    """Yield the addresses of all pages, `values` in the place of what is variable in them."""
    with app.test_request_context():
        adapter = app.url_map.bind("")
        for rule in app.url_map.iter_rules():
            if (
                "GET" in (rule.methods or ())
                and rule.endpoint not in APART
                and not rule.endpoint.startswith("earnings.")
            ):
                path = adapter.build(rule.endpoint, _wanted(rule, values))
                if rule.endpoint not in OF_SELECTED:
                    yield path
                yield from (path + query for query in STATES.get(rule.endpoint, ()))


def _wanted(rule: Rule, values: dict[str, Any]) -> dict[str, Any]:
    own = {"name": NAMES[rule.endpoint]} if rule.endpoint in NAMES else {}
    return {name: (values | own)[name] for name in rule.arguments}


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def weight(client: FlaskClient, text: str) -> int:
    """Return the bytes of a page and of what it loads."""
    loaded = {path.replace("&amp;", "&") for path in LOADED.findall(text)}
    return len(text.encode()) + sum(len(client.get(path, headers=GZIP).data) for path in loaded)


def fields_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Return what a browser would send of a page's own form, which is its last."""
    document = html5lib.parse(client.get(path).text, namespaceHTMLElements=False)
    *_, form = document.iterfind(".//main//form")
    sent = {}
    for field in form.iter():
        name = field.get("name", "")
        if field.tag == "textarea":
            sent[name] = (field.text or "").removeprefix("\n")
        elif field.tag == "select":
            chosen = field.find("option[@selected]")
            sent[name] = "" if chosen is None else chosen.get("value", "")
        elif field.tag == "input" and (
            field.get("type") != "checkbox" or "checked" in field.attrib
        ):
            sent[name] = field.get("value", "")
    return sent


def send(client: FlaskClient, path: str, **over: str) -> float:
    """Send a page's form with some fields changed; return how long the server took."""
    fields = fields_of(client, path) | over
    start = time.perf_counter()
    answer = client.post(path, data=fields)
    taken = (time.perf_counter() - start) * 1000
    assert answer.status_code == 303, answer.text  # noqa: PLR2004 - on to the next page
    return taken


def add_counts(engine: Engine) -> None:
    """Count another click, a bot's, and a view today, as the loader does every few seconds."""
    with writing(engine) as connection:
        today = last_day(connection)
        for table, column in ((Total, "bots"), (ViewTotal, "views")):
            of_today = (table.dimension == "all") & (table.day == today)
            counted = getattr(table, column)
            connection.execute(update(table).where(of_today).values({column: counted + 1}))
        connection.execute(
            update(CountedDay).where(CountedDay.day == today).values(number=CountedDay.number + 1)
        )


def time_of(client: FlaskClient, engine: Engine, path: str) -> float:
    """Return what a page takes after a click and a report."""
    add_counts(engine)
    return milliseconds(partial(client.get, path))


def measure_pages(client: FlaskClient, engine: Engine, paths: Iterable[str]) -> bool:
    """Print what each page takes; return whether all are below the bars."""
    met = True
    for path in paths:
        start = time.perf_counter()
        answer = client.get(path)
        first = (time.perf_counter() - start) * 1000
        assert answer.status_code in (200, 204), (path, answer.status_code)  # 204: nothing to show
        is_page = answer.mimetype == "text/html"
        heavy = weight(client, answer.text) if is_page else 0
        taken = min(time_of(client, engine, path) for _ in range(ROUNDS))
        met &= tell(path, taken, PAGE_BAR if is_page else FILE_BAR, heavy, first)
    return met


def measure_saves(client: FlaskClient) -> bool:
    """Print what saving a book takes, and the page after it; return whether both are quick."""
    path = f"/admin/items/{BOOK}/edit"
    saves, afterwards = [], []
    for number in range(ROUNDS):
        saves.append(send(client, path, blurb=f"{number}度目の紹介文"))
        afterwards.append(milliseconds(partial(client.get, f"/admin/items/{BOOK}")))
    return tell("saving a book", min(saves), SAVE_BAR) & tell(
        "the page after it", min(afterwards), PAGE_BAR
    )


def tell(what: str, taken: float, bar: float, heavy: int = 0, first: float = 0.0) -> bool:
    """Print a row; return whether it is below its bars. What is no page may take long at first."""
    met = taken < bar and heavy < WEIGHT_BAR and (first < FIRST_BAR or bar == FILE_BAR)
    verdict = "" if met else "  NOT MET"
    times = f"{first:8.0f} ms{taken:8.0f} ms"
    print(f"{what:46}{times} {heavy / 1000:8.0f} kB{verdict}", flush=True)
    return met


def measure(name: str, url: str, environ: Mapping[str, str], only: str) -> bool:
    """Print what pages take over one database, those with `only` in their addresses.

    Return whether all are below the bars.
    """
    settings = read_settings({**environ, "LINKMGR_DATABASE_URL": url})
    with admin_with_site(settings) as app:
        return measure_app(app, name, only)


@contextmanager
def admin_with_site(settings: Settings) -> Iterator[Flask]:
    """Give an admin that has read its site."""
    app = make_admin(settings)
    site = app.extensions[EXTENSION].held_site
    site.start()
    try:
        wait_until_ready(site)
        yield app
    finally:
        site.stop()


def measure_app(app: Flask, name: str, only: str) -> bool:
    """Print what pages of an admin take; return whether all are below the bars."""
    index = app.extensions[EXTENSION].held_site.index
    posts = [row.key for number in range(1, POSTS // PAGE + 1) for row in index.posts(number).rows]
    engine = app.extensions[EXTENSION].engine
    year = last_days(365, datetime.now(UTC).date())
    views.fill(engine, figures.Clicked([f"item-{n}" for n in range(ITEMS)], posts, year), years=1)
    add_user(engine, USER, PASSWORD)
    client = app.test_client()
    send(client, "/admin/login", name=USER, password=PASSWORD)
    print(
        f"{name}: {POSTS:,} posts, {ITEMS:,} items with a mapping each, {figures.CLICKS:,} clicks"
    )
    met = True if only else measure_saves(client)
    values = {"item": BOOK, "name": BOOK, "key": posts[0], "number": 2, "by": "post"}
    # All of them first: as long as their context is open, requests share its view of the database.
    wanted = [path for path in addresses(app, values) if only in path]
    met &= measure_pages(client, engine, wanted)
    engine.dispose()
    bars = f"pages under {FIRST_BAR:.0f} ms, then {PAGE_BAR:.0f}, and {WEIGHT_BAR / 1000:.0f} kB"
    print(f"{bars}, saves under {SAVE_BAR:.0f} ms  {'met' if met else 'NOT MET'}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f}\n", flush=True)
    return met


def placements() -> Iterator[LinkPlacement]:
    """Yield the links that were found on the pages of posts, one in ten of A8's."""
    for number in range(POSTS * LINKS):
        page, item = number // LINKS, f"item-{number % ITEMS}"
        programme, advertiser = ("amazon", "") if number % 10 else ("a8", "s00000001642001")
        url = f"https://blog.example.com/post-{page}/"
        link = f"https://shop.example.com/{item}"
        file = f"_posts/2026-01-01-post-{page}.md"
        yield LinkPlacement(
            url, programme, advertiser, item, "books", link, file, number % LINKS + 1
        )


def written_site(root: Path) -> dict[str, str]:
    """Write a site, and return the environment of its server."""
    sites.write_site(root, POSTS)
    draft = sites.draft_catalog(ITEMS)
    draft["site"] |= {"server": "https://go.example.com", "views": True, "timezone": "UTC"}
    sites.write_catalog(root, draft)
    save_register(root, Register(time.time(), list(placements())))
    (root / "instance").mkdir()
    return {
        "LINKMGR_CATALOG": str(root / "catalog.yaml"),
        "LINKMGR_INSTANCE": str(root / "instance"),
        "LINKMGR_SITE": str(root),
    }


def main() -> None:
    """Measure over each database; exit with 1 when a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="measure the pages with this in their address")
    only = parser.parse_args().only
    gc.set_threshold(FEW_COLLECTIONS)  # as in the admin's own process
    with tempfile.TemporaryDirectory() as folder:
        environ = written_site(Path(folder))
        met = [measure(name, url, environ, only) for name, url in databases()]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
