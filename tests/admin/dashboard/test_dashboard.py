"""The dashboard shows what readers clicked, in the days and with the filters of its address."""

import csv
import re
from datetime import date, timedelta
from html import unescape
from io import StringIO
from time import time

import html5lib
import pytest
from babel.dates import format_date
from sqlalchemy import insert
from werkzeug.datastructures import MultiDict

from linkmgr.admin.dashboard.query import read_query
from linkmgr.blocks.include import post_key
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.site_index.index.snapshot import SitePaths
from linkmgr.site_index.service.indexer import Indexer
from linkmgr.store.db.models import VisitorDay
from tests.admin.conftest import Browser, add_clicks, queries, today
from tests.support.figure_tables import register_column
from tests.support.indexed_site import BREAD, KITCHEN, add_post_clicks, index_queries
from tests.support.store import DAY, load, make_click, spool_up

POST = "00000000000000aa"
EVERY = "item=kitchen-coffee&post=-&place=books.1&referrer=blog.example&device=phone"


@pytest.fixture
def clicked(stranger, engine, settings):
    """Give a browser that is signed in; each click of three days is there by itself."""
    now = int(time() * 1000)
    spool_up(
        settings.spool,
        *(make_click(now - n * DAY, item="kitchen-coffee", post=POST) for n in range(3)),
        make_click(now, item="newsletter", block="cta", rank=2, post="", referrer=""),
        make_click(now, item="newsletter", bot="crawler"),
        make_click(now - 10 * DAY, item="newsletter"),
    )
    load(engine, settings.spool, timezone="Asia/Tokyo")
    stranger.log_in()
    return stranger


def body(answer):
    """Return an answer's text without tags, in single spaces."""
    text = re.sub(r"<(script|head).*?</\1>", "", answer.text, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


def table(answer):
    """Return the rows of a CSV."""
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"), newline="")))


def rows(answer, name):
    """Return the numbers of a table's rows by what they are of."""
    section = re.search(
        rf'<section[^>]* aria-labelledby="{name}">.*?</section>', answer.text, re.DOTALL
    )[0]
    found = re.findall(r"<tr>\s*<th.*?</tr>", section.partition("<tbody>")[2], re.DOTALL)
    return {
        unescape(re.search(r"<a[^>]*>([^<]*)<", row)[1]): re.findall(r"<td[^>]*>([^<]*)<", row)
        for row in found
    }


def links(answer):
    found = re.findall(r'href="(/admin/[^"]*)"', answer.text)
    return [link.replace("&amp;", "&") for link in found]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="usual"),
        pytest.param("days=1", id="today"),
        pytest.param("days=90", id="90 days"),
        pytest.param(EVERY, id="every filter"),
        pytest.param("since=2026-01-01&until=2020-01-01", id="mistaken days"),
        pytest.param("since=2020-01-01&until=2020-01-31", id="nothing"),
        pytest.param("item=nothing-of-ours", id="no such item"),
    ],
)
def test_each_state_is_valid_html_without_script_or_style(clicked, query, language):
    answer = clicked.get(f"/admin/?{query}", Accept_Language=language)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", answer.text)


def test_clicks_and_visitors_are_shown_with_their_change(admin_client):
    text = body(admin_client.get("/admin/?days=30"))
    assert "Clicks 600 +0% from 600 in the previous 30 days" in text
    assert "Visitors 300 +0% from 300 in the previous 30 days" in text
    assert "30 bot clicks are not included." in text


def test_days_whose_visitors_may_be_counted_twice_are_named(clicked, engine):
    assert "may count as two" not in body(clicked.get("/admin/?days=7"))
    noted = {today(): True, today() - timedelta(days=8): True, today() - timedelta(days=20): True}
    with engine.begin() as connection:
        rows = [{"day": day, "doubled": doubled} for day, doubled in noted.items()]
        connection.execute(insert(VisitorDay), [*rows, {"day": date(2026, 1, 1), "doubled": False}])
    text = body(clicked.get("/admin/?days=7"))
    days = ", ".join(format_date(today() - timedelta(days=ago), locale="en") for ago in (8, 0))
    assert f"On {days} a reader may count as two visitors each day" in text
    assert "同じ読者が別の訪問者として" in body(clicked.get("/admin/", Accept_Language="ja"))


def test_a_day_is_compared_with_the_day_before(admin_client):
    day = today() - timedelta(days=1)
    page = admin_client.get(f"/admin/?since={day}&until={day}")
    assert "Clicks 20 -33% from 30 (" in body(page)


def test_today_is_compared_with_the_same_hours_of_yesterday(clicked):
    page = clicked.get("/admin/?days=1")
    assert "Clicks 2 +100% from 1 by this time yesterday" in body(page)
    assert re.search(r"compared with .*, each until \d?\d:\d\d", body(page))
    assert "Clicks by hour" in body(page)


def test_a_day_whose_single_clicks_are_gone_has_no_curve(admin_client):
    assert "<polyline" not in admin_client.get("/admin/?days=1").text
    assert admin_client.get("/admin/?days=7").text.count("<polyline") == 2


def test_the_curve_has_its_numbers_in_a_table(admin_client):
    text = admin_client.get("/admin/?days=7").text
    rows = re.search(r'<table class="days" id="chart-numbers">.*?</table>', text, re.DOTALL)[0]
    assert rows.count("<tr>") == 8
    # Clicks, visitors, and the clicks of which day before.
    assert re.search(r"<td>10</td><td>10</td><td>20 <span>\w+ \d+</span></td>", rows)
    assert 'data-table="chart-numbers"' in text


def test_a_year_is_shown_by_month(stranger, engine):
    add_clicks(engine, until=date(today().year - 1, 12, 31), days=40)
    stranger.log_in()
    page = stranger.get("/admin/?period=last-year")
    assert "Clicks by month" in body(page)
    rows = re.search(r'<table class="days" id="chart-numbers">.*?</table>', page.text, re.DOTALL)[0]
    assert rows.count("<tr>") == 1 + 12


def test_the_longest_period_weighs_no_more_than_a_page_may(admin_client, engine):
    last = today() - timedelta(days=60)  # to where the fixture's clicks reach
    add_clicks(engine, until=last, days=306)
    since = today() - timedelta(days=365)
    page = admin_client.get(f"/admin/?since={since}&until={today()}", Accept_Language="ja")
    assert len(page.data) < 75_000  # of 150 kB; half is for what all pages load


def test_values_are_called_by_their_names_in_the_readers_language(clicked):
    text = body(clicked.get("/admin/", Accept_Language="ja"))
    assert "台所からはじめるコーヒー" in text
    assert "books の1番目" not in text  # but its block and rank, in the heat table
    assert "不明" in text
    assert "記事なし" in text
    assert "スマートフォン" in text


def test_a_post_is_called_by_its_title_once_the_site_is_indexed(clicked, engine, settings):
    Indexer(SitePaths(settings.site_folder, settings.catalog), settings.instance).index_site()
    key = post_key("_posts/2026-01-11-祖母の台所.md")
    spool_up(settings.spool, make_click(int(time() * 1000), item="newsletter", post=key))
    load(engine, settings.spool, timezone="Asia/Tokyo")
    assert "祖母の台所を片づける" in body(clicked.get("/admin/"))
    assert f"/admin/posts/{key}" in links(clicked.get(f"/admin/?post={key}"))
    rows = table(clicked.get("/admin/clicks/post.csv"))
    assert {row["value"]: row["title"] for row in rows}[key] == "祖母の台所を片づける"


def test_a_post_is_called_by_its_file_once_the_site_is_built(clicked, site):
    (site / "_data").mkdir()
    index = f'{{"_posts/2026-01-11-祖母の台所.md": "{POST}"}}'
    (site / "_data" / "linkmgr_index.json").write_text(index, encoding="utf-8")
    assert "祖母の台所" in body(clicked.get("/admin/"))


def test_places_are_shown_by_block_and_rank(admin_client):
    text = admin_client.get("/admin/").text
    heat = re.search(r'<table class="cards heat">.*?</table>', text, re.DOTALL)[0]
    shades = re.findall(r'<td class="num shade-(\d)".*?>(?:<a[^>]*>)?([\d,]+)', heat)
    assert shades == [("5", "360"), ("1", "60"), ("3", "180"), ("0", "0")]
    assert 'aria-label="books, place 1: 360"' in heat


@pytest.mark.parametrize(
    ("query", "current"),
    [
        pytest.param("", "30 days", id="usual"),
        pytest.param("days=1", "Today", id="today"),
        pytest.param("days=7", "7 days", id="7"),
        pytest.param("days=12", "30 days", id="none of these"),
        pytest.param("days=x", "30 days", id="no number"),
        pytest.param("days=7&since=2026-01-01&until=2026-01-02", None, id="others"),
    ],
)
def test_the_picked_days_are_marked(admin_client, query, current):
    text = admin_client.get(f"/admin/?{query}").text
    (periods,) = re.findall(r'<nav class="periods".*?</ul>', text, re.DOTALL)
    marked = re.findall(r'aria-current="true">([^<]+)<', periods)
    assert marked == ([current] if current else [])
    assert ("<details open>" in text) == (current is None)


@pytest.mark.parametrize(
    ("name", "since", "until", "before"),
    [
        pytest.param("this-month", "2026-03-01", "2026-03-30", "2026-02-01/2026-02-28", id="month"),
        pytest.param("last-month", "2026-02-01", "2026-02-28", "2026-01-01/2026-01-31", id="last"),
        pytest.param("this-year", "2026-01-01", "2026-03-30", "2025-01-01/2025-03-30", id="year"),
        pytest.param("last-year", "2025-01-01", "2025-12-31", "2024-01-01/2024-12-31", id="gone"),
    ],
)
def test_months_and_years_are_compared_with_those_before(name, since, until, before):
    query = read_query(MultiDict({"period": name}), date(2026, 3, 30))
    period, compared = query.picked.period, query.compared.period
    assert (f"{period.since}", f"{period.until}") == (since, until)
    assert f"{compared.since}/{compared.until}" == before


@pytest.mark.parametrize(
    ("query", "before"),
    [
        pytest.param({}, "2026-03-22/2026-03-28", id="the days before"),
        pytest.param({"against": "year"}, "2025-03-29/2025-04-04", id="a year before"),
        pytest.param({"against": "nothing"}, "2026-03-22/2026-03-28", id="nothing of ours"),
        pytest.param(
            {"against-since": "2025-12-01", "against-until": "2025-12-31"},
            "2025-12-01/2025-12-31",
            id="any days",
        ),
    ],
)
def test_a_period_is_compared_with_what_its_address_names(query, before):
    args = MultiDict({"since": "2026-03-29", "until": "2026-04-04", **query})
    compared = read_query(args, date(2026, 4, 30)).compared.period
    assert f"{compared.since}/{compared.until}" == before


def test_the_comparison_is_in_every_address_of_the_page(admin_client):
    page = admin_client.get("/admin/?days=7&against=year")
    assert "/admin/?period=last-month&against=year" in links(page)
    assert "/admin/?days=7&against=year&item=newsletter" in links(page)
    assert "/admin/clicks/item.csv?days=7&against=year" in links(page)
    assert '<input type="hidden" name="against" value="year">' in page.text


def test_periods_of_unlike_lengths_are_compared(admin_client):
    until = today()
    query = f"against-since={until - timedelta(days=39)}&against-until={until - timedelta(days=30)}"
    page = admin_client.get(f"/admin/?days=7&{query}")
    assert "Clicks 130 -" in body(page)
    (before,) = re.findall(r'<polyline class="prev" points="([^"]*)"', page.text)
    assert len(before.split()) == 7


def test_a_comparison_is_in_every_table_and_in_a_chip(admin_client):
    page = admin_client.get("/admin/?days=30&against=previous")
    items = rows(page, "top-item")
    assert items["台所からはじめるコーヒー"] == ["420", "210", "420"]
    assert "/admin/?days=30" in links(page)  # the chip takes it out
    assert "Compared with: " in body(page)
    assert rows(admin_client.get("/admin/?days=30"), "top-item")["台所からはじめるコーヒー"] == [
        "420",
        "210",
    ]


def test_campaigns_are_there_once_a_link_has_one(clicked, engine, settings):
    assert "Campaigns" not in body(clicked.get("/admin/"))  # no link has one
    now = int(time() * 1000)
    spool_up(
        settings.spool,
        *(make_click(now - n * DAY, item="newsletter", campaign="spring") for n in (1, 2)),
        make_click(now - DAY, item="newsletter", campaign="autumn", post=""),
    )
    load(engine, settings.spool, timezone="Asia/Tokyo")
    page = clicked.get("/admin/")
    assert rows(page, "top-campaign")["spring"] == ["2", "2"]
    assert rows(page, "top-campaign")["autumn"] == ["1", "1"]
    assert "/admin/?days=30&campaign=spring" in links(page)


def test_mistaken_days_to_compare_with_are_reported(admin_client):
    page = admin_client.get("/admin/?days=7&against-since=2026-01-02&against-until=2026-01-01")
    assert "on or after the start date" in body(page)
    assert 'href="#against-until"' in page.text


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        pytest.param("yesterday", "2026-01-01", "Enter a date like 2026-01-31.", id="no day"),
        pytest.param("", "2026-01-01", "Enter a date like 2026-01-31.", id="nothing"),
        pytest.param("2026-01-02", "2026-01-01", "on or after the start date", id="order"),
        pytest.param("2020-01-01", "2026-01-01", "within 366 days of the start date", id="long"),
        pytest.param("0001-01-01", "0001-01-02", "Choose a date in 2000 or later.", id="early"),
        pytest.param("2026-01-01", "9999-12-31", "Choose today or an earlier date.", id="late"),
    ],
)
def test_mistaken_days_are_reported_beside_their_field_and_kept(
    admin_client, since, until, message
):
    answer = admin_client.get(f"/admin/?since={since}&until={until}&item=newsletter")
    assert message in body(answer)
    assert f'value="{until}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert '<input type="hidden" name="item" value="newsletter">' in answer.text
    assert "<details open>" in answer.text
    assert admin_client.get(f"/admin/clicks/item.csv?since={since}").status_code == 400


def test_what_is_no_day_is_in_a_field_for_text(admin_client):
    text = admin_client.get("/admin/?since=yesterday&until=2026-01-01").text
    fields = dict(re.findall(r'<input[^>]* name="(since|until)"[^>]* type="(\w+)"', text))
    assert fields == {"since": "text", "until": "date"}
    assert 'value="yesterday"' in text


def test_a_row_filters_everything_and_a_chip_takes_the_filter_out(clicked):
    page = clicked.get("/admin/?days=30")
    (link,) = {link for link in links(page) if "item=kitchen-coffee" in link}
    assert link == "/admin/?days=30&item=kitchen-coffee"
    filtered = clicked.get(link)
    text = body(filtered)
    assert "Clicks 3" in text
    assert ">Unknown<" not in text
    assert re.search(r"Item: 台所からはじめるコーヒー × Remove this filter", text)
    assert f"/admin/?days=30&item=kitchen-coffee&post={POST}" in links(filtered)
    assert "/admin/?days=30" in links(filtered)


@pytest.mark.parametrize(
    ("query", "page"),
    [
        pytest.param("item=kitchen-coffee", "/admin/items/kitchen-coffee", id="item"),
        pytest.param("item=nothing", None, id="no such item"),
        pytest.param("post=-", None, id="no post"),
        pytest.param("post=other", None, id="further posts"),
        pytest.param(f"post={POST}", None, id="no such post"),
    ],
)
def test_a_filter_leads_to_the_page_of_its_item_or_post(clicked, query, page):
    addresses = links(clicked.get(f"/admin/?{query}"))
    found = [link for link in addresses if re.match(r"/admin/(items|posts)/", link)]
    assert found == ([page] if page else [])


def test_what_is_unknown_filters_too(clicked):
    page = clicked.get("/admin/?days=30")
    assert "/admin/?days=30&referrer=-" in links(page)
    text = body(clicked.get("/admin/?days=30&referrer=-"))
    assert "Clicks 1 none in the previous period" in text
    assert "Referrer: Unknown" in text


def test_several_filters_go_together(clicked):
    text = body(clicked.get(f"/admin/?days=7&item=kitchen-coffee&device=phone&post={POST}"))
    assert "Clicks 3" in text
    assert "With filters" not in text


def test_it_is_reported_that_single_clicks_are_gone(clicked, engine):
    add_clicks(engine, until=today() - timedelta(days=5), days=3)  # totals alone
    text = body(clicked.get("/admin/?days=30&item=kitchen-coffee"))
    assert "cover the latest 3 clicks of this period" in text


@pytest.mark.parametrize("by", ["item", "post", "place", "referrer", "device", "day"])
def test_each_table_is_there_as_csv(clicked, by):
    address = f"/admin/clicks/{by}.csv?days=7"
    assert address in links(clicked.get("/admin/?days=7"))
    answer = clicked.get(address)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="clicks-{by}-')
    assert sum(int(row["clicks"]) for row in table(answer)) == 4
    assert sum(int(row["bots"]) for row in table(answer)) == 1


def test_the_titles_of_however_many_posts_are_asked_for_once(
    admin_client, engine, settings, monkeypatch
):
    indexer = Indexer(SitePaths(settings.site_folder, settings.catalog), settings.instance)
    indexer.index_site()
    for path in (BREAD, KITCHEN):
        add_post_clicks(engine, path, 1, today())
    asked = index_queries(monkeypatch)
    rows = table(admin_client.get("/admin/clicks/post.csv"))
    assert {row["title"] for row in rows} == {
        "Bread for people with cold hands and day jobs",
        "祖母の台所を片づける",
    }
    assert sum("title" in query for query in asked) == 1
    assert sum("SELECT key, url" in query for query in asked) == 1
    assert all(row["address"].startswith("https://tezukuri.example.com/") for row in rows)


def test_a_csv_has_its_headings_in_the_readers_language(clicked):
    answer = clicked.get("/admin/clicks/item.csv?days=7", Accept_Language="ja")
    assert answer.data.decode("utf-8-sig").splitlines()[0] == "値,タイトル,クリック,訪問者,ボット"


def test_a_csv_has_the_filters_of_the_page(clicked):
    rows = table(clicked.get("/admin/clicks/place.csv?days=7&item=newsletter"))
    assert [(row["value"], row["title"], row["clicks"]) for row in rows] == [
        ("cta.2", "cta, place 2", "1"),
        ("books.1", "books, place 1", "0"),
    ]


def test_a_csv_runs_nothing_in_a_spreadsheet(admin_client, site):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    heading = re.search(r"newsletter:\n(?:.*\n)*?\s+heading: (.*)\n", text)[1]
    file.write_text(text.replace(heading, "'=1+1'", 1), encoding="utf-8")
    rows = table(admin_client.get("/admin/clicks/item.csv"))
    assert {row["value"]: row["title"] for row in rows}["newsletter"] == "'=1+1"


def test_there_is_no_other_csv(admin_client):
    assert admin_client.get("/admin/clicks/visitor.csv").status_code == 404


@pytest.fixture(params=[1, 200])
def filled(request, stranger, engine, settings):
    """Give a browser that is signed in, with so many items, posts and referrers clicked."""
    now = int(time() * 1000)
    clicks = (
        make_click(now, item=item, post=f"{n:016x}", referrer=f"{n}.example")
        for n in range(request.param)
        for item in ("newsletter", f"item-{n}")
    )
    spool_up(settings.spool, *clicks)
    load(engine, settings.spool, timezone="Asia/Tokyo")
    stranger.log_in()
    return stranger


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        pytest.param("", 14, id="all"),  # the curve, and six tables before today and today
        pytest.param("item=newsletter", 6, id="one filter"),
        pytest.param("item=newsletter&device=phone", 7, id="two filters"),
        pytest.param("item=nothing", 7, id="nothing"),
    ],
)
def test_the_database_is_asked_as_often_however_much_there_is(filled, engine, query, asked):
    with queries(engine) as statements:
        assert filled.get(f"/admin/?{query}").status_code == 200
    # Who is signed in, which pages of shops are gone, and what is not built yet.
    assert len(statements) == asked + 3


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("localhost", "http://localhost"),
        ("localhost:8911", "http://localhost:8910"),  # the admin's port is not the readers'
        ("localhost:9000", "http://localhost:9000"),
    ],
)
def test_without_a_server_the_empty_page_gives_the_line_that_names_it(stranger, site, host, server):
    stranger.log_in()
    page = stranger.get("/admin/", Host=host)
    assert "then build and publish the blog" in body(page)
    (form,) = (each for each in links(page) if each.startswith("/admin/settings/site?"))
    assert f'value="{server}"' in stranger.get(form, Host=host).text
    line = re.search(r"site:\n  …\n(  server: .*)</code>", page.text)[1]
    file = site / "catalog.yaml"
    written = file.read_text(encoding="utf-8").replace("\nsite:\n", f"\nsite:\n{line}\n", 1)
    file.write_text(written, encoding="utf-8")
    assert load_catalog(file).site.server == server


def test_with_a_server_the_empty_page_says_to_publish(stranger, site):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    server = "site:\n  server: https://go.tezukuri.example.com\n"
    file.write_text(text.replace("site:\n", server, 1), encoding="utf-8")
    stranger.log_in()
    assert "No clicks yet: build and publish the blog" in body(stranger.get("/admin/"))


def test_days_without_a_click_lead_to_the_last_ones(stranger, engine):
    add_clicks(engine, until=today() - timedelta(days=100), days=1)
    stranger.log_in()
    page = stranger.get("/admin/")
    assert "No clicks in this period. The last click was on" in body(page)
    (link,) = {link for link in links(page) if "since=" in link and "until=" in link}
    assert "Clicks 10" in body(stranger.get(link))


def test_filters_that_nothing_fits_lead_to_a_page_without(clicked):
    page = clicked.get("/admin/?days=7&item=nothing&device=tablet")
    assert "No clicks in this period match the filters." in body(page)
    assert "Clear filters" in body(page)
    assert "/admin/?days=7" in links(page)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("endpoint=x&by=y&_external=1", id="names of ours"),
        pytest.param("item=%00&post=%FF", id="no text"),
        pytest.param("item=%3Cscript%3Ealert(1)%3C/script%3E", id="markup"),
    ],
)
def test_an_odd_address_does_no_harm(clicked, query):
    answer = clicked.get(f"/admin/?{query}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_the_figures_are_for_who_is_signed_in(admin_app):
    for path in ("/admin/", "/admin/clicks/item.csv"):
        assert Browser(admin_app).get(path).status_code == 303


def test_a_new_column_is_on_the_page_and_in_its_csv(admin_client, monkeypatch):
    register_column(monkeypatch)
    text = admin_client.get("/admin/?days=30").text
    assert "<h2>All clicks</h2>" in text
    assert text.count('data-label="All clicks"') == text.count('data-label="Visitors"') > 0
    assert admin_client.get("/admin/clicks/item.csv").text.splitlines()[0].endswith(",all clicks")
