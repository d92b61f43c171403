"""Builds of the site, each in a process of its own: it may fork, and its memory goes with it."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from linkmgr.builder.result import BuildResult
from linkmgr.builder.run import build
from linkmgr.messages.errors import LinkmgrError, Problem
from linkmgr.messages.message import Message, message
from linkmgr.site_index.index.snapshot import SitePaths

_T = TypeVar("_T")

# Seconds between two progress messages.
_PAUSE = 0.2
# Seconds after which the last progress is sent again: the client gives a silent build up.
_SILENCE = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step of some work has come."""

    what: Message
    done: int
    total: int

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {"what": self.what.to_json(), "done": self.done, "total": self.total}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Progress":
        """Return the progress that `to_json` gave."""
        return cls(Message.from_json(values["what"]), values["done"], values["total"])


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a build did, `seconds` of wall time."""

    posts: int
    with_blocks: int
    written: int
    deleted: int
    warnings: tuple[Problem, ...]
    seconds: float

    @classmethod
    def of(cls, result: BuildResult) -> "BuildSummary":
        """Summarize the result of a build."""
        return cls(
            result.posts,
            result.with_blocks,
            len(result.written),
            len(result.deleted),
            result.warnings,
            result.seconds,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return asdict(self) | {"warnings": [warning.to_json() for warning in self.warnings]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "BuildSummary":
        """Return the summary that `to_json` gave."""
        return cls(**values | {"warnings": tuple(map(Problem.from_json, values["warnings"]))})


OnProgress = Callable[[Progress], None]

BEGINNING = Progress(message("build.starting"), 0, 0)
"""The progress of a build before its first step."""


class Builder:
    """Builds one site, or checks what a build would do, one at a time."""

    def __init__(self, paths: SitePaths) -> None:
        self._paths = paths
        self._turn = threading.Lock()
        self._building = threading.Lock()

    @property
    def building(self) -> bool:
        """Whether a build is running."""
        return self._building.locked()

    def build(self, on_progress: OnProgress) -> BuildResult:
        """Build. Raise LinkmgrError."""
        if not self._building.acquire(blocking=False):
            raise LinkmgrError(message("site_index.already-building"))
        try:
            while not self._turn.acquire(timeout=_SILENCE):
                on_progress(BEGINNING)
            try:
                return self._run(on_progress, check=False)
            finally:
                self._turn.release()
        finally:
            self._building.release()

    def check(self) -> BuildResult:
        """Return what a build would do. Raise LinkmgrError."""
        with self._turn:
            return self._run(lambda _: None, check=True)

    def _run(self, on_progress: OnProgress, *, check: bool) -> BuildResult:
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(
            target=_build_site, args=(self._paths, check, sender), name="build"
        )
        process.start()
        sender.close()
        last = BEGINNING
        try:
            while True:
                if not receiver.poll(_SILENCE):
                    on_progress(last)
                    continue
                received: Progress | BuildResult | LinkmgrError = receiver.recv()
                if isinstance(received, LinkmgrError):
                    raise received
                if isinstance(received, BuildResult):
                    return received
                last = received
                on_progress(received)
        except EOFError:
            raise LinkmgrError(message("site_index.build-killed")) from None
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


def _build_site(paths: SitePaths, check: bool, sender: Connection) -> None:  # noqa: FBT001 - passed by Process
    try:
        track = ProgressTrack(sender.send)
        result = build(paths.root, catalog_file=paths.catalog_file, check=check, track=track)
    except LinkmgrError as error:
        sender.send(error)
    except OSError as error:
        sender.send(LinkmgrError(message("site_index.build-failed", error=str(error))))
    else:
        sender.send(result)
