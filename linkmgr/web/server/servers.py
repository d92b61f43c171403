"""The servers that listen: one for readers, and one for the owner, who must not delay them."""

import logging
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer
from granian.server.mp import MPServer

from linkmgr.messages.errors import LinkmgrError, os_reason
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.web.logs import log_config
from linkmgr.web.server.bodies import BODY_SECONDS
from linkmgr.web.server.connections import CONNECTIONS, HEAD_SECONDS

# Seconds: a worker that served for this long is started again at once when it ends. One that ended
# sooner waits, twice as long each time: what ended it may last, and its start takes a processor.
_STEADY = 5.0
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0
# For how long a worker may have ended before the thread that watches it knows (seconds).
_NOTICED_WITHIN = 5.0

_log = logging.getLogger(__name__)


class RespawningServer(MPServer):
    """granian's server, but it starts workers again however often they end.

    granian's own exits once a worker has ended twice within 5.5 seconds.
    """

    def _serve_loop(
        self, spawn_target: Callable[..., None], target_loader: Callable[..., Any]
    ) -> None:
        due: dict[int, float] = {}
        short_lives = Counter[int]()
        while not self.interrupt_signal:
            pause = min(due.values()) - time.monotonic() if due else None
            self.main_loop_interrupt.wait(pause and max(pause, 0))
            self.main_loop_interrupt.clear()
            if self.reload_signal:
                due.clear()
                self._reload(spawn_target, target_loader)  # type: ignore[no-untyped-call]
            while self.interrupt_children:
                number = self.interrupt_children.pop()
                due[number] = time.monotonic() + self._pause(number, short_lives)
            for number in [each for each, when in due.items() if when <= time.monotonic()]:
                if self._start_again(number, spawn_target, target_loader):
                    del due[number]
                else:
                    due[number] = time.monotonic() + _LONGEST_PAUSE

    def _pause(self, number: int, short_lives: Counter[int]) -> float:
        """Return the seconds to wait before a worker that has ended is started again."""
        if time.monotonic() - self.wrks[number].birth >= _STEADY:
            del short_lives[number]
            return 0.0
        short_lives[number] += 1
        return min(_FIRST_PAUSE * 2.0 ** (short_lives[number] - 1), _LONGEST_PAUSE)

    def _start_again(
        self, number: int, spawn_target: Callable[..., None], target_loader: Callable[..., Any]
    ) -> bool:
        worker = self._spawn_worker(number, spawn_target, target_loader)
        try:
            worker.start()  # type: ignore[no-untyped-call]
        except OSError as error:  # no memory, or too many processes
            _log.error("worker-%d cannot be started: %s", number + 1, error.strerror)
            return False
        self.wrks[number] = worker
        return True

    def _stop_workers(self) -> None:
        """Stop the workers, and kill those that do not end in time.

        granian asks for the exit status that its watching thread may be taking at that moment; it
        then reports a worker that has ended as one that it kills.
        """
        for worker in self.wrks:
            worker.terminate()  # type: ignore[no-untyped-call]
        deadline = time.monotonic() + (self.workers_kill_timeout or 0)
        for worker in self.wrks:
            process = worker.inner
            if not wait([process.sentinel], max(deadline - time.monotonic(), 0)):
                _log.warning("killing worker-%d, which does not stop", worker.idx + 1)
                worker.kill()  # type: ignore[no-untyped-call]
                wait([process.sentinel])
            ended = time.monotonic()
            while process.exitcode is None and time.monotonic() < ended + _NOTICED_WITHIN:
                time.sleep(0.001)
        self.wrks.clear()


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
