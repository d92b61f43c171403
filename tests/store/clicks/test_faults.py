"""What goes wrong around the loader costs no click and doubles none."""

import resource
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import chain

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import ClickRow
from linkmgr.store.db.schema import create_if_empty
from tests.support.soak import rounds
from tests.support.store import (
    START,
    count,
    load,
    make_click,
    make_loader,
    make_report,
    make_seen,
    rows,
    spool_up,
    totals,
    view_rows,
    view_totals,
)

# Of the clicks that wait, the share after which a loader is killed.
SHARES = (0, 0.1, 0.3, 0.5, 0.7, 0.9)[:: rounds(3, 1)]

# Loads and counts over and over, in batches of some 30 lines, and says so when it begins.
LOADER = """
import sys
from pathlib import Path
from sqlalchemy.exc import OperationalError
from linkmgr.store.clicks import counting, loader
from linkmgr.store.db.engine import open_engine
from linkmgr.store import spool
loader._BATCH = spool.LONGEST_LINE = 4096
counting._STEP = 100
engine = open_engine(sys.argv[1])
each = loader.Loader(engine, Path(sys.argv[2]), "Asia/Tokyo")
print("ready", flush=True)
while True:
    each.load()
    counting.count_days(engine, counting.CountLimits(1000))
"""


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch):
    monkeypatch.setattr("linkmgr.store.db.engine._WRITER_WAIT", 1)


def clicks(number, time=START):
    """Make clicks that are none of them a repeat."""
    return [make_click(time + n, visitor=f"{n:016x}") for n in range(number)]


def reports(number, time=START):
    """Make reports of as many readers, each of another post."""
    seen = make_seen(clicked=1)
    return [
        make_report(time + n, seen, visitor=f"{n:016x}", post=f"{n:016x}") for n in range(number)
    ]


def start_loader(engine, spool):
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", LOADER, url, str(spool)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


def kill(process):
    process.kill()
    assert process.wait() == -signal.SIGKILL  # and had not ended by a fault of its own
    process.stdout.close()


def wait_for_rows(engine, number):
    deadline = time.monotonic() + 60
    with engine.connect() as connection:
        while connection.scalar(select(func.count()).select_from(ClickRow)) < number:
            connection.rollback()
            assert time.monotonic() < deadline
            time.sleep(0.005)


def wait_until_loaded(spool):
    deadline = time.monotonic() + 60
    while list(spool.glob("*.spool")) and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.server
def test_a_loader_killed_at_any_moment_neither_loses_nor_doubles(engine, spool):
    cut_short = []
    for round_, share in enumerate(SHARES):
        for file in range(2):
            time = START + (2 * round_ + file) * 60_000
            pairs = zip(clicks(1000, time), reports(1000, time), strict=True)
            spool_up(spool, *chain.from_iterable(pairs))
        before, all_ = len(rows(engine)), (round_ + 1) * 2000
        process = start_loader(engine, spool)
        wait_for_rows(engine, before + share * (all_ - before))
        kill(process)
        cut_short.append(before < len(rows(engine)) < all_)
    load(engine, spool)
    assert any(cut_short)
    assert len(rows(engine)) == len(SHARES) * 2000
    assert totals(engine, "all")["", "2026-03-01"] == (len(SHARES) * 2000, 1000, 0)
    assert view_totals(engine)["all", "", "2026-03-01"] == (len(SHARES) * 2000,) * 2
    assert {row[-2:] for row in view_rows(engine)} == {(len(SHARES) * 2,) * 2}
    assert list(spool.glob("*.spool")) == []


@pytest.mark.server
def test_two_loaders_at_the_same_time_count_each_click_once(engine, spool):
    processes = [start_loader(engine, spool) for _ in range(2)]
    for round_ in range(5):
        spool_up(spool, *clicks(1000, START + round_ * 60_000))
    wait_until_loaded(spool)
    for process in processes:
        kill(process)
    count(engine)
    assert len(rows(engine)) == 5000
    assert totals(engine, "all")["", "2026-03-01"] == (5000, 1000, 0)


def test_a_locked_database_is_reported_and_loaded_into_later(spool, database_url):
    loader_engine, other = open_engine(database_url), open_engine(database_url)
    create_if_empty(loader_engine)
    loader = make_loader(loader_engine, spool)
    spool_up(spool, *clicks(3))
    with other.connect() as holder:
        if other.dialect.name == "sqlite":
            holder.exec_driver_sql("INSERT INTO spool_positions VALUES ('other', 1)")
        else:
            holder.exec_driver_sql("LOCK TABLE clicks")
        with pytest.raises(OperationalError, match=r"locked|lock timeout"):
            loader.load()
        holder.rollback()
    assert loader.load().stored == 3
    count(loader_engine)
    assert totals(loader_engine, "all")["", "2026-03-01"] == (3, 3, 0)
    loader_engine.dispose()
    other.dispose()


def test_nothing_of_a_batch_that_the_database_refuses_is_counted(engine, spool):
    loader = make_loader(engine, spool)
    spool_up(spool, *clicks(2))
    loader.load()
    count(engine)
    if engine.dialect.name == "sqlite":
        refuse = (
            "CREATE TRIGGER refuse BEFORE INSERT ON clicks WHEN NEW.rank = 9 "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
        relent = "DROP TRIGGER refuse"
    else:
        refuse = "ALTER TABLE clicks ADD CONSTRAINT refused CHECK (rank <> 9)"
        relent = "ALTER TABLE clicks DROP CONSTRAINT refused"
    with engine.begin() as connection:
        connection.execute(text(refuse))
    spool_up(spool, *clicks(2, START + 60_000), make_click(START + 60_000, rank=9))
    before = totals(engine)
    with pytest.raises(DBAPIError, match="refused"):
        loader.load()
    assert (len(rows(engine)), totals(engine)) == (2, before)
    with engine.begin() as connection:
        connection.execute(text(relent))
    assert loader.load().stored == 3
    count(engine)
    assert totals(engine, "all")["", "2026-03-01"] == (5, 3, 0)


def test_a_full_disk_is_reported_and_loaded_onto_later(sqlite_engine, spool, tmp_path):
    loader = make_loader(sqlite_engine, spool)
    spool_up(spool, *clicks(2000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OperationalError, match=r"disk I/O error|database or disk is full"):
            loader.load()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert loader.load().stored == 2000
    count(sqlite_engine)
    assert totals(sqlite_engine, "all")["", "2026-03-01"] == (2000, 2000, 0)
    with sqlite3.connect(tmp_path / "instance" / "linkmgr.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_connection_that_broke_is_made_again(postgresql_url, spool):
    engine, other = open_engine(postgresql_url), open_engine(postgresql_url)
    create_if_empty(engine)
    loader = make_loader(engine, spool)
    with other.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    spool_up(spool, *clicks(2))
    assert loader.load().stored == 2
    engine.dispose()
    other.dispose()


@pytest.mark.parametrize("batch", [400, 2**20], ids=["many batches", "one batch"])
def test_a_clock_that_jumps_counts_each_click_on_the_day_it_told(engine, spool, monkeypatch, batch):
    monkeypatch.setattr("linkmgr.store.clicks.loader._BATCH", batch)
    monkeypatch.setattr("linkmgr.store.spool.LONGEST_LINE", 400)
    hour = 60 * 60_000
    jumps = [0, 30, 2, 1, -5, 400, 3]
    spool_up(spool, *(make_click(START + hours * hour) for hours in jumps))
    spool_up(spool, *(make_click(START + hours * hour + 60_000) for hours in reversed(jumps)))
    assert load(engine, spool).stored == 14
    assert {day: counts for (_, day), counts in totals(engine, "all").items()} == {
        "2026-02-28": (2, 1, 0),
        "2026-03-01": (8, 1, 0),
        "2026-03-02": (2, 1, 0),
        "2026-03-17": (2, 1, 0),
    }


def test_a_copy_of_spool_that_is_put_back_is_not_counted_again(engine, spool):
    spool_up(spool, *clicks(5), *clicks(5, START + 5_000))  # each of five visitors, twice
    (file,) = spool.glob("*.spool")
    copy = file.read_bytes()
    load(engine, spool)
    (spool / f"another-{file.name}").write_bytes(copy)
    spool_up(spool, *clicks(3, START + 60_000))
    loaded = load(engine, spool)
    assert (loaded.stored, loaded.known) == (3, 10)
    assert totals(engine, "all")["", "2026-03-01"] == (8, 5, 0)
    assert list(spool.glob("*.spool")) == []


def test_a_copy_of_the_spool_put_back_is_not_read_again(engine, spool):
    spool_up(spool, *clicks(5), *reports(5))
    (file,) = spool.glob("*.spool")
    copy = file.read_bytes()
    load(engine, spool)
    file.write_bytes(copy)
    spool_up(spool, *reports(3, START + 60_000))
    assert load(engine, spool).read == 3
    assert view_totals(engine)["all", "", "2026-03-01"] == (8, 8)
    assert list(spool.glob("*.spool")) == []
