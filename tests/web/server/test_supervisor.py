"""The processes beside the main one, from their first moment on."""

import errno
import os
import subprocess
from dataclasses import replace
from functools import partial

import pytest

from linkmgr.web.server import supervisor
from tests.support.servers import runs, wait_for
from tests.support.supervised import child, reports_of, supervised

pytestmark = pytest.mark.server

NOTE_BEGINNING = """
import os, pathlib, signal, sys
folder = pathlib.Path(sys.argv[1])
(folder / "group").write_text(str(os.getpgid(0) == os.getpid()))
(folder / "handler").write_text(signal.getsignal(signal.SIGTERM).name)
links = [str(link.readlink()) for link in pathlib.Path("/proc/self/fd").iterdir() if link.exists()]
(folder / "open").write_text("\\n".join(links))
(folder / "begun").touch()
os.read(0, 1)
"""


def hold_a_lock(file):
    file.touch()
    os.open(file, os.O_RDONLY)


def test_process_begins_apart_from_terminal_and_files_of_others(tmp_path):
    first = child(NOTE_BEGINNING, tmp_path, name="first")
    second = child("import os; os.read(0, 1)", name="second")
    with supervised(second, first, before=partial(hold_a_lock, tmp_path / "lock")):
        wait_for((tmp_path / "begun").exists)
    assert (tmp_path / "group").read_text() == "True"
    assert (tmp_path / "handler").read_text() == "SIG_DFL"
    opened = (tmp_path / "open").read_text()
    assert opened.count("pipe:") <= 3  # its own standard streams
    assert "lock" not in opened


TOUCH = """
import os, pathlib, sys
(pathlib.Path(sys.argv[1]) / f"{os.getpid()}.started").touch()
"""
WAIT = """
while not os.read(0, 1): pass
"""


def refuse_thrice():
    """Have the system be out of processes at first."""
    start, refused = subprocess.Popen, []

    def refuse(*arguments, **options):
        if len(refused) < 3:
            refused.append(arguments)
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return start(*arguments, **options)

    subprocess.Popen = refuse


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path, capfd):
    with supervised(child(TOUCH + WAIT, tmp_path), before=refuse_thrice):
        wait_for(lambda: [*tmp_path.glob("*.started")])
    log = capfd.readouterr().err
    assert log.count("test cannot be started: Resource temporarily unavailable") == 1


def test_a_process_that_ends_is_started_again(tmp_path, capfd):
    with supervised(child(TOUCH, tmp_path)):
        wait_for(lambda: len([*tmp_path.glob("*.started")]) == 3)
    assert "test has ended and is started again" in capfd.readouterr().err


REPORT = """
import os, pathlib, sys
file = pathlib.Path(sys.argv[1]) / "tried"
if not file.exists():
    file.touch()
    sys.exit(1)
print("ready", flush=True)
os.dup2(2, 1)
print("after the report", flush=True)
os.read(0, 1)
"""


def test_a_process_that_ends_before_it_reports_is_asked_again(tmp_path, capfd):
    again = child(TOUCH, tmp_path)
    first = replace(again, reporting=("-c", REPORT, str(tmp_path)))
    with reports_of(first) as report:
        assert report == b"ready\n"
        assert not [*tmp_path.glob("*.started")]
    assert "after the report" in capfd.readouterr().err


LEAVE_TOGETHER = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGTERM, signal.SIG_IGN)
(folder / f"{os.getpid()}.started").touch()
os.read(0, 1)
(folder / f"{os.getpid()}.stopping").touch()
while len([*folder.glob("*.stopping")]) < 2:
    time.sleep(0.01)
"""


def test_processes_of_a_group_end_at_the_same_time(tmp_path, capfd):
    both = [child(LEAVE_TOGETHER, tmp_path, name=name) for name in ("one", "other")]
    with supervised(*both):
        wait_for(lambda: len([*tmp_path.glob("*.started")]) == 2)
    assert len([*tmp_path.glob("*.stopping")]) == 2
    assert capfd.readouterr().err == ""


NEVER_END = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork():
    (pathlib.Path(sys.argv[1]) / "started").touch()
else:
    (pathlib.Path(sys.argv[1]) / "pid").write_text(str(os.getpid()))
while True:
    time.sleep(60)
"""


def do_not_wait():
    supervisor.LATE = 0


def test_a_process_that_does_not_end_is_killed_with_its_own(tmp_path, capfd):
    idle = child(NEVER_END, tmp_path, name="idle", deadline=0)
    with supervised(idle, before=do_not_wait):
        wait_for((tmp_path / "started").exists)
        pid = int(wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    wait_for(lambda: not runs(pid))
    assert "idle does not end and is killed" in capfd.readouterr().err
