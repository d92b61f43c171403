"""Work on the site in a process of its own, which says how far it is: a build, a check."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message
from linkmgr.store.instance.folder import site_umask

_T = TypeVar("_T")
_P = ParamSpec("_P")

# Seconds between two progress messages.
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step of some work has come."""

    what: Message
    done: int
    total: int

    def to_json(self) -> dict[str, Any]:
        return {"what": self.what.to_json(), "done": self.done, "total": self.total}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Progress":
        """Return the progress that `to_json` gave."""
        return cls(Message.from_json(values["what"]), values["done"], values["total"])


@dataclass(frozen=True, slots=True)
class Done(Generic[_T]):
    """The end of some work."""

    result: _T


OnProgress = Callable[[Progress], None]

BEGINNING = Progress(message("build.starting"), 0, 0)
"""The progress of work before its first step."""


_running: set[BaseProcess] = set()


def steps_in_process(
    work: Callable[Concatenate[OnProgress, _P], _T],
    killed: Message,
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> Iterator[Progress | Done[_T]]:
    """Do some work in a new process, which may fork and gives its memory back.

    Yield its progress and at last what it has done. `work` is a function of a module. Raise the
    LinkmgrError that it raises, and one with `killed` where its process was ended.
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
        while True:
            received = receiver.recv()
            if isinstance(received, LinkmgrError):
                raise received
            yield received
            if isinstance(received, Done):
                return
    except EOFError:
        raise LinkmgrError(killed) from None
    finally:
        receiver.close()
        process.join()
        _running.discard(process)


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
        result = work(sender.send, *args, **kwargs)
    except LinkmgrError as error:
        sender.send(error)
    else:
        sender.send(Done(result))
