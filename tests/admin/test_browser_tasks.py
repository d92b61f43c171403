"""What the owner comes for, in a real browser, and how many interactions each takes.

An interaction is a click, a key chord, a paste or typing into one field, or a choice in a list.
Each task begins, signed in, on the page where the owner sees the need for it: on the dashboard, but
for an item's on the page of the item or of the list, and for undoing on the page after saving.
"""

import csv
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from selenium.webdriver.common.keys import Keys

from linkmgr.admin.common.context import EXTENSION
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.check.last_result import load_last_result
from linkmgr.clicks.periods import month_of
from tests.admin.conftest import today as today_in_tokyo
from tests.support.admin_browser import served
from tests.support.book_servers import ISBN, book_search, book_services, openbd
from tests.support.cli import run
from tests.support.month_of_clicks import lived_in

pytestmark = pytest.mark.browser

AMAZON = (
    "https://www.amazon.co.jp/%E8%AA%AD%E6%9B%B8%E3%83%8E%E3%83%BC%E3%83%88%E8%A1%93-"
    "%E6%9C%AC%E9%96%93%E3%81%97%E3%81%8A%E3%82%8A/dp/4873119324/ref=sr_1_1?crid=2ABC&dib=eyJ2"
    "&keywords=%E8%AA%AD%E6%9B%B8&qid=1764200000&sprefix=note%2Caps%2C180&sr=8-1&tag=other-22"
)
# Whether Save can be pressed without scrolling.
IN_FIRST_SCREEN = """
const { top, bottom } = [...document.querySelectorAll("button")]
    .find(each => each.checkVisibility() && each.textContent === "Save").getBoundingClientRect();
return scrollY === 0 && top > 0 && bottom <= innerHeight;
"""
DEAD = '<!doctype html><title>Made by hand</title><p><a href="/gone/">A page that is gone</a>'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with lived_in(tmp_path_factory.mktemp("lived-in")) as server:
        yield server


@pytest.fixture
def with_look_up(admin_app, site, tmp_path, monkeypatch):
    """Give a server that looks books up."""
    with book_services() as services:
        services.play(openbd=openbd())
        admin = replace(admin_app.extensions[EXTENSION], books=book_search(services, tmp_path))
        monkeypatch.setitem(admin_app.extensions, EXTENSION, admin)
        with served(admin_app) as address:
            yield SimpleNamespace(app=admin_app, admin=address, folder=site)


@pytest.fixture
def at_work(signed_in):
    """Give what returns the owner, of whose pages the browser has nothing to complain."""
    came = []

    def come(server):
        came.append(signed_in(server.app, server.admin))
        return came[-1]

    yield come
    assert [person.complaints() for person in came] == [[]]


@pytest.fixture
def owner(server, at_work):
    return at_work(server)


def begin(owner, server, page="/"):
    """Be at a page, having done nothing yet."""
    owner.open(server.admin + page)
    owner.find("h1")
    owner.done = 0


def catalog_of(server):
    return load_catalog(server.folder / "catalog.yaml")


def test_a_book_is_added_by_a_long_amazon_address_in_2(owner, server):
    owner.look(width=1440, height=900)
    begin(owner, server)
    owner.paste(AMAZON)
    owner.find("#title")
    assert owner.run(IN_FIRST_SCREEN)
    owner.press("Save")
    owner.read("Added ")
    assert owner.done <= 2
    added = next(each for each in catalog_of(server).books.values() if each.asin == "4873119324")
    assert "読書ノート術" in added.title


def test_a_product_with_three_shops_is_added_in_3(owner, server):
    begin(owner, server)
    owner.paste("https://www.amazon.co.jp/Kettle-with-a-long-spout/dp/B0KETTLE01")
    owner.find("#title")
    shops = ("item.rakuten.co.jp/minamo/kettle/", "store.shopping.yahoo.co.jp/minamo/kettle.html")
    addresses = "\n".join(f"https://{shop}" for shop in shops)
    owner.fill("Add shops: their addresses, one a line", addresses)
    owner.find("#preview iframe[srcdoc*='rakuten']")
    owner.wait(lambda: not owner.chrome.find_elements("css selector", ".htmx-request"))
    owner.press("Save")
    owner.read("Added ")
    assert owner.done <= 3
    (added,) = (own for own in catalog_of(server).goods.values() if own.asin == "B0KETTLE01")
    assert [shop.preset for shop in added.shops] == ["rakuten", "yahoo"]


def test_three_books_are_compared_and_seen_in_a_post_in_8(owner, server):
    begin(owner, server, "/items?kind=books")
    chosen = ("kitchen-coffee", "drip-notes", "weekend-bread")
    for item in chosen:
        owner.tick(f'input.select[value="{item}"]')
    owner.press("Compare…")
    owner.fill("Show it on posts with", "コーヒー", Keys.ENTER)
    owner.press("Preview changes")
    owner.press("Save")
    owner.click("#comparing a")
    owner.at("/posts/")
    owner.read("台所からはじめるコーヒー")
    assert owner.done <= 8
    assert chosen in [made.items for made in catalog_of(server).comparisons.values()]


@pytest.mark.usefixtures("stranger")
def test_a_book_is_added_by_its_isbn_in_2_presses(at_work, with_look_up):
    owner = at_work(with_look_up)
    begin(owner, with_look_up)
    owner.paste(ISBN)
    owner.read("Robert C.Martin", "#book-data")
    owner.press("Save")
    owner.read("Added Clean Architecture.")
    assert owner.done <= 2
    added = catalog_of(with_look_up).books["clean-architecture"]
    assert added.author == "Robert C.Martin、角征典（翻訳）、高木正弘（翻訳）"


def test_book_is_added_by_its_isbn_in_3_where_its_title_is_typed(owner, server):
    begin(owner, server)
    owner.paste("978-4-10-101001-4")
    owner.fill("Title", "吾輩は猫である")
    owner.press("Save")
    owner.read("Added 吾輩は猫である.")
    assert owner.done <= 3
    assert "吾輩は猫である" in {each.title for each in catalog_of(server).books.values()}


def test_a_call_to_action_with_its_rule_is_added_in_5(owner, server):
    begin(owner, server)
    owner.paste("https://class.example.com/garden")
    owner.fill("Heading", "庭の教室")
    owner.fill("Text of the button", "日程を見る")
    owner.fill("Show it on posts with", "家庭菜園、", "種まき", Keys.ENTER)
    owner.read("Posts that gain it", "#impact")
    owner.press("Save")
    owner.read("Added 庭の教室.")
    assert owner.done <= 5
    (added,) = (each for each in catalog_of(server).ctas.values() if each.heading == "庭の教室")
    (rule,) = (m for m in catalog_of(server).mappings.values() if added.id in m.items)
    assert (rule.any_of.tags, rule.any_of.keywords) == (("家庭菜園",), ("種まき",))


def test_a_tag_gets_three_items_with_the_impact_in_5(owner, server):
    begin(owner, server)
    owner.press("Tags")
    owner.press("家計簿")
    titles = ("台所からはじめるコーヒー", "ハンドドリップ実験ノート", "The Slow Loaf")
    owner.fill("Add an item", *(key for title in titles for key in (title, Keys.ENTER)))
    for title in titles:
        owner.read(title, ".order")
    owner.read("Posts that gain it", "#impact")
    owner.press("Save")
    owner.read("Saved.")
    assert owner.done <= 5
    (mapping,) = (m for m in catalog_of(server).mappings.values() if "家計簿" in m.any_of.tags)
    assert mapping.items == ("kitchen-coffee", "drip-notes", "slow-loaf")


def test_a_book_is_replaced_everywhere_in_4(owner, server):
    begin(owner, server, "/items/balcony-garden")
    owner.press("Replace…")
    owner.fill("Replace with which item?", "garden-code")
    owner.press("Preview changes")
    owner.read("gain it")
    owner.press("Save")
    owner.read("The blog changes with its next build.")
    assert owner.done <= 4
    assert catalog_of(server).mappings["garden"].items == ("garden-code",)


def test_an_item_is_retired_with_its_impact_in_3(owner, server):
    begin(owner, server, "/items")
    owner.press("読書ノートのつくりかた")
    owner.press("Retire")
    owner.read("lose it")
    owner.press("Save")
    owner.read("The blog changes with its next build.")
    assert owner.done <= 3
    assert catalog_of(server).books["reading-notes"].retired


def test_a_change_is_undone_in_1(owner, server):
    begin(owner, server, "/items/kitchen-python/edit")
    owner.fill("Title", "台所のRuby")
    owner.press("Save")
    owner.read("Saved 台所のRuby.")
    owner.done = 0
    owner.press("Undo")
    owner.read("Undone: Changed 台所のRuby.")
    assert owner.done <= 1
    assert catalog_of(server).books["kitchen-python"].title == "台所のPython"


def test_last_months_best_book_and_its_posts_are_found_in_3(owner, server):
    begin(owner, server)
    owner.press("Last 30 days")
    owner.press("Last month")
    owner.at("last-month")
    best = owner.find("section[aria-labelledby=top-items] tbody a").text
    owner.press(best)
    owner.read(f"Item: {best}")
    owner.find("section[aria-labelledby=top-posts] tbody a[href*='post=']")
    assert owner.done <= 3


def test_posts_that_show_nothing_are_found_in_2(owner, server):
    begin(owner, server)
    owner.press("Posts")
    owner.click("nav a[href='/admin/posts?shows=nothing']")
    owner.at("shows=nothing")
    assert all("nothing" in text for text in owner.texts("tbody tr"))
    assert owner.done <= 2


def test_posts_without_a_book_are_found_in_1_from_posts(owner, server):
    begin(owner, server, "/posts")
    owner.click("nav a[href='/admin/posts?without=books']")
    owner.at("without=books")
    shown = owner.texts("tbody tr")
    assert all("no book" in text or "nothing" in text for text in shown)
    assert len(shown) > 0
    assert owner.done <= 1


def test_dead_links_are_found_in_2_without_a_terminal(owner, server):
    assert run("build", cwd=server.folder).code == 0
    built = server.folder / "_site" / "by-hand"
    built.mkdir(parents=True)
    (built / "index.html").write_text(DEAD, encoding="utf-8")
    begin(owner, server)
    owner.click("nav a[href='/admin/health']")
    owner.press("Check again")
    owner.wait(lambda: load_last_result(server.folder).pages == 1)  # it may be there at once
    owner.gone(".progress")
    owner.read("Link to a page that the site does not have")
    assert owner.done <= 2


def test_the_item_with_the_worst_rate_is_found_in_1(demo, demo_app, at_work):
    file = csv.DictReader(StringIO(demo.get("/admin/items.csv").text.removeprefix("\ufeff")))
    rates = {row["Item"]: float(row["Click rate"]) for row in file if int(row["Views"]) >= 500}
    with served(demo_app) as address:
        figures = SimpleNamespace(app=demo_app, admin=address)
        owner = at_work(figures)
        begin(owner, figures, "/items")
        owner.press("Lowest click rate first")
        owner.at("state=lowest-rate")
        owner.read("same places", "tbody")
        assert owner.done <= 1
        titles = owner.texts("tbody th a.t")
        assert set(titles) == set(rates)
        assert [rates[title] for title in titles] == sorted(rates.values())


def test_a_report_leads_to_posts_that_earn_nothing_in_6_presses(owner, server, tmp_path):
    today = today_in_tokyo()
    month = month_of(today)
    report = tmp_path / f"Fee-Earnings-{today:%Y%m%d}.csv"
    asin = catalog_of(server).books["kitchen-coffee"].asin
    report.write_text(
        f"Fee-Earnings reports from {month.since} to {today}\n"
        "Category,Name,ASIN,Seller,Tracking ID,Date Shipped,Price(JPY),Items Shipped,Returns,"
        "Revenue(JPY),Ad Fees(JPY),Device Type Group,Direct Sale\n"
        f"Books,Coffee,{asin},Amazon,no-such-22,{month.since},1000,1,0,1000,45,PHONE,Direct\n"
    )
    begin(owner, server)
    owner.press("Earnings")
    owner.press("Import a report")
    owner.fill("File", str(report))
    owner.press("Import")
    owner.read("Imported 1 row of ")
    owner.click('.tabs a[href*="by=post"]')
    owner.find('.tabs a[href*="by=post"][aria-current]')  # the page before has the next link, too
    owner.press("Read, earning nothing")
    owner.read("no report says that they earned anything", "#table")
    assert owner.done <= 6
    assert owner.texts("#table tbody th a")
