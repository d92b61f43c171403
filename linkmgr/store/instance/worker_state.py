"""What the keeper last said of itself, for `/healthz`, `/metrics` and the admin."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from linkmgr.fs.atomic import replace_quickly

_NAME = "keeper.json"

SILENCE = 20.0
"""Seconds after which a keeper that said nothing does not run.

It writes twice a second, but may wait some seconds for a locked database before that.
"""


@dataclass(frozen=True, slots=True)
class KeeperState:
    """The state at `time` (seconds since 1970).

    `load_lag` is for how many seconds the oldest click that waited had done so when clicks were
    last loaded. `loaded` are all lines of the spool that were read since the keeper started, and
    `repeated`, `folded` and `damaged` some of them. `catalog` are the first of the `problems` that
    keep an edit of the catalog from being served, one a line. `loading` is whether the database
    takes the clicks.
    """

    time: float
    load_lag: float
    loaded: int
    repeated: int
    folded: int
    damaged: int
    catalog: tuple[str, ...]
    problems: int
    loading: bool


def write_state(instance: Path, state: KeeperState) -> None:
    """Tell the workers. Raise LinkmgrError."""
    replace_quickly(instance / _NAME, json.dumps(asdict(state)).encode())


def read_state(instance: Path) -> KeeperState | None:
    """Return the present state, `None` where no keeper runs."""
    try:
        values = json.loads((instance / _NAME).read_bytes())
        state = KeeperState(**values | {"catalog": tuple(values["catalog"])})
        return state if abs(time.time() - state.time) < SILENCE else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
