"""A worker: a process that answers readers. It reads the targets, never the catalog."""

import atexit
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from multiprocessing.util import Finalize
from pathlib import Path
from wsgiref.types import WSGIApplication

from linkmgr.clicks.counters import Counters
from linkmgr.clicks.periods import day_in
from linkmgr.clicks.request import Proxies
from linkmgr.clicks.user_agents import forget_agents
from linkmgr.settings import read_settings
from linkmgr.store.instance.checks import readers_ready
from linkmgr.store.instance.folder import folder_identity, make_instance, use_private_umask
from linkmgr.store.instance.state import CountersFile
from linkmgr.store.spool import SpoolWriter
from linkmgr.web.background.periodic import PeriodicTasks
from linkmgr.web.endpoints import Current, Endpoints
from linkmgr.web.pages import Instance, Pages, Served
from linkmgr.web.server.main_process import end_when_orphaned
from linkmgr.web.server.refusals import refuse_wrong_hosts
from linkmgr.web.visitors import Visitors

# Seconds between two rounds: a loss of power takes about that much of the clicks.
_PAUSE = 0.1

_log = logging.getLogger(__name__)


def make_app() -> WSGIApplication:
    """Return the app of this process, which granian calls, and start what goes on beside it."""
    # Granian sets its worker's handler later, and that of its parent does nothing in a fork.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_without_finalization()
    end_when_orphaned()
    use_private_umask()
    settings = read_settings(os.environ)
    served = _wait_for_links(settings.targets)
    visitors = Visitors(settings.visitor_key, several_nodes=settings.several_nodes)
    proxies = Proxies(settings.trusted_proxies)
    spool = SpoolWriter(settings.spool)
    counters, file = Counters(), CountersFile(settings.counters)
    days = DayChange(served.current, visitors, proxies)
    recovery = Recovery(settings.instance, spool, counters, days.share)
    instance = Instance(settings, served, lambda: file.with_others(counters))
    tasks = PeriodicTasks(
        _PAUSE,
        (
            recovery.make_folder,
            spool.sync,
            recovery.report,
            served.follow,
            days.follow,
            lambda: file.write(counters),
            LossLog(counters).update,
        ),
    )
    tasks.start()

    def end() -> None:
        tasks.stop()
        spool.close()

    # Before Python 3.13 a forked process runs no exit callbacks, but multiprocessing's finalizers;
    # since then these come last, after what `_end_without_finalization` does.
    atexit.register(Finalize(None, end, exitpriority=0))
    endpoints = Endpoints(
        Pages(
            settings,
            instance.health,
            instance.metrics,
            lambda: readers_ready(instance.counters()),
        ),
        current=served.current,
        spool=spool,
        visitors=visitors,
        proxies=proxies,
        counters=counters,
    )
    return refuse_wrong_hosts(endpoints)


def _wait_for_links(targets: Path) -> Served:
    """Return the links to serve, once they can be read: another version may have written them.

    It is written again while the server is prepared.
    """
    failed = False
    while True:
        try:
            return Served(targets)
        except (OSError, ValueError, KeyError, TypeError) as error:
            if not failed:
                _log.warning("the links cannot be read yet: %s", type(error).__name__)
            failed = True
            time.sleep(_PAUSE)


def _end_without_finalization() -> None:
    """Have this process, if it is granian's worker, end as soon as its exit callbacks have run.

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


class Recovery:
    """Makes the instance's folder again if it is deleted or moved while the server runs.

    `share` is called to write what this process knows and shares with others by the folder.
    """

    def __init__(
        self, instance: Path, spool: SpoolWriter, counters: Counters, share: Callable[[], None]
    ) -> None:
        self._instance = instance
        self._spool = spool
        self._counters = counters
        self._share = share
        self._seen = folder_identity(instance)
        self._restored = 0

    def make_folder(self) -> None:
        """Make the folder if it is gone. Raise LinkmgrError."""
        if folder_identity(self._instance) != self._seen:
            make_instance(self._instance)
            self._seen = folder_identity(self._instance)

    def report(self) -> None:
        """Report it if the spool, which notices by itself, was written again."""
        if self._spool.restored != self._restored:
            self._restored = self._spool.restored
            self._counters.last_restored = int(time.time())
            _log.error(
                "the instance's folder or its spool was deleted or moved, and is made again; "
                "clicks of this worker's open spool file are kept, those of ended files are gone"
            )
            self._share()


class DayChange:
    """Follows the date in the site's time zone; at midnight visitors are forgotten."""

    def __init__(self, current: Current, visitors: Visitors, proxies: Proxies) -> None:
        self._current = current
        self._visitors = visitors
        self._proxies = proxies
        self._day: date | None = None

    def follow(self) -> None:
        """Start a new day if it is due. Raise OSError, to be retried, if its key is not shared."""
        today = day_in(self._current.targets.timezone, datetime.now(UTC))
        if today != self._day:
            self._current.today = today
            self._proxies.forget()
            forget_agents()
            self._visitors.use_day(today)
            self._day = today

    def share(self) -> None:
        """Write the day's key again, for other workers. Raise OSError."""
        if self._day:
            self._visitors.use_day(self._day)


class LossLog:
    """Logs once that clicks are being lost, and once that they no longer are."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._losing = False
        self._lost = 0
        self._written = 0

    def update(self) -> None:
        """Log what has changed since the last call."""
        counters = self._counters
        lost = counters.lost + counters.lost_reports
        written = counters.clicks + counters.bots + counters.spooled_reports
        if lost > self._lost and not self._losing:
            self._losing = True
            _log.error("clicks are lost: the spool cannot be written")
        elif lost == self._lost and written > self._written and self._losing:
            self._losing = False
            _log.warning("clicks are written down again; %d were lost", lost)
        self._lost, self._written = lost, written
