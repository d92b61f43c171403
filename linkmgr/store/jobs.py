"""Jobs: long work that the admin has begun, each a row that says how far it is.

A job is a process of its own, a command of linkmgr's. Who began it holds its kind's lock until it
has ended, so a job without an end whose lock is free was interrupted: its server is gone. The lock
is a file of the instance and has the number of the job: those of other instances with the same
database are not shown here, nor taken for interrupted.
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update

from linkmgr.fs import identity, locked, wrap_write_errors
from linkmgr.messages.errors import LinkmgrError, error_from_json
from linkmgr.messages.message import Message, message
from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import JobRow


class JobKind(StrEnum):
    """What a job does. Of each kind one runs at a time."""

    BUILD = "build"
    COMMIT = "commit"
    CHECK = "check"
    SHOPS = "look"
    """A check that looks at the shops' pages, too."""
    PLACEMENTS = "placements"
    IMPORT = "import"
    """The import of a report of earnings."""

    @property
    def interrupted(self) -> Message:
        """Why a job of this kind failed whose server has ended."""
        return message(f"admin.{self._owner}-interrupted")

    @property
    def killed(self) -> Message:
        """Why a job of this kind failed whose process was killed."""
        return message(f"admin.{self._owner}-killed")

    @property
    def _owner(self) -> str:
        """Whose words these are: only a commit may have been made nevertheless."""
        return "commit" if self is JobKind.COMMIT else "job"


STOPPED = message("admin.job-stopped")
"""Why a job failed that somebody had stopped."""

FAILED = message("admin.job-failed")
"""Why a job failed whose process said nothing of it."""

USER_VARIABLE = "_LINKMGR_USER"
"""The environment variable by which a job's process knows who has begun it: no setting."""

# What a job fails with in the middle of its work, such as where a disk is full.
_WRITE_ERRORS = {"fs.unwritable", "cli.system-error"}


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


BEGINNING = Progress(message("build.starting"), 0, 0)
"""The progress of work before its first step."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job, and how far it is."""

    id: int

    kind: JobKind

    started: float
    """In seconds since 1970, as `ended`."""

    progress: Progress = BEGINNING

    ended: float | None = None

    result: Mapping[str, Any] | None = None
    """What its command said that it did; `None` while it runs, and where it failed."""

    error: LinkmgrError | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.ended is None

    @property
    def was_stopped(self) -> bool:
        """Whether it failed because somebody had it stopped."""
        return self.error is not None and self.error.message.code == STOPPED.code

    @property
    def is_unfinished(self) -> bool:
        """Whether its process ended too early, so that part of its work may be done."""
        if self.error is None:
            return False
        ends = {STOPPED.code, FAILED.code, self.kind.killed.code, self.kind.interrupted.code}
        return any(part.code in ends | _WRITE_ERRORS for part in self.error.parts)


# Reading them.


def last_jobs(engine: Engine, instance: Path) -> Mapping[JobKind, Job]:
    """Return the job of each kind that the instance began last. Raise SQLAlchemyError."""
    numbers = {kind: _last_number(instance, kind) for kind in JobKind}
    # The locks come first, and then a new transaction: a job writes its end before it gives its
    # lock back.
    running = {kind for kind in JobKind if _is_held(instance, kind)}
    columns = JobRow.__table__.columns
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).where(JobRow.id.in_([*numbers.values()])))
        jobs = [_job_of(row) for row in rows.mappings()]
    own = [job for job in jobs if job.id == numbers[job.kind]]
    return {job.kind: _as_known(job, is_held=job.kind in running) for job in own}


def read_job(engine: Engine, instance: Path, number: int) -> Job | None:
    """Return a job by its number, `None` where none has it any more. Raise SQLAlchemyError."""
    if not 0 < number < 2**31:  # an address may have any, and a database refuses larger ones
        return None
    last = {kind for kind in JobKind if _last_number(instance, kind) == number}
    held = {kind for kind in last if _is_held(instance, kind)}  # first, as in `last_jobs`
    with engine.connect() as connection:
        query = select(*JobRow.__table__.columns).where(JobRow.id == number)
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    job = _job_of(row)
    return _as_known(job, is_held=job.kind in held)


def _as_known(job: Job, *, is_held: bool) -> Job:
    """Return a job as its row says, or interrupted where nobody holds its lock any more."""
    if not job.is_running or is_held:
        return job
    return replace(job, ended=job.started, error=LinkmgrError(job.kind.interrupted))


def jobs_stamp(instance: Path) -> tuple[int, ...] | None:
    """Return what changes when a job begins or ends; `None` while one runs.

    By it `last_jobs` may be kept, since every page shows whether a build or a commit runs. It has 0
    for a kind that was never begun.
    """
    stamps = []
    for kind in JobKind:
        if _is_held(instance, kind):
            return None
        file = identity(_lock_file(instance, kind))
        stamps.append(file[1] if file else 0)
    return tuple(stamps)


def _job_of(row: RowMapping) -> Job:
    error = row["error"]
    return Job(
        id=row["id"],
        kind=JobKind(row["kind"]),
        started=row["started"] / 1000,
        progress=Progress.from_json(json.loads(row["progress"])),
        ended=None if row["ended"] is None else row["ended"] / 1000,
        result=row["result"] and json.loads(row["result"]),
        error=error_from_json(json.loads(error)) if error else None,
    )


def _lock_file(instance: Path, kind: JobKind) -> Path:
    return instance / f"{kind}.lock"


def _last_number(instance: Path, kind: JobKind) -> int:
    """Return the number of the job of a kind that was begun last, 0 where none was."""
    try:
        return int(_lock_file(instance, kind).read_bytes())
    except (OSError, ValueError):
        return 0


def _is_held(instance: Path, kind: JobKind) -> bool:
    try:
        with locked(_lock_file(instance, kind), 0, shared=True):
            return False
    except TimeoutError:
        return True
    except OSError:  # there is no lock yet
        return False


# Writing them.

# Jobs of a kind that are kept.
_MOST_KEPT = 20

# Characters of a number in a lock: always as many, so that a reader has it whole.
_DIGITS = 10

# Seconds: longer than a reader holds a lock.
_PATIENCE = 0.2


class OpenJob:
    """A job that is to be run, with its kind's lock until it is closed."""

    def __init__(self, engine: Engine, id: int, file: Path, lock: ExitStack) -> None:  # noqa: A002
        self.id = id
        self._noted = BEGINNING
        self._engine = engine
        self._file = file
        self._lock = lock

    def note(self, progress: Progress) -> bool:
        """Write down how far it is; return whether somebody wants it stopped.

        Raise SQLAlchemyError.
        """
        if progress != self._noted:  # or the database's lock would be taken for nothing
            with writing(self._engine) as connection:
                self._write(connection, progress=json.dumps(progress.to_json()))
            self._noted = progress
        with self._engine.connect() as connection:
            return bool(connection.scalar(select(JobRow.stops).where(JobRow.id == self.id)))

    def end(self, result: Mapping[str, Any] | None, error: LinkmgrError | None) -> None:
        """Write down what came of it. Raise SQLAlchemyError."""
        with writing(self._engine) as connection:
            self._write(
                connection,
                ended=_now(),
                result=None if result is None else json.dumps(result),
                error=json.dumps(error.to_json()) if error else None,
            )
        _mark_changed(self._file)

    def close(self) -> None:
        """Let the next job of its kind begin."""
        self._lock.close()

    def _write(self, connection: Connection, **values: Any) -> None:
        connection.execute(update(JobRow).where(JobRow.id == self.id).values(values))


def open_job(engine: Engine, instance: Path, kind: JobKind) -> OpenJob | None:
    """Make a job, `None` where one of its kind is running.

    Raise LinkmgrError where the instance's folder cannot be written, and SQLAlchemyError.
    """
    with ExitStack() as stack:
        file = _lock_file(instance, kind)
        with wrap_write_errors(file):
            try:
                stack.enter_context(locked(file, _PATIENCE))
            except TimeoutError:
                return None
        with writing(engine) as connection:
            values = {
                "kind": kind,
                "started": _now(),
                "progress": json.dumps(BEGINNING.to_json()),
                "stops": False,
            }
            made = connection.execute(insert(JobRow).values(values).returning(JobRow.id))
            number: int = made.scalar_one()
            kept = (
                select(JobRow.id)
                .where(JobRow.kind == kind)
                .order_by(JobRow.id.desc())
                .limit(_MOST_KEPT)
            )
            older = (JobRow.kind == kind) & JobRow.id.not_in(kept)
            connection.execute(delete(JobRow).where(older))
        with wrap_write_errors(file), file.open("r+b") as opened:
            opened.write(f"{number:{_DIGITS}d}".encode())
        _mark_changed(file)
        return OpenJob(engine, number, file, stack.pop_all())


def _mark_changed(lock_file: Path) -> None:
    now = time.time_ns()  # finer than the time that the system would set
    with suppress(OSError):
        os.utime(lock_file, ns=(now, now))


def stop_job(engine: Engine, number: int) -> None:
    """Have a job stopped by whoever runs it, if it is running. Raise SQLAlchemyError."""
    with writing(engine) as connection:
        wanted = (JobRow.id == number) & JobRow.ended.is_(None)
        connection.execute(update(JobRow).where(wanted).values(stops=True))


def _now() -> int:
    return int(time.time() * 1000)
