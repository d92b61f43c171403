"""The counters of a server's workers, each in a file of its own, for whoever is asked for them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from struct import Struct

from uuid_utils import uuid7

from linkmgr.clicks.counters import Counters
from linkmgr.fs.atomic import is_at
from linkmgr.fs.lock import locked

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
    found = Counters()
    with suppress(OSError):
        for file in folder.iterdir():
            if file.suffix == _SUFFIX and file.name != but:
                data = file.read_bytes()
                if len(data) == _FORM.size:  # a full disk may have taken nothing or a part
                    found = found.plus(Counters.of([*_FORM.unpack(data)]))
    return found


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
