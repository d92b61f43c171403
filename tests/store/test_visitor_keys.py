"""One key a day for all nodes; where there were more, whatever happened, the day is marked."""

import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from linkmgr.clicks.periods import Period
from linkmgr.figures.queries import doubled_days
from linkmgr.store import visitor_keys as module
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import visitor_keys
from linkmgr.store.visitor_key_file import KEY_LENGTH, KeyFile
from linkmgr.store.visitor_keys import fetch_keys
from linkmgr.web.visitors import Visitors
from tests.support.databases import create_tables
from tests.support.postgres import (
    new_database,
    programs,
    running_postgresql,
    start_postgresql,
    stop_postgresql,
)
from tests.support.properties import examples
from tests.support.store import empty_tables

DAY = date(2026, 11, 25)
NEXT = DAY + timedelta(days=1)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ALL_DAYS = Period(date(2000, 1, 1), date(2100, 1, 1))
READER = ("203.0.113.7", "Mozilla/5.0", "https://tea.example")


class World:
    """Nodes, each with its file and clock, over one database with a clock of its own."""

    def __init__(self, engine, folder, apart=(0, 0, 0)):
        self.engine = engine
        self.now = NOON
        self.reachable = True
        self.hashes = defaultdict(set)
        self.nodes = [Node(self, folder / str(number), apart[number]) for number in range(3)]

    def crash(self):
        """Do as PostgreSQL does when it starts again after a crash."""
        truncate_keys(self.engine)

    def wait(self, minutes):
        """Let time go by, in which each node follows its clock as it does in earnest."""
        end = self.now + timedelta(minutes=minutes)
        while self.now < end:
            self.now = min(self.now + timedelta(minutes=10), end)
            for node in self.nodes:
                node.follow()

    def doubled(self):
        with self.engine.connect() as connection:
            return {*doubled_days(connection)}

    def stored(self):
        with self.engine.connect() as connection:
            return {*connection.scalars(select(visitor_keys.c.day))}

    def days_with_several_keys(self):
        return {day for day, hashes in self.hashes.items() if len(hashes) > 1}


def truncate_keys(engine):
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {visitor_keys.name}"))


class Node:
    """A node whose clock is some minutes ahead or behind."""

    def __init__(self, world, folder, apart):
        folder.mkdir()
        self.world = world
        self.apart = timedelta(minutes=apart)
        self.path = folder / "visitor-key"
        self.start()

    @property
    def now(self):
        return self.world.now + self.apart

    def start(self):
        """Start as a server does: its processes know nothing but what the file says."""
        self.visitors = Visitors(self.path, several_nodes=True)
        self.runs = True
        self.follow()

    def follow(self):
        """Do what the background worker does regularly, then what a worker does."""
        if not self.runs:
            return
        if self.world.reachable:
            fetch_keys(self.world.engine, KeyFile(self.path), "UTC", self.now)
        day = self.now.date()
        self.visitors.use_day(day)
        self.world.hashes[day].add(self.hash_reader())

    def hash_reader(self):
        return self.visitors.find(*READER) or self.visitors.admit(*READER, is_bot=False)

    def stop(self):
        """End as a server does that is stopped, and erases its keys."""
        if self.runs:
            KeyFile(self.path).erase()
        self.runs = False

    def die(self):
        """Be killed, at worst between what the database is told and what the file is."""
        if self.runs and self.world.reachable:
            with suppress(OSError):
                fetch_keys(self.world.engine, FullDisk(self.path), "UTC", self.now)
        self.runs = False


class FullDisk(KeyFile):
    """A file into which nothing can be put."""

    def put(self, *_):
        raise OSError


@pytest.fixture
def clock(monkeypatch):
    """Give a place for the world by which the database's clock goes."""
    worlds = []
    monkeypatch.setattr(module, "time_of", lambda _: worlds[-1].now if worlds else NOON)
    return worlds


@pytest.fixture
def make_world(postgresql_engine, clock, tmp_path):
    """Return what makes a world with an empty database."""

    def make(**over):
        empty_tables(postgresql_engine)
        truncate_keys(postgresql_engine)
        clock.clear()
        clock.append(World(postgresql_engine, Path(mkdtemp(dir=tmp_path)), **over))
        return clock[-1]

    return make


def test_nodes_with_clocks_apart_have_one_key_a_day(make_world):
    world = make_world(apart=(-12, 0, 12))
    world.wait(3 * 24 * 60)
    assert world.days_with_several_keys() == set()
    assert len({hash_ for hashes in world.hashes.values() for hash_ in hashes}) == 4
    assert world.doubled() == set()
    assert world.stored() == {world.now.date()}


def test_key_of_a_day_stays_until_slowest_clock_has_left_it(make_world):
    world = make_world(apart=(-12, 0, 12))
    world.wait(12 * 60 + 5)
    assert world.stored() == {DAY, NEXT}
    late = Node(world, world.nodes[0].path.parent.with_name("late"), -12)
    assert late.now.date() == DAY
    assert world.days_with_several_keys() == set()
    world.wait(15)
    assert world.stored() == {NEXT}


def test_the_key_of_tomorrow_comes_before_the_database_goes(make_world):
    world = make_world()
    world.wait(12 * 60 - 10)
    world.reachable = False
    world.wait(60)
    assert len(world.hashes[NEXT]) == 1
    world.reachable = True
    world.wait(10)
    assert world.doubled() == set()


def test_nodes_without_a_database_take_own_keys_and_mark_the_day(
    make_world,
):
    world = make_world()
    world.reachable = False
    world.wait(13 * 60)
    assert len(world.hashes[NEXT]) == 3
    assert world.doubled() == set()
    world.reachable = True
    world.wait(60)
    assert len(world.hashes[NEXT]) == 3  # none takes another key in the middle of its day
    assert world.doubled() == {NEXT}


def test_a_day_of_an_own_key_is_marked_after_a_stop(make_world):
    world = make_world()
    world.reachable = False
    world.wait(13 * 60)
    for node in world.nodes:
        node.stop()
    world.wait(3 * 24 * 60)
    world.reachable = True
    for node in world.nodes:
        node.start()
    assert world.doubled() == {NEXT}


def test_nodes_that_have_the_key_go_on_with_it_after_a_crash(make_world):
    world = make_world()
    world.crash()
    world.wait(10)
    assert len(world.hashes[DAY]) == 1
    assert world.doubled() == set()


@pytest.mark.parametrize("stopped", [1, 3])
def test_the_first_node_after_a_crash_takes_a_key_and_marks_it(make_world, stopped):
    world = make_world()
    for node in world.nodes[:stopped]:
        node.stop()
    world.crash()
    for node in world.nodes[:stopped]:
        node.start()
    assert len(world.hashes[DAY]) == 2
    assert world.doubled() == {DAY}


@pytest.mark.postgresql
def test_a_crash_of_postgresql_empties_keys_but_not_days(tmp_path):
    if not (folder := programs()):
        pytest.skip("postgresql is not installed")
    with running_postgresql(folder) as server:
        engine = open_engine(new_database(server))
        create_tables(engine)
        first, second = KeyFile(tmp_path / "first"), KeyFile(tmp_path / "second")
        now = datetime.now(UTC)
        fetch_keys(engine, first, "UTC", now)
        stop_postgresql(folder, server, "immediate")
        start_postgresql(folder, server)
        engine.dispose()
        with engine.connect() as connection:
            assert connection.scalars(select(visitor_keys.c.day)).all() == []
        fetch_keys(engine, second, "UTC", now)
        with engine.connect() as connection:
            assert now.date() in doubled_days(connection)
        engine.dispose()
    assert first.read()[0].key != second.read()[0].key


def test_node_whose_clock_is_years_off_changes_no_key_of_others(make_world):
    world = make_world(apart=(0, 0, 5 * 365 * 24 * 60))
    world.wait(60)
    assert world.stored() == {DAY}
    assert len(world.hashes[DAY]) == 1
    assert world.doubled() == {world.nodes[2].now.date()}


steps = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([10, 40, 400, 1500])),
    st.tuples(st.sampled_from(["stop", "die", "start"]), st.integers(0, 2)),
    st.sampled_from([("crash",), ("reach", True), ("reach", False)]),
)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happens=st.lists(steps, max_size=12), apart=st.tuples(*[st.sampled_from([-14, 0, 14])] * 3))
def test_wherever_a_day_had_several_keys_it_is_marked(make_world, happens, apart):
    world = make_world(apart=apart)
    for what, *with_ in happens:
        act(world, what, *with_)
    world.reachable = True
    for node in world.nodes:
        if not node.runs:
            node.start()
    world.wait(10)
    assert world.days_with_several_keys() <= world.doubled()
    if {what for what, *_ in happens} <= {"wait", "stop", "start", "die"}:
        assert world.doubled() == set()
    now = world.now.date()
    assert world.stored() <= {now - timedelta(days=1), now, now + timedelta(days=1)}


def act(world, what, value=None):
    if what == "wait":
        world.wait(value)
    elif what == "crash":
        world.crash()
    elif what == "reach":
        world.reachable = value
    elif what == "start":
        if not world.nodes[value].runs:
            world.nodes[value].start()
    else:
        getattr(world.nodes[value], what)()


def test_nodes_that_ask_at_once_make_one_key(postgresql_engine, clock, tmp_path):  # noqa: ARG001
    files = [KeyFile(tmp_path / str(number)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(fetch_keys, postgresql_engine, each, "UTC", NOON) for each in files]
        for each in asked:
            each.result(60)
    (key,) = {each.read()[0].key for each in files}
    assert len(key) == KEY_LENGTH
    with postgresql_engine.connect() as connection:
        assert doubled_days(connection) == ()


def test_keys_are_deleted_later_while_somebody_reads_the_table(make_world):
    world = make_world()
    with world.engine.connect() as reader:
        reader.execute(select(visitor_keys.c.day))
        world.now += timedelta(days=1)
        world.nodes[0].follow()
        # The present key came all the same.
        assert NEXT in {each.day for each in KeyFile(world.nodes[0].path).read()}
        assert world.stored() == {DAY, NEXT}
    world.wait(10)
    assert world.stored() == {NEXT}


def test_no_value_of_a_key_gets_into_postgresqls_log_or_an_error(make_world, postgresql_server):
    world = make_world()
    name = world.engine.url.database
    with world.engine.begin() as connection:
        for setting in ("log_statement = 'all'", "log_parameter_max_length_on_error = -1"):
            connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))
    world.engine.dispose()
    world.wait(2 * 24 * 60)
    assert "INSERT INTO visitor_keys" in (postgresql_server / "log").read_text()
    keys = [key for node in world.nodes for _, key, _ in KeyFile(node.path).read() if key]
    log = (postgresql_server / "log").read_text()
    assert not any(key.hex() in log for key in keys)


def test_the_table_of_keys_is_in_no_dump_without_unlogged_tables(make_world, postgresql_server):
    world = make_world()
    (key,) = {KeyFile(node.path).read()[0].key for node in world.nodes}
    command = [programs() / "pg_dump", "-h", postgresql_server, "-U", "postgres"]
    command.append(world.engine.url.database)
    for option in ("--no-unlogged-table-data", "--exclude-table-data=visitor_keys"):
        dump = subprocess.run([*command, option], check=True, capture_output=True, text=True)
        assert "CREATE UNLOGGED TABLE public.visitor_keys" in dump.stdout
        assert key.hex() not in dump.stdout
    assert key.hex() in subprocess.run(command, check=True, capture_output=True, text=True).stdout
