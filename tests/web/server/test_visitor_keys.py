"""A reader whom several nodes serve is one visitor of a day, or the figures say that it may not be.

The nodes are real servers over one PostgreSQL. Midnight is that of a time zone made for it, and it
comes when a test sets their clocks on. No real zone's midnight is within a quarter of an hour, so
the loader takes clicks of both days apart.
"""

import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import ClickRow, Total, VisitorDay, visitor_keys
from linkmgr.store.visitor_key_file import KeyFile
from tests.support.postgres import take_connections
from tests.support.servers import (
    HEAD,
    PATIENCE,
    SITE,
    Server,
    faked_clock,
    processes,
    wait_for,
    write_catalog,
)
from tests.support.store import count
from tests.support.zones import NAME, write_zone

pytestmark = pytest.mark.server

# Seconds in which nodes have started and served a reader, on a busy machine; and fewer than nodes
# may be ahead of the database.
UNTIL_MIDNIGHT = 600
# Within so many pauses of its threads a worker has looked at the date.
LOOKS = 20


class Clock:
    """The time of day as the nodes have it, in the site's zone."""

    def __init__(self, folder):
        write_zone(folder / "zones", UNTIL_MIDNIGHT)
        with (folder / "zones" / NAME).open("rb") as file:
            self._zone = ZoneInfo.from_file(file)
        self.file = folder / "faketime"
        self._ahead = timedelta(0)
        self._tell()

    def now(self):
        return (datetime.now(UTC) + self._ahead).astimezone(self._zone)

    def today(self):
        return self.now().date()

    def set_to_midnight(self):
        """Set it on to the first second of the next day."""
        now = self.now()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        self._ahead += midnight - now
        self._tell()

    def _tell(self):
        new = self.file.with_suffix(".new")
        new.write_text(f"+{self._ahead.total_seconds():.3f}s")
        new.replace(self.file)


@pytest.fixture
def clock(tmp_path, monkeypatch):
    """Give the nodes' clock, by which it is not long until midnight."""
    monkeypatch.setenv("PYTHONTZPATH", str(tmp_path / "zones"))
    return Clock(tmp_path)


@pytest.fixture
def nodes(tmp_path, postgresql_url, clock):
    """Give two nodes of one database that are yet to start; they end with the test."""
    made = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        head = HEAD.replace("ctas:", f"  timezone: {NAME}\nctas:")
        write_catalog(folder, ("letter", f"{SITE}/letter/"), head=head)
        settings = {"DATABASE_URL": postgresql_url, "ROLE": "redirect", "WORKERS": 2}
        node = Server(folder, STOP_SECONDS=1, **settings)
        node.variables = faked_clock(clock.file)
        made.append(node)
    yield made
    for node in made:
        if node.process and node.process.poll() is None:
            node.stop()


@pytest.fixture
def database(postgresql_url):
    engine = open_engine(postgresql_url)
    yield engine
    engine.dispose()


def read(database, query):
    with database.connect() as connection:
        return connection.execute(query).all()


def click(node, post):
    assert node.get(f"/go/letter?p={post:016x}").status_code == 302


def wait_for_rows(database, number):
    wait_for(lambda: len(read(database, select(ClickRow.id))) == number)


def visitors_by_day(database):
    count(database)  # which nodes do a little later
    query = select(Total.day, Total.visitors).where(Total.dimension == "all").order_by(Total.day)
    return dict(map(tuple, read(database, query)))


def doubled_days_of(database):
    return {day for (day,) in read(database, select(VisitorDay.day).where(VisitorDay.doubled))}


def file_of(node):
    return KeyFile(node.instance / "visitor-key")


def pass_midnight(clock, nodes):
    """Have each worker take the next day's key: it looks at the date ten times a second."""
    clock.set_to_midnight()
    for node in nodes:
        wait_for(lambda: [e.day for e in file_of(node).read() if e.key] == [clock.today()])  # noqa: B023
    # Those that did not write the file, too, have then looked.
    pauses_at_midnight = {worker: pauses(worker) for node in nodes for worker in node.workers}
    for worker, number in pauses_at_midnight.items():
        wait_for(lambda: pauses(worker) >= number + LOOKS)  # noqa: B023


def pauses(process):
    """Return how often the threads of a process have waited for something."""
    number = 0
    for thread in Path(f"/proc/{process}/task").iterdir():
        status = (thread / "status").read_text()
        number += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)[1])
    return number


def test_nodes_share_the_key_of_a_day_and_that_of_the_next(nodes, clock, database):
    for node in nodes:
        node.launch()
    for node in nodes:
        wait_for(node.answers)
    day, keys = clock.today(), file_of(nodes[0]).read()
    assert keys == file_of(nodes[1]).read()
    assert [each.day for each in keys] == [day, day + timedelta(days=1)]
    for number, node in enumerate(nodes * 2):  # by each of a node's workers, as it happens
        click(node, number)
    wait_for_rows(database, 4)
    pass_midnight(clock, nodes)
    for number, node in enumerate(nodes * 2):
        click(node, 10 + number)
    wait_for_rows(database, 8)
    assert len({*read(database, select(ClickRow.visitor))}) == 2
    wait_for(lambda: visitors_by_day(database) == {day: 1, day + timedelta(days=1): 1})
    assert doubled_days_of(database) == set()
    assert all(keys[0].key not in (each.instance / "visitor-key").read_bytes() for each in nodes)


def test_a_node_without_a_database_takes_an_own_key_and_says_so(
    nodes, clock, database, postgresql_url
):
    first, second = nodes
    first.start()
    day = clock.today()
    click(first, 1)
    wait_for_rows(database, 1)
    take_connections(postgresql_url, allowed=False)
    second.start()
    (own,) = file_of(second).read()
    assert (own.day, own.settled) == (day, False)
    assert own.key not in {each.key for each in file_of(first).read()}
    pass_midnight(clock, nodes)
    click(first, 2)
    click(second, 3)
    # Killed and stopped, it remembers the days, though not the key.
    second.kill()
    second.start()
    second.stop()
    days = {day, day + timedelta(days=1)}
    assert {each.day for each in file_of(second).read()} == days
    assert not any(each.key for each in file_of(second).read())
    take_connections(postgresql_url, allowed=True)
    second.start()
    wait_for_rows(database, 3)
    # One reader, who was another one to the second node.
    wait_for(lambda: visitors_by_day(database) == {day: 1, day + timedelta(days=1): 2})
    assert doubled_days_of(database) == days
    click(second, 4)
    wait_for_rows(database, 4)
    wait_for(lambda: visitors_by_day(database)[max(days)] == 2)
    printed = stats(first, "--days", "2")
    named = ", ".join(each.isoformat() for each in sorted(days))
    assert f"On {named} a reader may count as two visitors" in printed
    assert_no_key_in_logs(nodes, database)


def test_a_restart_makes_no_new_visitor_and_leaves_no_key(nodes, database):
    node = nodes[0].start()
    for pid in processes(node.process.pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # one that has ended meanwhile
            assert re.search(r"core file size +0 ", Path(f"/proc/{pid}/limits").read_text())
    click(node, 1)
    wait_for_rows(database, 1)
    assert node.stop() == 0
    assert not (node.instance / "visitor-key").exists()
    node.start()
    click(node, 2)
    wait_for_rows(database, 2)
    assert len({*read(database, select(ClickRow.visitor))}) == 1
    node.kill()
    assert any(each.key for each in file_of(node).read())
    # Nor does one leave a key that is stopped while it starts.
    with database.connect() as other:
        other.execute(text(f"LOCK TABLE {visitor_keys.name} IN ACCESS EXCLUSIVE MODE"))
        node.launch()
        waiting = text("SELECT FROM pg_locks WHERE NOT granted")
        wait_for(lambda: read(database, waiting))
        node.process.terminate()
    assert node.process.wait(PATIENCE) == 0
    assert not (node.instance / "visitor-key").exists()


def stats(node, *options):
    command = [sys.executable, "-m", "linkmgr", "stats", *options]
    done = subprocess.run(
        command, cwd=node.folder, env=node.environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def assert_no_key_in_logs(nodes, database):
    keys = [bytes(key) for (key,) in read(database, select(visitor_keys.c.key))]
    assert keys
    for node in nodes:
        text = node.log_file.read_bytes()
        assert not any(key in text or key.hex().encode() in text for key in keys)
        assert b"Traceback" not in text
