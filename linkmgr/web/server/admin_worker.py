"""The process that answers the owner: the admin, with the small pages of every server."""

import gc
import os

from linkmgr.admin.app import make_admin
from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.common.security import MOST_BYTES, trusting
from linkmgr.admin.editing.edits import ExternalEdits
from linkmgr.clicks.proxies import Proxies
from linkmgr.settings import read_settings
from linkmgr.store.db.answering import DatabaseCheck
from linkmgr.store.instance.counters import read_counters
from linkmgr.store.instance.folder import use_private_umask
from linkmgr.web.background.periodic import PeriodicTasks
from linkmgr.web.logs import log_no_request
from linkmgr.web.pages.app import make_flask, with_admin
from linkmgr.web.pages.state import (
    Instance,
    Served,
    block_interrupts,
    end_without_finalization,
    stop_when_orphaned,
)
from linkmgr.web.server.bodies import Bodies
from linkmgr.web.server.connections import limit_connections
from linkmgr.web.server.gateway import Gateway
from linkmgr.web.server.refusals import refuse_wrong_hosts

# Seconds between two checks of the published targets, the catalog and the parent process.
_PAUSE = 0.5

# The same for the database, which has some seconds to answer.
_DATABASE_PAUSE = 3.0

# Requests of the owner that are answered at once, as one may wait for the database.
_THREADS = 4

FEW_COLLECTIONS = 50_000
"""Allocations between two garbage collections: at Python's 700 every other CSV of 10,000 posts
had one through the whole catalog and the cached sums, and took 170 ms, not 75."""


def make_app() -> Gateway:
    """Return the app of this process, which granian calls, and start what goes on beside it."""
    end_without_finalization()
    block_interrupts()
    use_private_umask()
    gc.set_threshold(FEW_COLLECTIONS)
    settings = read_settings(os.environ)
    served = Served(settings.targets)
    instance = Instance(settings, served, lambda: read_counters(settings.counters))
    PeriodicTasks(_PAUSE, (served.follow, stop_when_orphaned())).start()
    proxies = Proxies(settings.trusted_proxies)
    limit_connections(proxies)
    admin = make_admin(settings)
    # On a thread of its own: a database may take long to say that it is down.
    PeriodicTasks(_PAUSE, (ExternalEdits(admin.extensions[EXTENSION]).follow,)).start()
    database = DatabaseCheck(admin.extensions[EXTENSION].engine)
    PeriodicTasks(_DATABASE_PAUSE, (database.ask,)).start()
    log_no_request(admin)
    pages = make_flask(settings, instance.health, instance.metrics, database.problem)
    app = refuse_wrong_hosts(with_admin(pages, trusting(admin, settings.trusted_proxies)))
    return Gateway(app, Bodies(proxies, MOST_BYTES), _THREADS)
