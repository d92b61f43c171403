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
    matches = re.findall(row, text, re.DOTALL)
    return {title: (number, said, address) for number, title, said, address in matches}


def test_each_kind_has_its_number_and_the_link_that_acts(demo):
    by_title = rows(demo.get(PAGE).text)
    number, said, address = by_title[
        "“How to move a piano down one flight of stairs” shows no book"
    ]
    assert int(number) > 50
    assert "would get about" in said
    assert re.fullmatch(r"/admin/posts/[0-9a-f]{16}#item", address)
    number, said, address = by_title["読書ノートのつくりかた is seen and not clicked"]
    assert int(number) > 0
    assert re.search(r"a rate of [01]\.\d–\d\.\d%\. Others in the same places: ", said)
    assert address == "/admin/items/reading-notes/edit#blurb"
    number, said, address = by_title["Place 3 of “books” is rarely clicked"]
    assert "The same items at the block’s other places: " in said
    assert address == "/admin/settings/blocks/books#limit"
    number, said, address = by_title["週末の酵母パン帖: click rate down"]
    assert number.startswith("−")
    assert address == "/admin/items/weekend-bread"
    assert by_title["台所からはじめるコーヒー: click rate up"][0].startswith("+")
    (unpaid,) = (title for title in by_title if title.startswith("Small Gardens, Small Code: "))
    assert int(by_title[unpaid][0]) > 0
    assert by_title[unpaid][2].startswith("/admin/selected-items?action=replace&amp;id=garden-code")
    decided = "The test of 月に一度のおたより is decided: “季節のレシピを一通”"
    number, said, address = by_title[decided]
    assert int(number) > 0
    assert address.startswith("/admin/tests/")
    number, said, address = by_title["週末の酵母パン帖 earns more than The Slow Loaf"]
    assert int(number) > 0
    assert re.search(r"Per hundred clicks, 週末の酵母パン帖 earns ¥[\d,]+, The Slow Loaf ¥\d", said)
    assert "id=slow-loaf&amp;by=weekend-bread" in address


def test_a_category_that_may_not_fit_leads_to_its_posts(admin_client, settings, site):
    posts, catalog = doubted_blog()
    for path, text in posts.items():
        (site / path).write_text(text)
    values = yaml.safe_load((site / "catalog.yaml").read_bytes())
    for section in ("ctas", "mappings"):
        values[section] |= catalog[section]
    (site / "catalog.yaml").write_text(yaml_of(values))
    indexer_of(settings)
    doubted = rows(admin_client.get(f"{PAGE}?reason=empty").text)
    number, said, address = doubted["Does the category Journeys fit these 3 posts?"]
    assert number == "0"
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


def numbers(text):
    """Return of each row its colour, its number and what that counts."""
    return re.findall(r'<span class="big ?([^"]*)">([^<]+)<span>([^<]+)</span>', text)


def test_a_tab_has_the_rows_of_one_reason_in_one_unit(demo):
    every = demo.get(PAGE).text
    tabs = re.findall(r'reason=(\w+)"[^>]*>([^<]+)<span class="n">(\d+)</span>', every)
    assert sum(int(count) for _, _, count in tabs) == len(rows(every))
    titles = []
    for reason, _, count in tabs:
        text = demo.get(f"{PAGE}?reason={reason}").text
        assert len(rows(text)) == int(count)
        assert len({unit for _, _, unit in numbers(text)}) == 1
        titles += rows(text)
    assert sorted(titles) == sorted(rows(every))
    assert {name for _, name, _ in tabs} >= {"Nothing to show", "Seen, not clicked", "Rose or fell"}


def test_a_sign_and_a_colour_mean_that_clicks_came_or_went(demo):
    changed = numbers(demo.get(f"{PAGE}?reason=changed").text)
    assert {(tone, number[0]) for tone, number, _ in changed} == {("up", "+"), ("down", "−")}
    others = [row for row in numbers(demo.get(PAGE).text) if row not in changed]
    assert {(tone, number.isdigit()) for tone, number, _ in others} == {("", True)}


def test_what_fits_best_is_filled_in_for_a_product_that_is_gone(admin_client, engine):
    pages = ShopPages(engine)
    product = "https://www.amazon.co.jp/dp/4999999005/"
    pages.note_links([ShopPage(product, "2026/a.html", 2)], 1)
    pages.record_look(product, Look(Answer.HOME, 200), 1_800_000_000_000)
    text = admin_client.get(PAGE).text
    ((title, (number, said, address)),) = rows(text).items()
    assert title == "台所からはじめるコーヒー is gone from its shop"
    assert (number, said) == ("420", "420 clicks in 30 days lead nowhere.")
    assert re.findall(r'<span class="n">(\d+)</span>', text) == ["1", "1"]
    assert rows(admin_client.get(f"{PAGE}?reason=broken").text) == rows(text)
    assert rows(admin_client.get(f"{PAGE}?reason=empty").text) == {}
    picker = admin_client.get(address.replace("&amp;", "&")).text
    proposed = re.findall(r'name="given" value="([^"]+)">([^<]+) <', picker)
    assert len(proposed) == 3
    assert proposed[0][0] == "drip-notes"  # on the same tags
    (filled,) = re.findall(r'id="given" name="given" value="([^"]*)"', picker)
    assert filled == proposed[0][1] == "ハンドドリップ実験ノート"


def test_a_replacement_that_earns_more_is_filled_in(demo):
    every = rows(demo.get(PAGE).text)
    picker = demo.get(
        every["週末の酵母パン帖 earns more than The Slow Loaf"][2].replace("&amp;", "&")
    )
    assert 'name="given" value="週末の酵母パン帖"' in picker.text


def test_what_is_put_aside_stays_away_until_it_is_taken_back(admin_client, engine):
    pages = ShopPages(engine)
    product = "https://www.amazon.co.jp/dp/4999999005/"
    pages.note_links([ShopPage(product, "2026/a.html", 2)], 1)
    pages.record_look(product, Look(Answer.HOME, 200), 1_800_000_000_000)
    hint = {"kind": "gone-item", "subject": "kitchen-coffee"}
    for _ in range(2):  # as from two tabs
        answer = admin_client.post(f"{PAGE}/aside", hint, page=PAGE)
        assert (answer.status_code, answer.location) == (303, PAGE)
    text = admin_client.get(PAGE).text
    assert rows(text) == {}
    assert "Put aside: 1" in text
    assert "is gone from its shop</button>" in text
    admin_client.post(f"{PAGE}/back", hint, page=PAGE)
    text = admin_client.get(PAGE).text
    assert len(rows(text)) == 1
    assert "Put aside" not in text


def test_a_kind_that_there_is_not_cannot_be_put_aside(admin_client):
    hint = {"kind": "weather", "subject": "x"}
    assert admin_client.post(f"{PAGE}/aside", hint, page=PAGE).status_code == 400


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
