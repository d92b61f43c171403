"""What the keeper last said of itself, for the workers' `/healthz` and `/metrics`."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from linkmgr.build.files import replace_quickly

_NAME = "keeper.json"

# The keeper writes twice a second, but may wait some seconds for a locked database before that.
_SILENCE = 20.0


@dataclass(frozen=True, slots=True)
class KeeperState:
    """The state at `time` (seconds since 1970).

    `load_lag` is how long, in seconds, the last loaded click had waited. `loaded`, `repeated`,
    `folded` and `damaged` count lines of the spool since the keeper started. `catalog` are the
    problems that keep an edit from being served, one a line. `loading` is whether the database
    takes the clicks.
    """

    time: float
    load_lag: float
    loaded: int
    repeated: int
    folded: int
    damaged: int
    catalog: tuple[str, ...]
    loading: bool

    def silent(self) -> bool:
        """Whether the keeper that wrote this has stopped."""
        return abs(time.time() - self.time) > _SILENCE


def write_state(instance: Path, state: KeeperState) -> None:
    """Tell the workers. Raise LinkmgrError."""
    replace_quickly(instance / _NAME, json.dumps(asdict(state)).encode())


def read_state(instance: Path) -> KeeperState | None:
    """Return the last state, `None` before the first."""
    try:
        values = json.loads((instance / _NAME).read_bytes())
        return KeeperState(**values | {"catalog": tuple(values["catalog"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
