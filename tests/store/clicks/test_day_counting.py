"""Days with new clicks are counted soon, and for at most a twentieth of the time."""

from types import SimpleNamespace

import pytest

from linkmgr.store.clicks import counting
from linkmgr.store.clicks.counting import CountedRows, CountLimits, DayCounting
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import create_if_empty
from tests.support.store import DAY, START, make_click, make_loader, rows, spool_up, totals


@pytest.fixture
def engine(tmp_path):
    made = open_engine(f"sqlite:///{tmp_path}/linkmgr.db")
    create_if_empty(made)
    yield made
    made.dispose()


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def clock():
    return SimpleNamespace(now=100.0)


@pytest.fixture
def days(engine, clock):
    return DayCounting(engine, CountLimits(1000), lambda: clock.now)


@pytest.fixture
def take_seconds(monkeypatch, clock):
    """Have a count take so many seconds of the clock."""
    counted = counting.count_day

    def slow(*given):
        clock.now += 2
        return counted(*given)

    monkeypatch.setattr(counting, "count_day", slow)


def loaded(engine, folder, *times):
    spool_up(folder, *map(make_click, times))
    make_loader(engine, folder).load()


def test_a_day_is_counted_once_rows_came_and_not_before(engine, spool, days):
    loaded(engine, spool, START)
    days.follow()
    assert totals(engine) == {}
    days.wake()
    days.follow()
    assert days.done == CountedRows(readers=1)
    assert [row.kind for row in rows(engine)] == [1]


@pytest.mark.usefixtures("take_seconds")
def test_it_rests_twenty_times_as_long_as_a_count_took(engine, spool, days, clock):
    loaded(engine, spool, START)
    days.wake()
    days.follow()
    loaded(engine, spool, START + 60_000)
    days.wake()
    clock.now += 39
    days.follow()
    assert days.done.readers == 1
    clock.now += 1
    days.follow()
    assert days.done.readers == 2


@pytest.mark.usefixtures("take_seconds")
def test_backlog_doesnt_hold_up_day_that_was_counted_longest_ago(engine, spool, days, clock):
    loaded(engine, spool, *(START + day * DAY for day in range(3)))
    days.wake()
    for _ in range(3):
        days.follow()
        clock.now += 40
    assert len([key for key in totals(engine) if key[0] == "all"]) == 3


def test_rows_that_another_loaded_are_counted_within_a_minute(engine, spool, days, clock):
    loaded(engine, spool, START)
    days.follow()
    assert days.done == CountedRows()
    clock.now += 61
    days.follow()
    assert days.done == CountedRows(readers=1)


def test_a_count_that_fails_is_logged_once_and_tried_again(
    engine, spool, days, monkeypatch, caplog
):
    loaded(engine, spool, START)
    days.wake()
    monkeypatch.setattr(counting, "_FAILURE_PAUSE", 0)
    with monkeypatch.context() as patch:
        patch.setattr(counting, "count_day", fail)
        for _ in range(3):
            days.follow()
    assert caplog.text.count("clicks are counted later: no space left") == 1
    days.follow()
    assert days.done == CountedRows(readers=1)


def fail(*_):
    raise OSError("no space left")
