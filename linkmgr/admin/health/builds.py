"""Building the site from the admin: one build at a time, which all workers can follow."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from linkmgr.fs.atomic import replace_quickly, wrap_write_errors
from linkmgr.fs.lock import locked
from linkmgr.messages.errors import LinkmgrError, Problem, error_from_json
from linkmgr.messages.message import message
from linkmgr.site_index.service.builds import BEGINNING, BuildSummary, Progress
from linkmgr.site_index.service.client import SiteIndexClient

# The build writes its state to a file, and has the lock while it runs.
_STATE, _LOCK = "build.json", "build.lock"

# Seconds: longer than a reader has the lock.
_PATIENCE = 0.2

_INTERRUPTED = LinkmgrError(message("admin.build-interrupted"))
_EARLIER = message("admin.build-of-earlier-version")


@dataclass(frozen=True, slots=True)
class Run:
    """A build that began at `started` (seconds since 1970), and how far it is.

    While it runs, `ended` is `None`. Then there is what it did, or instead the `error`.
    """

    started: float
    progress: Progress = BEGINNING
    ended: float | None = None
    built: BuildSummary | None = None
    error: LinkmgrError | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {
            "started": self.started,
            **self.progress.to_json(),
            "ended": self.ended,
            "built": self.built and self.built.to_json(),
            "error": self.error.to_json() if self.error else [],
        }

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


def start(site: SiteIndexClient, instance: Path) -> bool:
    """Begin a build, which goes on in a thread; `False` where one goes on already.

    Raise LinkmgrError where the instance's folder cannot be written.
    """
    with ExitStack() as stack:
        with wrap_write_errors(instance / _LOCK):
            try:
                stack.enter_context(locked(instance / _LOCK, _PATIENCE))
            except TimeoutError:
                return False
        run = Run(time.time())
        _write(instance, run)
        thread = threading.Thread(
            target=_build,
            args=(site, instance, run, stack.pop_all()),
            name="build",
            daemon=True,
        )
        thread.start()
    return True


def last_run(instance: Path) -> Run | None:
    """Return the build that was begun last, `None` if there was none."""
    run = _read(instance)
    if run and run.ended is None and not _goes_on(instance):
        run = _read(instance)  # it may have ended by now
        if run and run.ended is None:
            return replace(run, ended=run.started, error=_INTERRUPTED)
    return run


def _read(instance: Path) -> Run | None:
    try:
        return Run.from_json(_in_codes(json.loads((instance / _STATE).read_bytes())))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _in_codes(values: dict[str, Any]) -> dict[str, Any]:
    """Return a stored run whose texts, if an earlier version worded them, point to a new build."""
    if not isinstance(values["what"], str):
        return values
    built, error = values["built"], values["error"]
    if built and built["warnings"]:
        built = built | {"warnings": [Problem.at(_STATE, 0, "", _EARLIER).to_json()]}
    if isinstance(error, str) and error:
        error = [_EARLIER.to_json()]
    return values | {"what": BEGINNING.what.to_json(), "built": built, "error": error}


def _goes_on(instance: Path) -> bool:
    try:
        with locked(instance / _LOCK, 0, shared=True):
            return False
    except TimeoutError:
        return True
    except OSError:  # there is no lock yet
        return False


def _build(site: SiteIndexClient, instance: Path, run: Run, lock: ExitStack) -> None:
    with lock:
        for now in _runs(site, run):
            with suppress(LinkmgrError):  # a full disk, which the build reports itself
                _write(instance, now)


def _runs(site: SiteIndexClient, run: Run) -> Iterator[Run]:
    try:
        for state in site.build():
            if isinstance(state, BuildSummary):
                run = replace(run, built=state)
            else:
                run = replace(run, progress=state)
                yield run
    except LinkmgrError as error:
        run = replace(run, error=error)
    yield replace(run, ended=time.time())


def _write(instance: Path, run: Run) -> None:
    replace_quickly(instance / _STATE, json.dumps(run.to_json()).encode())
