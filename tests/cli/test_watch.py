"""`linkmgr build --watch` and Jekyll's own, real processes that wait for changes."""

import os
import queue
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.support.builds import built, edit, fragment_of, made, write_blog, write_large_blog
from tests.support.cli import COMMAND, run
from tests.support.servers import processes, wait_for
from tests.support.soak import rounds

pytestmark = pytest.mark.server

PATIENCE = 30  # seconds; a rebuild takes less than two
ROUNDS = rounds(1, 50)
LONGEST = 3  # seconds from the start to the last moment that is tried: both builds are done by then
GREEN = "_posts/2026-01-01-green.md"


class Watching:
    """A running command in a session of its own, whose lines are read as they come."""

    def __init__(self, *command, env=None):
        self.process = subprocess.Popen(
            command,
            env=env,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            bufsize=1,
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def wait_for(self, text):
        """Wait for a line that holds `text`."""
        seen = []
        while not seen or text not in seen[-1]:
            try:
                seen.append(self.lines.get(timeout=PATIENCE))
            except queue.Empty:
                pytest.fail(f"no line holds {text!r}: {''.join(seen)}")
        return "".join(seen)

    def hears(self):
        """Whether its own handlers are there; before them Python's and the system's end it."""
        assert self.process.poll() is None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return caught >> (signal.SIGTERM - 1) & 1

    def end(self, how):
        """Send a signal as a terminal and a service manager do: to its workers, too."""
        os.killpg(self.process.pid, how)
        return self.ended()

    def ended(self):
        """Wait for its end, and return its exit code."""
        code = self.process.wait(PATIENCE)
        self.reader.join()
        self.process.stdout.close()
        return code


@pytest.fixture
def site(tmp_path):
    return write_blog(tmp_path / "site")


@contextmanager
def watched(root, *before):
    """Run `--watch`, and see that it is gone at the end."""
    with running(*before, *COMMAND, "build", "--watch", "--site", root) as watching:
        yield watching


@contextmanager
def running(*command, env=None):
    watching = Watching(*command, env=env)
    try:
        yield watching
    finally:
        if watching.process.poll() is None:
            watching.end(signal.SIGKILL)


@pytest.fixture
def watching(site):
    with watched(site) as watching:
        yield watching


def test_a_change_is_built_when_it_is_saved(site, watching):
    watching.wait_for("files written")
    edit(site / GREEN, "Green leaves", "White leaves")
    watching.wait_for("written")
    assert "White leaves" in fragment_of(site, "_posts/2026-01-02-black.md").read_text()
    edit(site / "catalog.yaml", "All of it", "Nearly all of it")
    watching.wait_for("files written")
    assert not built(site).changed


def test_a_mistake_is_reported_and_the_next_change_is_built(site, watching):
    watching.wait_for("files written")
    before = made(site)
    edit(site / "catalog.yaml", "B0EXAMPLE1", "4785730705")
    line = watching.wait_for("catalog.yaml:")
    assert "books.green.asin" in line
    assert made(site) == before
    edit(site / "catalog.yaml", "4785730705", "4785730706")
    watching.wait_for("files written")
    assert b"4785730706" in fragment_of(site, GREEN).read_bytes()


def test_it_ends_quietly_when_it_is_interrupted(watching):
    watching.wait_for("up to date")
    assert watching.end(signal.SIGINT) == 0
    assert watching.lines.empty()


def test_it_hears_ctrl_c_though_what_started_it_does_not(site):
    # A shell has what a script starts in the background ignore it.
    with watched(site, "sh", "-c", "trap '' INT; exec \"$@\"", "sh") as watching:
        watching.wait_for("up to date")
        assert watching.end(signal.SIGINT) == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_whenever_it_is_interrupted(tmp_path, how):
    random = Random(20261126)  # noqa: S311 - for the same moments every time
    for number in range(ROUNDS):
        # Its first build has processes of its own.
        with watched(write_large_blog(tmp_path / str(number))) as watching:
            wait_for(watching.hears)
            time.sleep(random.uniform(0, LONGEST))
            assert watching.end(how) == 0
        stated = "".join(watching.lines.queue)
        assert "Traceback" not in stated
        assert "Aborted" not in stated
        assert not processes(watching.process.pid)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_second_signal_ends_it_at_once(watching):
    wait_for(watching.hears)
    # Stopped, for both to meet it in the same moment.
    for each in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        os.kill(watching.process.pid, each)
    assert watching.ended() == -signal.SIGTERM


@pytest.mark.jekyll
def test_jekyll_builds_nothing_anew_when_a_check_writes_cache(site, tmp_path):
    assert run("init", "--write", "--site", site).code == 0
    assert run("build", "--site", site).code == 0
    at_once = tmp_path / "at_once.rb"
    at_once.write_text("$stdout.sync = true")  # into a pipe Ruby writes when it has enough
    jekyll = ["jekyll", "build", "--watch", "--source", site, "--destination", site / "_site"]
    with running(*jekyll, env=os.environ | {"RUBYOPT": f"-r{at_once}"}) as jekyll:
        jekyll.wait_for("Auto-regeneration")
        # It says so before it hears of changes.
        wait_for(lambda: jekyll.lines.qsize() or edit(site / GREEN, "leaves", "leaves"))
        jekyll.wait_for("done in")
        assert run("check", "--site", site).code in {0, 1}
        assert run("placements", "--site", site).code == 0
        edit(site / "_posts/2026-01-02-black.md", "Black", "Blacker")
        heard = jekyll.wait_for("2026-01-02-black.md")
    assert ".linkmgr-cache" not in heard
    assert (site / ".linkmgr-cache" / "placements.json").exists()
