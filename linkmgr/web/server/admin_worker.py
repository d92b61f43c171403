"""The process that answers the owner: the admin and the pages of every server, behind a gateway."""

import asyncio
import atexit
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from multiprocessing.util import Finalize
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from linkmgr.admin.app import make_admin
from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.common.security import MOST_BYTES, UPLOAD_PATH, session_check, trusting
from linkmgr.admin.earnings.received import delete_abandoned
from linkmgr.admin.editing.edits import ExternalEdits
from linkmgr.clicks.request import Proxies
from linkmgr.messages.message import Message, message
from linkmgr.settings import read_settings
from linkmgr.store.db.engine import DatabaseCheck
from linkmgr.store.instance.checks import admin_ready
from linkmgr.store.instance.folder import use_private_umask
from linkmgr.store.instance.state import read_counters
from linkmgr.web.background.periodic import PeriodicTasks
from linkmgr.web.logs import log_no_request
from linkmgr.web.pages import (
    Instance,
    Served,
    end_without_finalization,
    make_flask,
    stop_when_orphaned,
    with_admin,
)
from linkmgr.web.server.bodies import UPLOADS, Bodies, BodyRefusedError, Receive, discard
from linkmgr.web.server.connections import limit_connections
from linkmgr.web.server.refusals import refusal, refuse_wrong_hosts

# The gateway: a WSGI app behind ASGI, whose threads compute and never wait for a client.
#
# Through granian's own WSGI interface, the thread that runs an app reads the body and writes the
# answer, for as long as the client likes: granian has a deadline for headers, none for these.

Scope = Mapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_REFUSALS: Mapping[HTTPStatus, Message] = {
    HTTPStatus.BAD_REQUEST: message("server.incomplete-request"),
    HTTPStatus.REQUEST_TIMEOUT: message("server.slow-request"),
    HTTPStatus.TOO_MANY_REQUESTS: message("server.too-many-requests"),
    HTTPStatus.SERVICE_UNAVAILABLE: message("server.busy"),
}


class Reply(NamedTuple):
    """An answer as a whole."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Gateway:
    """An ASGI callable for HTTP/1 that answers with a WSGI app, run in one of `threads` threads.

    The app gets a request once its body has arrived, and its answer is collected before it is sent.
    The upload of somebody who `is_signed_in` alone it reads as it comes, in a thread beside those.
    """

    def __init__(
        self,
        app: WSGIApplication,
        bodies: Bodies,
        threads: int,
        is_signed_in: Callable[[WSGIEnvironment], bool],
    ) -> None:
        self._app = app
        self._bodies = bodies
        self._is_signed_in = is_signed_in
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._uploads = ThreadPoolExecutor(UPLOADS, thread_name_prefix="upload")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        environ = environ_of(scope)
        is_upload = (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", UPLOAD_PATH)
        is_upload = is_upload and self._is_signed_in(environ)  # or strangers would take the places
        try:
            answer = self._answer_upload if is_upload else self._answer
            reply = await answer(environ, receive)
        except BodyRefusedError as refused:
            reply = Reply(refused.status, *refusal(_REFUSALS[refused.status]))
        headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        # In one piece, which granian takes over at once, however slowly the client reads it.
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})
        if is_upload:
            await discard(receive)

    async def _answer(self, environ: dict[str, Any], receive: Receive) -> Reply:
        async with self._bodies.whole(environ, receive) as body:
            environ["wsgi.input"] = BytesIO(body)
            if environ.pop("HTTP_TRANSFER_ENCODING", None):
                # By RFC 9112, section 7.1.3. Without a length werkzeug would take the first
                # 4 MB of a longer form for the whole.
                environ["CONTENT_LENGTH"] = str(len(body))
            return await self._run(self._threads, environ)

    async def _answer_upload(self, environ: dict[str, Any], receive: Receive) -> Reply:
        async with self._bodies.upload(environ, receive) as body:
            environ["wsgi.input"] = body
            return await self._run(self._uploads, environ)

    async def _run(self, threads: ThreadPoolExecutor, environ: dict[str, Any]) -> Reply:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, run, self._app, environ)


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return the environment of a request as granian's WSGI interface has it (PEP 3333).

    Left out are headers with an underscore in their name, which would pass for others.
    """
    server, port = scope["server"]
    environ = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_SOFTWARE": "granian",
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "SCRIPT_NAME": "",
        "REMOTE_ADDR": scope["client"][0],
        "REQUEST_METHOD": scope["method"],
        # Not `path`, in which bytes that are no UTF-8 are replaced.
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,  # werkzeug's word for: read to the end, there is one
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(environ, name.decode(), value.decode() if value.isascii() else "")
    return environ


def run(app: WSGIApplication, environ: dict[str, Any]) -> Reply:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: object = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return written.append

    chunks: Iterable[bytes] = app(environ, start_response)
    try:
        written.extend(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    ((status, headers),) = started
    return Reply(int(status.partition(" ")[0]), headers, b"".join(written))


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:
        return
    key = name.upper().replace("-", "_")
    if key in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
        environ.setdefault(key, value)
    elif (former := environ.get(f"HTTP_{key}")) is None:
        environ[f"HTTP_{key}"] = value
    else:
        # Those of several lines become one (RFC 9110, section 5.3); cookies have no commas.
        environ[f"HTTP_{key}"] = f"{former}{';' if key == 'COOKIE' else ','}{value}"


# The process.

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
    use_private_umask()
    gc.set_threshold(FEW_COLLECTIONS)
    settings = read_settings(os.environ)
    delete_abandoned(settings.instance)
    served = Served(settings.targets)
    instance = Instance(settings, served, lambda: read_counters(settings.counters))
    PeriodicTasks(_PAUSE, (served.follow, stop_when_orphaned())).start()
    proxies = Proxies(settings.trusted_proxies)
    limit_connections(proxies, settings.client_seconds)
    admin = make_admin(settings)
    if site := admin.extensions[EXTENSION].site():
        site.start()
        # Before this process waits for its children. A forked process runs finalizers, but before
        # Python 3.13 no exit callbacks.
        atexit.register(Finalize(None, site.stop, exitpriority=0))
    # On a thread of its own: a database may take long to say that it is down.
    PeriodicTasks(_PAUSE, (ExternalEdits(admin.extensions[EXTENSION]).follow,)).start()
    database = DatabaseCheck(admin.extensions[EXTENSION].engine)
    PeriodicTasks(_DATABASE_PAUSE, (database.ask,)).start()
    log_no_request(admin)
    pages = make_flask(
        settings,
        instance.health,
        instance.metrics,
        lambda: admin_ready(has_database=database.answers),
    )
    app = refuse_wrong_hosts(with_admin(pages, trusting(admin, settings.trusted_proxies)))
    bodies = Bodies(proxies, MOST_BYTES, settings.client_seconds)
    return Gateway(app, bodies, _THREADS, session_check(admin))
