"""The servers that listen: one for readers, and one for the owner, who must not delay them."""

import resource
import socket
import threading
from multiprocessing.connection import Connection
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.messages.os_reason import os_reason
from linkmgr.settings import Settings
from linkmgr.web.logs import log_config
from linkmgr.web.server.bodies import BODY_SECONDS
from linkmgr.web.server.connections import CONNECTIONS, HEAD_SECONDS
from linkmgr.web.server.respawn import RespawningServer

HEAD_BYTES = 64 * 2**10
"""Of a request's head, and of answers that wait for a client to read: with granian's 400 kB, those
who hold all connections could fill a gigabyte."""

OTHER_DESCRIPTORS = 128
"""That a process needs beside its connections."""

# Seconds that a worker has to answer what it began when the server is stopped.
_LAST_ANSWERS = 10


def public_server(settings: Settings) -> AbstractServer[Any]:
    """Return the server of readers, which `serve` runs until SIGTERM or SIGINT."""
    return RespawningServer(
        "linkmgr.web.server.worker:make_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        # A connection that has sent nothing yet ends by its own deadline only.
        workers_kill_timeout=int(HEAD_SECONDS) + _LAST_ANSWERS,
        **_common(),
    )


def admin_server(settings: Settings) -> AbstractServer[Any]:
    """Return the server of the admin."""
    return RespawningServer(
        "linkmgr.web.server.admin_worker:make_app",
        address=settings.admin_host,
        port=settings.admin_port,
        # Without its start-up and shutdown events, of which there is nothing to be done.
        interface=Interfaces.ASGINL,
        websockets=False,
        workers=1,
        # A body that has begun to arrive may go on to.
        workers_kill_timeout=int(BODY_SECONDS) + _LAST_ANSWERS,
        **_common(),
    )


def serve_admin(settings: Settings, stopping: Connection) -> None:
    """Serve the admin until `stopping` says something or is closed."""
    server = admin_server(settings)

    def end() -> None:
        stopping.poll(None)
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    threading.Thread(target=end, name="stopping", daemon=True).start()
    server.serve()


def free_address(host: str, port: int, variables: str) -> tuple[str, int]:
    """Return where to listen, as numbers. Raise LinkmgrError if somebody listens there.

    granian's own sockets share their port with whoever else asks to share it, so it would not tell.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            name = probe.getsockname()
            return name[0], name[1]
    except (OSError, UnicodeError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else None
        raise LinkmgrError(
            message(
                "server.cannot-listen",
                host=host,
                port=str(port),
                reason=reason or message("server.invalid-host"),
                variables=variables,
            )
        ) from error


def _common() -> dict[str, Any]:
    return {
        "factory": True,
        # By itself granian waits without end for the bytes that tell HTTP/1 from HTTP/2.
        "http": HTTPModes.http1,
        "http1_settings": HTTP1Settings(
            header_read_timeout=int(HEAD_SECONDS * 1000), max_buffer_size=HEAD_BYTES
        ),
        "backpressure": _most_connections(),
        "blocking_threads": 1,
        "runtime_threads": 1,
        "log_dictconfig": log_config(),
        "log_level": LogLevels.warning,
    }


def _most_connections() -> int:
    """Raise the limit of open files, which workers inherit, and return what it has room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_DESCRIPTORS
    if soft < wanted:
        soft = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    # Of few, a quarter: with one at a time a browser that waits with its own would keep others out.
    # By itself a worker has some 20 files open.
    return max(min(CONNECTIONS, soft - OTHER_DESCRIPTORS), soft // 4, 1)
