"""The processes beside the main one: each is restarted when it ends, until it must stop.

All of them begin in this module, which is why it imports next to nothing.
"""

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Self

from linkmgr.settings import Settings
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

_log = logging.getLogger(__name__)


class Supervisor:
    """Keeps a process running for as long as the block lasts.

    Its `work` is "module:function", so that only the process itself imports what it needs; the
    function takes the settings and a pipe. The process ends when the pipe's other end is closed,
    which the system does even where the main process is killed, and is killed itself if it has not
    ended `deadline` seconds and `LATE` later. `name` is what the log calls it.
    """

    def __init__(self, name: str, work: str, settings: Settings, deadline: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._name = name
        self._work = work
        self._context = context
        self._settings = settings
        self._patience = deadline + LATE
        self._stopping, self._running = context.Pipe(duplex=False)
        self._ended = threading.Event()
        self._kill_at = float("inf")
        self._process: BaseProcess | None = None
        self._thread = threading.Thread(
            target=self._supervise, name=f"supervisor of {name}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def end(self) -> None:
        """Have the process end, without waiting until it has."""
        if not self._ended.is_set():
            self._kill_at = time.monotonic() + self._patience
            self._ended.set()
            self._running.close()

    def __exit__(self, *_: object) -> None:
        self.end()
        self._thread.join(max(self._kill_at - time.monotonic(), 0.0))
        if self._thread.is_alive() and self._process:
            _log.error("%s does not end and is killed; what it left is done later", self._name)
            self._process.kill()
            self._thread.join()

    def _supervise(self) -> None:
        failed, pause = False, 0.0
        while not self._ended.wait(pause):
            started = time.monotonic()
            try:
                self._work_once()
            except OSError as error:  # no memory, or too many processes
                if not failed:
                    _log.error("%s cannot be started: %s", self._name, error.strerror)
                failed = True
            else:
                failed = False
            is_steady = time.monotonic() - started >= _STEADY
            pause = 0.0 if is_steady else min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)

    def _work_once(self) -> None:
        """Start the process, and wait for its end. Raise OSError if it cannot be started."""
        # Python starts it before the first process, and then lets SIGINT through to this thread.
        resource_tracker.ensure_running()
        # The process inherits it, from its first moment on, and so do those that it starts: Ctrl-C
        # and the end of a terminal, which reach them all, are the main process's alone. A worker of
        # granian 2.8 that receives SIGINT and SIGTERM does not end at all.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        process = self._context.Process(
            target=_start, args=(self._work, self._settings, self._stopping), name=self._name
        )
        process.start()
        self._process = process
        process.join()
        if not self._ended.is_set():
            _log.error(
                "%s has ended and is started again", self._name, extra={"code": process.exitcode}
            )


@contextmanager
def supervised(processes: Iterable[Supervisor]) -> Iterator[None]:
    """Keep processes running for as long as the block lasts, and then end them at the same time."""
    with ExitStack() as stack:
        running = [stack.enter_context(each) for each in processes]
        try:
            yield
        finally:
            for each in running:
                each.end()


def _start(work: str, settings: Settings, stopping: Connection) -> None:
    start_logging()
    module, _, function = work.partition(":")
    getattr(import_module(module), function)(settings, stopping)
