"""Work on the site in a process of its own, which says how far it is: a build, a check."""

import multiprocessing
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message

_T = TypeVar("_T")
_P = ParamSpec("_P")

# Seconds between two progress messages.
_PAUSE = 0.2

SILENCE = 5.0
"""Seconds after which the last progress is sent again: the client gives up on silent work."""


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


OnProgress = Callable[[Progress], None]

BEGINNING = Progress(message("build.starting"), 0, 0)
"""The progress of work before its first step."""


def run_in_process(
    work: Callable[Concatenate[OnProgress, _P], _T],
    on_progress: OnProgress,
    killed: Message,
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> _T:
    """Do some work in a new process, which may fork and gives its memory back.

    `work` is a function of a module. Raise the LinkmgrError that it raises, and one with `killed`
    where its process was ended.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_work, args=(sender, work, args, kwargs), name=work.__name__.strip("_")
    )
    process.start()
    sender.close()
    last = BEGINNING
    try:
        while True:
            if not receiver.poll(SILENCE):
                on_progress(last)
                continue
            match receiver.recv():
                case Progress() as last:
                    on_progress(last)
                case LinkmgrError() as error:
                    raise error
                case _Done(result):
                    return cast("_T", result)
    except EOFError:
        raise LinkmgrError(killed) from None
    finally:
        receiver.close()
        process.join()


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


@dataclass(frozen=True, slots=True)
class _Done:
    result: Any


def _work(
    sender: Connection,
    work: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    try:
        result = work(sender.send, *args, **kwargs)
    except LinkmgrError as error:
        sender.send(error)
    else:
        sender.send(_Done(result))
