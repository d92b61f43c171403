"""The servers that listen: some for readers, and one for the owner, who must not delay them."""

import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from functools import partial
from multiprocessing.connection import Connection

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from linkmgr.messages.errors import LinkmgrError, os_reason
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.web.logs import log_config
from linkmgr.web.server.connections import CONNECTIONS
from linkmgr.web.server.supervisor import reset_signals

_log = logging.getLogger(__name__)

HEAD_BYTES = 64 * 2**10
"""Of a request's head, and of answers that wait for a client to read: with granian's 400 kB, those
who hold all connections could fill a gigabyte."""

OTHER_DESCRIPTORS = 128
"""That a process needs beside its connections."""

# Seconds that a worker has to answer what it began when the server is stopped.
_LAST_ANSWERS = 10


def serve_readers(settings: Settings, stopping: Connection) -> None:
    """Serve readers, by one worker, until `stopping` receives something or is closed."""
    _serve(
        "linkmgr.web.server.worker:make_app",
        Interfaces.WSGI,
        (settings.host, settings.port),
        stopping,
        settings,
    )


def serve_admin(settings: Settings, stopping: Connection) -> None:
    """Serve the admin, by one worker, until `stopping` receives something or is closed."""
    _serve(
        "linkmgr.web.server.admin_worker:make_app",
        # Without its start-up and shutdown events, of which there is nothing to be done.
        Interfaces.ASGINL,
        (settings.admin_host, settings.admin_port),
        stopping,
        settings,
    )


def servers_deadline(settings: Settings) -> float:
    """Return how many seconds a server's worker has to end once the server is stopped.

    A connection that has sent nothing yet ends by its own deadline only, and a body that has begun
    to arrive may go on to.
    """
    return settings.client_seconds + _LAST_ANSWERS


def _serve(
    target: str,
    interface: Interfaces,
    address: tuple[str, int],
    stopping: Connection,
    settings: Settings,
) -> None:
    """Serve an app, by one worker, until `stopping` does and its clients had their time.

    Each has `settings.client_seconds` to send its request. When the worker ends by itself, so does
    this process, with status 1. The worker's socket shares its port with those of other servers.
    """
    server = Granian(
        target,
        *address,
        interface=interface,
        workers=1,
        factory=True,
        websockets=False,
        # By itself granian waits without end for the bytes that distinguish HTTP/1 from HTTP/2.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=settings.client_seconds * 1000, max_buffer_size=HEAD_BYTES
        ),
        backpressure=_most_connections(),
        blocking_threads=1,
        runtime_threads=1,
        log_dictconfig=log_config(),
        log_level=LogLevels.warning,
    )
    serving, name = threading.get_ident(), multiprocessing.current_process().name

    def end() -> None:
        stopping.poll(None)
        signal.pthread_kill(serving, signal.SIGTERM)
        time.sleep(servers_deadline(settings))
        # Not by granian's `workers_kill_timeout`, after which 2.8 may also say that it kills a
        # worker which has just ended by itself.
        for worker in multiprocessing.active_children():
            _log.warning("%s does not end and is killed", name)
            worker.kill()

    thread = threading.Thread(target=end, name="stopping", daemon=True)
    if multiprocessing.get_start_method() == "fork":
        _start_after_fork(thread)
    else:
        thread.start()
    try:
        server.serve()
    except OSError as error:  # no memory, or too many processes
        _log.error("%s cannot be started: %s", name, error.strerror)
        sys.exit(1)


def _start_after_fork(stopping: threading.Thread) -> None:
    """Have a thread of this process start once granian has forked its worker.

    Before that it would be a thread beside the one that forks. The worker, which granian has set no
    handlers of its own for yet, ends by a signal that comes early.
    """
    this = os.getpid()

    def after_in_parent() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if os.getpid() == this:  # and not the worker, should it fork, too
            stopping.start()

    os.register_at_fork(
        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, {signal.SIGTERM}),
        after_in_parent=after_in_parent,
        after_in_child=reset_signals,
    )


def free_address(host: str, port: int, prefix: str) -> tuple[str, int]:
    """Return where to listen, as numbers. Raise LinkmgrError if somebody listens there.

    `prefix` begins the variables that set it, `LINKMGR_` or `LINKMGR_ADMIN_`.

    granian would not notice: its sockets share their port with whoever else asks to share it.
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
                host_variable=f"{prefix}HOST",
                port_variable=f"{prefix}PORT",
            )
        ) from error


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
