"""Builds of the site, each in a process of its own: it may fork, and its memory goes with it."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

from linkmgr.builder.result import BuildResult
from linkmgr.builder.run import build
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.index.location import Place

_T = TypeVar("_T")

# Seconds between two words on how far a build has come.
_PAUSE = 0.2
# Seconds after which the last word is said again: who listens gives a silent one up.
_SILENCE = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step of some work has come."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did; `seconds` of wall time."""

    posts: int
    with_blocks: int
    written: int
    deleted: int
    warnings: tuple[str, ...]
    seconds: float

    @classmethod
    def of(cls, report: BuildResult) -> "Built":
        """Say what a build reports in short."""
        return cls(
            report.posts,
            report.with_blocks,
            len(report.written),
            len(report.deleted),
            tuple(map(str, report.warnings)),
            report.seconds,
        )


Say = Callable[[Progress], None]

_BEGINNING = Progress("", 0, 0)


class Builder:
    """Builds one site, or looks what a build would do, once at a time."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._turn = threading.Lock()
        self._building = threading.Lock()

    @property
    def building(self) -> bool:
        """Whether a build is running."""
        return self._building.locked()

    def build(self, say: Say) -> BuildResult:
        """Build. Raise LinkmgrError."""
        if not self._building.acquire(blocking=False):
            raise LinkmgrError("the site is being built already: wait for it to end")
        try:
            while not self._turn.acquire(timeout=_SILENCE):
                say(_BEGINNING)
            try:
                return self._build(say, check=False)
            finally:
                self._turn.release()
        finally:
            self._building.release()

    def check(self) -> BuildResult:
        """Return what a build would do. Raise LinkmgrError."""
        with self._turn:
            return self._build(lambda _: None, check=True)

    def _build(self, say: Say, *, check: bool) -> BuildResult:
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(self._place, check, sender), name="build")
        process.start()
        sender.close()
        last = _BEGINNING
        try:
            while True:
                if not receiver.poll(_SILENCE):
                    say(last)
                    continue
                told: Progress | BuildResult | LinkmgrError = receiver.recv()
                if isinstance(told, LinkmgrError):
                    raise told
                if isinstance(told, BuildResult):
                    return told
                last = told
                say(told)
        except EOFError:
            raise LinkmgrError("the build was ended from outside; run it again") from None
        finally:
            receiver.close()
            process.join()


class Tracking:
    """A `Track` that says every now and then how far it has come."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._said = time.monotonic()

    def __call__(self, items: Iterable[_T], what: str, total: int) -> Iterable[_T]:
        """Yield each of `total` items while `what` is being done."""
        for done, item in enumerate(items):
            now = time.monotonic()
            if now > self._said + _PAUSE:
                self._said = now
                self._say(Progress(what, done, total))
            yield item


def _run(place: Place, check: bool, sender: Connection) -> None:  # noqa: FBT001 - passed by Process
    try:
        track = Tracking(sender.send)
        report = build(place.root, catalog_file=place.catalog_file, check=check, track=track)
    except (LinkmgrError, OSError) as error:
        sender.send(LinkmgrError(str(error)))
    else:
        sender.send(report)
