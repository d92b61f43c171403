"""A WSGI app behind granian's ASGI interface: its threads compute, and never wait for a client.

Through granian's own WSGI interface, the thread that runs an app reads the body and writes the
answer, for as long as the client likes: granian has a deadline for headers, none for these.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from linkmgr.messages.message import Message, message
from linkmgr.web.server.bodies import Bodies, BodyRefusedError, Receive
from linkmgr.web.server.refusals import refusal

Scope = Mapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_REFUSALS: Mapping[HTTPStatus, Message] = {
    HTTPStatus.BAD_REQUEST: message("server.incomplete-request"),
    HTTPStatus.REQUEST_TIMEOUT: message("server.slow-request"),
    HTTPStatus.TOO_MANY_REQUESTS: message("server.too-many-requests"),
    HTTPStatus.SERVICE_UNAVAILABLE: message("server.busy"),
}


class Reply(NamedTuple):
    """What is answered, in whole."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Gateway:
    """An ASGI callable for HTTP/1 that answers with a WSGI app, run in one of `threads` threads.

    The app gets a request once its body has arrived, and its answer is collected before it is sent.
    """

    def __init__(self, app: WSGIApplication, bodies: Bodies, threads: int) -> None:
        self._app = app
        self._bodies = bodies
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        environ = environ_of(scope)
        try:
            async with self._bodies.whole(environ, receive) as body:
                environ["wsgi.input"] = BytesIO(body)
                if environ.pop("HTTP_TRANSFER_ENCODING", None):
                    # By RFC 9112, section 7.1.3. Without a length werkzeug would take the first
                    # 4 MB of a longer form for the whole.
                    environ["CONTENT_LENGTH"] = str(len(body))
                loop = asyncio.get_running_loop()
                reply = await loop.run_in_executor(self._threads, run, self._app, environ)
        except BodyRefusedError as refused:
            reply = Reply(refused.status, *refusal(_REFUSALS[refused.status]))
        headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        # In one piece, which granian takes over at once, however slowly the client reads it.
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})


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
        "SERVER_PORT": port,
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
    """Return what the app answers."""
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
