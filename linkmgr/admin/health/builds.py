"""Building the site from the admin: one build at a time, which all workers can follow."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from contextvars import copy_context
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from linkmgr.fs.atomic import replace_quickly
from linkmgr.fs.lock import locked
from linkmgr.messages.errors import LinkmgrError, error_from_json
from linkmgr.messages.message import message
from linkmgr.site_index.service.builds import BuildSummary
from linkmgr.site_index.service.client import SiteIndexClient

# The build writes its state to a file, and has the lock while it runs.
_STATE, _LOCK = "build.json", "build.lock"

# Seconds: longer than a reader has the lock.
_PATIENCE = 0.2

_INTERRUPTED = LinkmgrError(message("admin.build-interrupted"))


@dataclass(frozen=True, slots=True)
class Run:
    """A build that began at `started` (seconds since 1970), and how far it is.

    While it runs, `ended` is `None`. Then there is what it did, or instead the `error` in the
    current language.
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
            path, reason = str(instance / _LOCK), str(error.strerror)
            raise LinkmgrError(message("fs.unwritable", path=path, reason=reason)) from error
        run = Run(time.time())
        _write(instance, run)
        thread = threading.Thread(
            # Its warnings are in the language of this request.
            target=copy_context().run,
            args=(_build, site, instance, run, stack.pop_all()),
            name="build",
            daemon=True,
        )
        thread.start()
    return True


def last_run(instance: Path) -> Run | None:
    """Return the build that was begun last, `None` if there was none."""
    run = _read(instance)
    if run and run.ended is None and not _goes_on(instance):
        run = _read(instance)  # it may have ended meanwhile
        if run and run.ended is None:
            return replace(run, ended=run.started, error=_INTERRUPTED.worded())
    return run


def _read(instance: Path) -> Run | None:
    try:
        values = json.loads((instance / _STATE).read_bytes())
        built, error = values["built"], values["error"]
        if built:
            built = BuildSummary(**built | {"warnings": tuple(built["warnings"])})
        error = error_from_json(error).worded() if error else ""
        return Run(**values | {"built": built, "error": error})
    except (OSError, ValueError, KeyError, TypeError):
        return None


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
        for now, error in _runs(site, run):
            with suppress(LinkmgrError):  # a full disk, which the build reports itself
                _write(instance, now, error)


def _runs(site: SiteIndexClient, run: Run) -> Iterator[tuple[Run, LinkmgrError | None]]:
    failure = None
    try:
        for state in site.build():
            if isinstance(state, BuildSummary):
                run = replace(run, built=state)
            else:
                run = replace(run, what=state.what, done=state.done, total=state.total)
                yield run, None
    except LinkmgrError as error:
        failure = error
    yield replace(run, ended=time.time()), failure


def _write(instance: Path, run: Run, error: LinkmgrError | None = None) -> None:
    values = asdict(run) | {"error": error.to_json() if error else []}
    replace_quickly(instance / _STATE, json.dumps(values).encode())
