"""Lists of items and posts have their figures from a declaration: columns, sums, orders, CSV."""

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest

from linkmgr.admin.common.lists import ListReport, Preset
from linkmgr.admin.items.listing import ITEMS
from linkmgr.admin.posts.views import POSTS
from linkmgr.reports import Column, Kind, Output
from tests.admin.conftest import today

FILES = {"items": "/admin/items.csv", "posts": "/admin/posts/posts.csv"}


def rows(answer):
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


def amounts(lines, column):
    return sum(float(line[column] or 0) for line in lines)


def last_month():
    """Return the month before this one, as addresses have it."""
    return f"{today().replace(day=1) - timedelta(days=1):%Y-%m}"


@pytest.mark.parametrize("name", FILES)
def test_rows_and_the_rest_are_all_that_was_clicked_and_earned(demo, name):
    lines = rows(demo.get(f"{FILES[name]}?period=last-month"))
    by = name.removesuffix("s")
    whole = rows(demo.get(f"/admin/earnings/earnings.csv?by={by}&period={last_month()}"))
    assert amounts(lines, "Earned") == amounts(whole, "confirmed") > 0
    clicks = rows(demo.get("/admin/clicks/day.csv?period=last-month"))
    assert amounts(lines, "Clicks") == amounts(clicks, "clicks") > 0
    page = demo.get(f"/admin/{name}?period=last-month").text
    assert f"Not matched to {'an item' if by == 'item' else 'a post'}" in page


@pytest.mark.parametrize("name", FILES)
def test_every_column_sorts_either_way(demo, name):
    report = {"items": ITEMS, "posts": POSTS}[name]
    for column in report.columns:
        if not {Output.PAGE, Output.ORDER} & column.outputs or column.kind is Kind.LINE:
            continue
        for sort in (column.name, f"-{column.name}"):
            page = demo.get(f"/admin/{name}?sort={sort}")
            assert page.status_code == 200
            if Output.PAGE in column.outputs:
                direction = "descending" if sort.startswith("-") else "ascending"
                assert (
                    f'aria-sort="{direction}"><a class="sort" id="sort-{column.name}"' in page.text
                )


def test_unknown_rates_come_last_in_either_direction(demo):
    for sort in ("rate", "-rate"):
        lines = rows(demo.get(f"/admin/items.csv?sort={sort}"))
        known = [line["Click rate"] != "" for line in lines]
        assert known == sorted(known, reverse=True)


def test_the_csv_has_what_is_searched_and_no_more(demo):
    lines = rows(demo.get("/admin/items.csv?kind=books&q=a"))
    assert {line["Kind"] for line in lines} == {"books"}


@pytest.mark.parametrize(("language", "heading"), [("en", "Earned"), ("ja", "収益（確定）")])
def test_a_list_says_until_when_reports_reach(demo, language, heading):
    page = demo.get("/admin/items", **{"Accept-Language": language}).text
    assert heading in page
    assert {"en": "Reports reach", "ja": "レポートは"}[language] in page
    words = {"en": "Per 100 clicks is of the same days", "ja": "100クリックあたりの金額も同じ期間"}
    assert words[language] in page


@pytest.mark.parametrize("name", FILES)
def test_what_100_clicks_earned_is_of_the_days_beside_it(demo, name):
    paid = 0
    for line in rows(demo.get(f"{FILES[name]}?period=last-month")):
        if line["Earned"] and int(line["Clicks"]):
            paid += 1
            of_100_clicks = 100 * float(line["Earned"]) / int(line["Clicks"])
            assert float(line["Per 100 clicks"]) == pytest.approx(of_100_clicks, abs=1)
    assert paid
    page = demo.get(f"/admin/{name}?days=7").text
    assert ("What 100 clicks earned is said from 28 days on" in page) == (name == "items")


def test_a_list_of_posts_says_why_few_have_earnings(demo):
    page = demo.get("/admin/posts").text
    assert "don’t name the page that sent the reader" in page
    assert 'id="sort-per_100_clicks"' not in page


@pytest.mark.parametrize("name", FILES)
def test_the_order_is_always_in_a_heading(demo, name):
    hidden = {"items": ("added", "Item · Added"), "posts": ("day", "Post · Date")}
    column, heading = hidden[name]
    page = demo.get(f"/admin/{name}?sort=-{column}").text
    assert re.search(rf'aria-sort="descending"><a [^>]*>{heading} <span[^>]*>↓', page)


def test_much_that_is_matched_to_no_item_is_marked(demo):
    page = demo.get("/admin/items?period=last-month").text
    assert re.search(r'Not matched to an item</a> <span class="down">\d+% of what was earned', page)


@pytest.mark.parametrize(("name", "by"), [("items", "item"), ("posts", "post")])
def test_what_no_row_earned_leads_to_what_earnings_say_of_it(demo, name, by):
    page = demo.get(f"/admin/{name}?period=last-month").text
    address = f"/admin/earnings?by={by}&amp;period={last_month()}"
    assert re.search(rf'<th scope="row"><a href="{re.escape(address)}">Not matched to a', page)
    assert demo.get(unescape(address)).status_code == 200


def test_a_new_column_and_a_new_preset_are_one_line_each(demo, monkeypatch):
    views = Column("bots", "Bots", lambda row: row.figures.counts.bots)
    seen = Preset("seen", "much seen", lambda row: row.figures.counts.views)
    changed = ListReport(
        ITEMS.head, (*ITEMS.columns, views), ITEMS.usual, ITEMS.main, (*ITEMS.presets, seen)
    )
    monkeypatch.setattr("linkmgr.admin.items.listing.ITEMS", changed)
    page = demo.get("/admin/items?state=seen&sort=-bots").text
    assert 'id="sort-bots"' in page
    assert "much seen" in page
    assert "Bots" in rows(demo.get("/admin/items.csv"))[0]


def test_the_worst_rate_comes_first_beside_that_of_its_places(demo):
    page = demo.get("/admin/items?state=lowest-rate").text
    cells = re.findall(r'>(\d+\.\d)%</span><span class="sub in-cell">(.+?)</td>', page)
    shown = [(float(rate), re.sub("<[^>]+>", "", note)) for rate, note in cells]
    assert shown == sorted(shown, key=lambda cell: cell[0])
    assert shown[0][1].startswith("▼lower than same places ")
    marks = {note.partition("same")[0] for _, note in shown}
    assert {"▼lower than ", "", "▲higher than "} <= marks
    assert "in-cell" not in demo.get("/admin/items").text


def test_a_rate_of_few_clicks_is_told_from_500_views_on(demo):
    lines = rows(demo.get("/admin/items.csv?state=lowest-rate"))
    least = min(lines, key=lambda line: float(line["Click rate"]))
    assert lines[0] == least
    assert all(int(line["Views"]) >= 500 for line in lines)
    assert int(least["Clicks"]) < 20
    first = re.search(
        r'<tbody>.*?href="/admin/items/([\w-]+)"',
        demo.get("/admin/items?state=lowest-rate").text,
        re.DOTALL,
    )
    assert first[1] == least["id"]


def test_an_order_has_no_number_as_views_of_the_list_have(demo):
    page = demo.get("/admin/items").text
    assert re.search(r">Lowest click rate first</a>", page)
    assert re.search(r'>Earns nothing<span class="n">', page)


def test_what_was_clicked_and_earns_nothing_is_listed(demo):
    lines = rows(demo.get("/admin/items.csv?state=unpaid"))
    assert lines
    assert all(float(line["Earned"]) == 0 < int(line["Clicks"]) for line in lines)
