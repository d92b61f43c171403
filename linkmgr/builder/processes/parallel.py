"""Work on all processors: the same function over ranges of one sequence, results in order."""

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TypeVar

from linkmgr.builder.processes.stop import ENDING
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

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
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _serve(
    work: Work[R],
    ranges: Sequence[tuple[int, int]],
    sender: Connection,
    receivers: Sequence[Connection],
) -> None:
    """Do a worker's share. It waits for nobody: when its reader is gone, sending ends it."""
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
