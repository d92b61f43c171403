"""The process of the site index: follows the site and its catalog, and answers the admin."""

import logging
import os
import signal
import threading
import time
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue

from watchfiles import watch

from linkmgr.builder.watch import InputFilter
from linkmgr.fs import locked
from linkmgr.settings import Settings
from linkmgr.site_index.index.snapshot import SitePaths
from linkmgr.site_index.service.indexer import Indexer
from linkmgr.site_index.service.needed import INDEX_DEADLINE
from linkmgr.site_index.service.server import SiteIndexServer
from linkmgr.store.instance.folder import folder_identity

# Redirects have priority, as over the other background work.
_NICENESS = 10

# Seconds between two attempts to take over from another server's index.
_TAKEOVER_PAUSE = 1.0

# Seconds between two checks of the clock and of the main process.
_TICK = 0.5

_log = logging.getLogger(__name__)


def run_indexer(settings: Settings, stopping: Connection) -> None:
    """Index the site of an instance until `stopping` receives something or is closed."""
    # The main process ends it. SIGTERM does, too: the build's own processes are ended by it.
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    os.nice(_NICENESS)
    threading.Thread(target=_end_in_time, args=(stopping,), name="stopping", daemon=True).start()
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(locked(settings.instance / "site-index.lock", _TAKEOVER_PAUSE))
                break
            except TimeoutError:  # another server indexes the site
                if stopping.poll():
                    return
        _follow(settings, stopping)


def _end_in_time(stopping: Connection) -> None:
    """End this process when its time is over, whatever it does.

    A large site takes minutes to index, and nothing is lost: the last index is replaced as a whole,
    and the next start makes a new one.
    """
    stopping.poll(None)
    time.sleep(INDEX_DEADLINE)
    signal.raise_signal(signal.SIGTERM)


def _follow(settings: Settings, stopping: Connection) -> None:
    paths = SitePaths(settings.site_folder, settings.catalog)
    indexer = Indexer(paths, settings.instance)
    try:
        SiteIndexServer(settings.instance, paths, indexer, settings.database_url).start()
    except OSError as error:  # a path too long for a socket, mostly
        _log.error("the site index cannot be reached: %s", error)
    changes: SimpleQueue[set[str]] = SimpleQueue()
    ended = threading.Event()
    arguments = (paths, changes, ended)
    watcher = threading.Thread(target=_watch, args=arguments, name="watch", daemon=True)
    watcher.start()
    folder = folder_identity(settings.instance)
    # In another folder the next process makes its lock and its socket anew.
    while not stopping.poll() and folder_identity(settings.instance) == folder:
        indexer.follow(_changed(changes))
    ended.set()
    watcher.join()


def _changed(changes: "SimpleQueue[set[str]]") -> set[str]:
    """Return all paths that have changed, none where nothing does for a while."""
    paths: set[str] = set()
    with suppress(Empty):
        paths |= changes.get(timeout=_TICK)
        while True:
            paths |= changes.get_nowait()
    return paths


def _watch(paths: SitePaths, changes: "SimpleQueue[set[str]]", ended: threading.Event) -> None:
    """Put the paths that change into `changes`, until `ended` is set.

    On a thread, for `watch` does not return while others are busy in the same folders, as the
    background worker is where the instance is one of them.
    """
    folders = {paths.root.resolve(), paths.catalog_file.resolve().parent}
    try:
        is_input = InputFilter(paths.catalog_file)
        for found in watch(*folders, watch_filter=is_input, stop_event=ended):
            changes.put({path for _, path in found})
    except OSError as error:  # too many folders for the system's limits
        _log.error("the site is checked for changes once a minute: %s", error)
