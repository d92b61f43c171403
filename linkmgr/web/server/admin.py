"""The process that answers the owner: the admin and the pages of every server, by waitress."""

import gc
import signal
import socket
import sys
from wsgiref.types import WSGIApplication

from flask import Flask
from waitress.server import create_server

from linkmgr.admin.app import make_admin
from linkmgr.admin.common.context import EXTENSION, Admin
from linkmgr.admin.common.security import MOST_BYTES, trust_proxies
from linkmgr.admin.editing.edits import ExternalEdits
from linkmgr.settings import Settings
from linkmgr.store.db.engine import DatabaseCheck
from linkmgr.store.instance.checks import admin_ready
from linkmgr.store.instance.state import read_counters
from linkmgr.web.background.periodic import PeriodicTasks
from linkmgr.web.logs import log_no_request
from linkmgr.web.pages import Instance, Pages, Served, with_admin
from linkmgr.web.server.main_process import end_when_orphaned
from linkmgr.web.server.refusals import refuse_wrong_hosts
from linkmgr.web.server.sockets import HEAD_BYTES, first_address, most_connections

CONNECTIONS = 32
"""Of all clients together. Each may have sent a body of `MOST_BYTES`, before anybody knows who
sends it: 260 MB in all, in memory, since a disk that they fill could be the spool's."""

IDLE_SECONDS = 30
"""After which a connection is closed whose client sends no byte of a request, by waitress, or takes
nothing of an answer, by Linux alone: waitress closes none to which it cannot write."""

# Requests of the owner that are answered at once, as one may wait for the database.
_THREADS = 4

# Seconds between two checks of the published targets and of the catalog.
_PAUSE = 0.5

# Seconds between two questions to the database, which has some seconds to answer each.
_DATABASE_PAUSE = 3.0

# The folders of templates of every page, and of the dashboard.
_FIRST_TEMPLATES = ("common/", "dashboard/", "health/", "search/")

FEW_COLLECTIONS = 50_000
"""Allocations between two garbage collections: at Python's 700 every other CSV of 10,000 posts
had one through the whole catalog and the cached sums, and took 170 ms, not 75."""


def serve_admin(settings: Settings) -> None:
    """Serve the admin until SIGTERM."""
    gc.set_threshold(FEW_COLLECTIONS)
    end_when_orphaned()
    app = make_admin(settings)
    admin: Admin = app.extensions[EXTENSION]
    for page in admin.pages:
        if page.at_start:
            page.at_start(settings.instance)
    site = admin.site()
    if site:
        site.start()
    log_no_request(app)
    behind_proxies = trust_proxies(app, settings.trusted_proxies)
    server = create_server(
        refuse_wrong_hosts(with_admin(_pages(settings, admin), behind_proxies)),
        sockets=[listen(settings.admin_host, settings.admin_port)],
        threads=_THREADS,
        # Waitress counts two more: the socket that listens, and the pipe that wakes its loop.
        connection_limit=most_connections(CONNECTIONS) + 2,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=IDLE_SECONDS // 6,
        max_request_header_size=HEAD_BYTES,
        max_request_body_size=MOST_BYTES,
        # Neither a body nor an answer goes into a file.
        inbuf_overflow=sys.maxsize,
        outbuf_overflow=sys.maxsize,
        # By itself waitress hides who sent a request; `Proxies` says which proxy is believed.
        clear_untrusted_proxy_headers=False,
        asyncore_use_poll=True,  # `select` knows no descriptor above 1,023
        log_socket_errors=False,
        ident="",
        server_name=settings.admin_host,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _compile_templates(app)
    try:
        server.run()
    finally:
        if site:
            site.stop()


def _compile_templates(app: Flask) -> None:
    """Compile the templates of every page and of the dashboard.

    It took half a second, most of what the first request after a start waited for.
    """
    for name in app.jinja_env.list_templates(["html"]):
        if name.startswith(_FIRST_TEMPLATES):
            app.jinja_env.get_template(name)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address, and whose connections end by `IDLE_SECONDS`."""
    address = first_address(host, port)
    listener = socket.create_server(address.parts, family=address.family)
    if sys.platform == "linux":  # the connections that it accepts inherit the option
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, IDLE_SECONDS * 1000)
    return listener


def _pages(settings: Settings, admin: Admin) -> WSGIApplication:
    """Return the pages of every server, and start what goes on beside the admin."""
    served = Served(settings.targets)
    instance = Instance(settings, served, lambda: read_counters(settings.counters))
    PeriodicTasks(_PAUSE, (served.follow,)).start()
    # On a thread of its own: a database may take long to say that it is down.
    PeriodicTasks(_PAUSE, (ExternalEdits(admin).follow,)).start()
    database = DatabaseCheck(admin.engine)
    PeriodicTasks(_DATABASE_PAUSE, (database.ask,)).start()
    return Pages(
        settings,
        instance.health,
        instance.metrics,
        lambda: admin_ready(has_database=database.answers),
    )
