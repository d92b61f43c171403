"""The processes beside the main one: each is started again when it ends, until it must stop."""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

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
        self._wakeup_before = signal.set_wakeup_fd(received)
        self._handlers_before = {}
        for number in _HANDLED:
            # `nohup` has SIGHUP ignored.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers_before[number] = signal.signal(number, lambda *_: None)

    def release(self) -> None:
        """Leave the signals to whoever had them before."""
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)

    def wait(self, seconds: float | None, *pipes: IO[bytes]) -> None:
        """Wait for the next of them, for something to read in a pipe, or for some seconds."""
        select.select([self._received, *(pipe.fileno() for pipe in pipes)], [], [], seconds)
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
    reporting: Sequence[str] = ()
    """The arguments of Python until it has reported, once, by its standard output."""


class Supervisor:
    """Keeps processes running until this one must stop.

    `note_end` is told the name of each process that ends by itself and is started again.
    """

    def __init__(
        self,
        signals: Signals,
        environment: Mapping[str, str],
        note_end: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._signals = signals
        self._environment = environment
        self._note_end = note_end
        self._processes: dict[str, _Supervised] = {}

    def start(self, children: Iterable[Child]) -> None:
        """Start those that were not started yet, and keep them running from now on."""
        for child in children:
            if child.name in self._processes:
                continue
            process = _Supervised(child, self._environment, self._note_end)
            self._processes[child.name] = process
            process.look_after()

    def report_of(self, child: Child) -> bytes:
        """Wait for what a process reports, and return it; nothing if this one must stop."""
        process = self._processes[child.name]
        self._wait_until(lambda: self._signals.must_stop or bool(process.report))
        return process.report

    def run(self) -> None:
        """Keep the processes running until this one must stop."""
        self._wait_until(lambda: self._signals.must_stop)

    def end(self, children: Iterable[Child]) -> None:
        """End those of these processes that were started, together, and wait until they have."""
        names = {child.name for child in children}
        ending = [process for name, process in self._processes.items() if name in names]
        for process in ending:
            process.end()
        self._wait_until(lambda: not any(process.is_running for process in ending))

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        processes = self._processes.values()
        while True:
            for process in processes:
                process.look_after()
            if is_so():
                return
            due = min((process.due for process in processes), default=_NEVER)
            pipes = [process.output for process in processes if process.output]
            self._signals.wait(None if due == _NEVER else max(due - time.monotonic(), 0.0), *pipes)


_NEVER = float("inf")


class _Supervised:
    """A process and its successors."""

    def __init__(
        self, child: Child, environment: Mapping[str, str], note_end: Callable[[str], None]
    ) -> None:
        self.due = 0.0
        """When the next process is to be started or, once it must end, this one killed."""
        self.output: IO[bytes] | None = None
        """Where its report is read, until its end."""
        self.report = b""
        self._child = child
        self._environment = environment
        self._note_end = note_end
        self._process: subprocess.Popen[bytes] | None = None
        self._must_end = False
        self._started = 0.0
        self._pause = 0.0
        self._failed = False
        self._reported = bytearray()

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
        """Read what it reports, notice whether the process has ended, and do what is due."""
        if self.output:
            self._read_report(self.output)
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

    def _read_report(self, output: IO[bytes]) -> None:
        """Read what there is of the report, which ends with the pipe."""
        with suppress(BlockingIOError):
            while part := os.read(output.fileno(), 65_536):
                self._reported += part
            output.close()
            self.output = None
            self.report = bytes(self._reported)

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
        is_reporting = bool(self._child.reporting and not self.report)
        command = self._child.reporting if is_reporting else self._child.command
        try:
            # By a pipe, which the system closes when this process is gone. In a group of its own it
            # gets no Ctrl-C and no hangup, which are for this process alone.
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-P", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if is_reporting else None,
                bufsize=0,
                env=self._environment,
                process_group=0,
            )
            self._failed = False
            if self._process.stdout:
                self.output = self._process.stdout
                os.set_blocking(self.output.fileno(), False)
                self._reported.clear()
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
