"""Jobs that the admin begins: each is a command of linkmgr's in a process of its own.

A thread follows what the command prints (`cli/common/follow.py`), writes it into the job's row, and
stops the process where somebody wants that. If this server ends, the command does at its next line,
since nobody reads it. Only `commit` prints its first line at its end: it may make its commit while
its row says that it was interrupted.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.context import Admin, current_user, get_admin
from linkmgr.messages.errors import LinkmgrError, error_from_json
from linkmgr.store.db.engine import reason_of
from linkmgr.store.instance.folder import site_umask
from linkmgr.store.jobs import (
    BEGINNING,
    FAILED,
    STOPPED,
    USER_VARIABLE,
    Job,
    JobKind,
    OpenJob,
    Progress,
    jobs_stamp,
    last_jobs,
    open_job,
    read_job,
    stop_job,
)

# Readers' redirects have priority.
_NICENESS = 10

# Seconds between two times that a job's progress is noted, and it is asked if it is to be stopped.
_PAUSE = 0.5

# Seconds that a process has to end after it was told to.
_LAST_SECONDS = 10.0

# Maximum bytes of a process's stderr that are logged.
_MOST_LOGGED = 4000

_log = logging.getLogger(__name__)


def last_job(kind: JobKind) -> Job | None:
    """Return the job of a kind that was begun last; `None` where none was, or nobody knows.

    The database is asked once a request at most, and not again until a job begins.
    """
    if "jobs" not in g:
        g.jobs = _last_jobs(get_admin())
    jobs: Mapping[JobKind, Job] = g.jobs
    return jobs.get(kind)


# The name under which the admin remembers the last jobs, with their stamp.
_KNOWN = "jobs"


def _last_jobs(admin: Admin) -> Mapping[JobKind, Job]:
    stamp = jobs_stamp(admin.settings.instance)
    if stamp is not None and not any(stamp):  # none has begun yet
        return {}
    known_at, jobs = admin.memory.get(_KNOWN, (None, {}))
    if stamp is None or stamp != known_at:
        jobs = {}
        with suppress(SQLAlchemyError):  # the page that says so has this header, too
            jobs = last_jobs(admin.engine, admin.settings.instance)
            admin.memory[_KNOWN] = stamp, jobs
    known: Mapping[JobKind, Job] = jobs
    return known


class JobOutcome(NamedTuple):
    """What came of a job's command."""

    result: Mapping[str, Any] | None = None
    """What it did, `None` where it failed."""

    error: LinkmgrError | None = None


AtEnd = Callable[[JobOutcome], JobOutcome]
"""Takes what came of a command, and returns what is written into the job's row."""


@dataclass(frozen=True, slots=True)
class StartedJob:
    """A job that this process has begun and follows."""

    id: int

    thread: threading.Thread

    def wait(self, seconds: float) -> Job | None:
        """Wait a while for its end, and return how far it is then."""
        self.thread.join(seconds)
        g.pop("jobs", None)  # it may have ended
        return find_job(self.id)


def find_job(number: int) -> Job | None:
    """Return a job by its number, `None` where none has it. Raise SQLAlchemyError."""
    admin = get_admin()
    return read_job(admin.engine, admin.settings.instance, number)


def start_job(
    kind: JobKind, options: Sequence[str] = (), at_end: AtEnd | None = None
) -> StartedJob | None:
    """Begin a job with options of its command; `None` where one of its kind is running.

    `at_end` is called at its end, whatever that is. Raise LinkmgrError, and SQLAlchemyError.
    """
    settings = get_admin().settings
    commands = {
        JobKind.BUILD: ["build"],
        JobKind.COMMIT: ["commit"],
        JobKind.CHECK: ["check"],
        JobKind.SHOPS: ["check", "--online"],
        JobKind.PLACEMENTS: ["placements"],
        JobKind.IMPORT: ["earnings", "import"],
    }
    # -P: or a file of the server's folder could stand for a module.
    command = [sys.executable, "-P", "-m", "linkmgr"] + commands[kind]
    if kind is not JobKind.IMPORT:
        command += ["--site", str(settings.site_folder), "--catalog", str(settings.catalog)]
    command.append("--progress-json")
    command += options
    return run_job(get_admin(), kind, command, at_end)


def run_job(
    admin: Admin,
    kind: JobKind,
    command: Sequence[str],
    at_end: AtEnd | None = None,
) -> StartedJob | None:
    """Begin a job that is any command, as `start_job` does."""
    job = open_job(admin.engine, admin.settings.instance, kind)
    if job is None:
        return None
    g.pop("jobs", None)
    settings = admin.settings
    environment = os.environ | {
        "LINKMGR_CATALOG": str(settings.catalog),
        "LINKMGR_INSTANCE": str(settings.instance),
        "LINKMGR_DATABASE_URL": settings.database_url,
        USER_VARIABLE: current_user(),
    }

    def follow() -> JobOutcome:
        return JobOutcome(_follow(job, kind, command, environment))

    def run() -> None:
        with closing(job):
            outcome = _outcome(follow)
            if at_end:
                outcome = _outcome(partial(at_end, outcome))
            try:
                job.end(outcome.result, outcome.error)
            except SQLAlchemyError as failed:
                _log.error("the end of a job is not written down: %s", reason_of(failed))

    thread = threading.Thread(target=run, name=f"job {kind}", daemon=True)
    thread.start()
    return StartedJob(job.id, thread)


def stop_last(kind: JobKind) -> None:
    """Have the job of a kind stopped, whichever process runs it. Raise SQLAlchemyError."""
    job = last_job(kind)
    if job and job.is_running:
        stop_job(get_admin().engine, job.id)


def _outcome(step: Callable[[], JobOutcome]) -> JobOutcome:
    """Return what came of a step of a job, whatever it raises: the job has ended then."""
    try:
        return step()
    except LinkmgrError as error:
        return JobOutcome(error=error)
    except Exception:  # noqa: BLE001 - a job without an end would go on for ever
        _log.exception("following a job fails")
        return JobOutcome(error=LinkmgrError(FAILED))


def _follow(
    job: OpenJob, kind: JobKind, command: Sequence[str], environment: Mapping[str, str]
) -> Mapping[str, Any]:
    """Run a job's process; return what it said that it did. Raise LinkmgrError."""
    progress, stopped_at = BEGINNING, 0.0
    last: dict[str, Any] = {}
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603 - no shell, and what users typed is no option
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
            umask=site_umask(),
            start_new_session=True,  # away from Ctrl-C, and with a group to be ended as one
        ) as process,
    ):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        noted = 0.0
        for line in _lines(process):
            last = _read(line) or last
            if "what" in last:
                progress = Progress.from_json(last)
            now = time.monotonic()
            if now < noted + _PAUSE:
                continue
            noted = now
            if stopped_at and now > stopped_at + _LAST_SECONDS:
                _signal(process, signal.SIGKILL)
            elif not stopped_at and _is_to_stop(job, progress):
                stopped_at = now
                _signal(process, signal.SIGTERM)
        process.wait()
        if "result" in last:
            result: Mapping[str, Any] = last["result"]
            return result
        if "error" in last:
            raise error_from_json(last["error"])
        if stopped_at:
            raise LinkmgrError(STOPPED)
        if process.returncode < 0:
            raise LinkmgrError(kind.killed)
        complaints.seek(0)
        said = complaints.read()[-_MOST_LOGGED:].decode(errors="replace")
    _log.error("a job ends with %d and no result: %s", process.returncode, said)
    raise LinkmgrError(FAILED)


def _is_to_stop(job: OpenJob, progress: Progress) -> bool:
    """Write down how far a job is; return whether somebody wants it stopped."""
    with suppress(SQLAlchemyError):  # a database that is down: it goes on all the same
        return job.note(progress)
    return False


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process and those that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _read(line: bytes) -> dict[str, Any]:
    """Return what a line says, nothing for one that is no object."""
    try:
        values = json.loads(line)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield each line that a process prints, and an empty one while there is none for a while."""
    output: IO[bytes] | None = process.stdout
    if output is None:
        return
    rest = b""
    with DefaultSelector() as selector:
        selector.register(output, EVENT_READ)
        while True:
            # Asked before reading: all that a process had printed when it ended can be read then.
            has_ended = process.poll() is not None
            seconds = 0 if has_ended else _PAUSE
            if not selector.select(seconds):
                if has_ended:  # without the end of its output, if a process that it started has it
                    return
                yield b""
                continue
            piece = os.read(output.fileno(), 1 << 16)
            if not piece:
                return
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines
