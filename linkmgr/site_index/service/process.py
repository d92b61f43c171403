"""The survey's process: follows the site and its catalog, and answers the admin."""

import logging
import os
import signal
import socket
import threading
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue

from watchfiles import watch

from linkmgr.builder.watch import Inputs
from linkmgr.fs.lock import locked
from linkmgr.posts.site import CONFIG_FILES
from linkmgr.settings import Role, Settings
from linkmgr.site_index.index.location import Place
from linkmgr.site_index.service.indexer import Surveyor
from linkmgr.site_index.service.server import Server

# Redirects come first, as for the background worker.
_NICENESS = 10

# Seconds between two looks whether the survey of another server has gone.
_TURN_PAUSE = 1.0

# Seconds between two looks at the clock and at the main process.
_TICK = 0.5

_log = logging.getLogger(__name__)


def is_wanted(settings: Settings) -> bool:
    """Whether this server has an admin, and the site that it is to survey."""
    folder = settings.site_folder
    has_site = any((folder / name).is_file() for name in CONFIG_FILES)
    return settings.role is not Role.REDIRECT and has_site and hasattr(socket, "AF_UNIX")


def survey(settings: Settings, stopping: Connection) -> None:
    """Keep the survey of an instance until `stopping` says something or is closed."""
    # The main process ends it. SIGTERM does, too: the build's own processes are ended by it.
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    os.nice(_NICENESS)
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(locked(settings.instance / "survey.lock", _TURN_PAUSE))
                break
            except TimeoutError:  # another server's survey does the work
                if stopping.poll():
                    return
        _keep(settings, stopping)


def _keep(settings: Settings, stopping: Connection) -> None:
    place = Place(settings.site_folder, settings.catalog)
    surveyor = Surveyor(place, settings.instance)
    try:
        Server(settings.instance, place, surveyor).start()
    except OSError as error:  # a path too long for a socket, mostly
        _log.error("the survey cannot be asked: %s", error)
    changes: SimpleQueue[set[str]] = SimpleQueue()
    watched = threading.Event()
    told = (place, changes, watched)
    watcher = threading.Thread(target=_watch, args=told, name="watch", daemon=True)
    watcher.start()
    while not stopping.poll():
        paths = _changed(changes)
        if paths == {str(place.catalog_file.resolve())}:
            surveyor.look_at_catalog()
        elif paths or surveyor.is_due():
            surveyor.look()
    watched.set()
    watcher.join()


def _changed(changes: "SimpleQueue[set[str]]") -> set[str]:
    """Return all paths that have changed, none where nothing does for a while."""
    paths: set[str] = set()
    with suppress(Empty):
        paths |= changes.get(timeout=_TICK)
        while True:
            paths |= changes.get_nowait()
    return paths


def _watch(place: Place, changes: "SimpleQueue[set[str]]", watched: threading.Event) -> None:
    """Tell which paths change, until there has been `watched` enough.

    On a thread, for `watch` does not return while others are busy in the same folders, as the
    background worker is where the instance is one of them.
    """
    folders = {place.root.resolve(), place.catalog_file.resolve().parent}
    try:
        is_input = Inputs(place.catalog_file)
        for found in watch(*folders, watch_filter=is_input, stop_event=watched):
            changes.put({path for _, path in found})
    except OSError as error:  # too many folders for the system's limits
        _log.error("changes of the site are looked for once a minute: %s", error)
