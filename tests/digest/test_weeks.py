"""A month is staged on a local server: each week's digest names what is new in it, and no more."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from linkmgr.builder.processes import silently
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.check.shop_links import PageShopLink, items_by_page, programmes_of
from linkmgr.check.visit import OnlineCheck
from linkmgr.digest import DigestSources, last_week, make_digest
from linkmgr.links.recognition.shop_pages import shop_page
from linkmgr.messages.errors import Location
from linkmgr.store.db.engine import open_engine
from linkmgr.store.shop_pages import ShopPages
from tests.support.builds import yaml_of
from tests.support.databases import create_tables
from tests.support.shop_server import LIMITS, names_here, shop_open, visitor

SITE = "https://tea.example"
ADMIN = "http://127.0.0.1:8911"
MONDAY = date(2026, 3, 2)
WEEKS = 5
ANSWERS = 28  # of pages; of a whole month 1,000

# On which day of the month, counted from Monday, pages are first gone. All pages are looked at on
# that Monday and each seventh night from there; a second look, a night later, says that it is so.
DEATHS = {1: 404, 2: 410, 4: 410, 6: 404, 9: 404, 11: 404, 13: 410, 16: 404, 20: 404, 21: 404}
DEATHS |= {24: 410, 26: 410}
BACK_AGAIN = 7  # gone at one look, and there at the next
ENDS = (3, 5, 8, 12, 16, 20, 23, 26, 29)
PRICES = (2, 4, 7, 11, 15, 16, 20, 22, 27)  # the last days on which prices are shown
PRICE_DAYS = 10


def monday(week):
    return MONDAY + timedelta(weeks=week)


def on(day):
    return MONDAY + timedelta(days=day)


def told_after_death(day):
    """Return the week whose digest tells that a page was gone from a day on."""
    looked = -(-day // 7) * 7  # the next look of the page, each seventh night
    return (looked + 1) // 7  # confirmed a night later


def make_catalog(shop, answers):
    """Write a catalog of pages of a shop, of calls to action that end, and of prices."""
    books = {
        f"book-{number}": {
            "title": f"Book {number}",
            "url": shop.url(f"/book-{number}"),
            "programme": "kettles",
        }
        for number in range(answers)
    }
    for day in PRICES:
        books[f"price-{day}"] = {
            "title": f"Price {day}",
            "url": f"{SITE}/shop/{day}/",
            "programme": "own",
            "price": "$12.00",
            "price-at": on(day - PRICE_DAYS).isoformat(),
        }
    ctas = {
        f"end-{day}": {
            "heading": f"End {day}",
            "label": "Read",
            "url": f"{SITE}/letter/",
            "valid-until": on(day).isoformat(),
        }
        for day in ENDS
    }
    tracker = "https://px.a8.net/svt/ejp?a8mat=1A2B3C+4D5E6F+7G8H+9I0JK"
    ctas["tracked"] = {"heading": "Tracked", "label": "Buy", "url": tracker, "programme": "a8"}
    catalog = {
        "site": {"name": "Tea Notes", "url": SITE, "language": "en", "price-days": PRICE_DAYS},
        "programmes": {
            "amazon": {"tag": "ours-20"},
            "kettles": {"name": "Kettles"},
            "own": {"name": "My shop"},
            "a8": {"name": "A8"},
        },
        "books": books,
        "ctas": ctas,
    }
    return parse_catalog(yaml_of(catalog).encode(), "catalog.yaml")


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'linkmgr.db'}")
    create_tables(engine)
    yield engine
    engine.dispose()


class Month:
    """The nights of a month: what the shop answers, and a check of the pages that are due."""

    def __init__(self, shop, engine, answers):
        self.shop, self.catalog = shop, make_catalog(shop, answers)
        self.hosts = set()
        self._engine, self._records = engine, ShopPages(engine)
        programmes = programmes_of(self.catalog)
        self._links = [
            PageShopLink(url, shop_page(url, programmes), "catalog.yaml", Location("catalog.yaml"))
            for url in items_by_page(self.catalog)
            if not url.startswith(SITE)
        ]
        self.urls = [link.url for link in self._links]

    def check(self, day):
        """Look at the pages that are due on a night."""

        def resolve(host, port):
            self.hosts.add(host)
            return names_here(host, port)

        self.shop.statuses = {f"/book-{BACK_AGAIN}": 404} if day == 7 else {}
        self.shop.statuses |= {
            f"/book-{first}": status for first, status in DEATHS.items() if day >= first
        }
        clock = datetime.combine(on(day), datetime.min.time(), UTC).timestamp()
        online = OnlineCheck(self._records, visitor(LIMITS, resolve), SITE, lambda: clock)
        list(online.findings(self._links, silently))

    def digest(self, today, record=None, week=None):
        """Make the digest of the week before a day."""
        now = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=8)
        with self._engine.connect() as connection:
            sources = DigestSources(connection, self.catalog, (), None, ADMIN, now)
            return make_digest(sources, week or last_week(today), record)

    def pass_weeks(self, weeks):
        """Check each night of some weeks, and return each Monday's digest."""
        digests, record = [], None
        for day in range(7 * weeks + 1):
            if day and day % 7 == 0:
                digests.append(self.digest(on(day), record))
                record = digests[-1].record
            self.check(day)
        return digests


@pytest.fixture(params=[ANSWERS])
def month(request, engine):
    with shop_open() as shop:
        yield Month(shop, engine, request.param)


def part(text, heading):
    """List the names in bold in a part of a digest."""
    lines = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"\*\*(.+?)\*\*", lines))


@pytest.mark.parametrize(
    "month", [ANSWERS, pytest.param(1_000, marks=pytest.mark.soak)], indirect=True
)
def test_each_week_names_what_is_new_in_it_and_no_other(month):
    digests = month.pass_weeks(WEEKS)
    for week, digest in enumerate(digests):
        gone = {f"Book {day}" for day in DEATHS if told_after_death(day) == week}
        # What ends is told in the week before, and by the first digest what has just ended.
        ends = {f"End {day}" for day in ENDS if max(day // 7 - 1, 0) == week}
        prices = {f"Price {day}" for day in PRICES if day // 7 == week}
        assert part(digest.text, "Gone from the shop") == gone, week
        assert part(digest.text, "Ends") == ends, week
        assert part(digest.text, "Old prices") == prices, week
        assert not digest.text or gone | ends | prices
    named = re.findall(r"\*\*(.+?)\*\*", "".join(digest.text for digest in digests))
    assert len(named) == len(DEATHS) + len(ENDS) + len(PRICES) == 30
    asked = {request.partition(" ")[2] for request in month.shop.requests}
    assert len(asked) == sum(url.startswith(month.shop.url("")) for url in month.urls)
    assert month.hosts == {"shop.test"}  # no tracker's
    assert month.digest(monday(WEEKS + 1), digests[-1].record).text == ""


def test_a_digest_is_made_again_and_told_once(month):
    first = month.digest(monday(1))
    assert part(first.text, "Ends") == {"End 3", "End 5", "End 8", "End 12"}
    again = month.digest(monday(1) + timedelta(days=2), first.record)
    assert part(again.text, "Ends") == part(first.text, "Ends")
    second = month.digest(monday(2), again.record)
    assert part(second.text, "Ends") == {"End 16", "End 20"}
    third = month.digest(monday(3), second.record, last_week(monday(1)))
    assert part(third.text, "Ends") == part(first.text, "Ends")
    assert third.record == second.record


def test_what_a_missed_week_had_is_in_the_next(month):
    first = month.digest(monday(1))
    third = month.digest(monday(3), first.record)
    assert part(third.text, "Ends") == {"End 16", "End 20", "End 23", "End 26"}
    assert part(third.text, "Old prices") == {f"Price {day}" for day in (7, 11, 15, 16, 20)}


def test_each_line_has_the_page_that_acts(month):
    for day in (0, 7, 8):
        month.check(day)
    text = month.digest(monday(2)).text
    replace, edit = "/admin/selected-items?action=replace&id=book-1", "/admin/items/end-12/edit"
    assert f"[Replace it]({ADMIN}{replace})" in text
    assert f"<{month.shop.url('/book-1')}>" in text
    assert f"[Extend it, or choose what follows]({ADMIN}{edit})" in text
    assert "gone (404 or 410), since Mar 9, 2026. 0 clicks this week." in text
