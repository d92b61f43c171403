"""Work on the site in a process of its own, and how far work has come."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, ParamSpec, TypeVar

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message
from linkmgr.store.instance.folder import site_umask
from linkmgr.store.jobs import Progress

_T = TypeVar("_T")
_P = ParamSpec("_P")

# Seconds between two progress messages.
_PAUSE = 0.2


OnProgress = Callable[[Progress], None]

_running: set[BaseProcess] = set()


def run_in_process(
    work: Callable[_P, _T], killed: Message, *args: _P.args, **kwargs: _P.kwargs
) -> _T:
    """Do some work in a new process, which may fork and gives its memory back.

    `work` is a function of a module. Raise the LinkmgrError that it raises, and one with `killed`
    where its process was ended.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_work, args=(sender, site_umask(), work, args, kwargs), name=work.__name__.strip("_")
    )
    process.start()
    _running.add(process)
    sender.close()
    try:
        received: _T | LinkmgrError = receiver.recv()
    except EOFError:
        raise LinkmgrError(killed) from None
    finally:
        receiver.close()
        process.join()
        _running.discard(process)
    if isinstance(received, LinkmgrError):
        raise received
    return received


def end_all_work() -> None:
    """End the processes of all work that goes on."""
    for process in tuple(_running):
        process.terminate()


class ProgressTrack:
    """A `Track` that reports from time to time how far it has come."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._reported = time.monotonic()

    def __call__(self, items: Iterable[_T], what: Message, total: int) -> Iterable[_T]:
        """Yield each of `total` items while `what` is being done."""
        for done, item in enumerate(items):
            now = time.monotonic()
            if now > self._reported + _PAUSE:
                self._reported = now
                self._on_progress(Progress(what, done, total))
            yield item


def _work(
    sender: Connection,
    umask: int,
    work: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    os.umask(umask)
    try:
        result = work(*args, **kwargs)
    except LinkmgrError as error:
        result = error
    sender.send(result)
