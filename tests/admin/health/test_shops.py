"""Shops' pages are looked at from the admin, and what is gone from a shop is replaced there."""

import re

import html5lib
import pytest

from linkmgr.builder.run import build
from linkmgr.check.findings import CheckResult
from linkmgr.check.last_result import save_last_result
from linkmgr.check.online import DAY, Answer, Look, ShopPage
from linkmgr.store.jobs import JobKind
from linkmgr.store.shop_pages import ShopPages
from tests.admin.conftest import queries
from tests.support.indexed_site import indexer_of
from tests.support.jobs import ended_job

PAGE = "/admin/health"
SHOPS = f"{PAGE}/shops"
BY_HAND = "https://shop.example/%E9%89%84%E7%93%B6"
PRODUCT = "https://www.amazon.co.jp/dp/4999999005/"
NIGHT = 1_800_000_000_000


@pytest.fixture
def pages(engine):
    pages = ShopPages(engine)
    links = (BY_HAND, 3), (PRODUCT, 2)
    pages.note_links([ShopPage(url, "2026/a.html", places) for url, places in links], 1)
    return pages


@pytest.fixture
def gone(pages):
    """Have both pages gone at last night's look."""
    for url in (BY_HAND, PRODUCT):
        pages.record_look(url, Look(Answer.HOME, 200), NIGHT)
    return pages


def rows(text):
    return re.findall(r'<tr>\s*<th scope="row">.*?</tr>', text, re.DOTALL)


@pytest.mark.parametrize("path", [PAGE, SHOPS])
@pytest.mark.usefixtures("gone")
def test_a_product_that_is_gone_leads_to_form_that_replaces_it(admin_client, path):
    text = admin_client.get(path).text
    by_item = next(row for row in rows(text) if PRODUCT in row)
    href = re.search(r'href="(/admin/selected-items[^"]+)"', by_item)[1].replace("&amp;", "&")
    assert "id=kitchen-coffee" in href
    form = admin_client.get(href).text
    assert 'value="kitchen-coffee"' in form
    assert 'name="given"' in form
    html5lib.HTMLParser(strict=True).parse(text)


@pytest.mark.parametrize("path", [PAGE, SHOPS])
def test_a_product_says_since_which_day_it_is_gone(admin_client, gone, path):
    gone.record_look(PRODUCT, Look(Answer.HOME, 200), NIGHT + 9 * DAY)
    by_item = next(row for row in rows(admin_client.get(path).text) if PRODUCT in row)
    assert ">Jan 15, 2027</td>" in by_item


@pytest.mark.usefixtures("gone")
def test_a_product_that_was_replaced_waits_for_the_next_build(admin_app, admin_client, site):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "  kitchen-coffee:\n", "  kitchen-coffee:\n    retired: true\n"
    )
    file.write_text(text, encoding="utf-8")
    row = next(row for row in rows(admin_client.get(SHOPS).text) if PRODUCT in row)
    assert "It leaves the pages with the next build." in row
    assert "selected-items" not in row
    with admin_app.test_request_context("/admin/"):
        notice = admin_app.jinja_env.get_template("health/gone_notice.html").render()
    assert "1 page of a shop that you link to is gone." in notice  # the one by hand


@pytest.mark.usefixtures("gone")
def test_a_link_by_hand_says_where_it_is_without_a_replacement(admin_client):
    by_hand = next(row for row in rows(admin_client.get(SHOPS).text) if BY_HAND in row)
    assert "selected-items" not in by_hand
    assert "shop.<wbr>example/<wbr>鉄瓶</a>" in by_hand
    assert re.search(r"<code>2026/<wbr>a.<wbr>html</code>\s+and 2 more", by_hand)
    assert "sends visitors to the shop&#39;s home page" in by_hand


def test_what_is_known_of_the_pages_is_summed_up(admin_client, gone):
    gone.note_links([ShopPage("https://amzn.to/3", answer=Answer.HIDDEN), ShopPage(BY_HAND)], 2)
    text = admin_client.get(SHOPS).text
    assert "0 found, 1 gone, 0 unreachable, 1 unknown." in text
    assert re.search(r"The last look was .* ago\.", text)


@pytest.mark.usefixtures("gone")
def test_a_false_alarm_is_dismissed_on_the_page(admin_client):
    dismiss = f"{SHOPS}/dismiss"
    answer = admin_client.post(dismiss, {"url": BY_HAND, "back": PAGE}, page=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    text = admin_client.get(SHOPS).text
    assert "Dismissed until it changes: https://shop.example/鉄瓶" in text
    assert "Dismissed: 1." in text
    admin_client.post(dismiss, {"url": BY_HAND}, page=PAGE)
    assert "This page isn&#39;t reported any more" in admin_client.get(SHOPS).text


def test_the_dashboards_notice_names_the_product_of_last_night(
    admin_app, admin_client, pages, site
):
    def notice():
        with admin_app.test_request_context("/admin/"):
            return admin_app.jinja_env.get_template("health/gone_notice.html").render()

    assert notice().strip() == ""
    pages.record_look(PRODUCT, Look(Answer.HOME, 200), NIGHT)
    save_last_result(site, CheckResult(NIGHT / 1000, "_site", 2, ()))
    assert "is gone from its shop." in notice()
    assert "id=kitchen-coffee" in notice()
    pages.record_look(BY_HAND, Look(Answer.HOME, 200), NIGHT)
    save_last_result(site, CheckResult(NIGHT / 1000 + 9, "_site", 2, ()))
    assert "2 pages of shops that you link to are gone." in notice()
    assert "2 pages of shops that you link to are gone." in admin_client.get("/admin/").text


@pytest.mark.usefixtures("gone")
def test_healths_number_is_asked_for_once_until_a_dismissal(admin_client, engine):
    def asked_of():
        with queries(engine) as asked:
            number = re.search(r'<span class="count">(\d)', admin_client.get("/admin/tags").text)
        return int(number[1]), any("shop_pages" in query for query in asked)

    number, is_asked = asked_of()
    assert is_asked
    assert asked_of() == (number, False)
    for url in (BY_HAND, PRODUCT):
        admin_client.post(f"{SHOPS}/dismiss", {"url": url}, page=PAGE)
    assert asked_of() == (number - 1, True)


@pytest.mark.server
def test_a_press_of_the_button_looks_at_the_shops_pages(admin_client, settings, site, engine):
    news = "  news: {heading: News, label: Read, url: 'http://127.0.0.1:9/kettle'}\n"
    own = "site: {name: Tea, url: 'https://tea.example', language: en}\nctas:\n"
    (site / "catalog.yaml").write_text(own + news, encoding="utf-8")
    for post in (site / "_posts").iterdir():  # some name items that this catalog lacks
        post.unlink()
    (site / "_posts" / "2026-01-01-tea.md").write_text("---\ntitle: Tea\n---\n", encoding="utf-8")
    build(site)
    indexer_of(settings)
    (site / "_site").mkdir()
    (site / "_site" / "index.html").write_text("<p>Tea", encoding="utf-8")
    answer = admin_client.post(f"{PAGE}/check", {"online": "yes", "back": SHOPS}, page=SHOPS)
    assert (answer.status_code, answer.headers["Location"]) == (303, SHOPS)
    assert ended_job(engine, settings, JobKind.SHOPS).error is None
    known = {page.url: page.answer for page in ShopPages(engine).linked()}
    assert known["http://127.0.0.1:9/kettle"] is Answer.NOT_PUBLIC  # this machine is not asked
