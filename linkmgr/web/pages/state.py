"""What a process serves from and reports: the published targets, and the instance's health."""

import atexit
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from linkmgr.clicks.counters import Counters
from linkmgr.clicks.targets import Targets
from linkmgr.fs.atomic import identity
from linkmgr.settings import Settings
from linkmgr.store.figures.periods import day_in
from linkmgr.store.instance.worker_state import read_state
from linkmgr.web.endpoints.app import Current
from linkmgr.web.pages.health import Health, free_space, problems_of, waiting


class Served:
    """The targets in their file, read again whenever it is replaced."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = identity(file)
        targets = Targets.from_json(file.read_bytes())
        self.current = Current(targets, day_in(targets.timezone, datetime.now(UTC)))

    @property
    def published(self) -> float:
        """When the targets were published, in seconds since 1970."""
        return self._seen[1] / 1e9 if self._seen else 0.0

    def follow(self) -> None:
        """Read the file if it is another one. Raise OSError or what `from_json` does."""
        present = identity(self._file)
        if present != self._seen:
            self.current.targets = Targets.from_json(self._file.read_bytes())
            self._seen = present


class Instance:
    """How the instance is, as a process sees it; `counters` returns what all workers counted."""

    def __init__(
        self, settings: Settings, served: Served, counters: Callable[[], Counters]
    ) -> None:
        self._settings = settings
        self._served = served
        self.counters = counters
        self._started = time.time()

    def health(self) -> Health:
        """Return the answer of `/healthz`."""
        worker, spooled = read_state(self._settings.instance), waiting(self._settings.spool)
        return Health(
            problems_of(worker, spooled, self.counters(), self._started),
            len(self._served.current.targets.items),
            self._served.published,
            spooled,
            worker.load_lag if worker else None,
            worker.contact if worker else None,
        )

    def metrics(self) -> bytes:
        """Return the answer of `/metrics`."""
        # Imported here: it takes 4 MB, and most servers have no metrics.
        from linkmgr.web.pages.metrics import metrics_text  # noqa: PLC0415

        return metrics_text(
            self.counters(),
            read_state(self._settings.instance),
            waiting(self._settings.spool),
            free_space(self._settings.spool),
            self._served.published,
        )


def block_interrupts() -> None:
    """Leave Ctrl-C, which reaches a whole group of processes, to the main one, which ends this one.

    A worker of granian 2.8 that receives both signals does not end at all, and is killed in time.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def end_without_finalization() -> None:
    """Have this process, if it is a server's child, end as soon as its exit callbacks have run.

    Threads of granian 2.8 that wait for the interpreter while Python 3.11 to 3.13 finalizes it are
    unwound, on which Rust aborts the process with a page of text. To be called before callbacks are
    registered, since the first is the last to run.
    """
    if multiprocessing.parent_process() is not None:
        atexit.register(_end)


def _end() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def stop_when_orphaned() -> Callable[[], None]:
    """Return a check that ends this process once its parent has ended: nothing else would."""
    # Not `os.getppid()`: the one that started it may be gone before this process comes here.
    started_by = multiprocessing.parent_process()

    def check() -> None:
        if started_by is not None and os.getppid() != started_by.pid:
            os.kill(os.getpid(), signal.SIGTERM)

    return check
