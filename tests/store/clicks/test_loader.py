"""From the spool into either database: nothing twice, nothing lost, whatever happens."""

from datetime import date

import pytest
from sqlalchemy import select, text

from linkmgr.clicks.line import click_line
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.clicks.loader import Loaded
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import Base, RowKind, SpoolPosition
from linkmgr.store.db.schema import versions_known
from linkmgr.store.instance.state import spool_state
from linkmgr.store.spool import SpoolWriter
from tests.support.databases import drop_tables
from tests.support.store import (
    DAY,
    START,
    count,
    load,
    make_click,
    make_loader,
    rows,
    spool_up,
    totals,
)

READER = RowKind.READER


def spool_files(spool):
    return sorted(spool.glob("*.spool"))


def test_a_click_becomes_a_row_and_counts_in_every_dimension(engine, spool):
    click = make_click(
        visitor="f" * 16, campaign="launch", variant="0a1b2c3d.short", tracking="tea-22"
    )
    spool_up(spool, click)
    assert load(engine, spool) == Loaded(read=1, stored=1)
    (row,) = rows(engine)
    assert (row.id.replace("-", ""), row.day, row.kind) == (click.id, date(2026, 3, 1), READER)
    assert row[5:] == (*click[1:11], -1, "launch", "0a1b2c3d.short", "tea-22")
    day = "2026-03-01"
    found = {(dimension, value): counts for (dimension, value, _), counts in totals(engine).items()}
    assert {str(key[2]) for key in totals(engine)} == {day}
    assert found == dict.fromkeys(
        [
            ("all", ""),
            ("item", "genai-law"),
            ("post", "00000000000000aa"),
            ("place", "books.1"),
            ("referrer", "blog.example"),
            ("device", "phone"),
            ("campaign", "launch"),
            ("tracking", "tea-22"),
            ("variant", "genai-law/0a1b2c3d.short"),
        ],
        (1, 1, 0),
    )


def test_a_database_that_lost_clicks_is_loaded_again(engine, spool, monkeypatch):
    monkeypatch.setattr("linkmgr.store.clicks.loader._VERIFY_PAUSE", 0)
    writer = SpoolWriter(spool)
    writer.append(click_line(make_click()))
    loader = make_loader(engine, spool)
    loader.load()
    loader.load()
    assert (len(rows(engine)), loader.positions.replaced) == (1, False)
    empty(engine)
    loader.load()
    assert (len(rows(engine)), loader.positions.replaced) == (1, True)
    writer.close()


def test_a_database_that_lost_clicks_without_a_loader_is_noticed(engine, spool):
    writer = SpoolWriter(spool)
    writer.append(click_line(make_click()))
    load(engine, spool)
    empty(engine)
    loader = make_loader(engine, spool)
    loader.load()
    assert (len(rows(engine)), loader.positions.replaced) == (1, True)
    writer.close()


def empty(engine):
    """Have the database be as one without clicks."""
    with writing(engine) as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(table.delete())


def test_bots_are_counted_apart_and_kept(engine, spool):
    spool_up(spool, make_click(bot="Googlebot"), make_click(visitor="00000000000000cc"))
    assert load(engine, spool) == Loaded(read=2, stored=2)
    assert totals(engine, "all") == {("", "2026-03-01"): (1, 1, 1)}
    assert sorted(row.bot for row in rows(engine)) == ["", "Googlebot"]


def test_a_click_from_no_place_counts_under_an_empty_one(engine, spool):
    spool_up(spool, make_click(block="", rank=0, post="", referrer=""))
    load(engine, spool)
    empty = {("", "2026-03-01"): (1, 1, 0)}
    assert [totals(engine, each) for each in ("place", "post", "referrer")] == [empty] * 3


def test_a_click_without_variant_or_tag_is_in_no_sum_by_them(engine, spool):
    clicks = [
        make_click(START),
        make_click(START + 60_000, tracking="tea-22"),
        make_click(START + 120_000, variant="0a1b2c3d.short"),
        make_click(START + 120_000, variant="0a1b2c3d.short", bot="crawler", item="b"),
    ]
    spool_up(spool, *clicks)
    load(engine, spool)
    assert totals(engine, "tracking") == {("tea-22", "2026-03-01"): (1, 1, 0)}
    assert totals(engine, "variant") == {
        ("genai-law/0a1b2c3d.short", "2026-03-01"): (1, 1, 0),
        ("b/0a1b2c3d.short", "2026-03-01"): (0, 0, 1),
    }


def test_only_clicks_with_a_campaign_are_told_apart_by_it(engine, spool):
    clicks = [make_click(START + n * 60_000, campaign=c) for n, c in enumerate(["", "launch", ""])]
    bot = make_click(START, campaign="launch", visitor="00000000000000cc", bot="crawler")
    spool_up(spool, *clicks, bot, make_click(START + DAY, item="b"))
    load(engine, spool)
    assert totals(engine, "campaign") == {("launch", "2026-03-01"): (1, 1, 1)}
    assert [row.campaign for row in rows(engine)].count("launch") == 2


def test_the_day_is_that_of_the_site(engine, spool):
    spool_up(spool, make_click(START - 1), make_click(START + 60_000), make_click(START + DAY))
    load(engine, spool)
    days = [("", "2026-02-28"), ("", "2026-03-01"), ("", "2026-03-02")]
    assert totals(engine, "all") == dict.fromkeys(days, (1, 1, 0))


def test_a_visitor_counts_once_a_day_and_value(engine, spool):
    spool_up(
        spool,
        make_click(),
        make_click(START + 60_000),
        make_click(item="other-book"),
        make_click(visitor="00000000000000cc"),
        make_click(START + DAY),
    )
    load(engine, spool)
    assert totals(engine, "all") == {("", "2026-03-01"): (4, 2, 0), ("", "2026-03-02"): (1, 1, 0)}
    assert totals(engine, "item") == {
        ("genai-law", "2026-03-01"): (3, 2, 0),
        ("other-book", "2026-03-01"): (1, 1, 0),
        ("genai-law", "2026-03-02"): (1, 1, 0),
    }


def test_a_brief_loader_ends_in_time_and_goes_on_where_it_was(engine, spool, monkeypatch):
    monkeypatch.setattr("linkmgr.store.clicks.loader._BATCH", 1)
    monkeypatch.setattr("linkmgr.store.clicks.loader._BRIEF_SECONDS", 0)
    monkeypatch.setattr("linkmgr.store.spool.LONGEST_LINE", 400)
    spool_up(spool, *(make_click(START + number * DAY) for number in range(10)))
    loader = make_loader(engine, spool)
    assert 0 < loader.load(brief=True).stored < 10
    assert 0 < loader.load().stored < 10
    assert len(rows(engine)) == 10


def test_a_torn_line_waits_for_its_rest_while_its_writer_lives(engine, spool):
    writer = SpoolWriter(spool)
    line = click_line(make_click())
    writer.append(line[:50])
    loader = make_loader(engine, spool)
    assert loader.load() == Loaded()
    writer.append(line[50:])
    assert loader.load() == Loaded(read=1, stored=1)
    writer.close()


def test_a_torn_line_is_dropped_with_its_writers_file(engine, spool):
    spool_up(spool, make_click())
    (file,) = spool_files(spool)
    file.write_bytes(file.read_bytes() + b"1\t0123")
    assert load(engine, spool) == Loaded(read=1, stored=1)
    assert spool_files(spool) == []


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(click_line(make_click())[:-2] + b"?\n", id="wrong checksum"),
        pytest.param(b"\n", id="empty"),
        pytest.param(b"\xff\xfe\x00\n", id="binary"),
        pytest.param(b"x" * 200_000 + b"\n", id="endless"),
        pytest.param(click_line(make_click(post="a" * 17)), id="too wide for the table"),
        pytest.param(click_line(make_click(bot="a\0")), id="NUL"),
        pytest.param(click_line(make_click(rank=70_000)), id="rank without bounds"),
        pytest.param(click_line(make_click(10**15, id="0" * 32)), id="past the end of time"),
        pytest.param(click_line(make_click(id="g" * 32)), id="no id"),
        pytest.param(click_line(make_click(visitor="")), id="no visitor"),
        pytest.param(click_line(make_click(route="walk")), id="unknown route"),
    ],
)
def test_damaged_line_is_counted_and_keeps_no_other_from_loading(engine, spool, damaged):
    spool_up(spool, make_click(), make_click(START + 60_000))
    (file,) = spool_files(spool)
    first, second = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(first + damaged + second)
    loaded = load(engine, spool)
    assert (loaded.stored, len(rows(engine))) == (2, 2)
    assert loaded.damaged >= 1
    assert spool_files(spool) == []


def test_a_file_stays_while_its_writer_lives_and_goes_with_it(engine, spool):
    loader = make_loader(engine, spool)
    writer = SpoolWriter(spool)
    writer.append(click_line(make_click()))
    assert loader.load().stored == 1
    assert len(spool_files(spool)) == 1
    writer.close()
    assert loader.load() == Loaded()
    assert spool_files(spool) == []


def test_positions_of_files_that_are_gone_are_forgotten(engine, spool, monkeypatch):
    for kept, number in ((60, 1), (60, 2), (-60, 0)):
        monkeypatch.setattr("linkmgr.store.clicks.loader._KEPT_SECONDS", kept)
        spool_up(spool, make_click())
        load(engine, spool)
        with engine.connect() as connection:
            assert len(connection.execute(select(SpoolPosition)).all()) == number


def test_positions_of_another_machine_stay(engine, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    writer = SpoolWriter(there)
    writer.append(click_line(make_click()))
    load(engine, there)
    spool_up(here, make_click(START + 60_000))
    load(engine, here)
    assert load(engine, there) == Loaded()
    assert len(rows(engine)) == 2
    writer.close()


def test_two_loaders_count_each_click_once(engine, spool):
    first, second = make_loader(engine, spool), make_loader(engine, spool)
    writer = SpoolWriter(spool)
    for number in range(10):
        writer.append(click_line(make_click(START + number * 60_000)))
        assert (first.load().read, second.load().read) == (1, 0)
        first, second = second, first
    writer.close()
    count(engine)
    assert totals(engine, "all")["", "2026-03-01"] == (10, 1, 0)


def test_lines_of_two_days_that_are_put_back_count_once(engine, spool):
    clicks = [make_click(START), make_click(START + DAY)]
    for _ in range(2):
        spool_up(spool, *clicks)
        assert make_loader(engine, spool).load().read == 2
    count(engine)
    assert totals(engine, "all") == {
        ("", "2026-03-01"): (1, 1, 0),
        ("", "2026-03-02"): (1, 1, 0),
    }


def test_a_database_that_is_no_more_there_is_made_again(sqlite_engine, spool):
    engine = sqlite_engine
    loader = make_loader(engine, spool)
    writer = SpoolWriter(spool)
    writer.append(click_line(make_click()))
    loader.load()
    for path in spool.parent.glob("instance/*"):
        path.unlink()
    writer.append(click_line(make_click(START + 60_000)))
    # What still stands in the spool is all that is left, and it counts once.
    assert loader.load().stored == 2
    count(engine)
    assert totals(engine, "all") == {("", "2026-03-01"): (2, 1, 0)}
    writer.close()


def test_dropped_tables_are_made_again_after_one_refusal(engine, spool):
    loader = make_loader(engine, spool)
    spool_up(spool, make_click())
    loader.load()
    drop_tables(engine)
    spool_up(spool, make_click())
    with pytest.raises(Exception, match=r"no such table|does not exist|db upgrade"):
        loader.load()
    assert loader.load().stored == 1


def test_tables_of_an_earlier_version_are_left_alone(engine, spool):
    loader = make_loader(engine, spool)
    spool_up(spool, make_click())
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE alembic_version RENAME TO away"))
    with pytest.raises(LinkmgrError, match="run linkmgr db upgrade"):
        loader.load()
    assert (rows(engine), len(spool_files(spool))) == ([], 1)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO alembic_version"))
    assert loader.load().stored == 1


def test_clicks_wait_in_the_spool_for_tables_of_a_later_version(engine, spool):
    loader = make_loader(engine, spool)
    spool_up(spool, make_click())
    loader.load()
    be_of_version(engine, "later_99")
    spool_up(spool, make_click(START + 60_000))
    with pytest.raises(LinkmgrError, match="later version of linkmgr"):
        loader.load()
    assert (len(rows(engine)), len(spool_files(spool))) == (1, 1)
    be_of_version(engine, versions_known()[-1])  # as to the later version's own loader
    assert load(engine, spool).stored == 1


def be_of_version(engine, version):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": version})


def test_a_column_more_shifts_no_other(engine, spool):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE clicks ADD COLUMN later TEXT"))
    click = make_click()
    spool_up(spool, click)
    load(engine, spool)
    (row,) = rows(engine)
    assert row[5:] == click._replace(visitor=int(click.visitor, 16))[1:]


def test_what_waits_is_reported(engine, spool):
    assert spool_state(spool) == (0, 0.0)
    writer = SpoolWriter(spool)
    lines = [click_line(make_click(START + n * 60_000)) for n in range(2)]
    writer.append(lines[0])
    assert spool_state(spool).waiting == len(lines[0])
    assert spool_state(spool).age > 0
    loader = make_loader(engine, spool)
    loader.load()
    assert spool_state(spool) == (0, 0.0)
    writer.append(lines[1])
    assert spool_state(spool).waiting == len(lines[1])
    writer.close()


def test_what_is_loaded_is_reported_after_a_restart_too(engine, spool):
    writer = SpoolWriter(spool)
    writer.append(click_line(make_click()))
    load(engine, spool)
    (spool / "positions.json").unlink()
    load(engine, spool)
    assert spool_state(spool) == (0, 0.0)
    writer.close()


def test_what_waits_is_reported_with_damaged_positions(engine, spool):
    spool.mkdir()
    (spool / "positions.json").write_text("[1")
    writer = SpoolWriter(spool)
    writer.append(click_line(make_click()))
    assert spool_state(spool).waiting > 0
    load(engine, spool)
    assert spool_state(spool).waiting == 0
    writer.close()


def test_what_is_no_file_of_a_writer_is_left_alone(engine, spool):
    spool_up(spool, make_click())
    (spool / "0.spool").mkdir()
    (spool / "1.spool").symlink_to(spool / "nowhere")
    (spool / "notes.txt").write_text("mine")
    assert load(engine, spool) == Loaded(read=1, stored=1)
    left = {"0.spool", "1.spool", "notes.txt", "positions.json"}
    assert {path.name for path in spool.iterdir()} == left
