"""Connections that clients hold open: few for each client, and none whose answers nobody reads.

granian has no setting for either, and opens its sockets by itself. So they are found among this
process's open files, as the system lists them (`_accepted`).
"""

import logging
import os
import socket
import time
from collections import defaultdict
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from linkmgr.clicks.request import Proxies, network_of
from linkmgr.web.background.periodic import PeriodicTasks

CONNECTIONS_PER_CLIENT = 100
"""At each process. A browser opens six; many readers may share an address."""

CONNECTIONS = 2048
"""That a process accepts; further clients wait until one of them is closed."""

# Seconds between two rounds.
_PAUSE = 1.0

_FAMILIES = (socket.AF_INET, socket.AF_INET6)

_log = logging.getLogger(__name__)


def limit_connections(proxies: Proxies, seconds: float) -> None:
    """Limit the connections of this process from now on.

    One whose client takes nothing of an answer for `seconds` is closed.
    """
    PeriodicTasks(_PAUSE, (_Connections(proxies, seconds).limit,)).start()


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A connection: the server's socket, whose number distinguishes it from later connections."""

    socket: socket.socket
    number: int
    peer: str

    def end(self) -> None:
        """Shut it down, as its client could, unless it is closed already; the server closes it."""
        with suppress(OSError):
            if _number_of(self.socket) == self.number:
                self.socket.shutdown(socket.SHUT_RDWR)


class _Connections:
    """The connections that this process has accepted, at whatever port it listens."""

    def __init__(self, proxies: Proxies, seconds: float) -> None:
        self._proxies = proxies
        self._seconds = seconds
        self._opened: dict[int, float] = {}
        self._exceeded = False

    def limit(self) -> None:
        """End the oldest ones of a client with too many; a trusted proxy may have any number."""
        with ExitStack() as stack:
            by_client = defaultdict[str, list[_Accepted]](list)
            for each in self._newest_first(_accepted(stack)):
                if not self._proxies.trusts(each.peer):
                    by_client[network_of(each.peer)].append(each)
            excess = [each for held in by_client.values() for each in held[CONNECTIONS_PER_CLIENT:]]
            for each in excess:
                each.end()
        if excess and not self._exceeded:
            _log.warning("a client had more than %d connections", CONNECTIONS_PER_CLIENT)
        self._exceeded = bool(excess)

    def _newest_first(self, found: list[_Accepted]) -> list[_Accepted]:
        """Sort connections by when they were seen first; new ones get a deadline."""
        now = time.monotonic()
        for each in found:
            if each.number not in self._opened:
                _set_deadline(each.socket, self._seconds)
        self._opened = {each.number: self._opened.get(each.number, now) for each in found}
        return sorted(found, key=lambda each: (-self._opened[each.number], -each.number))


def _set_deadline(connection: socket.socket, seconds: float) -> None:
    # Linux ends a connection whose data is not acknowledged for so long, or whose window is closed.
    if option := getattr(socket, "TCP_USER_TIMEOUT", None):
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))


def _accepted(stack: ExitStack) -> list[_Accepted]:
    """Return this process's connections that were opened at a port where it listens.

    The others are its own, such as those to the database. This relies on the server to accept them
    as ordinary sockets of its process, which `tests/web/server/test_servers.py` holds granian to.

    They are no duplicates, and remain open when the stack ends: closing a duplicate of SQLite's
    file releases all locks that the process has on it (see `close` in POSIX). Others would then
    delete the log that it writes to.
    """
    found, ports = [], set()
    for entry in Path("/dev/fd").iterdir():
        with suppress(OSError):  # no socket, closed in the meantime, or that of this list
            opened = socket.socket(fileno=int(entry.name))
            stack.callback(opened.detach)
            if opened.family not in _FAMILIES or opened.type != socket.SOCK_STREAM:
                continue
            port = opened.getsockname()[1]
            if opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                ports.add(port)
            else:
                peer = str(opened.getpeername()[0])
                found.append((port, _Accepted(opened, _number_of(opened), peer)))
    return [each for port, each in found if port in ports]


def _number_of(opened: socket.socket) -> int:
    return os.fstat(opened.fileno()).st_ino
