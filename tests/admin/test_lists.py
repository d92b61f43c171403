"""Lists of items and posts have their figures from a declaration: columns, sums, orders, CSV."""

import csv
import re
from datetime import timedelta
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
    assert {"en": "Per 100 clicks: over", "ja": "100クリックあたりの金額は"}[language] in page


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
    shown = re.findall(r'>(\d+\.\d)%</span><span class="sub in-cell">([^<]+)', page)
    rates = [float(rate) for rate, _ in shown]
    assert rates == sorted(rates)
    assert shown[0][1].startswith("low: same places ")
    assert {note.partition("same")[0] for _, note in shown} == {"low: ", "", "high: "}
    assert "in-cell" not in demo.get("/admin/items").text


def test_what_was_clicked_and_earns_nothing_is_listed(demo):
    lines = rows(demo.get("/admin/items.csv?state=unpaid"))
    assert lines
    assert all(float(line["Earned"]) == 0 < int(line["Clicks"]) for line in lines)
