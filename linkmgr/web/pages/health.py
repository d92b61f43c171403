"""How the server is, for `/healthz`."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkmgr.clicks.counters import Counters
from linkmgr.store.instance.worker_state import SILENCE, WorkerState
from linkmgr.store.spool.backlog import SpoolState, spool_state

# A click older than this in the spool, in seconds: the loader does not come to its work.
_WAITS_TOO_LONG = 60.0

_SILENT = (
    "clicks wait in the spool: the process that loads them has said nothing for a while; "
    "it does not run, or the disk is full and the log says so"
)

# For so long, in seconds, a loss is told: who looks once a day is to see it.
_LOSS_IS_NEWS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Health:
    """The problems, one a line, and the figures beside them. Links are redirected all the same.

    `published` is when the links that are served were last written, in seconds since 1970.
    """

    problems: tuple[str, ...]
    items: int
    published: float
    spool: SpoolState | None
    load_lag: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the answer of `/healthz`; ages and lags in seconds."""
        spool = self.spool
        return {
            "status": "degraded" if self.problems else "ok",
            "problems": self.problems,
            "catalog": {"items": self.items, "age": round(time.time() - self.published, 1)},
            "spool": spool and {"bytes": spool.waiting, "age": round(spool.age, 1)},
            "load_lag": self.load_lag,
        }


def waiting(folder: Path) -> SpoolState | None:
    """Return what waits in a spool, `None` if the disk does not say."""
    with suppress(OSError):
        return spool_state(folder)
    return None


def problems_of(
    worker: WorkerState | None, spool: SpoolState | None, counters: Counters, since: float
) -> tuple[str, ...]:
    """Return what the owner is to know. `since` is when the worker started that is asked."""
    found = []
    if worker and worker.problems:
        # No more of it: anybody may ask, and a problem quotes the catalog.
        found.append(
            f"the catalog's last edit is not served, for {worker.problems} problems: "
            "the log and the admin's page Health say which"
        )
    if worker is None:
        if time.time() - since > SILENCE:
            found.append(_SILENT)
    elif not worker.loading:
        found.append("clicks wait in the spool: they cannot be loaded, and the log says why")
    elif spool and spool.age > _WAITS_TOO_LONG:
        found.append(f"clicks wait in the spool, the oldest for {spool.age:.0f} s")
    if counters.lost and time.time() - counters.last_lost < _LOSS_IS_NEWS:
        found.append(f"{counters.lost} clicks are lost: the spool could not be written to")
    return tuple(found)
