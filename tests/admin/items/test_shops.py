"""The page of an item says of each shop whether its page is there, and how old its price is."""

import re
import time
from datetime import timedelta
from html import unescape

import pytest

from linkmgr.check.online import Answer, Look, ShopPage
from linkmgr.store.shop_pages import ShopPages
from tests.admin.conftest import today

AMAZON = "https://www.amazon.co.jp/dp/4999999005/"
RAKUTEN = "https://books.rakuten.co.jp/rb/1/"
OWN, FAIR = "https://tezukuri.example.com/shop/1", "https://tezukuri.example.com/fair/1"
PAGE = "/admin/items/kitchen-coffee"


@pytest.fixture
def shops(file, engine):
    """Give the item three further shops, two with a price; all its pages are known."""
    seen, old = today() - timedelta(days=5), today() - timedelta(days=40)
    lines = f"""\
    shops:
      - {{url: "{RAKUTEN}", preset: rakuten-books}}
      - {{url: "{OWN}", programme: site, label: 直販, price: "￥1,800", price-at: {seen}}}
      - {{url: "{FAIR}", programme: site, label: 即売会, price: "￥1,900", price-at: {old}}}
"""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  kitchen-coffee:\n", f"  kitchen-coffee:\n{lines}", 1), "utf-8")
    pages = ShopPages(engine)
    links = [ShopPage(url, "2026/a.html", 1) for url in (AMAZON, RAKUTEN, OWN, FAIR)]
    pages.note_links(links, 1)
    return pages


def rows(browser):
    """Return what the rows of the item's shops say."""
    page = browser.get(PAGE)
    assert page.status_code == 200, page.text
    text = page.text.replace("<wbr>", "").partition('id="shops"')[2].partition("</section>")[0]
    cells = re.findall(r'<tr>\s*<th scope="row">.*?</tr>', text, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in cells]


def test_each_shop_has_its_state_and_the_age_of_its_price(admin_client, shops):
    two_days_ago = int((time.time() - 2 * 24 * 3600) * 1000)
    shops.record_look(AMAZON, Look(Answer.FOUND, 200), two_days_ago)
    shops.record_look(RAKUTEN, Look(Answer.HOME, 200), two_days_ago)
    amazon, rakuten, own, fair = rows(admin_client)
    assert amazon == "Amazon is there looked at 2 days ago –"
    assert rakuten.startswith("Rakuten Books is gone sends visitors to the shop's home page looked")
    assert own.startswith("直販 not looked at yet ￥1,800 seen on ")
    assert "shown until" in own
    assert fair.startswith("即売会 not looked at yet ￥1,900 seen on ")
    assert fair.endswith("too old, not shown")


def test_a_page_that_moved_says_where(admin_client, shops):
    shops.record_look(AMAZON, Look(Answer.FOUND, 200, "https://www.amazon.co.jp/dp/B0NEW00000"), 1)
    assert "is there redirected to https://www.amazon.co.jp/dp/B0NEW00000" in rows(admin_client)[0]


def test_a_page_of_the_own_site_has_no_shops(admin_client):
    assert 'id="shops"' not in admin_client.get("/admin/items/newsletter").text


@pytest.mark.usefixtures("shops")
def test_its_shops_are_looked_at_from_its_page(admin_client):
    form = admin_client.get(PAGE).text.partition('id="shops"')[2].partition("</form>")[0]
    assert 'action="/admin/health/check"' in form
    assert 'name="online" value="yes"' in form
    assert f'name="back" value="{PAGE}"' in form
    assert "Look now" in form
