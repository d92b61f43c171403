"""Building the site from the admin: one build at a time, which all workers can follow."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from linkmgr.fs.atomic import replace_quickly
from linkmgr.fs.lock import locked
from linkmgr.messages.errors import LinkmgrError
from linkmgr.site_index.service.builds import BuildSummary
from linkmgr.site_index.service.client import SiteIndexClient

# What the build says of itself stands in a file; who makes it holds the lock.
_STATE, _LOCK = "build.json", "build.lock"

# Seconds: longer than whoever looks holds the lock.
_PATIENCE = 0.2

INTERRUPTED = "the server stopped during the build: build again"
"""The error of a build that nobody ended."""


@dataclass(frozen=True, slots=True)
class Run:
    """A build that was begun at `started` (seconds since 1970), and how far it is.

    While it goes on `ended` is `None`. Then there is what it did, or the `error` instead.
    """

    started: float
    what: str = ""
    done: int = 0
    total: int = 0
    ended: float | None = None
    built: BuildSummary | None = None
    error: str = ""


def start(site: SiteIndexClient, instance: Path) -> bool:
    """Begin a build, which goes on in a thread; `False` where one goes on already.

    Raise LinkmgrError where the instance's folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(instance / _LOCK, _PATIENCE))
        except TimeoutError:
            return False
        except OSError as error:
            raise LinkmgrError(f"{instance / _LOCK}: cannot be made: {error.strerror}") from error
        run = Run(time.time())
        _write(instance, run)
        thread = threading.Thread(
            target=_build, args=(site, instance, run, stack.pop_all()), name="build", daemon=True
        )
        thread.start()
    return True


def last_run(instance: Path) -> Run | None:
    """Return the build that was begun last, `None` if there was none."""
    run = _read(instance)
    if run and run.ended is None and not _goes_on(instance):
        run = _read(instance)  # what ends meanwhile says so first
        if run and run.ended is None:
            return replace(run, ended=run.started, error=INTERRUPTED)
    return run


def _read(instance: Path) -> Run | None:
    try:
        values = json.loads((instance / _STATE).read_bytes())
        return Run(**values | {"built": values["built"] and _built(values["built"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _goes_on(instance: Path) -> bool:
    try:
        with locked(instance / _LOCK, 0, shared=True):
            return False
    except TimeoutError:
        return True
    except OSError:  # nobody holds what is not there
        return False


def _build(site: SiteIndexClient, instance: Path, run: Run, lock: ExitStack) -> None:
    with lock:
        for now in _runs(site, run):
            with suppress(LinkmgrError):  # a full disk, of which the build says more
                _write(instance, now)


def _runs(site: SiteIndexClient, run: Run) -> Iterator[Run]:
    try:
        for told in site.build():
            if isinstance(told, BuildSummary):
                run = replace(run, built=told)
            else:
                run = replace(run, what=told.what, done=told.done, total=told.total)
                yield run
    except LinkmgrError as error:
        run = replace(run, error=str(error))
    yield replace(run, ended=time.time())


def _write(instance: Path, run: Run) -> None:
    replace_quickly(instance / _STATE, json.dumps(asdict(run)).encode())


def _built(values: dict[str, Any]) -> BuildSummary:
    return BuildSummary(**values | {"warnings": tuple(values["warnings"])})
