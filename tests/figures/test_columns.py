"""A column is registered in one place, and every output has it."""

import json

import pytest
import yaml

from linkmgr.admin.api.app import description
from linkmgr.clicks.counts import Counts
from linkmgr.figures.report import table_csv, table_json, table_text
from tests.support.figure_tables import make_line, make_table, register_column


@pytest.fixture
def _new_column(monkeypatch):
    register_column(monkeypatch)


@pytest.mark.usefixtures("_new_column")
def test_a_new_column_is_in_the_commands_table():
    table = make_table(make_line(clicks=200, bots=34), counts=Counts(300, 200, 7))
    sums, _, rows = table_text(table, 100).partition("\n\n")
    assert "all clicks        307" in sums
    assert [line.split("  ")[-2].strip() for line in rows.splitlines()[1:2]] == ["234"]


@pytest.mark.usefixtures("_new_column")
def test_a_new_column_is_in_csv_and_json():
    table = make_table(make_line(clicks=200, bots=34), counts=Counts(300, 200, 7))
    assert table_csv(table).splitlines() == [
        "value,title,clicks,visitors,bots,all_clicks",
        "genai-law,,200,100,34,234",
    ]
    found = table_json(table)
    assert (found["all_clicks"], found["before"]["all_clicks"]) == (307, 0)
    assert found["rows"][0]["all_clicks"] == 234
    assert json.dumps(found)


@pytest.mark.usefixtures("_new_column")
def test_a_new_column_is_described_by_the_api():
    counts = yaml.safe_load(description())["components"]["schemas"]["Counts"]
    assert counts["required"] == ["clicks", "visitors", "bots", "all_clicks"]
    assert counts["properties"]["all_clicks"] == {"type": "integer"}
