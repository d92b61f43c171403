"""Work in several processes: the same results in the same order, and every failure told."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from linkmgr.builder import processes
from linkmgr.builder.processes import in_parallel
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import message
from tests.support.builds import built, edit, made, write_large_blog

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks"),
    # Python 3.12 warns of forks beside threads, which the test runner has.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

TOO_LONG = message("build.path-too-long")
NUMBER = 2000


@pytest.fixture(params=[1, 2, 5], ids=["one process", "two processes", "five processes"])
def workers(request, monkeypatch):
    monkeypatch.setattr(processes, "_processors", lambda: request.param)
    return request.param


@pytest.fixture
def two_workers(monkeypatch):
    monkeypatch.setattr(processes, "_processors", lambda: 2)


def squares(start, stop):
    return [number * number for number in range(start, stop)]


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("number", [0, 1, 63, 64, 65, 511, 512, 513, NUMBER])
def test_results_come_in_order_whatever_their_number(number):
    assert list(in_parallel(squares, number)) == squares(0, number)


@pytest.mark.usefixtures("two_workers")
def test_the_work_is_done_in_other_processes():
    found = {*in_parallel(lambda start, stop: [os.getpid()] * (stop - start), NUMBER)}
    assert len(found) == 2
    assert os.getpid() not in found


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        LinkmgrError(TOO_LONG),
        Problems([Problem.at("b.md", 2, "date", TOO_LONG), Problem.at("a.md", 0, "", TOO_LONG)]),
        FileNotFoundError(2, "No such file", "a.md"),
    ],
    ids=["a bug", "a problem", "problems", "a file"],
)
def test_an_error_in_a_worker_is_raised_here(error):
    def work(start, stop):
        if start <= 1000 < stop:
            raise error
        return squares(start, stop)

    with pytest.raises(type(error)) as caught:
        list(in_parallel(work, NUMBER))
    assert str(caught.value) == str(error)
    assert vars(caught.value) == vars(error)
    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("two_workers")
def test_a_killed_worker_is_reported():
    def work(start, stop):
        if start >= 640:
            os.kill(os.getpid(), signal.SIGKILL)
        return squares(start, stop)

    with pytest.raises(LinkmgrError, match="was killed; run the build again"):
        list(in_parallel(work, NUMBER))
    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("two_workers")
def test_a_worker_killed_in_the_middle_of_its_answer_is_reported():
    def work(start, stop):
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return [b"x" * 1_000_000] * (stop - start)  # more than a pipe holds

    def read_slowly():
        for _ in in_parallel(work, NUMBER):
            while len(multiprocessing.active_children()) == 2:
                time.sleep(0.01)

    with pytest.raises(LinkmgrError, match="was killed; run the build again"):
        read_slowly()


@pytest.mark.usefixtures("two_workers")
def test_no_worker_is_left_when_the_reader_stops_early():
    results = in_parallel(lambda start, stop: [b"x" * 100_000] * (stop - start), NUMBER)
    next(results)
    assert len(multiprocessing.active_children()) == 2
    results.close()
    assert multiprocessing.active_children() == []


def test_a_worker_that_fails_without_a_reader_ends_normally():
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    receiver.close()

    def work(*_):
        raise ValueError

    worker = context.Process(target=processes._serve, args=(work, [(0, 1)], sender, []))  # noqa: SLF001
    worker.start()
    worker.join()
    assert worker.exitcode == 0


@pytest.mark.server
@pytest.mark.parametrize("workers", [2, pytest.param(5, marks=pytest.mark.soak)])
def test_many_processes_build_what_one_builds(tmp_path, monkeypatch, workers):
    one, many = (write_large_blog(tmp_path / name) for name in ("one", "many"))
    for change in (lambda _: None, change_catalog, change_posts):
        reports = []
        for root, number in ((one, 1), (many, workers)):
            monkeypatch.setattr(processes, "_processors", lambda number=number: number)
            change(root)
            reports.append(built(root))
        assert made(one) == made(many)
        first, second = reports
        assert (first.written, first.deleted) == (second.written, second.deleted)
        (warning,), (same,) = first.warnings, second.warnings
        assert (warning.location.line, warning.message) == (same.location.line, same.message)


def change_catalog(root):
    edit(root / "catalog.yaml", "- flour", "- oolong flour")


def change_posts(root):
    for file in root.glob("_posts/*-post-*"):
        file.write_bytes(file.read_bytes() + b"flour oolong flour\n")
