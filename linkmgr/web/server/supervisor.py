"""The processes beside the main one: each is started again when it ends, until it must stop.

By the start method of `multiprocessing` they are forks of the main process, or start afresh. A fork
has none of its parent's threads, but all locks that these hold: so the main process never has a
second one.
"""

import gc
import logging
import multiprocessing
import os
import select
import signal
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from linkmgr.web.logs import start_logging

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

# Seconds: a process that ran for this long is started again at once when it ends. One that ended
# sooner waits, twice as long each time: what ended it may last, and its start takes a processor.
_STEADY = 5.0
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0

LATE = 10.0
"""Seconds beyond its own deadline after which a process that must stop is killed."""

# A terminal that is closed sends SIGHUP.
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_HANDLED = (*_STOPS, signal.SIGCHLD)

_log = logging.getLogger(__name__)


class Signals:
    """Those that this process takes in, from now on, instead of ending by them.

    They are whatever would stop it, and the end of a child.
    """

    def __init__(self) -> None:
        self.must_stop = False
        # A handler runs between two steps of Python's, and may come too late for a wait that begins
        # just then: so the system itself writes each signal's number into a pipe.
        self._received, received = os.pipe()
        for each in (self._received, received):
            os.set_blocking(each, False)
        signal.set_wakeup_fd(received)
        for number in _HANDLED:
            # `nohup` has SIGHUP ignored.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)

    def wait(self, seconds: float | None) -> None:
        """Wait for the next of them, or for so many seconds."""
        select.select([self._received], [], [], seconds)
        with suppress(BlockingIOError):
            self.must_stop |= not {*_STOPS}.isdisjoint(os.read(self._received, 4096))


def reset_signals() -> None:
    """Have this process, which its parent has forked, end by signals as any other does.

    A handler of the parent's would only tell this copy of it that the parent must stop. SIGTERM has
    been blocked since before the fork.
    """
    signal.set_wakeup_fd(-1)
    for each in _HANDLED:
        if callable(signal.getsignal(each)):
            signal.signal(each, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


@dataclass(frozen=True, slots=True)
class Work:
    """What a process does.

    It ends when the pipe that `function` takes is closed at its other end, which the system does
    even where the main process is killed, and is killed itself if it has not ended `deadline`
    seconds and `LATE` later. `name` is what the log calls it. Work to be done `once` is not begun
    again when it ends.
    """

    name: str
    function: Callable[[Connection], object]
    deadline: float
    once: bool = False


def supervise(
    signals: Signals,
    groups: Sequence[Sequence[Work]],
    note_end: Callable[[str], None] = lambda _: None,
) -> None:
    """Keep processes running until this one must stop, and then end them, one group at a time.

    Those of a group end together. A later group is there for the ones before it. `note_end` is told
    the name of each process that ends by itself and is started again.
    """
    # A collection would copy the pages of all objects that it looks at, in each process.
    gc.collect()
    gc.freeze()
    supervised = [[_Supervised(work, note_end) for work in group] for group in groups]
    everyone = [each for group in supervised for each in group]

    def wait_until(is_so: Callable[[], bool]) -> None:
        while True:
            for each in everyone:
                each.look_after()
            if is_so():
                return
            due = min(each.due for each in everyone)
            signals.wait(None if due == _NEVER else max(due - time.monotonic(), 0.0))

    wait_until(lambda: signals.must_stop)
    for group in supervised:
        for each in group:
            each.end()
        wait_until(partial(_have_ended, group))


def _have_ended(group: "Sequence[_Supervised]") -> bool:
    return not any(each.is_running for each in group)


_NEVER = float("inf")


class _Supervised:
    """A process and those that follow it with the same work.

    At the time `due` the next one is to be started or, once it must end, this one killed.
    """

    def __init__(self, work: Work, note_end: Callable[[str], None]) -> None:
        self.due = 0.0
        self._work = work
        self._note_end = note_end
        self._stopping, self._running = multiprocessing.Pipe(duplex=False)
        self._process: BaseProcess | None = None
        self._must_end = False
        self._started = 0.0
        self._pause = 0.0
        self._failed = False

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def end(self) -> None:
        """Have the process end, without waiting until it has."""
        self._must_end = True
        self._running.close()
        patience = self._work.deadline + LATE
        self.due = time.monotonic() + patience if self._process else _NEVER

    def look_after(self) -> None:
        """Notice whether the process has ended, and do what is due."""
        if self._process and not self._process.is_alive():
            self._take_leave(self._process)
        if self.due > time.monotonic():
            return
        self.due = _NEVER
        if self._process:
            name = self._work.name
            _log.error("%s does not end and is killed; what it left is done later", name)
            self._process.kill()
        else:
            self._start()

    def _take_leave(self, process: "BaseProcess") -> None:
        code = process.exitcode
        process.close()
        self._process = None
        self.due = _NEVER
        if not self._must_end and not self._work.once:
            name = self._work.name
            _log.error("%s has ended and is started again", name, extra={"code": code})
            self._note_end(name)
            self._pause_before_next()

    def _start(self) -> None:
        self._started = time.monotonic()
        try:
            self._process = _start(self._work, self._stopping)
            self._failed = False
        except OSError as error:  # no memory, or too many processes
            if not self._failed:
                _log.error("%s cannot be started: %s", self._work.name, error.strerror)
            self._failed = True
            self._pause_before_next()

    def _pause_before_next(self) -> None:
        now = time.monotonic()
        is_steady = now - self._started >= _STEADY
        pause = 0.0 if is_steady else min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._pause, self.due = pause, now + pause


def _start(work: Work, stopping: Connection) -> "BaseProcess":
    """Start a process. Raise OSError if the system has no room for it."""
    forks = multiprocessing.get_start_method() == "fork"
    if not forks:
        # Python starts it before the first process, and then lets SIGINT through to this thread.
        resource_tracker.ensure_running()
    before = _open_files()
    inherited = before - {stopping.fileno()} if forks else ()
    process = multiprocessing.Process(
        target=_begin, args=(work, stopping, inherited), name=work.name
    )
    # The process inherits it, from its first moment on, and so do those that it starts. Ctrl-C and
    # the end of a terminal, which reach them all, are the main process's alone: a worker of granian
    # 2.8 that receives SIGINT and SIGTERM does not end at all. SIGTERM waits for `reset_signals`.
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        process.start()
    except OSError:
        # Python 3.11 to 3.13 leave the pipes open that they made before a fork which failed.
        for each in _open_files() - before:
            os.close(each)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
    return process


def _begin(work: Work, stopping: Connection, inherited: Collection[int]) -> None:
    """Do the work, in a process that is as if started afresh.

    What a fork has `inherited` is closed: the ends of its siblings' pipes, which are closed for
    them only when the last process closes them, and locked files, which stay locked as long.
    """
    reset_signals()
    for each in inherited:
        os.close(each)
    start_logging()
    Context().run(work.function, stopping)  # without the main process's language


def _open_files() -> set[int]:
    """Return the descriptors of this process's open files, but of the standard streams."""
    found = set()
    for entry in [*Path("/dev/fd").iterdir()]:
        with suppress(OSError):  # that of the list, which is closed by now
            os.fstat(int(entry.name))
            found.add(int(entry.name))
    return found - {0, 1, 2}
