"""What an instance's processes report: what is spooled, the background worker, the counters."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from uuid_utils import uuid7

from linkmgr.clicks.counters import Counters
from linkmgr.clicks.reports import time_of_line
from linkmgr.fs import is_at, locked, replace_quickly
from linkmgr.messages.errors import Part, part_from_json
from linkmgr.messages.message import Message
from linkmgr.store.spool import waiting_lines

# What waits in the spool.


class SpoolState(NamedTuple):
    """What waits for the loader."""

    waiting: int
    """In bytes."""
    age: float
    """For how long (seconds) the oldest line has waited."""


def spool_state(folder: Path) -> SpoolState:
    """Return what waits for the loader. Raise OSError."""
    waiting = waiting_lines(folder)
    times = [time_of_line(line) for line in waiting.first_lines]
    oldest = min((written for written in times if written), default=None)
    age = max(time.time() - oldest / 1000, 0.0) if oldest else 0.0
    return SpoolState(waiting.size, age)


# The background worker's last report, for `/healthz`, `/metrics` and the admin.

_NAME = "worker.json"

SILENCE = 20.0
"""Seconds without a report after which a background worker counts as not running.

It writes twice a second, but may wait some seconds for a locked database before that.
"""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The state at `time` (seconds since 1970).

    `load_lag` is for how many seconds the oldest waiting click had waited when clicks were last
    loaded. `loaded` counts the lines of the spool read since the background worker started, of
    which some were `damaged`, and clicks `late`: of days that are no longer counted. Of the clicks
    counted since, some were `repeated`, `folded`, or `capped`: past a visitor's daily limit. Of the
    lines `reports` told of views, of which `capped_views` were past such a limit.
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
    late: int = 0
    reports: int = 0
    capped_views: int = 0
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
    """Return the last state, however old; `None` without a readable file."""
    try:
        values = json.loads((instance / _NAME).read_bytes())
        catalog = tuple(map(part_from_json, values["catalog"]))
        reason = values["no_contact"]
        no_contact = Message.from_json(reason) if reason else None
        return WorkerState(**values | {"catalog": catalog, "no_contact": no_contact})
    except (OSError, ValueError, KeyError, TypeError):
        return None


# Which processes of a server have ended by themselves, as the main process notes it.

_ENDS_NAME = "ends.json"
_ENDS_LOCK = "ends.lock"

# Ends of each process that are kept: more say no more.
_MOST_ENDS = 20


def note_end(instance: Path, process: str) -> None:
    """Note that a process has just ended by itself. Raise OSError and LinkmgrError."""
    with locked(instance / _ENDS_LOCK, 1):  # the main process and the admin both do
        ends = {name: [*times] for name, times in read_ends(instance).items()}
        times = [*ends.get(process, ()), time.time()]
        ends[process] = times[-_MOST_ENDS:]
        replace_quickly(instance / _ENDS_NAME, json.dumps(ends).encode())


def read_ends(instance: Path) -> Mapping[str, Sequence[float]]:
    """Return when processes last ended by themselves, by name, in seconds since 1970."""
    try:
        values = json.loads((instance / _ENDS_NAME).read_bytes())
        return {str(name): [float(ended) for ended in times] for name, times in values.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


# The counters of a server's workers, each in a file of its own, for whoever is asked for them.

_SUFFIX = ".counters"
_LOCK = "lock"
_FORM = Struct(f"<{len(Counters().numbers())}q")


class CountersFile:
    """A worker's counters, written in place: a disk that is full later takes nothing away."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"{uuid7().hex}{_SUFFIX}"
        self._descriptor: int | None = None

    def write(self, counters: Counters) -> None:
        """Have others find the present numbers. Raise OSError, to be tried again."""
        if self._descriptor is None or not is_at(self._descriptor, self._file):
            self.close()
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._file, flags, 0o600)
        os.pwrite(self._descriptor, _FORM.pack(*counters.numbers()), 0)

    def close(self) -> None:
        """Write no more. What was written stays."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def with_others(self, counters: Counters) -> Counters:
        """Return this worker's present numbers with those of all others."""
        return read_counters(self._file.parent, but=self._file.name).plus(counters)


def read_counters(folder: Path, but: str = "") -> Counters:
    """Return the numbers of all workers since the server started, those that have ended too."""
    counters = Counters()
    with suppress(OSError):
        for file in folder.iterdir():
            if file.suffix == _SUFFIX and file.name != but:
                data = file.read_bytes()
                if len(data) == _FORM.size:  # a full disk may have taken nothing or a part
                    counters = counters.plus(Counters.of_numbers([*_FORM.unpack(data)]))
    return counters


@contextmanager
def counting(folder: Path) -> Iterator[None]:
    """Have the workers of a server count in a folder.

    The first server there starts from zero, but keeps the times: what happened once is reported
    for a day, however often the server is restarted in it.
    """
    with ExitStack() as stack:
        with suppress(OSError):  # a full disk: then older numbers stay
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(TimeoutError), locked(folder / _LOCK, 0):
                _reset(folder)
            stack.enter_context(locked(folder / _LOCK, 1, shared=True))
        yield


def _reset(folder: Path) -> None:
    """Have all numbers be zero but the times. Raise OSError; the older ones then stay."""
    before = [*folder.glob(f"*{_SUFFIX}")]
    times = read_counters(folder).times()
    if times != Counters():
        kept = CountersFile(folder)
        try:
            kept.write(times)
        finally:
            kept.close()
    for file in before:
        file.unlink()
