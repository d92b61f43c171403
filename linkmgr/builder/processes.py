"""Long work: showing progress, stopping on signals, using all processors."""

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from types import FrameType
from typing import Protocol, Self, TypeVar

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message

T = TypeVar("T")


class Track(Protocol):
    """Passes on what it iterates over, and shows how far it has come."""

    def __call__(self, items: Iterable[T], what: Message, total: int) -> Iterable[T]:
        """Yield each of `total` items while `what` is being done."""
        ...


def silently(items: Iterable[T], what: Message, total: int) -> Iterable[T]:  # noqa: ARG001
    """Track without showing anything."""
    return items


# Ctrl-C and SIGTERM for a command that runs until it is stopped.

ENDING = (signal.SIGINT, signal.SIGTERM)
"""The signals that end a command."""


class Stop:
    """Whether this process must end.

    A `KeyboardInterrupt` alone does not say so: Python drops one that is raised in a finalizer or a
    callback, and raises none where the signal was ignored when the process started, as a shell has
    it for what a script starts in the background.
    """

    def __init__(self) -> None:
        # Plain attributes: a lock, such as an Event's, could be held by what the signal interrupts.
        self._is_set = False
        self._interrupts = False

    @classmethod
    def on_signals(cls) -> Self:
        """Return a stop that SIGINT and SIGTERM set; a second signal ends the process."""
        stop = cls()
        for signals in ENDING:
            signal.signal(signals, stop._on_signal)
        return stop

    def is_set(self) -> bool:
        """Whether a signal has come."""
        return self._is_set

    def interruptible(self, action: Callable[[], object]) -> None:
        """Do something that a signal may interrupt, or nothing if one has come already."""
        try:
            self._interrupts = True
            if not self._is_set:
                action()
            self._interrupts = False
        except KeyboardInterrupt:
            self._is_set = True
        finally:
            self._interrupts = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._is_set:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self._is_set = True
        if self._interrupts:
            self._interrupts = False
            raise KeyboardInterrupt


# Work on all processors: the same function over ranges of one sequence, results in order.

R = TypeVar("R")

Work = Callable[[int, int], Sequence[R]]
"""Takes a range (start, stop) of the sequence and returns its results."""

# Large enough that passing results on costs little, small enough that progress is seen.
_RANGE = 64
# Below this many elements the work is done before other processes have begun theirs.
_FEWEST = 512


def in_parallel(work: Work[R], number: int) -> Iterator[R]:
    """Yield the results of `work` over all of `number` elements, in their order.

    The workers are forks: they see what `work` refers to as it is now, and only results, which must
    be picklable, pass between processes. Where forking is not safe (it is on Linux alone) the work
    is done here. An error in a worker is raised here.
    """
    ranges = [(start, min(start + _RANGE, number)) for start in range(0, number, _RANGE)]
    workers = _processors() if sys.platform == "linux" and number >= _FEWEST else 1
    if workers == 1:
        for start, stop in ranges:
            yield from work(start, stop)
        return
    context = multiprocessing.get_context("fork")
    gc.freeze()  # a collection in a worker would copy every page that it shares with this process
    receivers: list[Connection] = []
    processes = []
    try:
        for worker in range(workers):
            receiver, sender = context.Pipe(duplex=False)
            receivers.append(receiver)
            process = context.Process(
                target=_serve, args=(work, ranges[worker::workers], sender, receivers), daemon=True
            )
            # A worker never hears Ctrl-C: the parent does, and ends its workers. SIGTERM waits
            # until the worker has put off the handler that it inherits.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
            try:
                signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
                process.start()
                processes.append(process)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            sender.close()
        for turn in range(len(ranges)):
            yield from _received(receivers[turn % workers])
    finally:
        for process in processes:
            process.terminate()
            process.join()
        for receiver in receivers:
            receiver.close()
        gc.unfreeze()


def _processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _serve(
    work: Work[R],
    ranges: Sequence[tuple[int, int]],
    sender: Connection,
    receivers: Sequence[Connection],
) -> None:
    """Do a worker's share; once its reader is gone, sending ends it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    gc.disable()  # a worker is gone before its garbage could matter
    for receiver in receivers:
        receiver.close()
    with suppress(BrokenPipeError):
        try:
            for start, stop in ranges:
                sender.send(work(start, stop))
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in the parent
            sender.send(error)


def _received(receiver: Connection) -> Sequence[R]:
    try:
        received: Sequence[R] | Exception = receiver.recv()
    except (EOFError, OSError):  # between two results, or within one
        raise LinkmgrError(message("build.worker-ended")) from None
    if isinstance(received, Exception):
        raise received
    return received
