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
from sqlalchemy import delete, insert, select
from werkzeug.datastructures import MultiDict

from linkmgr.admin.dashboard.query import read_query
from linkmgr.blocks.include import post_key
from linkmgr.earnings.database.imports import import_reports
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import CountedDay, Total, VisitorDay
from linkmgr.store.revisions import Action, AuditEntry, Entry, record
from tests.admin.conftest import Browser, add_clicks, queries, today
from tests.support.earnings import NOVEMBER, make_report, make_row
from tests.support.figure_tables import register_column
from tests.support.indexed_site import BREAD, KITCHEN, add_post_clicks, indexer_of
from tests.support.store import DAY, add_totals, load, make_click, spool_up

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
    return plain(re.sub(r"<(script|head).*?</\1>", "", answer.text, flags=re.DOTALL))


def plain(text):
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


def numbers(answer):
    """Return the rows of the table behind the chart."""
    found = re.search(r'<table class="list" id="chart-numbers">.*?</table>', answer.text, re.DOTALL)
    return [plain(row) for row in re.findall(r"<tr>.*?</tr>", found[0], re.DOTALL)][1:]


def table(answer):
    """Return the rows of a CSV."""
    return list(csv.DictReader(StringIO(answer.data.decode("utf-8-sig"), newline="")))


def rows(answer, name):
    """Return the texts of a table's rows by what they are of."""
    card = re.search(
        rf'<section[^>]* aria-labelledby="{name}">.*?</section>', answer.text, re.DOTALL
    )
    found = re.findall(r"<tr>\s*<th.*?</tr>", card[0].partition("<tbody>")[2], re.DOTALL)
    return {
        unescape(re.search(r"<a[^>]*>([^<]*)<", row)[1]): [
            plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)
        ]
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
    assert "Clicks 600 same from 600" in text
    assert "Visitors 300 same from 300" in text
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


def test_a_day_is_compared_with_that_weekday_a_week_before(admin_client):
    day = today() - timedelta(days=1)
    page = admin_client.get(f"/admin/?since={day}&until={day}")
    assert "Clicks 20 down ▼ 33% from 30" in body(page)


def test_today_is_compared_with_the_same_hours_a_week_before(clicked, engine, settings):
    week = int(time() * 1000) - 7 * DAY
    spool_up(settings.spool, make_click(week), make_click(week - DAY))
    load(engine, settings.spool, timezone="Asia/Tokyo")
    page = clicked.get("/admin/?days=1")
    assert "Clicks 2 up ▲ 100% from 1" in body(page)
    assert re.search(r"today so far, both days until \d?\d:\d\d", body(page))
    assert 'aria-label="Clicks by hour"' in page.text


def test_days_before_counting_are_empty_and_not_compared(clicked):
    page = clicked.get("/admin/?days=30")
    began = format_date(today() - timedelta(days=10), locale="en")
    assert f"Counting began on {began}" in body(page)
    (line,) = re.findall(r'<polyline class="cur" points="([^"]*)"', page.text)
    assert line.startswith("19,")
    assert '<polyline class="prev"' not in page.text
    assert "▲" not in body(page)
    assert rows(page, "top-items")["台所からはじめるコーヒー"] == ["3", "3", "–"]


def test_a_partly_counted_comparison_is_drawn_but_not_summed_up(stranger, engine):
    add_clicks(engine, days=50)
    stranger.log_in()
    page = stranger.get("/admin/")
    (before,) = re.findall(r'<polyline class="prev" points="([^"]*)"', page.text)
    assert before.startswith("15,")
    assert "▲" not in body(page)
    assert "Counting began on" in body(page)


def test_the_day_that_is_not_over_is_drawn_apart(admin_client):
    assert admin_client.get("/admin/?days=7").text.count('class="cur open"') == 2  # and in the key
    over = today() - timedelta(days=1)
    page = admin_client.get(f"/admin/?since={over - timedelta(days=6)}&until={over}")
    assert 'class="cur open"' not in page.text


def test_a_day_whose_single_clicks_are_gone_has_no_curve(admin_client):
    assert "<polyline" not in admin_client.get("/admin/?days=1").text
    assert admin_client.get("/admin/?days=7").text.count("<polyline") == 3  # today's part, too


def test_the_curve_has_its_numbers_in_a_table(admin_client):
    page = admin_client.get("/admin/?days=7")
    days = numbers(page)
    assert len(days) == 7
    # Clicks, visitors, and the clicks of the same weekday before.
    for day in days:
        assert re.fullmatch(r"(\w+), \w+ \d+ [\d]+ 10 [\d]+ \1, \w+ \d+", day)
    assert 'data-table="chart-numbers"' in page.text


def test_a_figure_chooses_what_the_chart_shows(admin_client):
    page = admin_client.get("/admin/?days=7")
    (visitors,) = {link for link in links(page) if "drawn=visitors" in link}
    assert visitors == "/admin/?days=7&against=previous&drawn=visitors"
    page = admin_client.get(visitors)
    assert 'aria-label="Visitors by day"' in page.text
    for day in numbers(page):
        assert re.search(r" 10 10 \w+, \w+ \d+$", day)
    assert "/admin/?days=7&against=previous&drawn=visitors&item=newsletter" in links(page)


@pytest.fixture
def seen(stranger, engine):
    """Give a browser that is signed in; on each day readers saw things and clicked some."""
    add_clicks(engine)
    with writing(engine) as connection:
        for dimension, value, views, clicked in (
            ("all", "", 400, 20),
            ("item", "kitchen-coffee", 200, 14),
            ("item", "newsletter", 2, 1),
            ("place", "books.1", 100, 6),
        ):
            days = connection.scalars(
                select(Total.day).where(Total.dimension == dimension, Total.value == value)
            ).all()
            row = {"dimension": dimension, "value": value, "views": views, "clicked": clicked}
            add_totals(connection, [row | {"day": day} for day in days])
    stranger.log_in()
    return stranger


def test_where_pages_report_views_rates_stand_beside_the_clicks(seen):
    answer = seen.get("/admin/")
    strip = plain(re.search(r'<ul class="kpis".*?</ul>', answer.text, re.DOTALL)[0])
    assert "Views 12,000" in strip
    assert "Click rate 5.0% same likely 4.6–5.4%" in strip
    assert rows(answer, "top-items")["台所からはじめるコーヒー"][1] == "7.0%"
    assert rows(answer, "top-places")["books, place 1"][1] == "6.0%"
    assert ">Visitors</th>" in answer.text  # of referrers


def test_a_rate_of_few_clicks_is_too_few_to_say(seen):
    cells = rows(seen.get("/admin/?days=7"), "top-items")
    assert cells["月に一度のおたより"][1] == "– too few clicks to say: 26.8–73.2%"


def test_views_choose_the_chart_and_a_rate_does_not(seen):
    assert "Views by day" in seen.get("/admin/?drawn=views").text
    assert "Clicks by day" in seen.get("/admin/?drawn=rate").text


def test_filtered_clicks_have_the_rate_of_their_filter_alone(seen):
    answer = seen.get("/admin/?item=kitchen-coffee")
    assert "Click rate 7.0%" in body(answer)
    assert ">Click rate</th>" not in answer.text.partition('class="cols"')[2]
    assert "Click rate" not in seen.get("/admin/?item=kitchen-coffee&place=books.1").text
    assert "Click rate" not in seen.get("/admin/?device=phone").text


def test_without_views_nothing_is_said_of_them(admin_client):
    text = admin_client.get("/admin/").text
    assert "Views" not in text
    assert "Click rate" not in text


def test_a_csv_has_the_rates_too(seen):
    found = {row["value"]: row for row in table(seen.get("/admin/clicks/item.csv"))}
    assert found["kitchen-coffee"]["views"] == "6000"
    assert found["kitchen-coffee"]["rate"] == "0.07"


def test_edits_of_the_catalog_are_flags_that_lead_to_their_diffs(admin_client, engine):
    now = int(time() * 1000)
    with writing(engine) as connection:
        for days, name in ((12, "kitchen-coffee"), (3, "newsletter"), (40, "drip-notes")):
            section = "ctas" if name == "newsletter" else "books"
            audit = AuditEntry(
                now - days * DAY, "owner", Action.CHANGED, (Entry(section, name),), name
            )
            record(connection, audit, "0" * 64, "site: {}")
    text = admin_client.get("/admin/?days=30").text
    flags = re.findall(r'<a class="flag" href="([^"]*)" aria-label="([^"]*)"', text)
    assert [address for address, _ in flags] == ["/admin/history/1", "/admin/history/2"]
    assert re.fullmatch(r"Edit 1: \w+, \w+ \d+: Changed .*", flags[0][1])
    assert "2 edits" in text
    (own,) = re.findall(
        r'<a class="flag" href="([^"]*)"', admin_client.get("/admin/?item=newsletter").text
    )
    assert unescape(own) == "/admin/history/2?section=ctas&entry=newsletter"


def test_a_year_is_shown_by_month(stranger, engine):
    add_clicks(engine, until=date(today().year - 1, 12, 31), days=40)
    stranger.log_in()
    page = stranger.get("/admin/?period=last-year")
    assert 'aria-label="Clicks by month"' in page.text
    assert len(numbers(page)) == 12


def test_the_longest_period_weighs_no_more_than_a_page_may(admin_client, engine):
    last = today() - timedelta(days=66)  # to where the fixture's clicks reach
    add_clicks(engine, until=last, days=300)
    since = today() - timedelta(days=365)
    page = admin_client.get(f"/admin/?since={since}&until={today()}", Accept_Language="ja")
    assert len(page.data) < 75_000  # of 150 kB; half is for what all pages load


def test_values_are_called_by_their_names_in_readers_language(clicked):
    text = body(clicked.get("/admin/?places=device", Accept_Language="ja"))
    assert "台所からはじめるコーヒー" in text
    assert "books の1番目" in body(clicked.get("/admin/", Accept_Language="ja"))
    assert "不明" in text
    assert "記事なし" in text
    assert "スマートフォン" in text


def test_a_post_is_called_by_its_title_once_the_site_is_indexed(clicked, engine, settings):
    indexer_of(settings)
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


def test_each_card_has_the_table_of_its_tab(admin_client):
    page = admin_client.get("/admin/?days=30")
    assert rows(page, "top-places") == {
        "books, place 1": ["360", "180", "same"],
        "cta, place 1": ["180", "90", "same"],
        "books, place 2": ["60", "30", "same"],
    }
    devices = "/admin/?days=30&against=previous&places=device"
    assert devices in links(page)
    page = admin_client.get(devices)
    assert list(rows(page, "top-places")) == ["Phone", "Computer"]
    assert list(rows(page, "top-items")) == ["台所からはじめるコーヒー", "月に一度のおたより"]
    assert "/admin/?days=30&against=previous&places=device&items=ctas" in links(page)


def test_a_tab_of_one_kind_has_its_items_alone_also_in_its_csv(admin_client):
    page = admin_client.get("/admin/?days=30&items=ctas")
    assert list(rows(page, "top-items")) == ["月に一度のおたより"]
    (address,) = {link for link in links(page) if "clicks/item.csv" in link}
    assert [row["value"] for row in table(admin_client.get(address))] == ["newsletter"]
    assert "No clicks in this period." in body(admin_client.get("/admin/?items=products"))


@pytest.mark.parametrize(
    ("query", "current"),
    [
        pytest.param("", "Last 30 days", id="usual"),
        pytest.param("days=1", "Today", id="today"),
        pytest.param("days=7", "Last 7 days", id="7"),
        pytest.param("days=12", "Last 30 days", id="none of these"),
        pytest.param("days=x", "Last 30 days", id="no number"),
        pytest.param("days=7&since=2026-01-01&until=2026-01-02", None, id="others"),
    ],
)
def test_the_picked_days_are_marked(admin_client, query, current):
    text = admin_client.get(f"/admin/?{query}").text.partition("<main")[2]
    periods, _ = re.findall(r'<details class="menu" name="menu">.*?</details>', text, re.DOTALL)[:2]
    marked = re.findall(r'aria-current="true">([^<]+)<', periods)
    assert marked == ([current] if current else [])
    named = plain(re.search(r"<summary.*?</summary>", periods)[0])
    assert named == (current or "Jan 1 – 2, 2026")


@pytest.mark.parametrize(
    ("name", "since", "until", "before"),
    [
        pytest.param("this-month", "2026-03-01", "2026-03-30", "2026-01-25/2026-02-23", id="month"),
        pytest.param("last-month", "2026-02-01", "2026-02-28", "2026-01-04/2026-01-31", id="last"),
        pytest.param("this-year", "2026-01-01", "2026-03-30", "2025-01-02/2025-03-31", id="year"),
        pytest.param("last-year", "2025-01-01", "2025-12-31", "2024-01-01/2024-12-31", id="gone"),
    ],
)
def test_months_compare_weekdays_and_years_the_year_before(name, since, until, before):
    query = read_query(MultiDict({"period": name}), date(2026, 3, 30))
    period, compared = query.picked.period, query.compared.period
    assert (f"{period.since}", f"{period.until}") == (since, until)
    assert f"{compared.since}/{compared.until}" == before


@pytest.mark.parametrize(
    ("query", "before"),
    [
        pytest.param({}, "2026-03-22/2026-03-28", id="the days before"),
        pytest.param({"against": "year"}, "2025-03-30/2025-04-05", id="a year before"),
        pytest.param({"against": "x"}, "2026-03-22/2026-03-28", id="nothing of ours"),
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
    assert "Clicks 130 down ▼" in body(page)
    (before,) = re.findall(r'<polyline class="prev" points="([^"]*)"', page.text)
    assert len(before.split()) == 7


@pytest.mark.parametrize("days", [1, 7, 30, 45, 90])
def test_the_days_before_are_whole_weeks_before(days):
    query = read_query(
        MultiDict(
            {"days": str(days)} if days != 45 else {"since": "2026-02-14", "until": "2026-03-30"}
        ),
        date(2026, 3, 30),
    )
    period, before = query.picked.period, query.compared.period
    assert len(before) == len(period)
    assert before.until < period.since
    assert (period.since - before.since).days == -(-days // 7) * 7
    assert query.parameters["against"] == "previous"


def test_whole_months_are_compared_with_as_many_before():
    args = MultiDict({"since": "2026-01-01", "until": "2026-06-30"})
    before = read_query(args, date(2026, 7, 30)).compared.period
    assert f"{before.since}/{before.until}" == "2025-07-01/2025-12-31"


def test_the_change_is_in_every_table_unless_nothing_is_compared(admin_client):
    page = admin_client.get("/admin/?days=7")
    assert rows(page, "top-items")["台所からはじめるコーヒー"] == ["91", "49", "down ▼ 7%"]
    page = admin_client.get("/admin/?days=7&against=nothing")
    assert rows(page, "top-items")["台所からはじめるコーヒー"] == ["91", "49"]
    assert "▼" not in body(page)
    assert '<polyline class="prev"' not in page.text
    assert "/admin/?days=7&against=nothing&item=newsletter" in links(page)


def test_campaigns_are_there_once_a_link_has_one(clicked, engine, settings):
    assert "No link with a campaign was clicked" in body(clicked.get("/admin/?sources=campaign"))
    now = int(time() * 1000)
    spool_up(
        settings.spool,
        *(make_click(now - n * DAY, item="newsletter", campaign="spring") for n in (1, 2)),
        make_click(now - DAY, item="newsletter", campaign="autumn", post=""),
    )
    load(engine, settings.spool, timezone="Asia/Tokyo")
    page = clicked.get("/admin/?sources=campaign&against=nothing")
    assert rows(page, "top-sources")["spring"] == ["2", "2"]
    assert rows(page, "top-sources")["autumn"] == ["1", "1"]
    assert "/admin/?days=30&against=nothing&sources=campaign&campaign=spring" in links(page)


def test_tracking_ids_have_a_tab_and_filter(clicked, engine, settings):
    spool_up(settings.spool, make_click(int(time() * 1000) - DAY, item="pot", tracking="tea-22"))
    load(engine, settings.spool, timezone="Asia/Tokyo")
    assert rows(clicked.get("/admin/?places=tracking"), "top-places") == {"tea-22": ["1", "1", "–"]}
    answer = clicked.get("/admin/?tracking=tea-22")
    assert "Tracking ID: tea-22 ×" in body(answer)
    assert list(rows(answer, "top-items")) == ["pot"]


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
    assert answer.text.count('<details class="menu" name="menu" open>') == 1
    assert admin_client.get(f"/admin/clicks/item.csv?since={since}").status_code == 400


def test_what_is_no_day_is_in_a_field_for_text(admin_client):
    text = admin_client.get("/admin/?since=yesterday&until=2026-01-01").text
    fields = dict(re.findall(r'<input[^>]* name="(since|until)"[^>]* type="(\w+)"', text))
    assert fields == {"since": "text", "until": "date"}
    assert 'value="yesterday"' in text


def test_a_row_filters_everything_and_a_chip_takes_filter_out(clicked):
    page = clicked.get("/admin/?days=30")
    (link,) = {link for link in links(page) if "item=kitchen-coffee" in link}
    assert link == "/admin/?days=30&against=previous&item=kitchen-coffee"
    filtered = clicked.get(link)
    text = body(filtered)
    assert "Clicks 3" in text
    assert ">Unknown<" not in text
    assert re.search(r"Item: 台所からはじめるコーヒー × Remove this filter", text)
    assert f"/admin/?days=30&against=previous&item=kitchen-coffee&post={POST}" in links(filtered)
    assert "/admin/?days=30&against=previous" in links(filtered)


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
    assert "/admin/?days=30&against=previous&referrer=-" in links(page)
    text = body(clicked.get("/admin/?days=30&referrer=-"))
    assert "Clicks 1 Visitors 1" in text
    assert "Referrer: Unknown" in text


def test_several_filters_go_together(clicked):
    text = body(clicked.get(f"/admin/?days=7&item=kitchen-coffee&device=phone&post={POST}"))
    assert "Clicks 3" in text
    assert "With filters" not in text


@pytest.mark.parametrize(("ago", "is_said"), [(120, True), (5, False)])
def test_it_says_until_when_clicks_are_counted_if_long_ago(admin_client, engine, ago, is_said):
    until = int((time() - ago) * 1000)
    with writing(engine) as connection:
        connection.execute(delete(CountedDay))
        connection.execute(insert(CountedDay), {"day": today(), "loaded": 1, "until": until})
    assert ("Clicks are counted until" in body(admin_client.get("/admin/"))) is is_said


def test_it_is_reported_that_single_clicks_are_gone(clicked, engine):
    add_clicks(engine, until=today() - timedelta(days=5), days=3)  # totals alone
    text = body(clicked.get("/admin/?days=30&item=kitchen-coffee"))
    assert "cover the latest 3 clicks of this period" in text


@pytest.mark.parametrize("by", ["item", "post", "place", "referrer", "device", "day"])
def test_each_table_is_there_as_csv(clicked, by):
    address = f"/admin/clicks/{by}.csv?days=7&against=previous"
    tabs = {"device": "&places=device"}.get(by, "")
    assert address + tabs in links(clicked.get(f"/admin/?days=7{tabs}"))
    answer = clicked.get(address)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="clicks-{by}-')
    assert sum(int(row["clicks"]) for row in table(answer)) == 4
    assert sum(int(row["bots"]) for row in table(answer)) == 1


def test_the_posts_of_a_csv_have_their_titles_and_addresses(admin_client, engine, settings):
    indexer_of(settings)
    for path in (BREAD, KITCHEN):
        add_post_clicks(engine, path, 1, today())
    rows = table(admin_client.get("/admin/clicks/post.csv"))
    assert {row["title"] for row in rows} == {
        "Bread for people with cold hands and day jobs",
        "祖母の台所を片づける",
    }
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
        # The curve, when counting began, the days' numbers and those that are doubled, four tables
        # before today and today, whether anything was earned, and until when clicks are counted.
        pytest.param("", 14, id="all"),
        pytest.param("item=newsletter", 8, id="one filter"),
        pytest.param("item=newsletter&device=phone", 7, id="two filters"),
        pytest.param("item=nothing", 8, id="nothing"),
    ],
)
def test_the_database_is_asked_as_often_however_much_there_is(filled, engine, query, asked):
    with queries(engine) as statements:
        assert filled.get(f"/admin/?{query}").status_code == 200
    # Who is signed in, which pages of shops are gone, what is not built yet, and renamed items.
    assert len(statements) == asked + 4


@pytest.mark.parametrize("sales", [1, 300])
def test_earnings_take_as_many_questions_however_much_was_sold(filled, engine, sales):
    rows = [make_row(today(), f"{n}", product=f"B{n:09}", sub_id=f"{n}") for n in range(sales)]
    days = ((today() - NOVEMBER).days - 90, (today() - NOVEMBER).days + 1)
    import_reports(engine, [make_report(*rows, days=days)], "owner", 1)
    with queries(engine) as statements:
        assert "¥" in filled.get("/admin/").text
    asked = [each for each in statements if "earning" in each]
    # The currency, the reports, the sum, what was before, items, and posts by both ways.
    assert len(asked) == 7


def test_with_a_server_the_empty_page_says_to_publish(stranger, site):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    server = "site:\n  server: https://go.tezukuri.example.com\n"
    file.write_text(text.replace("site:\n", server, 1), encoding="utf-8")
    stranger.log_in()
    assert "Build and publish the blog" in body(stranger.get("/admin/"))


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
    assert "/admin/?days=7&against=previous" in links(page)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("drawn=x&items=y&places=item", id="no tabs of ours"),
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
    assert '<span class="k-label">All clicks</span>' in text
    assert text.count(">All clicks</th>") == text.count(">Visitors</th>") == 4
    assert admin_client.get("/admin/clicks/item.csv").text.splitlines()[0].endswith(",all clicks")
