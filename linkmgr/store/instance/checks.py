"""The checks of an instance, which Health, `doctor`, `/healthz`, `/readyz` and `/metrics` show.

A check says of one thing whether it is as it should be. Here are those that every server makes:
reports of its processes, and its folder. `site_checks.py` has those of the catalog, the tables and
the built pages, and `linkmgr doctor` adds those that ask servers (`web/doctor.py`).
"""

import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from linkmgr.clicks.counters import Counters
from linkmgr.messages.message import Message, message, translate
from linkmgr.settings import Settings
from linkmgr.store.digests import read_digest_record
from linkmgr.store.instance.state import (
    SILENCE,
    SpoolState,
    WorkerState,
    read_counters,
    read_ends,
    read_state,
    spool_state,
)


class CheckState(StrEnum):
    """What a check found. With a `FAULT` something does not work."""

    GOOD = "fine"
    NEVER = "never-run"
    WARNING = "warning"
    FAULT = "fault"


class InstancePart(StrEnum):
    """The part of an instance that a check is about, mostly a tile of the Health page."""

    SHOPS = "shops"
    PAGES = "pages"
    BUILD = "build"
    CATALOG = "catalog"
    CLICKS = "clicks"
    COUNTING = "counting"
    """Whether clicks on the pages are counted at all: what the owner has yet to set up."""
    PROCESSES = "processes"
    FOLDER = "folder"
    DIGEST = "digest"
    """Whether somebody lets the weekly digest be made."""
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A check with what it found."""

    name: str

    part: InstancePart

    state: CheckState

    sentence: Message | None = None
    """What is so; `None` where nothing needs to be said as all is well."""

    remedy: Message | None = None
    """What to do about it."""

    number: float = 0
    """The figure behind it, such as seconds or problems; what it counts depends on the check."""

    public: Message | None = None
    """What `/healthz` says of it to anybody; `None` where it is for the owner alone."""

    @property
    def fails(self) -> bool:
        """Whether something is not as it should be."""
        return self.state in {CheckState.WARNING, CheckState.FAULT}

    @property
    def text(self) -> Message | None:
        """The sentence with its remedy."""
        if self.sentence is None or self.remedy is None:
            return self.sentence
        return message("doctor.with-remedy", sentence=self.sentence, remedy=self.remedy)

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON, with its text in words."""
        said = self.sentence.to_json() if self.sentence else {}
        return {
            "name": self.name,
            "level": self.state,
            **said,
            "message": translate(self.text) if self.text else "",
            "number": self.number,
        }


# What an instance's processes report: read from files alone, since every page and `/healthz` ask.

# Seconds for which what happened once is reported: an owner who checks once a day must see it.
_NEWS_SECONDS = 24 * 3600

# Seconds after which a click that waits in the spool means that the loader falls behind.
_LONGEST_WAIT = 60.0

# Seconds without the admin of another machine, whose restart is no fault.
_LONGEST_AWAY = 180.0

# A process that ended this often within so many seconds is in a crash loop; a single kill is not.
_LOOP_ENDS = 3
_LOOP_SECONDS = 600.0

_PROCESSES = {
    "the background worker": message("server.process-background"),
    "the admin": message("server.process-admin"),
    "the site's worker": message("server.process-site"),
}
_READERS_PROCESS = message("server.process-readers")


class Reports(NamedTuple):
    """What an instance's processes report."""

    worker: WorkerState | None
    """`None` while no background worker reports."""

    spool: SpoolState | None
    """`None` where it cannot be read."""

    counters: Counters
    """Those of all workers since the server started."""

    ends: Mapping[str, Sequence[float]]
    """When processes last ended by themselves, by name, in seconds since 1970."""


def read_reports(settings: Settings, counters: Counters | None = None) -> Reports:
    """Read the files of an instance's processes, but for `counters` that are known."""
    spool = None
    with suppress(OSError):
        spool = spool_state(settings.spool)
    if counters is None:
        counters = read_counters(settings.counters)
    return Reports(read_state(settings.instance), spool, counters, read_ends(settings.instance))


class ReportCheck(StrEnum):
    """The checks of what processes report, in the order in which they are told."""

    CATALOG_SERVED = "catalog-not-served"
    SPOOL_WAITS = "spool-waits"
    NO_WORKER = "no-worker"
    NOT_LOADING = "not-loading"
    SPOOL_UNREADABLE = "spool-unreadable"
    DATABASE_REPLACED = "database-replaced"
    INSTANCE_RESTORED = "instance-restored"
    CLICKS_LOST = "clicks-lost"
    CLICKS_CROWDED_OUT = "clicks-crowded-out"
    CLICKS_DAMAGED = "clicks-damaged"
    NO_CONTACT = "no-contact"
    RESTARTS = "restarts"


def report_checks(reports: Reports, started: float = 0.0) -> list[HealthCheck]:
    """Check what the processes report.

    `started` is when the process that asks did: just after that the background worker may be
    missing. All checks are there whatever they find.
    """
    worker, spool, counters, _ = reports
    is_starting = time.time() - started < SILENCE
    waits = spool.age if spool else 0.0
    is_loading = worker is not None and worker.loading
    lost, crowded = counters.last_lost, counters.last_crowded_out
    replaced = worker.replaced if worker else 0.0
    return [
        _catalog_served(worker),
        _report_check(
            ReportCheck.SPOOL_WAITS,
            fails=is_loading and waits > _LONGEST_WAIT,
            sentence=message("doctor.spool-waits"),
            public=message("server.spool-waits", seconds=waits),
            number=waits,
        ),
        _report_check(
            ReportCheck.NO_WORKER,
            fails=worker is None and not is_starting,
            state=CheckState.FAULT,
            sentence=message("doctor.no-worker"),
            remedy=message("doctor.remedy-no-worker"),
            public=message("server.loader-silent"),
        ),
        _report_check(
            ReportCheck.NOT_LOADING,
            fails=worker is not None and not worker.loading,
            sentence=message("doctor.not-loading"),
            remedy=message("doctor.remedy-not-loading"),
            public=message("server.not-loading"),
        ),
        _report_check(
            ReportCheck.SPOOL_UNREADABLE,
            fails=spool is None,
            state=CheckState.FAULT,
            sentence=message("doctor.spool-unreadable"),
            remedy=message("doctor.remedy-spool-unreadable"),
        ),
        _report_check(
            ReportCheck.DATABASE_REPLACED,
            fails=_is_news(replaced),
            sentence=message("doctor.database-replaced"),
            remedy=message("doctor.remedy-database-replaced"),
            public=message("server.database-replaced"),
        ),
        _report_check(
            ReportCheck.INSTANCE_RESTORED,
            fails=_is_news(counters.last_restored),
            sentence=message("doctor.instance-restored"),
            remedy=message("doctor.remedy-instance-restored"),
            public=message("server.instance-restored"),
        ),
        _report_check(
            ReportCheck.CLICKS_LOST,
            fails=_is_news(lost),
            sentence=message("doctor.clicks-lost"),
            remedy=message("doctor.remedy-clicks-lost"),
            public=message("server.clicks-lost"),
            number=counters.lost + counters.lost_reports,
        ),
        _report_check(
            ReportCheck.CLICKS_CROWDED_OUT,
            fails=_is_news(crowded),
            sentence=message("doctor.clicks-crowded-out"),
            remedy=message("doctor.remedy-clicks-crowded-out"),
            number=counters.crowded_out,
        ),
        _report_check(
            ReportCheck.CLICKS_DAMAGED,
            fails=worker is not None and worker.damaged > 0,
            sentence=message("doctor.clicks-damaged"),
            remedy=message("doctor.remedy-clicks-damaged"),
            number=worker.damaged if worker else 0,
        ),
        _contact(worker),
        _restarts(reports.ends),
    ]


def _report_check(  # noqa: PLR0913 - the fields of a check
    name: ReportCheck,
    *,
    fails: bool,
    sentence: Message,
    state: CheckState = CheckState.WARNING,
    remedy: Message | None = None,
    public: Message | None = None,
    number: float = 0,
) -> HealthCheck:
    """Return a check of the processes' reports; it has a sentence only if it fails."""
    if not fails:
        return HealthCheck(name, InstancePart.CLICKS, CheckState.GOOD, number=number)
    return HealthCheck(name, InstancePart.CLICKS, state, sentence, remedy, number, public)


def _catalog_served(worker: WorkerState | None) -> HealthCheck:
    """Check whether links are served by the catalog's present text."""
    name, part = ReportCheck.CATALOG_SERVED, InstancePart.CATALOG
    if worker is None or not worker.problems:
        return HealthCheck(name, part, CheckState.GOOD)
    return HealthCheck(
        name,
        part,
        CheckState.FAULT,
        message("doctor.catalog-not-served", problems=worker.problems),
        message("doctor.remedy-catalog-not-served"),
        worker.problems,
        # No more of it: anybody may ask, and a problem quotes the catalog.
        message("server.catalog-not-served", problems=worker.problems),
    )


def _contact(worker: WorkerState | None) -> HealthCheck:
    """Check whether the admin that hands out this node's links is reached; its number is seconds.

    Elsewhere the number is 0.
    """
    if worker is None or worker.contact is None:
        return HealthCheck(ReportCheck.NO_CONTACT, InstancePart.CLICKS, CheckState.GOOD)
    away = time.time() - worker.contact
    reason = worker.no_contact or message("server.contact-unknown")
    public = message("server.no-contact", minutes=int(away / 60), reason=reason)
    if not worker.contact:
        public = message("server.never-contact", reason=reason)
    return _report_check(
        ReportCheck.NO_CONTACT,
        fails=away > _LONGEST_AWAY,
        sentence=message("doctor.no-contact"),
        remedy=message("doctor.remedy-no-contact"),
        public=public,
        number=away,
    )


def _restarts(ends: Mapping[str, Sequence[float]]) -> HealthCheck:
    """Check whether a process ends again and again; the number is how often the worst one did."""
    since = time.time() - _LOOP_SECONDS
    worst, most = "", 0
    for name, times in ends.items():
        count = sum(ended > since for ended in times)
        if count > most:
            worst, most = name, count
    if most < _LOOP_ENDS:
        return HealthCheck(
            ReportCheck.RESTARTS, InstancePart.PROCESSES, CheckState.GOOD, number=most
        )
    process = _PROCESSES.get(worst, _READERS_PROCESS)
    minutes = int(_LOOP_SECONDS / 60)
    sentence = message("server.restarts", process=process, times=most, minutes=minutes)
    return HealthCheck(
        ReportCheck.RESTARTS,
        InstancePart.PROCESSES,
        CheckState.FAULT,
        sentence,
        message("server.remedy-restarts"),
        most,
        public=sentence,
    )


def loading_check(reports: Reports, checks: Sequence[HealthCheck]) -> Iterator[HealthCheck]:
    """Yield that clicks are loaded, where no check of them fails."""
    is_well = not any(check.fails for check in checks if check.part is InstancePart.CLICKS)
    if reports.spool and is_well:
        waiting = reports.spool.waiting
        sentence = message("doctor.worker", waiting=waiting)
        yield HealthCheck("loading", InstancePart.CLICKS, CheckState.GOOD, sentence, number=waiting)


def was_losing(counters: Counters) -> bool:
    """Return whether clicks or views were lost within the last day."""
    return _is_news(counters.last_lost)


def _is_news(when: float) -> bool:
    return time.time() - when < _NEWS_SECONDS


# `/readyz`: whether a process can do its work at present, as a load balancer asks.

# Seconds after a lost click for which other nodes should have the readers: a node that loses all
# clicks then loses one a minute.
_LOSS_SECONDS = 60


def readers_ready(counters: Counters) -> HealthCheck:
    """Check whether clicks are being lost, by the counters of all workers."""
    if time.time() - counters.last_lost >= _LOSS_SECONDS:
        return HealthCheck("losing-clicks", InstancePart.CLICKS, CheckState.GOOD)
    sentence = message("server.losing-clicks")
    return HealthCheck(
        "losing-clicks", InstancePart.CLICKS, CheckState.FAULT, sentence, public=sentence
    )


def admin_ready(*, has_database: bool) -> HealthCheck:
    """Check whether the admin's database answers."""
    if has_database:
        return HealthCheck("database-answers", InstancePart.CLICKS, CheckState.GOOD)
    sentence = message("server.database-silent")
    return HealthCheck(
        "database-answers", InstancePart.CLICKS, CheckState.FAULT, sentence, public=sentence
    )


# The instance's folder and its disk.

# Below this a day of a busy blog's clicks may find no room.
_LITTLE_ROOM = 500 * 2**20

# Bytes: with less on its disk SQLite makes no page, and the spool soon no line.
_NO_ROOM = 64 * 2**10


def free_space(folder: Path) -> int | None:
    """Return the free bytes of a folder's disk, `None` if they are unknown."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def has_no_room(folder: Path) -> bool:
    """Return whether nothing more can be written to a folder's disk."""
    free = free_space(folder)
    return free is not None and free < _NO_ROOM


def folder_checks(settings: Settings) -> Iterator[HealthCheck]:
    """Check whether the folder is there, its owner's alone, and has room. Raise OSError."""
    folder, part = settings.instance, InstancePart.FOLDER
    if not folder.is_dir():
        sentence = message("doctor.no-instance", folder=str(folder))
        remedy = message("doctor.remedy-no-instance")
        yield HealthCheck("folder", part, CheckState.FAULT, sentence, remedy)
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        sentence = message("doctor.open-folder", folder=str(folder), mode=f"{mode:o}")
        remedy = message("doctor.remedy-open-folder")
        yield HealthCheck("folder-mode", part, CheckState.WARNING, sentence, remedy)
    free = shutil.disk_usage(folder).free
    if free < _LITTLE_ROOM:
        sentence = message("doctor.little-room", folder=str(folder), megabytes=free // 2**20)
        remedy = message("doctor.remedy-little-room")
        yield HealthCheck("room", part, CheckState.WARNING, sentence, remedy, free)
    else:
        place, gigabytes = str(folder.resolve()), free / 2**30
        sentence = message("doctor.folder", folder=place, gigabytes=gigabytes)
        yield HealthCheck("room", part, CheckState.GOOD, sentence, number=free)


def digest_check(settings: Settings) -> Iterator[HealthCheck]:
    """Say when the last digest was made; the number is when, in seconds since 1970."""
    record = read_digest_record(settings.instance)
    if record is None:
        sentence, remedy = message("doctor.no-digest"), message("doctor.remedy-no-digest")
        yield HealthCheck("digest", InstancePart.DIGEST, CheckState.NEVER, sentence, remedy)
        return
    made = datetime.fromtimestamp(record.made, UTC).strftime("%Y-%m-%d %H:%M")
    sentence = message("doctor.digest", made=made, until=record.until.isoformat())
    yield HealthCheck("digest", InstancePart.DIGEST, CheckState.GOOD, sentence, number=record.made)
