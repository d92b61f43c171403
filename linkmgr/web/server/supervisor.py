"""The processes beside the main one: each is started again when it ends, until it must stop."""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

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
        for descriptor in (self._received, received):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(received)
        for number in _HANDLED:
            # `nohup` has SIGHUP ignored.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)

    def wait(self, seconds: float | None) -> None:
        """Wait for the next of them, or for a number of seconds."""
        select.select([self._received], [], [], seconds)
        with suppress(BlockingIOError):
            self.must_stop |= not {*_STOPS}.isdisjoint(os.read(self._received, 4096))


@dataclass(frozen=True, slots=True)
class Child:
    """A process to be kept running."""

    name: str
    """What the log calls it."""
    command: Sequence[str]
    """The arguments of Python."""
    deadline: float
    """Seconds in which it ends once it is stopped; it is killed `LATE` later."""
    by_signal: bool = True
    """Whether SIGTERM stops it, too, and not only the byte at its standard input."""


def supervise(
    signals: Signals,
    groups: Sequence[Sequence[Child]],
    environment: Mapping[str, str],
    note_end: Callable[[str], None] = lambda _: None,
) -> None:
    """Keep processes running until this one must stop, and then end them, one group at a time.

    Those of a group end together. A later group is there for the ones before it. `note_end` is told
    the name of each process that ends by itself and is started again.
    """
    supervised = [
        [_Supervised(child, environment, note_end) for child in group] for group in groups
    ]
    everyone = [process for group in supervised for process in group]

    def wait_until(is_so: Callable[[], bool]) -> None:
        while True:
            for process in everyone:
                process.look_after()
            if is_so():
                return
            due = min(process.due for process in everyone)
            signals.wait(None if due == _NEVER else max(due - time.monotonic(), 0.0))

    wait_until(lambda: signals.must_stop)
    for group in supervised:
        for process in group:
            process.end()
        wait_until(partial(_have_ended, group))


def _have_ended(group: "Sequence[_Supervised]") -> bool:
    return not any(process.is_running for process in group)


_NEVER = float("inf")


class _Supervised:
    """A process and its successors."""

    def __init__(
        self, child: Child, environment: Mapping[str, str], note_end: Callable[[str], None]
    ) -> None:
        self.due = 0.0
        """When the next process is to be started or, once it must end, this one killed."""
        self._child = child
        self._environment = environment
        self._note_end = note_end
        self._process: subprocess.Popen[bytes] | None = None
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
        self.due = _NEVER
        if self._process and self._process.stdin:
            self.due = time.monotonic() + self._child.deadline + LATE
            with suppress(BrokenPipeError):  # it has ended by itself
                self._process.stdin.write(b".")
            if self._child.by_signal:
                self._process.terminate()

    def look_after(self) -> None:
        """Notice whether the process has ended, and do what is due."""
        if self._process and self._process.poll() is not None:
            self._note_its_end(self._process)
        if self.due > time.monotonic():
            return
        self.due = _NEVER
        if self._process:
            name = self._child.name
            _log.error("%s does not end and is killed; what it left is done later", name)
            os.killpg(self._process.pid, signal.SIGKILL)  # with the worker of granian's
        else:
            self._start()

    def _note_its_end(self, process: "subprocess.Popen[bytes]") -> None:
        code = process.returncode
        if process.stdin:
            process.stdin.close()
        self._process = None
        self.due = _NEVER
        if not self._must_end:
            name = self._child.name
            _log.error("%s has ended and is started again", name, extra={"code": code})
            self._note_end(name)
            self._pause_before_next()

    def _start(self) -> None:
        self._started = time.monotonic()
        try:
            # By a pipe, which the system closes when this process is gone. In a group of its own it
            # gets no Ctrl-C and no hangup, which are for this process alone.
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-P", *self._child.command],
                stdin=subprocess.PIPE,
                bufsize=0,
                env=self._environment,
                process_group=0,
            )
            self._failed = False
        except OSError as error:  # no memory, or too many processes
            if not self._failed:
                _log.error("%s cannot be started: %s", self._child.name, error.strerror)
            self._failed = True
            self._pause_before_next()

    def _pause_before_next(self) -> None:
        now = time.monotonic()
        is_steady = now - self._started >= _STEADY
        pause = 0.0 if is_steady else min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        self._pause, self.due = pause, now + pause
