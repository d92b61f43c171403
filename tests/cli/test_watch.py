"""`linkmgr build --watch`, a real process that waits for changes."""

import queue
import signal
import subprocess
import threading

import pytest

from tests.build.examples import built, edit, fragment_of, made, write_blog
from tests.cli.examples import COMMAND

pytestmark = pytest.mark.slow

PATIENCE = 30  # seconds; a rebuild takes less than two
GREEN = "_posts/2026-01-01-green.md"


class Watching:
    """A running `--watch`, whose lines are read as they come."""

    def __init__(self, root):
        self.process = subprocess.Popen(
            [*COMMAND, "build", "--watch", "--site", root],
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
        return seen[-1]

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.reader.join()
        self.process.stdout.close()
        return code


@pytest.fixture
def site(tmp_path):
    return write_blog(tmp_path / "site")


@pytest.fixture
def watching(site):
    watching = Watching(site)
    yield watching
    if watching.process.poll() is None:
        watching.end(signal.SIGKILL)


def test_a_change_is_built_when_it_is_saved(site, watching):
    watching.wait_for("files written")
    edit(site / GREEN, "Green leaves", "White leaves")
    watching.wait_for("files written")
    assert "White leaves" in fragment_of(site, "_posts/2026-01-02-black.md").read_text()
    edit(site / "catalog.yaml", "All of it", "Nearly all of it")
    watching.wait_for("files written")
    assert not built(site).changed


def test_a_mistake_is_told_and_the_next_change_is_built(site, watching):
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
