"""Loaders of several machines on one database: a reader's repeated click is one, whoever loads it.

Each has a spool of its own, and none knows what the others will load later.
"""

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from linkmgr.clicks.line import click_line
from linkmgr.store.clicks.limits import WINDOW
from linkmgr.store.db.models import Load, key_at
from linkmgr.store.spool import SpoolWriter
from tests.support.properties import examples
from tests.support.store import START, empty_tables, make_click, make_loader, rows, totals

MACHINES = 2

# What happens at a machine: a click of a reader, so many steps of time after the start, or loading,
# or a restart before it.
STEP = 2_500
CLICK = st.tuples(st.integers(0, 12), st.sampled_from(["00000000000000aa", "00000000000000bb"]))
EVENTS = st.lists(
    st.tuples(st.integers(0, MACHINES - 1), CLICK | st.sampled_from(["load"] * 9 + ["restart"])),
    min_size=10,
    max_size=60,
)


class Machines:
    """Spools in a folder, each with its loader."""

    def __init__(self, engine, folder, number=MACHINES):
        self.engine = engine
        self.spools = [folder / f"{each}" for each in range(number)]
        self.writers = [SpoolWriter(spool) for spool in self.spools]
        self.loaders = [make_loader(engine, spool) for spool in self.spools]
        self.clicked = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for writer in self.writers:
            writer.close()

    def click(self, machine, time=START, visitor="00000000000000aa", **more):
        self.writers[machine].append(click_line(make_click(time, visitor=visitor, **more)))
        self.clicked.append((visitor, time))

    def load(self, machine):
        return self.loaders[machine].load()

    def restart(self, machine):
        self.loaders[machine] = make_loader(self.engine, self.spools[machine])


def counted(engine):
    """Return the counted clicks: the visitor as spooled, and the time."""
    return [(f"{row.visitor:016x}", row.time) for row in rows(engine)]


def near(one, other):
    return one[0] == other[0] and abs(one[1] - other[1]) < WINDOW


@pytest.fixture
def machines(engine, tmp_path):
    with Machines(engine, tmp_path) as made:
        yield made


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_in_whatever_order_clicks_are_loaded_none_is_counted_twice_and_none_is_missed(
    engine, tmp_path_factory, events
):
    empty_tables(engine)
    with Machines(engine, tmp_path_factory.mktemp("machines")) as machines:
        for machine, happens in events:
            if happens == "load":
                machines.load(machine)
            elif happens == "restart":
                machines.restart(machine)
            else:
                steps, visitor = happens
                machines.click(machine, START + steps * STEP, visitor)
        for machine in range(MACHINES):
            machines.load(machine)
    found = counted(engine)
    for place, one in enumerate(found):
        assert not any(near(one, other) for other in found[place + 1 :])
    for click in machines.clicked:
        assert any(near(click, other) for other in found)
    assert sum(clicks for clicks, _, _ in totals(engine, "all").values()) == len(found)


@pytest.mark.parametrize("later", [9_999, -9_999])
def test_a_second_click_on_another_machine_is_none_though_that_one_has_long_been_loading(
    machines, later
):
    for machine in range(MACHINES):
        machines.click(machine, START - 60_000, item=f"other-{machine}")
        machines.load(machine)
    machines.click(1, START, visitor="00000000000000bb")
    machines.load(1)  # which now knows all clicks near the start
    machines.click(0, START)
    machines.load(0)
    machines.click(1, START + later)
    assert machines.load(1).repeated == 1


def test_a_machine_that_was_away_for_long_is_still_compared(machines, engine, monkeypatch):
    monkeypatch.setattr("linkmgr.store.clicks.limits._KEPT_LOADS", 2)
    monkeypatch.setattr("linkmgr.store.clicks.limits._DELETED", 1)
    machines.click(1, START, visitor="00000000000000bb")
    machines.load(1)
    for second in range(0, 120, 12):
        machines.click(0, START + second * 1000)
        machines.load(0)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Load)) == 2
    machines.click(1, START + 1)
    assert machines.load(1).repeated == 1


def test_a_transaction_that_fails_leaves_a_loader_that_still_knows_the_others(
    machines, monkeypatch
):
    machines.click(1, START, visitor="00000000000000bb")
    machines.load(1)
    machines.click(0, START)
    machines.load(0)
    machines.click(1, START + 1)
    with monkeypatch.context() as patch:
        patch.setattr("linkmgr.store.clicks.counting.add_totals", _refuse)
        machines.click(1, START + 60_000)
        with pytest.raises(OSError, match="full"):
            machines.load(1)
    assert machines.load(1).repeated == 1


def _refuse(*_):
    raise OSError("full")


@contextmanager
def lookups(engine):
    """Give a list of the keys between which clicks are looked up meanwhile."""
    found = []

    def note(_connection, _cursor, statement, parameters, *_):
        if "FROM clicks" in statement and "ORDER BY" in statement:
            keys = parameters.values() if isinstance(parameters, dict) else parameters
            found.append(tuple(str(key).replace("-", "") for key in keys))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_loader_alone_looks_up_only_what_is_new(machines, engine):
    machines.click(0, START)
    machines.load(0)
    machines.click(0, START + 20_000)
    machines.load(0)
    machines.click(0, START + 21_000)
    with lookups(engine) as found:
        machines.load(0)
    assert found == [(key_at(START + 20_000 + WINDOW), key_at(START + 21_000 + WINDOW))]


def test_of_what_others_loaded_only_what_a_click_may_repeat_is_looked_up(machines, engine):
    machines.click(1, START - 600_000)
    for ago in range(590_000, 0, -5_000):  # without a pause after which all is looked up anew
        machines.click(1, START - ago)
        machines.load(1)
    for ago in (300_000, 200_000, 1):  # a backlog of another machine
        machines.click(0, START - ago, visitor="00000000000000bb")
    machines.load(0)
    machines.click(1, START + 1)
    with lookups(engine) as found:
        machines.load(1)
    assert [first for first, _ in found] == [
        key_at(START + 1 - WINDOW),
        key_at(START - 5_000 + WINDOW),
    ]
