"""Work on the site from the admin: one run of each kind at a time, which all workers can follow."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from linkmgr.fs import locked, replace_quickly, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError, error_from_json
from linkmgr.messages.message import Message, message
from linkmgr.site_index.service.builds import BuildSummary
from linkmgr.site_index.service.work import BEGINNING, Progress

# Seconds: longer than a reader holds the lock.
_PATIENCE = 0.2


@dataclass(frozen=True, slots=True)
class Run:
    """A build, check or register that began at `started` (seconds since 1970), and how far it is.

    While it runs, `ended` is `None`. Afterwards there is what a build did, or else the `error`.
    """

    started: float
    progress: Progress = BEGINNING
    ended: float | None = None
    built: BuildSummary | None = None
    error: LinkmgrError | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "started": self.started,
            **self.progress.to_json(),
            "ended": self.ended,
            "built": self.built and self.built.to_json(),
            "error": self.error.to_json() if self.error else [],
        }

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended yet."""
        return self.ended is None

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Run":
        """Return the run that `to_json` gave."""
        built, error = values["built"], values["error"]
        return cls(
            started=values["started"],
            progress=Progress.from_json(values),
            ended=values["ended"],
            built=BuildSummary.from_json(built) if built else None,
            error=error_from_json(error) if error else None,
        )


Work = Callable[[], Iterator[Progress | BuildSummary]]


@dataclass(frozen=True, slots=True)
class Runs:
    """One kind of work on the site. `name` names its files, `interrupted` says that it was stopped.

    A run writes its state to a file, and has a lock while it goes on.
    """

    name: str
    interrupted: Message

    def start(self, instance: Path, work: Work) -> bool:
        """Begin a run in a thread; `False` where one is already going on.

        Raise LinkmgrError where the instance's folder cannot be written.
        """
        with ExitStack() as stack:
            with wrap_write_errors(self._lock(instance)):
                try:
                    stack.enter_context(locked(self._lock(instance), _PATIENCE))
                except TimeoutError:
                    return False
            run = Run(time.time())
            self._write(instance, run)
            thread = threading.Thread(
                target=self._run,
                args=(work, instance, run, stack.pop_all()),
                name=self.name,
                daemon=True,
            )
            thread.start()
        return True

    def last(self, instance: Path) -> Run | None:
        """Return the run that was begun last, `None` if there was none."""
        run = self._read(instance)
        if run and run.ended is None and not self._goes_on(instance):
            run = self._read(instance)  # it may have ended by now
            if run and run.ended is None:
                return replace(run, ended=run.started, error=LinkmgrError(self.interrupted))
        return run

    def _state(self, instance: Path) -> Path:
        return instance / f"{self.name}.json"

    def _lock(self, instance: Path) -> Path:
        return instance / f"{self.name}.lock"

    def _read(self, instance: Path) -> Run | None:
        try:
            return Run.from_json(json.loads(self._state(instance).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _goes_on(self, instance: Path) -> bool:
        try:
            with locked(self._lock(instance), 0, shared=True):
                return False
        except TimeoutError:
            return True
        except OSError:  # there is no lock yet
            return False

    def _run(self, work: Work, instance: Path, run: Run, lock: ExitStack) -> None:
        with lock:
            for now in _states(work, run):
                with suppress(LinkmgrError):  # a full disk, which the work reports itself
                    self._write(instance, now)

    def _write(self, instance: Path, run: Run) -> None:
        replace_quickly(self._state(instance), json.dumps(run.to_json()).encode())


BUILDS = Runs("build", message("admin.build-interrupted"))
CHECKS = Runs("check", message("admin.check-interrupted"))
LOOKS = Runs("look", message("admin.check-interrupted"))
"""Checks that look at the shops' pages, too."""
REGISTERS = Runs("placements", message("admin.placements-interrupted"))

KINDS = {runs.name: runs for runs in (BUILDS, CHECKS, LOOKS, REGISTERS)}


def _states(work: Work, run: Run) -> Iterator[Run]:
    try:
        for state in work():
            if isinstance(state, BuildSummary):
                run = replace(run, built=state)
            else:
                run = replace(run, progress=state)
                yield run
    except LinkmgrError as error:
        run = replace(run, error=error)
    yield replace(run, ended=time.time())
