"""The processes beside the main one, from their first moment on."""

import errno
import json
import os
import signal
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from linkmgr.messages.message import current_language, set_language
from linkmgr.web.server import supervisor
from linkmgr.web.server.supervisor import Work
from tests.support.servers import wait_for
from tests.support.supervised import supervised

pytestmark = pytest.mark.server

either_way = pytest.mark.parametrize("method", ["fork", "spawn"])


def work(function, folder, name="test", deadline=60, **values):
    return Work(name, partial(function, folder), deadline, **values)


def note_beginning(folder, stopping):
    """Write down what a process begins with."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    (folder / "mask").write_text(" ".join(sorted(each.name for each in blocked)))
    (folder / "handler").write_text(signal.getsignal(signal.SIGTERM).name)
    (folder / "language").write_text(current_language())
    (folder / "begun").touch()
    stopping.poll(None)


@either_way
def test_a_process_begins_deaf_to_ctrl_c_without_handlers_or_a_language_of_the_main_one(
    tmp_path, method
):
    speak_japanese = partial(set_language, "ja")
    with supervised(work(note_beginning, tmp_path), method=method, before=speak_japanese):
        wait_for((tmp_path / "begun").exists)
    assert (tmp_path / "mask").read_text() == "SIGHUP SIGINT"
    assert (tmp_path / "handler").read_text() == "SIG_DFL"
    assert (tmp_path / "language").read_text() == "en"


def touch(folder, stopping):
    (folder / "started").touch()
    stopping.poll(None)


def refuse_thrice(method, note):
    """Have the system be out of processes at first; note how many files are open then."""
    owner, name = {"fork": (os, "fork"), "spawn": (resource_tracker, "ensure_running")}[method]
    start, refused = getattr(owner, name), []

    def refuse():
        if len(refused) < 3:
            refused.append(len([*Path("/dev/fd").iterdir()]))
            note.write_text(json.dumps(refused))
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return start()

    setattr(owner, name, refuse)


@either_way
def test_a_process_that_cannot_be_started_is_tried_again(tmp_path, capfd, method):
    refusing = partial(refuse_thrice, method, tmp_path / "open")
    with supervised(work(touch, tmp_path), method=method, before=refusing):
        wait_for((tmp_path / "started").exists)
    log = capfd.readouterr().err
    assert log.count("test cannot be started: Resource temporarily unavailable") == 1
    first, *others = json.loads((tmp_path / "open").read_text())
    assert others == [first, first]  # what a failed attempt opens is closed


def end_at_once(folder, _stopping):
    (folder / f"{os.getpid()}.started").touch()


def test_a_process_that_ends_is_started_again_unless_its_work_is_done(tmp_path, capfd):
    (tmp_path / "once").mkdir()
    once = work(end_at_once, tmp_path / "once", "what is done once", once=True)
    with supervised(work(end_at_once, tmp_path), once):
        wait_for(lambda: len([*tmp_path.glob("*.started")]) == 3)
    assert len([*(tmp_path / "once").glob("*.started")]) == 1
    log = capfd.readouterr().err
    assert "test has ended and is started again" in log
    assert "what is done once" not in log


def leave_with_the_others(folder, stopping):
    """Once it must stop, wait for the other process to be there, too."""
    (folder / f"{os.getpid()}.started").touch()
    stopping.poll(None)
    (folder / f"{os.getpid()}.stopping").touch()
    wait_for(lambda: len([*folder.glob("*.stopping")]) == 2)


def test_processes_of_a_group_end_at_the_same_time(tmp_path, capfd):
    with supervised(*(work(leave_with_the_others, tmp_path, name) for name in ("one", "other"))):
        wait_for(lambda: len([*tmp_path.glob("*.started")]) == 2)
    assert len([*tmp_path.glob("*.stopping")]) == 2
    assert capfd.readouterr().err == ""


def never_end(folder, _stopping):
    (folder / "started").touch()
    signal.pause()


def do_not_wait():
    supervisor.LATE = 0


@either_way
def test_a_process_that_does_not_end_in_its_time_is_killed(tmp_path, capfd, method):
    idle = work(never_end, tmp_path, "idle", deadline=0)
    with supervised(idle, method=method, before=do_not_wait):
        wait_for((tmp_path / "started").exists)
    assert "idle does not end and is killed" in capfd.readouterr().err


def note_open_files(folder, stopping):
    """Write down the files that a process has open beside its standard streams."""
    others = [each for each in [*Path("/dev/fd").iterdir()] if int(each.name) > 2]
    found = [str(each.readlink()) for each in others if each.is_symlink()]
    (folder / f"{os.getpid()}.open").write_text("\n".join(found))
    stopping.poll(None)


def hold_a_lock(file):
    file.touch()
    os.open(file, os.O_RDONLY)


def test_a_process_has_no_file_of_the_main_one_or_of_a_sibling(tmp_path):
    works = [work(note_open_files, tmp_path, str(number)) for number in range(3)]
    with supervised(*works, before=partial(hold_a_lock, tmp_path / "lock")):
        wait_for(lambda: len([*tmp_path.glob("*.open")]) == 3)
    for noted in tmp_path.glob("*.open"):
        # The pipe that ends it, and those by which the two processes know of each other's end.
        assert noted.read_text().count("pipe:") == 3
        assert "lock" not in noted.read_text()
