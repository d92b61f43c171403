"""A process beside the main one, from its first moment on."""

import errno
import os
import signal
import sys
from multiprocessing import resource_tracker
from pathlib import Path
from subprocess import run

import pytest

from linkmgr.settings import read_settings
from linkmgr.web.server import supervisor
from linkmgr.web.server.supervisor import Supervisor, supervised
from tests.support.servers import wait_for

ROOT = Path(__file__).parents[3]


def write_mask(settings, stopping):
    """Write down which signals are blocked where a Supervisor has this done."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    settings.instance.write_text(" ".join(sorted(each.name for each in blocked)))
    stopping.poll(None)


def start_one(file):
    """Start it as the first process of this one, and wait until it has written."""
    settings = read_settings({"LINKMGR_INSTANCE": file})
    with Supervisor("test", f"{__name__}:write_mask", settings, deadline=60):
        wait_for(lambda: Path(file).exists() and Path(file).read_text())


@pytest.mark.slow
def test_the_first_process_that_is_started_hears_neither_ctrl_c_nor_the_terminals_end(tmp_path):
    mask = str(tmp_path / "mask")
    script = f"from tests.web.server.test_supervisor import start_one; start_one({mask!r})"
    run([sys.executable, "-c", script], cwd=ROOT, check=True)
    assert (tmp_path / "mask").read_text() == "SIGHUP SIGINT"


@pytest.mark.slow
def test_a_system_that_has_no_process_left_at_first_is_asked_again(tmp_path, monkeypatch):
    start, refused = resource_tracker.ensure_running, []

    def refuse_once():
        if not refused:
            refused.append(True)
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        start()

    monkeypatch.setattr(resource_tracker, "ensure_running", refuse_once)
    start_one(str(tmp_path / "mask"))
    assert refused


def leave_with_the_others(settings, stopping):
    """Once it must stop, wait for the other process to be there, too."""
    folder = settings.instance
    (folder / f"{os.getpid()}.started").touch()
    stopping.poll(None)
    (folder / f"{os.getpid()}.stopping").touch()
    wait_for(lambda: len([*folder.glob("*.stopping")]) == 2)


@pytest.mark.slow
def test_processes_of_a_group_end_at_the_same_time(tmp_path, caplog):
    settings, work = (
        read_settings({"LINKMGR_INSTANCE": str(tmp_path)}),
        leave_with_the_others.__name__,
    )
    group = [Supervisor(n, f"{__name__}:{work}", settings, deadline=60) for n in ("one", "other")]
    with supervised(group):
        wait_for(lambda: len([*tmp_path.glob("*.started")]) == 2)
    assert len([*tmp_path.glob("*.stopping")]) == 2
    assert caplog.text == ""


def never_end(settings, _stopping):
    (settings.instance / "started").touch()
    signal.pause()


@pytest.mark.slow
def test_a_process_that_does_not_end_in_its_time_is_killed(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(supervisor, "LATE", 0)
    settings = read_settings({"LINKMGR_INSTANCE": str(tmp_path)})
    with Supervisor("idle", f"{__name__}:{never_end.__name__}", settings, deadline=0):
        wait_for((tmp_path / "started").exists)
    assert "idle does not end and is killed" in caplog.text
