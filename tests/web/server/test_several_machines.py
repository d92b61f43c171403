"""Nodes, an admin and PostgreSQL, all of which fail at times: no click is lost or doubled.

The nodes have 64 file descriptors each, and the last one's clock is ahead.
"""

import os
import signal
import statistics
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from tests.support.postgres import (
    new_database,
    programs,
    running_postgresql,
    start_postgresql,
    stop_postgresql,
)
from tests.support.readers import (
    Downtimes,
    Readers,
    assert_each_click_is_there_once,
    assert_no_visitor_is_doubled,
    assert_totals_equal_rows,
    waits,
)
from tests.support.servers import HEAD, SITE, faked_clock, holds, processes, wait_for, write_catalog

pytestmark = [pytest.mark.server, pytest.mark.postgresql]

DESCRIPTORS = 64
AHEAD = 4  # seconds: less than the ten in which a second click is none
MOST_GROWTH = 1.05  # of a process's memory
MOST_MORE = 5  # descriptors: SQLAlchemy keeps as many connections


class Machines(Deployment):
    """A deployment of nodes, to which everything happens."""

    def __init__(self, folder, server, ahead, names):
        self.server = server
        self.published = set()
        self.versions = 0
        # Of a day that is not over soon, wherever on earth that is.
        offset = 12 - datetime.now(UTC).hour
        self.head = HEAD.replace("ctas:", f"  timezone: Etc/GMT{-offset:+d}\nctas:")
        self.downtimes = Downtimes()
        super().__init__(folder, new_database(server))
        *others, last = names
        self.nodes = [*map(self.launched, others), self.launched(last, **ahead)]
        for node in self.nodes:
            wait_for(node.answers)

    def publish(self, **ctas):
        paths = {name: f"{SITE}/{path}/" for name, path in ctas.items()}
        self.published |= {*paths.items()}
        write_catalog(self.blog, *paths.items(), head=self.head)

    def launched(self, name, **variables):
        node = self.node(name, NEW_NAMES=1_000_000, TRUSTED_PROXIES="127.0.0.1", WORKERS=2)
        node.launcher = ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]
        node.variables = variables
        node.launch()
        return node

    def edit(self):
        """Let the letter lead elsewhere."""
        self.versions += 1
        self.publish(letter=f"letter-{self.versions}", course="course")

    def kill(self, number):
        """Kill all of a node's processes at once, and start it again."""
        self.downtimes.killed(number)
        self.nodes[number].kill()
        self.nodes[number].start()
        self.downtimes.answers(number)

    def stop_database(self, mode):
        stop_postgresql(programs(), self.server, mode)

    def start_database(self):
        start_postgresql(programs(), self.server)

    @contextmanager
    def without_admin(self):
        self.admin.stop()
        yield
        self.admin.start()

    def assert_nothing_was_lost(self, readers):
        """Compare all that readers saw with all that was counted."""
        wait_for(lambda: not waits(self.nodes))
        newest = f"{SITE}/letter-{self.versions}/"
        for node in self.nodes:
            wait_for(
                lambda node=node: node.get("/go/letter", DNT="1").headers["location"] == newest
            )
            assert node.stop() == 0
            assert node.waiting() == 0
        assert readers.failed == []
        unexplained = [
            error for error in readers.errors if not self.downtimes.explains(error[0], error[1])
        ]
        assert unexplained == []
        assert readers.locations <= self.published
        rows = assert_each_click_is_there_once(readers, self.engine, AHEAD)
        assert_totals_equal_rows(self.engine)
        assert_no_visitor_is_doubled(readers, self.engine)
        answers = sum(len(made.answered) for made in readers.clicks.values())
        return (
            f"{answers} answers, of which {answers - rows} were second clicks; {rows} rows; "
            f"{len(readers.errors)} connections to killed nodes failed"
        )

    def close(self):
        for node in getattr(self, "nodes", ()):
            if node.process.poll() is None:
                node.stop()
        super().close()


@pytest.fixture(params=[["one", "two"]], ids=len)
def machines(tmp_path, request):
    if not (folder := programs()):
        pytest.skip("postgresql is not installed")
    ahead = faked_clock(f"+{AHEAD}s")
    with running_postgresql(folder) as server:
        made = Machines(tmp_path, server, ahead, request.param)
        try:
            yield made
        finally:
            made.close()


def test_nothing_is_lost_when_a_node_dies_without_a_database(machines):
    with Readers(machines.nodes, pause=0.1) as readers:
        machines.edit()
        machines.stop_database("immediate")  # which empties the table of the visitors' key
        machines.kill(0)
        wait_for(lambda: all(node.health()["problems"] for node in machines.nodes))
        machines.start_database()
        wait_for(lambda: not any(node.health()["problems"] for node in machines.nodes))
        readers.wait_for_several()
    machines.assert_nothing_was_lost(readers)


THREE = pytest.mark.parametrize("machines", [["one", "two", "three"]], ids=len, indirect=True)


@THREE
@pytest.mark.soak
def test_nothing_is_lost_or_doubled_whatever_fails(machines, capsys):
    with Readers(machines.nodes, pause=0.1) as readers:
        machines.kill(0)
        machines.edit()
        machines.stop_database("fast")
        machines.kill(1)
        wait_for(lambda: all(node.health()["problems"] for node in machines.nodes))
        machines.start_database()
        with machines.without_admin():
            machines.edit()
            machines.kill(2)
            wait_for(lambda: "the links that were taken last are served" in machines.nodes[2].log)
        wait_for(lambda: not waits(machines.nodes))
        machines.stop_database("immediate")  # which empties the table of the visitors' key
        machines.start_database()
        wait_for(lambda: not waits(machines.nodes))
        machines.kill(0)
        machines.edit()
    found = machines.assert_nothing_was_lost(readers)
    with capsys.disabled():
        print(f"\n{found}")  # noqa: T201


@THREE
@pytest.mark.soak
def test_ten_minutes_of_clicks_and_failures_leave_memory_flat(machines, capsys):
    begun = time.monotonic()

    def until(minutes):
        time.sleep(max(begun + minutes * 60 - time.monotonic(), 0))

    with Usage() as usage, Readers(machines.nodes, pause=0.25) as readers:
        # All that fails does so once before it is measured: what is kept ready then is.
        for number in range(3):
            machines.kill(number)
            machines.edit()
        with machines.without_admin():
            machines.edit()
            time.sleep(10)
        machines.stop_database("immediate")
        time.sleep(10)
        machines.start_database()
        with frozen(machines.admin):
            machines.edit()
            time.sleep(15)
        until(2)
        names = ("one", "two", "three", "admin")
        usage.watch(dict(zip(names, (*machines.nodes, machines.admin), strict=True)))
        until(4)
        usage.mark()
        until(5)
        machines.stop_database("fast")
        time.sleep(60)
        machines.start_database()
        until(7)
        with frozen(machines.admin):
            machines.edit()
            time.sleep(30)
        until(8)
        usage.mark()
        until(10)
        usage.watch({})
        for number in range(3):
            machines.kill(number)
    found = machines.assert_nothing_was_lost(readers)
    with capsys.disabled():
        print(f"\n{found}", *usage.lines(), sep="\n")  # noqa: T201
    assert usage.growing() == []


@contextmanager
def frozen(server):
    """Have a server accept connections and answer nothing."""
    for pid in processes(server.process.pid):
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in processes(server.process.pid):
        os.kill(pid, signal.SIGCONT)


class Usage:
    """The memory and the descriptors of each process, sampled every two seconds.

    Marks part the time: what is compared are the first part and the last.
    """

    def __init__(self):
        self._servers = {}
        self._part = 0
        self._samples = defaultdict(lambda: defaultdict(list))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def watch(self, servers):
        self._servers = servers

    def mark(self):
        self._part += 1

    def _run(self):
        while not self._ended.wait(2):
            for name, server in self._servers.items():
                for pid in processes(server.process.pid):
                    with suppress(OSError):
                        sample = memory_of(pid), len([*Path(f"/proc/{pid}/fd").iterdir()])
                        key = name, kind_of(pid, server), pid
                        self._samples[key][self._part].append(sample)

    def _medians(self):
        """Yield each process that was there in the first part and the last, with its figures."""
        for (name, kind, _), parts in sorted(self._samples.items()):
            if {0, max(parts)} <= parts.keys() and max(parts) > 0:
                first, last = (
                    [statistics.median(values) for values in zip(*parts[n], strict=True)]
                    for n in (0, max(parts))
                )
                yield f"{name}, {kind}", first, last

    def lines(self):
        yield "process: MB and descriptors, in the minutes 2 to 4, and 8 to 10"
        for name, (memory, files), (later, later_files) in self._medians():
            yield f"{name}: {memory:.1f} {files:.0f}, {later:.1f} {later_files:.0f}"

    def growing(self):
        """Name the processes that grew; none to compare would be wrong, too."""
        found = [*self._medians()]
        assert len(found) >= 3 * 4
        return [
            (name, first, last)
            for name, first, last in found
            if last[0] > first[0] * MOST_GROWTH or last[1] > first[1] + MOST_MORE
        ]


def memory_of(pid):
    """Return what of its memory no other process has, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    private = [int(line.split()[1]) for line in lines if line.startswith("Private_")]
    return sum(private) / 1024


def kind_of(pid, server):
    if pid == server.process.pid:
        return "main process"
    if holds(pid, ".spool"):
        return "worker"
    return "background worker" if holds(pid, "worker.lock") else "other"
