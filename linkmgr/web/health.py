"""How the server is, for `/healthz`."""

import time
from dataclasses import dataclass
from typing import Any

from linkmgr.store.backlog import SpoolState
from linkmgr.web.state import KeeperState

# A click older than this in the spool, in seconds: the loader does not come to its work.
_WAITS_TOO_LONG = 60.0


@dataclass(frozen=True, slots=True)
class Health:
    """The problems, one a line, and the figures beside them. Links are redirected all the same."""

    problems: tuple[str, ...]
    items: int
    published: float
    spool: SpoolState
    load_lag: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the answer of `/healthz`; ages and lags in seconds."""
        return {
            "status": "degraded" if self.problems else "ok",
            "problems": self.problems,
            "catalog": {"items": self.items, "age": round(time.time() - self.published, 1)},
            "spool": {"bytes": self.spool.waiting, "age": round(self.spool.age, 1)},
            "load_lag": self.load_lag,
        }


def problems_of(keeper: KeeperState | None, spool: SpoolState, lost: int) -> tuple[str, ...]:
    """Return what the owner is to know; `lost` are the clicks that this worker could not keep."""
    found = list(keeper.catalog) if keeper else []
    if keeper is None or keeper.silent():
        found.append("clicks wait in the spool: the process that loads them does not run")
    elif not keeper.loading:
        found.append("clicks wait in the spool: the database cannot be used, the log says why")
    elif spool.age > _WAITS_TOO_LONG:
        found.append(f"clicks wait in the spool, the oldest for {spool.age:.0f} s")
    if lost:
        found.append(f"{lost} clicks are lost: the spool could not be written to")
    return tuple(found)
