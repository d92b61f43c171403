"""What `stats` prints for programs."""

import csv
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given, strategies

from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.figures.report import table_csv, table_json
from tests.support.figure_tables import PERIOD, make_line, make_table


def test_csv_holds_all_lines():
    table = make_table(*(make_line(f"i{n}", n) for n in range(100)))
    lines = table_csv(table).splitlines()
    assert lines[0] == "value,title,clicks,visitors,bots"
    assert lines[100] == "i99,,99,49,0"


def test_csv_holds_rates_where_there_are_views():
    table = make_table(make_line("a", 200, page_views=10_000), make_line("b", 3), by=Dimension.POST)
    assert table_csv(table) == (
        "value,title,clicks,visitors,bots,views,clicked,rate,low,high,tells\r\n"
        "a,,200,100,0,10000,,0.02,0.017435,0.022934,True\r\n"
        "b,,3,1,0,,,,,,\r\n"
    )


def test_reported_views_go_before_page_views_and_are_not_added():
    table = make_table(
        make_line("a", 300, seen=(10_000, 200), page_views=50),
        make_line("b", 3, page_views=20),
        by=Dimension.POST,
        counts=Counts(303, 200, 7, 10_000, 200),
    )
    a, b = table_csv(table).splitlines()[1:]
    assert a == "a,,300,150,0,10000,200,0.02,0.017435,0.022934,True"
    assert b.startswith("b,,3,1,0,20,,0.15,")
    found = table_json(table)
    assert (found["views"], found["clicked"], found["rate"]) == (10_000, 200, 0.02)
    assert (found["before"]["views"], found["before"]["rate"]) == (None, None)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(start):
    text = table_csv(make_table(make_line(f"{start}1", title=f"{start}cmd|'/C calc'!A0")))
    (row,) = csv.DictReader(StringIO(text, newline=""))
    assert (row["value"], row["title"]) == (f"'{start}1", f"'{start}cmd|'/C calc'!A0")


@given(strategies.text(strategies.characters(codec="utf-8", exclude_characters="\0")))
def test_any_title_comes_back_from_csv(title):
    text = table_csv(make_table(make_line(title=title)))
    (row,) = csv.DictReader(StringIO(text, newline=""))
    assert row["title"] in {title, f"'{title}"}
    assert row["clicks"] == "200"


def test_json_holds_the_sums_the_period_before_and_all_lines():
    table = make_table(make_line(title="=A1"), before=Counts(1, 1, 0), doubled=(PERIOD.until,))
    table = replace(table, shared=(PERIOD.since,))
    assert table_json(table) == {
        "by": "item",
        "timezone": "Asia/Tokyo",
        "since": "2026-02-28",
        "until": "2026-03-01",
        "days": 2,
        "clicks": 300,
        "visitors": 200,
        "bots": 7,
        "doubled_days": ["2026-03-01"],
        "shared_days": ["2026-02-28"],
        "before": {
            "since": "2026-02-21",
            "until": "2026-02-22",
            "days": 2,
            "clicks": 1,
            "visitors": 1,
            "bots": 0,
            "doubled_days": [],
            "shared_days": [],
        },
        "rows": [{"value": "genai-law", "title": "=A1", "clicks": 200, "visitors": 100, "bots": 0}],
    }


def test_json_says_whether_a_rate_tells():
    table = make_table(make_line("a", 3, page_views=20), make_line("b", 3))
    few, none = table_json(table)["rows"]
    assert (few["views"], few["rate"], few["tells"]) == (20, 0.15, False)
    assert (none["views"], none["rate"], none["tells"]) == (None, None, None)
