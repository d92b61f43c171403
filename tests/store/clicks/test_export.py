"""What is exported is what counts, and no spreadsheet reckons with it."""

import csv
import io
import json
from datetime import date

import pytest
from sqlalchemy import event

from linkmgr.clicks.model import OTHER, Click
from linkmgr.store.clicks.export import ExportFormat, export_clicks, export_views
from tests.support.store import (
    DAY,
    START,
    load,
    make_click,
    make_loader,
    make_report,
    make_seen,
    spool_up,
)

COLUMNS = list(Click._fields)


def export(engine, form, **over):
    output = io.StringIO()
    number = export_clicks(engine, output, form, **over)
    return number, output.getvalue()


def export_days(engine, **over):
    number, text = export(engine, ExportFormat.JSON_LINES, **over)
    clicks = [json.loads(line) for line in text.splitlines()]
    assert number == len(clicks)
    return [click["time"] for click in clicks]


@pytest.fixture
def days(engine, tmp_path):
    """Have the first and the last click of three days."""
    for day in range(3):
        start = START + day * DAY
        spool_up(tmp_path, make_click(start), make_click(start + DAY - 20_000))
    load(engine, tmp_path)
    return engine


def test_json_lines_hold_every_field(engine, tmp_path):
    click = make_click(visitor="f" * 16, item="本", referrer="例え.example")
    spool_up(tmp_path, click)
    load(engine, tmp_path)
    number, text = export(engine, ExportFormat.JSON_LINES)
    assert number == 1
    assert "本" in text
    expected = dict(zip(COLUMNS, click, strict=True)) | {"time": "2026-02-28T15:00:00.000+00:00"}
    assert json.loads(text) == expected


def test_csv_has_a_header_and_quotes_what_must_be(engine, tmp_path):
    click = make_click(bot='a "bot", of sorts')
    spool_up(tmp_path, click)
    load(engine, tmp_path)
    number, text = export(engine, ExportFormat.CSV)
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert (number, header) == (1, COLUMNS)
    assert row == [str(value) for value in click._replace(time="2026-02-28T15:00:00.000+00:00")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\r"])
def test_a_referrer_that_looks_like_a_formula_is_text_in_csv(engine, tmp_path, start):
    spool_up(tmp_path, make_click(referrer=f"{start}1+1"))
    load(engine, tmp_path)
    (row,) = csv.DictReader(io.StringIO(export(engine, ExportFormat.CSV)[1], newline=""))
    assert row["referrer"] == f"'{start}1+1"
    assert json.loads(export(engine, ExportFormat.JSON_LINES)[1])["referrer"] == f"{start}1+1"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param({}, 6, id="all"),
        pytest.param({"since": date(2026, 3, 2)}, 4, id="since"),
        pytest.param({"until": date(2026, 3, 2)}, 4, id="until"),
        pytest.param({"since": date(2026, 3, 2), "until": date(2026, 3, 2)}, 2, id="a day"),
        pytest.param({"since": date(2026, 3, 4)}, 0, id="none"),
    ],
)
def test_days_are_those_of_the_site_and_both_are_included(days, limits, expected):
    found = export_days(days, **limits)
    assert len(found) == expected
    assert found == sorted(found)


def test_the_days_are_found_by_the_key(sqlite_engine):
    queries = []

    def note(_connection, _cursor, *query):
        queries.append(query[:2])

    event.listen(sqlite_engine, "before_cursor_execute", note)
    export_days(sqlite_engine, since=date(2026, 3, 2), until=date(2026, 3, 2))
    statement, parameters = queries[-1]
    with sqlite_engine.connect() as connection:
        (plan,) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    assert plan[3] == "SEARCH clicks USING PRIMARY KEY (id>? AND id<?)"


def test_what_does_not_count_is_not_exported(engine, tmp_path):
    times = (START, START + 1_000, START + 60_000, START + 120_000)
    spool_up(tmp_path, *(make_click(time, referrer=f"{time}") for time in times))
    load(engine, tmp_path, new_names=1, daily_clicks=2)
    clicks = [json.loads(line) for line in export(engine, ExportFormat.JSON_LINES)[1].splitlines()]
    assert [click["referrer"] for click in clicks] == [f"{START}", OTHER]


def test_clicks_that_are_not_counted_yet_are_not_exported(engine, tmp_path):
    spool_up(tmp_path, make_click())
    make_loader(engine, tmp_path).load()
    assert export(engine, ExportFormat.CSV)[0] == 0


def test_more_clicks_than_are_held_at_once_come_out(engine, tmp_path):
    spool_up(tmp_path, *(make_click(START + n, visitor=f"{n:016x}") for n in range(5000)))
    load(engine, tmp_path)
    assert len(set(export_days(engine))) == 5000
    assert export(engine, ExportFormat.CSV)[0] == 5000


@pytest.mark.parametrize(
    ("days", "ranks"),
    [
        ({}, [1, 2, 3]),
        ({"since": date(2026, 3, 2)}, [2, 3]),
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 2)}, [2]),
    ],
)
def test_views_are_exported_as_the_sums_of_days(engine, tmp_path, days, ranks):
    reports = [
        make_report(START + day * DAY, make_seen(rank=day + 1, clicked=1, tracking="-22"))
        for day in (2, 0, 1)
    ]
    spool_up(tmp_path, *reports)
    load(engine, tmp_path)
    output = io.StringIO()
    assert export_views(engine, output, ExportFormat.JSON_LINES, **days) == len(ranks)
    rows = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [row["rank"] for row in rows] == ranks
    assert rows[0]["day"] == f"2026-03-0{ranks[0]}"
    output = io.StringIO()
    export_views(engine, output, ExportFormat.CSV, **days)
    header, first, *_ = csv.reader(io.StringIO(output.getvalue(), newline=""))
    assert header == [
        "day",
        "item",
        "post",
        "block",
        "rank",
        "variant",
        "tracking",
        "views",
        "clicked",
    ]
    assert first[1:] == [
        *("genai-law", "00000000000000aa", "books", str(ranks[0]), "", "'-22", "1", "1")
    ]
