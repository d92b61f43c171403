"""The background worker's last report, for `/healthz`, `/metrics` and the admin."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from linkmgr.fs.atomic import replace_quickly
from linkmgr.messages.errors import Part, part_from_json
from linkmgr.messages.message import Message

_NAME = "keeper.json"

SILENCE = 20.0
"""Seconds without a report after which a background worker counts as not running.

It writes twice a second, but may wait some seconds for a locked database before that.
"""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The state at `time` (seconds since 1970).

    `load_lag` is for how many seconds the oldest waiting click had waited when clicks were last
    loaded. `loaded` counts the lines of the spool read since the background worker started, of
    which some were `repeated`, `folded`, `damaged`, or `capped`: past a visitor's daily limit.
    `catalog` has the first of the `problems` that keep an edit of the catalog from being served.
    `loading` is whether the database takes the clicks. At `replaced` (0 for never) it was
    last found to be another one, or an older copy. Where links are taken from another machine's
    admin, that last worked at `contact` (0 for never), and if it fails, `no_contact` says why;
    `contact` is `None` elsewhere.
    """

    time: float
    load_lag: float
    loaded: int
    repeated: int
    folded: int
    damaged: int
    catalog: tuple[Part, ...]
    problems: int
    loading: bool
    capped: int = 0
    replaced: float = 0.0
    contact: float | None = None
    no_contact: Message | None = None


def write_state(instance: Path, state: WorkerState) -> None:
    """Write the report. Raise LinkmgrError."""
    values = asdict(state) | {
        "catalog": [part.to_json() for part in state.catalog],
        "no_contact": state.no_contact and state.no_contact.to_json(),
    }
    replace_quickly(instance / _NAME, json.dumps(values).encode())


def read_state(instance: Path) -> WorkerState | None:
    """Return the present state, `None` where no background worker runs."""
    state = read_last_state(instance)
    return state if state and abs(time.time() - state.time) < SILENCE else None


def read_last_state(instance: Path) -> WorkerState | None:
    """Return the last state, however old; `None` where there is none that can be read."""
    try:
        values = json.loads((instance / _NAME).read_bytes())
        # Texts are an earlier version's, whose worker this one's has replaced.
        parts = [part for part in values["catalog"] if not isinstance(part, str)]
        catalog = tuple(map(part_from_json, parts))
        reason = values.get("no_contact")
        no_contact = Message.from_json(reason) if reason else None
        return WorkerState(**values | {"catalog": catalog, "no_contact": no_contact})
    except (OSError, ValueError, KeyError, TypeError):
        return None
