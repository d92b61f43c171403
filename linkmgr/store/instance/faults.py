"""What is wrong with a running instance, for `/healthz`, the Health page and the API."""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from linkmgr.clicks.counters import Counters
from linkmgr.settings import Settings
from linkmgr.store.instance.state import (
    SpoolState,
    WorkerState,
    read_counters,
    read_state,
    spool_state,
)

# For how long what happened once is reported: an owner who checks once a day must see it.
_NEWS_SECONDS = 24 * 3600

# Seconds after which a click that waits in the spool means that the loader falls behind.
_WAITS_TOO_LONG = 60.0

# Seconds without the admin of another machine, whose restart is no fault.
_LONGEST_AWAY = 180.0

# Bytes: with less on its disk SQLite makes no page, and the spool soon no line.
_NO_ROOM = 64 * 2**10


class Fault(StrEnum):
    """What is not as it should be, besides the catalog's problems."""

    NO_WORKER = "no-keeper"
    NOT_LOADING = "not-loading"
    SPOOL_WAITS = "spool-waits"
    SPOOL_UNREADABLE = "spool-unreadable"
    DATABASE_REPLACED = "database-replaced"
    INSTANCE_RESTORED = "instance-restored"
    CLICKS_LOST = "clicks-lost"
    CLICKS_CROWDED_OUT = "clicks-crowded-out"
    CLICKS_DAMAGED = "clicks-damaged"
    OTHER_SCHEMA = "other-schema"
    NO_CONTACT = "no-contact"


class Reports(NamedTuple):
    """What an instance's processes report.

    `worker` is `None` while no background worker reports, `spool` where it cannot be read.
    `counters` are those of all workers since the server started.
    """

    worker: WorkerState | None
    spool: SpoolState | None
    counters: Counters


def read_reports(settings: Settings) -> Reports:
    """Read the files of an instance's processes."""
    spool = None
    with suppress(OSError):
        spool = spool_state(settings.spool)
    return Reports(read_state(settings.instance), spool, read_counters(settings.counters))


def instance_faults(
    worker: WorkerState | None, spool: SpoolState | None, counters: Counters
) -> Iterator[Fault]:
    """Yield what `Reports` show; the schema is in the database."""
    if worker is None:
        yield Fault.NO_WORKER
    elif not worker.loading:
        yield Fault.NOT_LOADING
    elif spool and spool.age > _WAITS_TOO_LONG:
        yield Fault.SPOOL_WAITS
    if spool is None:
        yield Fault.SPOOL_UNREADABLE
    happened = {
        Fault.DATABASE_REPLACED: worker.replaced if worker else 0.0,
        Fault.INSTANCE_RESTORED: counters.last_restored,
        Fault.CLICKS_LOST: counters.last_lost,
        Fault.CLICKS_CROWDED_OUT: counters.last_crowded_out,
    }
    for fault, when in happened.items():
        if _is_news(when):
            yield fault
    if worker and worker.damaged:
        yield Fault.CLICKS_DAMAGED
    if worker and worker.contact is not None and time.time() - worker.contact > _LONGEST_AWAY:
        yield Fault.NO_CONTACT


def was_losing(counters: Counters) -> bool:
    """Return whether clicks or views were lost within the last day."""
    return _is_news(counters.last_lost)


def has_no_room(folder: Path) -> bool:
    """Return whether nothing more can be written to a folder's disk."""
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM
    except OSError:
        return False


def _is_news(when: float) -> bool:
    return time.time() - when < _NEWS_SECONDS
