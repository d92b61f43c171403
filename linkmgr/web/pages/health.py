"""How the server is, for `/healthz`."""

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkmgr.clicks.counters import Counters
from linkmgr.messages.language import ENGLISH
from linkmgr.messages.message import Message, message
from linkmgr.messages.wording import word
from linkmgr.store.instance.faults import Fault, instance_faults
from linkmgr.store.instance.worker_state import SILENCE, WorkerState
from linkmgr.store.spool.backlog import SpoolState, spool_state

# Other faults are shown to the owner alone.
_PROBLEMS = {
    Fault.NO_WORKER: message("server.loader-silent"),
    Fault.NOT_LOADING: message("server.not-loading"),
    Fault.DATABASE_REPLACED: message("server.database-replaced"),
    Fault.INSTANCE_RESTORED: message("server.instance-restored"),
    Fault.CLICKS_LOST: message("server.clicks-lost"),
}


@dataclass(frozen=True, slots=True)
class Health:
    """The problems and the figures beside them. Links are redirected all the same.

    `published` is when the links that are served were last written, and `contact` when the admin of
    another machine last said which they are, in seconds since 1970.
    """

    problems: tuple[Message, ...]
    items: int
    published: float
    spool: SpoolState | None
    load_lag: float | None
    contact: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the answer of `/healthz`; ages and lags in seconds."""
        spool, now = self.spool, time.time()
        catalog = {"items": self.items, "age": round(now - self.published, 1)}
        if self.contact is not None:
            catalog["contact_age"] = round(now - self.contact, 1)
        return {
            "status": "degraded" if self.problems else "ok",
            "problems": [word(problem, ENGLISH) for problem in self.problems],
            "codes": [problem.code for problem in self.problems],
            "catalog": catalog,
            "spool": spool and {"bytes": spool.waiting, "age": round(spool.age, 1)},
            "load_lag": self.load_lag,
        }


def waiting(folder: Path) -> SpoolState | None:
    """Return what waits in a spool, `None` if the disk does not say."""
    with suppress(OSError):
        return spool_state(folder)
    return None


def free_space(folder: Path) -> int | None:
    """Return how many bytes a folder's disk has left, `None` if it does not say."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def problems_of(
    worker: WorkerState | None, spool: SpoolState | None, counters: Counters, since: float
) -> tuple[Message, ...]:
    """Return what the owner should know. `since` is when the process that answers started."""
    faults = set(instance_faults(worker, spool, counters))
    if time.time() - since < SILENCE:  # the background worker may not have started yet
        faults.discard(Fault.NO_WORKER)
    found = [text for fault, text in _PROBLEMS.items() if fault in faults]
    if spool and Fault.SPOOL_WAITS in faults:
        found.insert(0, message("server.spool-waits", seconds=spool.age))
    if worker and worker.problems:
        # No more of it: anybody may ask, and a problem quotes the catalog.
        found.insert(0, message("server.catalog-not-served", problems=worker.problems))
    if worker and Fault.NO_CONTACT in faults:
        found.append(_no_contact(worker))
    return tuple(found)


def _no_contact(worker: WorkerState) -> Message:
    reason = worker.no_contact or message("server.contact-unknown")
    if not worker.contact:
        return message("server.never-contact", reason=reason)
    minutes = int((time.time() - worker.contact) / 60)
    return message("server.no-contact", minutes=minutes, reason=reason)
