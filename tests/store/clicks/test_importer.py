"""What was exported can be imported, once however often, and the totals are those of the clicks."""

import io
import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import event, select, text

from linkmgr.messages.errors import Location, Problems
from linkmgr.store.clicks import export
from linkmgr.store.clicks.export import (
    Form,
    Imported,
    check_exported,
    export_clicks,
    import_clicks,
    read_exported,
)
from linkmgr.store.clicks.prune import prune
from linkmgr.store.db.models import ClickRow, Name, Total
from tests.support.properties import examples
from tests.support.store import DAY, START, empty_tables, load, make_click, spool_up

TOKYO = "Asia/Tokyo"


def rows(engine, table):
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(*table.__table__.columns))))


def state(engine):
    """Return the clicks, the totals and the names."""
    return [rows(engine, table) for table in (ClickRow, Total, Name)]


def exported(engine, folder, form=Form.JSON_LINES):
    """Export all clicks into a file, and return it."""
    output = io.StringIO(newline="")
    export_clicks(engine, output, form, timezone=TOKYO)
    file = folder / f"clicks.{form}"
    file.write_text(output.getvalue(), encoding="utf-8", newline="")
    return file


def do_import(engine, file):
    check_exported(file)
    return import_clicks(engine, read_exported(file), TOKYO)


def fill(engine, folder, *clicks):
    spool_up(folder, *clicks)
    load(engine, folder, timezone=TOKYO)


def some_clicks():
    return [
        make_click(START, item="a"),
        make_click(START + 60_000, item="a", block="", rank=0, post="", referrer=""),
        make_click(START + DAY, item="=1+1", visitor="f" * 16, bot="a crawler, of sorts"),
        make_click(START + DAY + 1, item="b", referrer="例え.example", device="tablet"),
        make_click(START + DAY + 2, item="c", campaign="launch"),
    ]


@pytest.mark.parametrize("form", list(Form))
def test_an_export_is_imported_into_an_empty_database_as_it_was(engine, tmp_path, form):
    fill(engine, tmp_path / "spool", *some_clicks())
    file, before = exported(engine, tmp_path, form), state(engine)
    empty_tables(engine)
    assert do_import(engine, file) == Imported(added=5)
    assert state(engine) == before


def test_a_second_import_adds_nothing(engine, tmp_path):
    fill(engine, tmp_path / "spool", *some_clicks())
    file, before = exported(engine, tmp_path), state(engine)
    assert do_import(engine, file) == Imported(known=5)
    assert state(engine) == before


def test_clicks_come_to_those_of_the_same_days(engine, tmp_path):
    fill(engine, tmp_path / "spool", *some_clicks())
    file, all_of_them = exported(engine, tmp_path), state(engine)
    empty_tables(engine)
    fill(engine, tmp_path / "again", *some_clicks()[:1])
    first = file.read_text(encoding="utf-8").splitlines(keepends=True)[0]
    assert do_import(engine, file) == Imported(added=5)
    assert len(rows(engine, ClickRow)) == 6  # the one that was made anew has an id of its own
    visitors = {row[:3]: row[4] for row in rows(engine, Total)}
    assert visitors == {row[:3]: row[4] for row in all_of_them[1]}
    assert first in exported(engine, tmp_path).read_text(encoding="utf-8")


def test_a_visitor_of_long_ago_is_no_new_one(engine, tmp_path):
    fill(engine, tmp_path / "spool", make_click(START), make_click(START + 60_000))
    file = exported(engine, tmp_path)
    empty_tables(engine)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    for line in lines:
        file.write_text(line, encoding="utf-8")
        do_import(engine, file)
        prune(engine, 1000, date(2026, 6, 1))  # which forgets who was seen
    (of_all,) = (row for row in rows(engine, Total) if row[0] == "all")
    assert of_all[3:6] == (2, 1, 0)


def test_clicks_of_pruned_days_are_not_counted_again(engine, tmp_path):
    fill(engine, tmp_path / "spool", *some_clicks())
    file, before = exported(engine, tmp_path), rows(engine, Total)
    prune(engine, 1, date(2026, 3, 3))
    kept = len(rows(engine, ClickRow))
    found = do_import(engine, file)
    assert (found.added, found.known, found.pruned) == (0, kept, 5 - kept)
    assert rows(engine, Total) == before


@pytest.mark.parametrize("batch", [1, 3])
def test_an_import_that_was_ended_is_completed_by_the_next(
    sqlite_engine, tmp_path, monkeypatch, batch
):
    monkeypatch.setattr(export, "_BATCH", batch)
    fill(sqlite_engine, tmp_path / "spool", *some_clicks())
    file, before = exported(sqlite_engine, tmp_path), state(sqlite_engine)
    empty_tables(sqlite_engine)
    commits = []

    def end(_connection):
        commits.append(True)
        if len(commits) == 2:
            raise KeyboardInterrupt

    event.listen(sqlite_engine, "commit", end)
    with pytest.raises(KeyboardInterrupt):
        do_import(sqlite_engine, file)
    event.remove(sqlite_engine, "commit", end)
    assert 0 < len(rows(sqlite_engine, ClickRow)) < 5
    do_import(sqlite_engine, file)
    assert state(sqlite_engine) == before


CLICKS = strategies.lists(
    strategies.builds(
        make_click,
        time=strategies.integers(START - 2 * DAY, START + 2 * DAY),
        item=strategies.sampled_from(["a", "b", "=x"]),
        bot=strategies.sampled_from(["", "crawler"]),
        visitor=strategies.sampled_from(["0" * 16, "f" * 16]),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(20))
@given(CLICKS, strategies.sampled_from(list(Form)))
def test_whatever_was_counted_is_the_same_after_an_import(
    sqlite_engine, tmp_path_factory, clicks, form
):
    folder = tmp_path_factory.mktemp("import")
    empty_tables(sqlite_engine)
    fill(sqlite_engine, folder / "spool", *clicks)
    file, before = exported(sqlite_engine, folder, form), state(sqlite_engine)
    assert do_import(sqlite_engine, file).added == 0
    empty_tables(sqlite_engine)
    do_import(sqlite_engine, file)
    assert state(sqlite_engine) == before


@pytest.fixture
def lines(sqlite_engine, tmp_path):
    """Give the lines of an export as CSV."""
    fill(sqlite_engine, tmp_path / "spool", *some_clicks())
    return exported(sqlite_engine, tmp_path, Form.CSV).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        pytest.param(("phone", "telephone"), (2, "device"), "store.import-value", id="a device"),
        pytest.param(("+00:00", ""), (2, "time"), "store.import-value", id="no zone"),
        pytest.param((".000+", ".001+"), (2, "id"), "store.import-other-time", id="another time"),
        pytest.param((",visitor", ",who"), (1, "visitor"), "store.import-no-column", id="column"),
        pytest.param(("go,", "go"), (2, "route"), "store.import-value", id="a value too few"),
    ],
)
def test_what_is_no_export_is_refused_by_line_and_column(lines, tmp_path, change, place, code):
    file = tmp_path / "changed.csv"
    line, key = place
    lines[line - 1] = lines[line - 1].replace(*change, 1)
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(Problems) as refused:
        check_exported(file)
    (problem,) = refused.value.problems
    assert problem.location == Location(str(file), line, key)
    assert problem.code == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"{}\n", "store.import-no-column", id="no click"),
        pytest.param(b"{\n", "store.import-not-json", id="no JSON"),
        pytest.param(b"{" + b"[" * 100_000, "store.import-not-json", id="deep JSON"),
        pytest.param(b"id,time\n\xff\n", "store.import-not-utf8", id="no UTF-8"),
        pytest.param(b'id,"time', "store.import-not-csv", id="no CSV"),
        pytest.param(b"id\0", "store.import-no-column", id="a NUL"),
    ],
)
def test_other_files_are_refused(tmp_path, content, code):
    file = tmp_path / "other"
    file.write_bytes(content)
    with pytest.raises(Problems) as refused:
        check_exported(file)
    assert refused.value.problems[0].code == code


@pytest.mark.parametrize("item", ["\ud800", None, 1, ["a"], True])
def test_json_that_is_no_text_of_a_click_is_refused(sqlite_engine, tmp_path, item):
    fill(sqlite_engine, tmp_path / "spool", make_click(START))
    file = exported(sqlite_engine, tmp_path)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"item": item}))
    with pytest.raises(Problems) as refused:
        check_exported(file)
    (problem,) = refused.value.problems
    assert problem.location == Location(str(file), 1, "item")
    assert problem.code == "store.import-value"


def test_an_empty_export_has_no_clicks(tmp_path):
    file = tmp_path / "empty.jsonl"
    file.touch()
    assert check_exported(file) == 0


def test_all_lines_are_checked_before_any_click_is_added(tmp_path, lines):
    file = tmp_path / "changed.csv"
    file.write_text("\n".join([*lines, *["x" + lines[1]] * 30]), encoding="utf-8")
    with pytest.raises(Problems) as refused:
        check_exported(file)
    assert [each.location.line for each in refused.value.problems] == list(range(7, 27))


def test_imported_clicks_are_in_the_tables_of_their_months(postgresql_engine, tmp_path):
    clicks = some_clicks()  # of which some are in February still in UTC
    fill(postgresql_engine, tmp_path, *clicks)
    file = exported(postgresql_engine, tmp_path)
    empty_tables(postgresql_engine)
    do_import(postgresql_engine, file)
    with postgresql_engine.connect() as connection:
        query = "SELECT tableoid::regclass::text FROM clicks ORDER BY id"
        tables = connection.scalars(text(query)).all()
    assert tables == ["clicks_2026_02"] * 2 + ["clicks_2026_03"] * 3
