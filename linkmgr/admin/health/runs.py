"""Work on the site from the admin: one run of each kind at a time, which all workers can follow.

Also the page of one kind, a check of the built pages.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin, page_number
from linkmgr.admin.common.template_helpers import age
from linkmgr.check.last_result import SavedFinding, load_last_result
from linkmgr.fs import locked, replace_quickly, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError, error_from_json
from linkmgr.messages.message import Message, message, word
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
REGISTERS = Runs("placements", message("admin.placements-interrupted"))


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


# The page of a check: how far it is, and all that the last one found.

PAGE = 50
"""Findings on a page."""


def by_file(findings: Iterable[SavedFinding]) -> list[SavedFinding]:
    """Group the findings by file, sorted by line for editing; keep the files' order."""
    listed = list(findings)
    files = list(dict.fromkeys(each.file for each in listed))
    return sorted(listed, key=lambda each: (files.index(each.file), each.line))


def show() -> str:
    """Show how far the check is, or else what the last one found, by source file."""
    admin = get_admin()
    run = CHECKS.last(admin.settings.instance)
    checked = load_last_result(admin.settings.site_folder)
    found = by_file(checked.findings) if checked else []
    last = max(1, -(-len(found) // PAGE))
    number = min(page_number(), last)
    return render_template(
        "health/check.html",
        run=run,
        goes_on=run is not None and run.ended is None,
        checked=checked,
        rows=found[PAGE * (number - 1) : PAGE * number],
        is_cut=checked is not None and len(found) < sum(checked.counts.values()),
        number=number,
        last=last,
        has_site=admin.site() is not None,
        age=age,
        now=time.time(),
        word=word,
    )


def start() -> ResponseReturnValue:
    """Begin a check, without links that begin with one of the form's lines."""
    admin = get_admin()
    site = admin.site()
    if site is None:
        flash(gettext("This server has no site to check."), "problem")
        return redirect(url_for("health.index"), 303)
    try:
        lines = map(str.strip, request.form.get("ignored", "").splitlines())
        ignored = [*dict.fromkeys(filter(None, lines))]
        if not CHECKS.start(admin.settings.instance, partial(site.check, ignored)):
            flash(gettext("A check is already running."), "problem")
    except LinkmgrError as error:
        flash(error.excerpt(), "problem")
    return redirect(url_for("health.check_page"), 303)
