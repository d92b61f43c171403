"""The survey's process: follows the site and its catalog, and answers the admin."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection

from watchfiles import watch

from linkmgr.build.watch import Inputs
from linkmgr.lock import locked
from linkmgr.posts.site import CONFIG_FILES
from linkmgr.settings import Role, Settings
from linkmgr.survey.look import Place
from linkmgr.survey.server import Server
from linkmgr.survey.surveyor import Surveyor

# Redirects come first, as for the keeper.
_NICENESS = 10

# Seconds between two looks whether the survey of another server has gone.
_TURN_PAUSE = 1.0

# Milliseconds between two looks at the clock and at the main process.
_TICK = 500


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
    Server(settings.instance, place, surveyor).start()
    for paths in _changes(place):
        if stopping.poll():
            return
        if paths == {str(place.catalog_file.resolve())}:
            surveyor.look_at_catalog()
        elif paths or surveyor.is_due:
            surveyor.look()


def _changes(place: Place) -> Iterator[set[str]]:
    """Yield the paths that have changed, or none when it is time to look at the clock.

    What changes while somebody looks comes next: it is noted from the first moment on.
    """
    folders = {place.root.resolve(), place.catalog_file.resolve().parent}
    watched = watch(
        *folders,
        watch_filter=Inputs(place.catalog_file),
        rust_timeout=_TICK,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    return ({path for _, path in changes} for changes in watched)
