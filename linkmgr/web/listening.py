"""The servers that listen: one for readers, and one for the owner, who must not hold them up."""

import socket
import threading
from multiprocessing.connection import Connection
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer

from linkmgr.errors import LinkmgrError
from linkmgr.settings import Settings
from linkmgr.web.logs import log_config

# Seconds that a worker has to answer what it began when the server is stopped.
_LAST_ANSWERS = 10

# Requests of the owner that are answered at once, as one may wait for the database.
_ADMIN_THREADS = 4


def public_server(settings: Settings) -> AbstractServer[Any]:
    """Return the server of readers, which `serve` runs until SIGTERM or SIGINT."""
    return _server("linkmgr.web.worker", settings.host, settings.port, settings.workers, 1)


def admin_server(settings: Settings) -> AbstractServer[Any]:
    """Return the server of the admin."""
    address = settings.admin_host, settings.admin_port
    return _server("linkmgr.web.admin_worker", *address, 1, _ADMIN_THREADS)


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
        reason = error.strerror if isinstance(error, OSError) else "there can be no such name"
        raise LinkmgrError(
            f"cannot listen at {host}:{port}: {reason}; {variables} set another address"
        ) from error


def _server(
    module: str, address: str, port: int, workers: int, threads: int
) -> AbstractServer[Any]:
    return Server(
        f"{module}:make_app",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        runtime_threads=1,
        respawn_failed_workers=True,
        workers_kill_timeout=_LAST_ANSWERS,
        log_dictconfig=log_config(),
        log_level=LogLevels.warning,
    )
