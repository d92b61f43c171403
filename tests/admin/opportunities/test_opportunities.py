"""What to do next: rows with their numbers and the links that act, from the demo's figures."""

import re
from datetime import timedelta

import pytest
import yaml

from linkmgr.admin.common.context import EXTENSION
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.check.online import Answer, Look, ShopPage
from linkmgr.clicks.periods import month_of
from linkmgr.earnings.database.imports import import_reports
from linkmgr.store.db.engine import writing
from linkmgr.store.shop_pages import ShopPages
from tests.admin.conftest import Browser, add_owner, today
from tests.support.builds import yaml_of
from tests.support.category_blog import doubted_blog
from tests.support.databases import fill
from tests.support.earnings import make_report, make_row
from tests.support.indexed_site import indexer_of
from tests.support.store import add_totals

PAGE = "/admin/opportunities"


def rows(text):
    """Return of each row its number, its title, what it says and where its link leads."""
    row = (
        r'<li><span class="big[^"]*">([^<]+)<.*?<h2>(.*?)</h2>'
        r'\s*<p[^>]*>(.*?)</p>.*?href="([^"]+)"'
    )
    found = re.findall(row, text, re.DOTALL)
    return {title: (number, said, address) for number, title, said, address in found}


def test_each_kind_has_its_number_and_the_link_that_acts(demo):
    found = rows(demo.get(PAGE).text)
    number, said, address = found["“How to move a piano down one flight of stairs” shows no book"]
    assert int(number.replace(",", "")) > 500
    assert "would get about" in said
    assert address.startswith("/admin/posts/")
    number, said, address = found["読書ノートのつくりかた is seen and not clicked"]
    assert int(number.replace("−", "-")) < 0
    assert re.search(r"a rate of [01]\.\d–\d\.\d%\. Others in the same places: ", said)
    assert address == "/admin/items/reading-notes/edit"
    number, said, address = found["Place 3 of “books” is rarely clicked"]
    assert "The same items at the block’s other places: " in said
    assert address == "/admin/settings/blocks/books"
    number, said, address = found["週末の酵母パン帖: click rate down"]
    assert number.startswith("−")
    assert address == "/admin/items/weekend-bread"
    assert found["台所からはじめるコーヒー: click rate up"][0].startswith("+")
    (unpaid,) = (title for title in found if title.startswith("Small Gardens, Small Code: "))
    assert found[unpaid][0] == "¥0"
    assert found[unpaid][2].startswith("/admin/selected-items?action=replace&amp;id=garden-code")
    decided = "The test of 月に一度のおたより is decided: “季節のレシピを一通”"
    number, said, address = found[decided]
    assert int(number) > 0
    assert address.startswith("/admin/tests/")
    number, said, address = found["週末の酵母パン帖 earns more than The Slow Loaf"]
    assert number.startswith("¥")
    assert "id=slow-loaf" in address


def test_a_category_that_may_not_fit_leads_to_its_posts(admin_client, settings, site):
    posts, catalog = doubted_blog()
    for path, text in posts.items():
        (site / path).write_text(text)
    values = yaml.safe_load((site / "catalog.yaml").read_bytes())
    for section in ("ctas", "mappings"):
        values[section] |= catalog[section]
    (site / "catalog.yaml").write_text(yaml_of(values))
    indexer_of(settings)
    doubted = rows(admin_client.get(f"{PAGE}?kind=doubted").text)
    number, said, address = doubted["Does the category Journeys fit these posts?"]
    assert number == "3"
    assert "the posts nearest to them lack it" in said
    listed = admin_client.get(address.replace("&amp;", "&")).text
    assert listed.count("clay glaze 4") == len(re.findall(r"clay glaze 4[0-2]", listed)) > 0
    assert "train budget" not in listed


def test_what_a_test_explains_has_only_that_tests_row_and_figure(demo):
    found = rows(demo.get(PAGE).text)
    ((title, (_, said, address)),) = ((t, row) for t, row in found.items() if "おたより" in t)
    assert title.startswith("The test of ")
    ratio = float(re.search(r"([\d.]+) times as often", said)[1])
    told = re.search(r"is clicked ([\d.]+)× as often", demo.get(address).text)[1]
    assert round(float(told), 1) == ratio


def test_japanese_sentences_have_no_space_and_names_are_quoted(demo):
    demo.headers = {"Accept-Language": "ja"}
    found = rows(demo.get(PAGE).text)
    assert "「読書ノートのつくりかた」は、見られてもクリックされていません" in found
    assert not [said for _, said, _ in found.values() if "。 " in said]


def test_what_is_not_found_by_views_is_said(demo):
    text = demo.get(PAGE).text
    assert "1 post shows nothing at all" in text
    assert "Views are off" not in text


def test_a_tab_has_its_kind_alone_and_all_tabs_say_how_many(demo):
    every = rows(demo.get(PAGE).text)
    changed = rows(demo.get(f"{PAGE}?kind=change").text)
    assert 0 < len(changed) < len(every)
    assert all(": click rate " in title for title in changed)
    text = demo.get(PAGE).text
    counts = [int(number) for number in re.findall(r'<span class="n">(\d+)</span>', text)]
    assert counts[0] == sum(counts[1:]) == len(every)


def test_products_gone_from_their_shop_are_counted_among_rows(admin_client, engine):
    pages = ShopPages(engine)
    product = "https://www.amazon.co.jp/dp/4999999005/"
    pages.note_links([ShopPage(product, "2026/a.html", 2)], 1)
    pages.record_look(product, Look(Answer.HOME, 200), 1_800_000_000_000)
    text = admin_client.get(PAGE).text
    assert list(rows(text)) == ["Products gone from the shop"]
    counts = [int(number) for number in re.findall(r'<span class="n">(\d+)</span>', text)]
    assert counts == [1, 1, 0, 0, 0, 0, 0, 0]
    ((number, said, address),) = rows(text).values()
    assert (number, address) == ("1", "/admin/health#gone")
    assert said == "“台所からはじめるコーヒー”: 420 clicks in 30 days lead nowhere."
    assert rows(admin_client.get(f"{PAGE}?kind=gone").text) == rows(text)
    assert rows(admin_client.get(f"{PAGE}?kind=bare").text) == {}


def test_the_address_of_each_row_is_a_page(demo):
    for _, _, address in rows(demo.get(PAGE).text).values():
        assert demo.get(address.replace("&amp;", "&")).status_code == 200


def test_what_is_found_is_looked_for_once(demo):
    demo.get(PAGE)
    memory = demo.client.application.extensions[EXTENSION].memory
    before = memory["opportunities"]
    demo.get(PAGE)
    assert memory["opportunities"] is before


def test_the_dashboard_has_the_first_ones_unless_it_is_filtered(demo):
    first = list(rows(demo.get(PAGE).text))[:4]
    (address,) = re.findall(
        r'data-hx-get="([^"]+)" data-hx-trigger="load"', demo.get("/admin/").text
    )
    assert re.findall(r"<b>([^<]+)</b>\s*<p", demo.get(address).text) == first
    assert address not in demo.get("/admin/?device=phone").text


@pytest.mark.parametrize(
    ("days", "is_said"),
    [
        pytest.param((95, 95), True, id="clicked as long as it could be ordered"),
        pytest.param((9, 9), False, id="counted for nine days"),
        pytest.param((95, 5), False, id="clicked since the last report"),
    ],
)
def test_clicks_without_orders_are_said_of_reported_days_alone(
    admin_app, engine, settings, days, is_said
):
    goods = [good for good in load_catalog(settings.catalog).goods.values() if good.asin][:2]
    since = month_of(today()).months_before(2).since
    sold = [make_row(since, product=goods[0].asin)] * 30
    last = make_row(today() - timedelta(days=6), "0", product="")
    import_reports(engine, [make_report(*sold, last)], "owner", 1)
    fill(engine, add_owner, day=today())
    clicked = {"": days[0], goods[0].id: days[0], goods[1].id: days[1]}
    with writing(engine) as connection:
        totals = [
            {
                "dimension": "item" if value else "all",
                "value": value,
                "day": today() - timedelta(days=back),
                "clicks": round(300 / number),
                "visitors": 1,
                "bots": 0,
            }
            for value, number in clicked.items()
            for back in range(number)
        ]
        add_totals(connection, totals)
    owner = Browser(admin_app)
    owner.sign_in(engine)
    found = [title for title in rows(owner.get(PAGE).text) if "no order" in title]
    assert bool(found) is is_said


def test_where_views_are_off_the_page_says_where_to_turn_them_on(admin_client):
    text = admin_client.get(PAGE).text
    assert "Views are off" in text
    assert 'href="/admin/settings/site#views"' in text
    assert 'class="n"' not in text


def test_without_reported_views_the_page_says_what_they_need(admin_client, file):
    text = file.read_text(encoding="utf-8")
    on = text.replace("site:\n", "site:\n  server: https://go.example.com\n  views: true\n", 1)
    file.write_text(on, encoding="utf-8")
    text = admin_client.get(PAGE).text
    assert "No views yet" in text
    assert "Views are off" not in text
