"""The worker's end, and what it tells of itself."""

import gc
import sqlite3
import threading
import time
import weakref
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from linkmgr.clicks.line import click_line
from linkmgr.settings import read_settings
from linkmgr.store.clicks.loader import Loaded, Loader
from linkmgr.store.db.engine import open_engine
from linkmgr.store.instance.state import SpoolState, read_last_state, read_state, write_state
from linkmgr.store.spool import SpoolWriter
from linkmgr.web.background.worker import BackgroundWorker
from tests.support.databases import create_tables
from tests.support.servers import SITE, wait_for, write_catalog
from tests.support.store import partition_names
from tests.web.server.test_commands import make_click

# Of 1970's first day.
OLD_MONTH = """CREATE TABLE clicks_old PARTITION OF clicks FOR VALUES
FROM ('00000000-0000-0000-0000-000000000000') TO ('00000526-5c00-0000-0000-000000000000')"""


@pytest.fixture
def settings(tmp_path):
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    (tmp_path / "instance").mkdir()
    folders = {"CATALOG": tmp_path / "catalog.yaml", "INSTANCE": tmp_path / "instance"}
    return read_settings({f"LINKMGR_{name}": str(path) for name, path in folders.items()})


@pytest.fixture
def engine(settings):
    engine = open_engine(settings.database_url)
    create_tables(engine)
    yield engine
    engine.dispose()


def write_clicks(settings, number):
    spool = SpoolWriter(settings.spool)
    for each in range(number):
        assert spool.append(click_line(make_click(each)))
    spool.close()


def run_stopped(settings, engine):
    """Run a worker that was told to stop before it began."""
    stopping, running = Pipe(duplex=False)
    running.close()
    BackgroundWorker(settings, engine).run(stopping)


def rows(engine):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT COUNT(*) FROM clicks"))


@pytest.mark.server
def test_what_is_left_is_loaded_after_a_locked_database(settings, monkeypatch, caplog):
    monkeypatch.setattr("linkmgr.store.db.engine._WRITER_WAIT", 0.5)
    engine = open_engine(settings.database_url)
    create_tables(engine)
    write_clicks(settings, 3)
    with closing(sqlite3.connect(settings.instance / "linkmgr.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        worker = threading.Thread(target=run_stopped, args=(settings, engine))
        worker.start()
        wait_for(lambda: "clicks are waiting in the spool: database is locked" in caplog.text)
        other.rollback()
    worker.join()
    assert rows(engine) == 3
    engine.dispose()


def test_what_cannot_be_loaded_in_time_waits_for_the_next_worker(settings, engine, monkeypatch):
    write_clicks(settings, 1000)
    with monkeypatch.context() as hurried:
        hurried.setattr("linkmgr.store.clicks.loader._BATCH", 1)
        run_stopped(replace(settings, stop_seconds=0), engine)
    assert 0 < rows(engine) < 1000
    run_stopped(settings, engine)
    assert rows(engine) == 1000


def test_the_loader_takes_its_share_after_a_long_wait(settings, engine, monkeypatch):
    ages, courteous = iter([0.1, 9, 11, 5, 0.5, 5]), []
    monkeypatch.setattr(
        "linkmgr.web.background.worker.spool_state", lambda _: SpoolState(1, next(ages))
    )
    monkeypatch.setattr(Loader, "load", lambda *_, brief=False: courteous.append(brief) or Loaded())
    worker = BackgroundWorker(settings, engine)
    for _ in range(6):
        worker._load()  # noqa: SLF001
    assert courteous == [True, True, False, False, True, True]


def test_what_is_left_is_loaded_and_counted_at_the_end(settings, engine):
    write_clicks(settings, 3)
    run_stopped(settings, engine)
    with engine.connect() as connection:
        clicks = connection.scalar(text("SELECT clicks FROM totals WHERE dimension = 'all'"))
    assert clicks == rows(engine) == 3


def test_what_transactions_leave_in_cycles_is_collected(settings, engine):
    class Left:
        """An object that refers to itself."""

    gc.freeze()  # what the tests before have left would take seconds to go through
    try:
        left = Left()
        left.itself = left
        reference = weakref.ref(left)
        del left
        assert reference() is not None
        BackgroundWorker(settings, engine)._collect_garbage()  # noqa: SLF001
        assert reference() is None
    finally:
        gc.unfreeze()


def test_an_older_state_is_never_written_after_a_newer_one(settings, engine, monkeypatch):
    begun, may_end, written = threading.Event(), threading.Event(), []

    def write(_, state):
        if not begun.is_set():
            begun.set()
            may_end.wait(60)
        written.append(state.loaded)

    monkeypatch.setattr("linkmgr.web.background.worker.write_state", write)
    worker = BackgroundWorker(settings, engine)
    first, second = (threading.Thread(target=worker._write_state) for _ in range(2))  # noqa: SLF001
    first.start()
    begun.wait(60)
    worker._done = Loaded(read=5)  # noqa: SLF001
    second.start()
    time.sleep(0.2)  # for as long as the second would need
    may_end.set()
    first.join()
    second.join()
    assert written == [0, 5]


def test_a_replaced_database_is_reported_after_a_long_stop_too(settings, engine):
    replaced = time.time() - 3600
    run_stopped(settings, engine)
    before = read_last_state(settings.instance)
    write_state(settings.instance, replace(before, time=replaced + 1, replaced=replaced))
    run_stopped(settings, engine)
    assert read_state(settings.instance).replaced == replaced


@pytest.mark.server
def test_held_tables_are_maintained_again_while_clicks_load(
    settings, postgresql_url, monkeypatch, caplog
):
    monkeypatch.setattr("linkmgr.web.background.worker._MAINTENANCE_PAUSE", 0.1)
    monkeypatch.setattr("linkmgr.store.clicks.prune._PROBATION", 0)
    engine = open_engine(postgresql_url)
    create_tables(engine)
    with engine.begin() as connection:
        connection.execute(text(OLD_MONTH))
    stopping, running = Pipe(duplex=False)
    worker = threading.Thread(target=BackgroundWorker(settings, engine).run, args=(stopping,))
    with engine.connect() as reader:
        reader.execute(text("SELECT FROM clicks LIMIT 1"))
        worker.start()
        wait_for(lambda: "the tables of clicks are maintained later" in caplog.text)
        write_clicks(settings, 3)
        wait_for(lambda: rows(engine) == 3)
        assert "clicks_old" in tables(engine)
    wait_for(lambda: "clicks_old" not in tables(engine))
    running.close()
    worker.join()
    assert caplog.text.count("the tables of clicks are maintained later") == 1
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_clock_ahead_deletes_nothing_for_an_hour(settings, request, monkeypatch, kind):
    engine = request.getfixturevalue("engine")
    if kind == "postgresql":
        engine = open_engine(request.getfixturevalue("postgresql_url"))
        create_tables(engine)
    write_clicks(settings, 3)
    clock = SimpleNamespace(time=time.time, monotonic=time.monotonic)
    monkeypatch.setattr("linkmgr.store.clicks.prune.time", clock)
    worker = BackgroundWorker(settings, engine)
    worker._load()  # noqa: SLF001
    assert worker._counting.count_next()  # noqa: SLF001
    ahead = datetime.now(UTC) + timedelta(days=402)
    monkeypatch.setattr("linkmgr.store.clicks.prune.time_of", lambda _: ahead)  # PostgreSQL's, too
    for hours, left in ((0, 3), (0.9, 3), (1.1, 0)):
        clock.time = lambda seconds=hours * 3600: ahead.timestamp() + seconds
        clock.monotonic = lambda seconds=hours * 3600: time.monotonic() + seconds
        worker._maintain()  # noqa: SLF001
        assert rows(engine) == left
    engine.dispose()


def tables(engine):
    with engine.connect() as connection:
        return partition_names(connection)
