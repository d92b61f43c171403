"""The list of items, and what an item's own page says."""

import re
from datetime import datetime, timedelta
from html import unescape
from time import time
from zoneinfo import ZoneInfo

import html5lib
import pytest
from sqlalchemy import update

from linkmgr.blocks.include import post_key
from linkmgr.builder.run import build
from linkmgr.catalog.editing.edit import add_entry, replace_entry
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.check.online import Answer, Look, ShopPage
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import Total, start_of_day
from linkmgr.store.revisions import Action, AuditEntry, Entry, record
from linkmgr.store.shop_pages import ShopPages
from tests.admin.conftest import queries, today
from tests.support.indexed_site import KITCHEN, indexer_of
from tests.support.items import card_of, form_of, written
from tests.support.store import DAY, delete_totals, load, make_click, spool_up

TOKYO = ZoneInfo("Asia/Tokyo")
ITEMS = "/admin/items"


def listed(browser, query=""):
    """Return the ids in the list, in its order."""
    return re.findall(r'name="id" value="([^"]+)"', browser.get(f"{ITEMS}{query}").text)


def put_book(site, item, **value):
    text = replace_entry(
        written(site), "books", item, {"title": item, "asin": "4999999005", **value}
    )
    (site / "catalog.yaml").write_text(text, encoding="utf-8")


def test_all_items_are_listed_the_most_clicked_first(admin_client, site):
    found = listed(admin_client)
    assert found[:2] == ["kitchen-coffee", "newsletter"]
    assert set(found) == set(load_catalog(site / "catalog.yaml").items)


def test_the_clicks_of_thirty_days_appear_beside(admin_client):
    assert f">{clicks_of(30)}<" in row_of(admin_client, "kitchen-coffee")


def row_of(browser, item):
    return browser.get(ITEMS).text.split(f'items/{item}"')[1].split("</tr>")[0]


def test_clicks_are_compared_with_thirty_days_and_have_a_line(admin_client, engine):
    of_then = (Total.value == "newsletter") & (Total.day == today() - timedelta(days=45))
    with writing(engine) as connection:
        connection.execute(update(Total).where(of_then).values(clicks=100_000))
    assert "down" in row_of(admin_client, "newsletter")
    assert "<polyline" in row_of(admin_client, "kitchen-coffee")


def test_the_lists_compare_today_so_far_as_the_dashboard_does(admin_client, engine, settings):
    with writing(engine) as connection:
        delete_totals(connection)
    post, now = post_key(KITCHEN), int(time() * 1000)
    that_day = start_of_day(datetime.now(TOKYO).date() - timedelta(days=35), "Asia/Tokyo")
    times = [now, now, that_day, that_day + DAY - 1, now - 70 * DAY]
    clicks = [
        make_click(each, item="kitchen-coffee", post=post, visitor=f"{number:016x}")
        for number, each in enumerate(times)
    ]
    spool_up(settings.spool, *clicks)
    load(engine, settings.spool, timezone="Asia/Tokyo")
    indexer_of(settings)
    for page in ("/admin/", ITEMS, "/admin/posts"):
        assert "▲ 100%" in re.sub(r"<[^>]+>", "", admin_client.get(page).text), page


def test_the_lists_compare_with_no_days_before_counting_began(admin_client, engine, settings):
    with writing(engine) as connection:
        delete_totals(connection)
    clicks = (make_click(item="kitchen-coffee", post=post_key(KITCHEN), time=int(time() * 1000)),)
    spool_up(settings.spool, *clicks)
    load(engine, settings.spool, timezone="Asia/Tokyo")
    indexer_of(settings)
    for page in (ITEMS, "/admin/posts"):
        assert not re.search("▲|>new<", admin_client.get(page).text), page


def clicks_of(days):
    """Return the clicks of the fixture's best item in the last days, which are the site's."""
    ahead = (datetime.now(TOKYO).date() - today()).days
    return sum(7 * (1 + back % 3) for back in range(days - ahead))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("?q=台所+珈琲", [], id="all words"),
        pytest.param("?q=ＫＩＴＣＨＥＮ-coffee", ["kitchen-coffee"], id="id, any width"),
        pytest.param("?q=4999999005", ["kitchen-coffee"], id="asin"),
        pytest.param("?q=水野", ["kitchen-coffee"], id="author"),
        pytest.param("?q=newsletter&kind=books", [], id="kind"),
        pytest.param("?q=newsletter&kind=cta", ["newsletter"], id="the other kind"),
    ],
)
def test_the_list_is_searched_and_filtered(admin_client, query, found):
    assert listed(admin_client, query) == found


def test_a_search_without_finds_says_how_to_see_all(admin_client):
    text = admin_client.get(f"{ITEMS}?q=nothing-like-it").text
    assert f'class="btn" href="{ITEMS}"' in text


@pytest.mark.parametrize(
    ("state", "value"),
    [
        ("retired", {"retired": True}),
        ("expired", {"valid-until": today() - timedelta(days=3)}),
        ("coming", {"valid-from": today() + timedelta(days=3)}),
    ],
    ids=["retired", "expired", "coming"],
)
def test_a_state_lists_the_items_in_it(admin_client, site, state, value):
    put_book(site, "drip-notes", **value)
    found = listed(admin_client, f"?state={state}")
    assert "drip-notes" in found
    assert "kitchen-coffee" not in found


def test_unmapped_items_are_those_that_nothing_calls_for(admin_client, site):
    catalog = load_catalog(site / "catalog.yaml")
    called = {item for mapping in catalog.mappings.values() for item in mapping.items}
    called |= {item for block in catalog.blocks for item in block.fallback}
    called |= {item.fallback for item in catalog.items.values()}
    assert set(listed(admin_client, "?state=unmapped")) == set(catalog.items) - called


def test_the_newest_are_the_last_of_the_file(admin_client, site):
    items = list(load_catalog(site / "catalog.yaml").items)
    assert listed(admin_client, "?sort=-added") == items[::-1]


def test_column_sorts_either_way_and_its_heading_leads_to_other(admin_client):
    for column in ("name", "kind", "state", "posts", "clicks", "added"):
        rising = listed(admin_client, f"?sort={column}")
        falling = listed(admin_client, f"?sort=-{column}")
        assert sorted(rising) == sorted(falling)
        assert len(rising) > 2
    assert listed(admin_client, "?sort=-name") == listed(admin_client, "?sort=name")[::-1]
    assert listed(admin_client, "?sort=-clicks") == listed(admin_client)
    text = admin_client.get(f"{ITEMS}?sort=-clicks").text
    assert (
        'aria-sort="descending"><a class="sort" id="sort-clicks" href="/admin/items?sort=clicks"'
        in text
    )


def test_items_are_filtered_by_a_mappings_tag_and_by_block(admin_client, settings, site):
    catalog = load_catalog(site / "catalog.yaml")
    tag = catalog.mappings["coffee"].any_of.tags[0]
    expected = {
        item
        for mapping in catalog.mappings.values()
        if tag in (*mapping.any_of.tags, *mapping.all_of.tags)
        for item in mapping.items
    }
    assert set(listed(admin_client, f"?tag={tag.upper()}")) == expected
    assert "drip-notes" in expected
    indexer_of(settings)
    shown = listed(admin_client, "?block=books")
    assert "drip-notes" in shown
    assert set(shown) <= set(catalog.books)
    assert set(listed(admin_client, f"?block=books&tag={tag}")) == expected & set(shown)


def test_a_search_keeps_what_else_address_says_and_menus_show_it(admin_client):
    text = admin_client.get(f"{ITEMS}?q=o&kind=books&state=unmapped&sort=name").text
    assert '<input class="in" id="q" type="search" name="q" value="o"' in text
    for name, value in {"kind": "books", "state": "unmapped", "sort": "name"}.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in text
    chosen = re.findall(r'<a [^>]*aria-current="true">([^<]+)', text)
    assert {"Books ", "no rule ", "Item, A to Z", "Any block"} <= set(chosen)


def tabs_of(text):
    """Return the tabs above the list: address, name and number."""
    return re.findall(r'id="preset-\d" href="([^"]+)"[^>]*>([^<]+)<span class="n">(\d+)', text)


def test_items_that_a_rule_names_and_no_post_shows_have_a_tab(admin_client, settings, site):
    count = len(load_catalog(site / "catalog.yaml").items)
    assert tabs_of(admin_client.get(ITEMS).text) == [(ITEMS, "All", str(count))]
    book = {"title": "Lonely", "asin": "4999999064"}
    rule = {"any": {"tags": ["none"]}, "items": ["lonely"]}
    text = add_entry(written(site), "books", "lonely", book)
    text = add_entry(text, "mappings", "alone", rule)
    (site / "catalog.yaml").write_text(text, encoding="utf-8")
    indexer_of(settings)
    page = admin_client.get(ITEMS).text
    assert tabs_of(page)[1:] == [(f"{ITEMS}?state=nowhere", "On no post", "1")]
    assert listed(admin_client, "?state=nowhere") == ["lonely"]
    assert '<span class="badge down">on no post</span>' in page


def test_a_rule_on_an_items_page_has_its_posts_and_clicks(admin_client, settings, site):
    rule = {"any": {"tags": ["none"]}, "items": ["drip-notes"]}
    text = add_entry(written(site), "mappings", "alone", rule)
    (site / "catalog.yaml").write_text(text, encoding="utf-8")
    indexer_of(settings)
    page = admin_client.get(f"{ITEMS}/drip-notes").text
    rules = page.partition('id="rules"')[2].partition("</section>")[0]
    cells = re.findall(r'<td class="num">(.*?)</td><td class="num">(.*?)</td>', rules)
    assert ('<span class="down">0</span>', "0") in cells
    assert any(posts.isdigit() and int(posts) for posts, _ in cells)


def test_a_rule_on_an_items_page_counts_its_posts_that_show_it(admin_client, settings):
    indexer_of(settings)
    page = admin_client.get(f"{ITEMS}/kitchen-coffee").text
    shown = int(re.search(r"Shown on.*?(\d+) posts?\b", page, re.DOTALL)[1])
    rules = page.partition('id="rules"')[2].partition("</section>")[0]
    cell = re.search(r'<td class="num">(\d+)<span class="sub">of (\d+) it finds</span>', rules)
    assert int(cell[1]) == shown < int(cell[2])


def test_an_item_whose_shop_page_is_gone_says_so_and_has_a_tab(admin_client, engine):
    pages, url = ShopPages(engine), "https://www.amazon.co.jp/dp/4999999005/"
    pages.note_links([ShopPage(url, "2026/a.html", 2)], 1)
    pages.record_look(url, Look(Answer.HOME, 200), 1_800_000_000_000)
    page = admin_client.get(ITEMS).text
    assert tabs_of(page)[1:] == [(f"{ITEMS}?state=gone", "Gone from the shop", "1")]
    assert listed(admin_client, "?state=gone") == ["kitchen-coffee"]


def test_the_items_edited_since_the_last_build_say_so(admin_client, settings):
    build(settings.site_folder)
    assert "not built" not in admin_client.get(f"{ITEMS}?q=drip-notes").text
    form = form_of(admin_client, "/admin/items/drip-notes/edit") | {"title": "Changed"}
    admin_client.client.post("/admin/items/drip-notes/edit", data=form)
    page = admin_client.get(f"{ITEMS}?q=drip-notes").text
    assert '<span class="badge ">not built</span>' in page


def test_each_kind_is_in_a_menu_with_the_number_of_its_items(admin_client, site):
    catalog = load_catalog(site / "catalog.yaml")
    text = admin_client.get(ITEMS).text
    for kind, name, items in (("books", "Books", catalog.books), ("cta", "CTAs", catalog.ctas)):
        entry = re.search(rf'href="{ITEMS}\?kind={kind}"[^>]*>{name}\s*<[^>]*>(\d+)', text)
        assert int(entry[1]) == len(items)


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=x", "?page=99", f"?page={9**30}", "?kind=x&state=y&sort=z"]
)
def test_an_address_that_says_nonsense_shows_the_list(admin_client, query):
    assert listed(admin_client, query) == listed(admin_client)


def test_a_long_list_has_pages_and_no_more_queries(admin_client, site, engine):
    more = "".join(
        f'  more-{number}:\n    title: もっと{number}\n    asin: "4999999005"\n'
        for number in range(120)
    )
    text = written(site).replace("\nbooks:\n", f"\nbooks:\n{more}", 1)
    (site / "catalog.yaml").write_text(text, encoding="utf-8")
    with queries(engine) as asked:
        text = admin_client.get(f"{ITEMS}?kind=books").text
    # Who it is, the days' numbers, of both periods the counts of each item before their last day
    # and on it, when counting began, what came past this time on the day compared with today, the
    # currencies of reports, the days of the small lines, and dead products for the number beside
    # Health.
    assert len(asked) == 11
    assert text.count('scope="row"') == 50 + 1  # with the sum
    assert 'rel="next" href="/admin/items?kind=books&amp;page=2"' in text


def test_an_empty_catalog_says_what_to_do(admin_client, site):
    (site / "catalog.yaml").write_text(
        "site:\n  name: a\n  url: https://a.example\n", encoding="utf-8"
    )
    assert 'href="/admin/add-item"' in admin_client.get(ITEMS).text


def test_an_item_says_what_it_is_its_link_and_what_calls_for_it(admin_client):
    text = unescape(admin_client.get(f"{ITEMS}/kitchen-coffee").text)
    assert "https://www.amazon.co.jp/dp/4999999005/?tag=tezukuri-22" in text
    card = card_of(admin_client.get(f"{ITEMS}/kitchen-coffee"))
    assert '<div class="linkmgr-card" role="listitem">' in card
    rule = "コーヒー, coffee… → 3 items"
    assert f'<a class="t" href="/admin/tags/mapping/coffee">{rule}</a>' in text


def test_a_fallback_names_block_or_item_in_whose_place_it_stands(admin_client, site):
    put_book(site, "slow-loaf", retired=True, fallback="weekend-bread")
    for page, address, said in [
        ("newsletter", "/admin/settings/blocks/cta", "Block “cta”, where nothing else fits"),
        ("weekend-bread", f"{ITEMS}/slow-loaf", "In place of slow-loaf"),
    ]:
        text = admin_client.get(f"{ITEMS}/{page}").text
        assert f'<a class="t" href="{address}">{said}</a>' in text
        assert "Choose tags" not in text
        assert admin_client.get(address).status_code == 200


def test_looking_at_a_card_is_no_click(admin_client, site):
    text = written(site).replace(
        "  # server: https://go.tezukuri.example.com", "  server: https://go.tezukuri.example.com"
    )
    (site / "catalog.yaml").write_text(text, encoding="utf-8")
    assert load_catalog(site / "catalog.yaml").site.server
    for item in ("kitchen-coffee", "newsletter"):
        page = admin_client.get(f"{ITEMS}/{item}").text
        assert "go.tezukuri.example.com" not in page


def test_item_has_its_clicks_of_month_and_chart_of_quarter(admin_client):
    text = admin_client.get(f"{ITEMS}/kitchen-coffee").text
    assert f'<span class="k-value">{clicks_of(30)}</span>' in text
    assert "from 420" in text
    behind = text[text.index('id="days-90"') :].partition("</table>")[0]
    assert behind.count('<th scope="row">') == 90
    assert "Counting began on" in text  # 66 days ago
    assert text.count('fill="url(#days-90-hatch)"') == 1


def test_an_items_own_edits_are_flags_on_its_chart(admin_client, engine):
    for name in ("kitchen-coffee", "drip-notes"):
        audit = AuditEntry(
            int(time() * 1000), "owner", Action.CHANGED, (Entry("books", name),), name
        )
        with writing(engine) as connection:
            record(connection, audit, "0" * 64, "site: {}")
    text = admin_client.get(f"{ITEMS}/kitchen-coffee").text
    (flag,) = re.findall(r'<a class="flag" href="([^"]*)"', text)
    assert unescape(flag) == "/admin/history/1?section=books&entry=kitchen-coffee"


def test_posts_are_ranked_by_their_clicks_on_an_item(settings, admin_client, engine):
    indexer_of(settings)
    now = int(time() * 1000)
    key = post_key(KITCHEN)
    days = (now - n * DAY for n in range(3))
    spool_up(settings.spool, *(make_click(day, item="kitchen-coffee", post=key) for day in days))
    load(engine, settings.spool, timezone="Asia/Tokyo")
    page = unescape(admin_client.get(f"{ITEMS}/kitchen-coffee").text)
    posts = re.findall(r'<a href="/admin/posts/(\w{16})" title', page)
    assert posts[0] == key
    assert len(posts) == len(set(posts))
    assert re.search(
        rf'href="/admin/posts/{key}".*?</th>\s*<td class="num">3</td>', page, re.DOTALL
    )


def test_without_an_index_the_page_says_so(admin_client):
    assert "still being read" in admin_client.get(f"{ITEMS}/kitchen-coffee").text


def test_a_server_without_the_site_says_so(admin_client, site):
    (site / "_config.yml").unlink()
    assert "LINKMGR_SITE" in admin_client.get(f"{ITEMS}/kitchen-coffee").text
    assert ">–</span></td>" in row_of(admin_client, "kitchen-coffee")


def test_posts_that_show_an_item_are_listed_without_a_vain_link(settings, admin_client):
    indexer_of(settings)
    text = admin_client.get(f"{ITEMS}/kitchen-coffee").text
    place = text[text.index('id="places"') :].partition("</section>")[0]
    posts = int(re.search(r'"k-value">(\d+) posts?<', text)[1])
    assert place.count('href="/admin/posts/') == posts > 0
    assert 'href="/admin/posts?item=' not in place
    html5lib.HTMLParser(strict=True).parse(text)
    assert f">{posts}</td>" in row_of(admin_client, "kitchen-coffee")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_list_is_valid_with_states_and_pages(admin_client, site, language):
    put_book(site, "drip-notes", retired=True)
    html5lib.HTMLParser(strict=True).parse(admin_client.get(ITEMS, Accept_Language=language).text)


def test_what_turns_the_direction_of_writing_is_seen_in_lists(admin_client, site):
    value = {"title": "a\u202eb", "asin": "4999999013"}
    text = add_entry(written(site), "books", "odd", value)
    (site / "catalog.yaml").write_text(text, encoding="utf-8")
    for path in (ITEMS, f"{ITEMS}/odd"):
        page = admin_client.get(path).text
        assert "a&lt;U+202E&gt;b" in page
