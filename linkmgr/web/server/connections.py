"""Connections that clients hold open: few for each client, and none whose answers nobody reads."""

import logging
import os
import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from linkmgr.clicks.proxies import Proxies, network_of
from linkmgr.web.background.periodic import PeriodicTasks

HEAD_SECONDS = 10.0
"""For the head of a request to arrive, from the end of the answer before it on."""

READ_SECONDS = 10.0
"""For which a client may take nothing of an answer."""

CONNECTIONS_PER_CLIENT = 100
"""At each process. A browser opens six; many readers may share an address."""

CONNECTIONS = 2048
"""That a process accepts; further clients wait until one of them is closed."""

# Seconds between two rounds.
_PAUSE = 1.0

_FAMILIES = (socket.AF_INET, socket.AF_INET6)

_log = logging.getLogger(__name__)


def limit_connections(proxies: Proxies) -> None:
    """Limit the connections of this process from now on."""
    PeriodicTasks(_PAUSE, (_Connections(proxies).limit,)).start()


class _Connections:
    """The connections that this process has accepted, at whatever port it listens."""

    def __init__(self, proxies: Proxies) -> None:
        self._proxies = proxies
        self._opened: dict[int, float] = {}
        self._exceeded = False

    def limit(self) -> None:
        """Close the oldest ones of a client that has too many; a trusted proxy may have any number.

        By duplicates of their descriptors, as granian has no such limit: shutting one down ends the
        connection, for which granian then closes its own.
        """
        with ExitStack() as stack:
            opened = self._timed(_accepted(stack))
            by_client = defaultdict[str, list[socket.socket]](list)
            for connection, peer in opened:
                if not self._proxies.trusts(peer):
                    by_client[network_of(peer)].append(connection)
            excess = [each for held in by_client.values() for each in held[CONNECTIONS_PER_CLIENT:]]
            for connection in excess:
                with suppress(OSError):  # closed by the client in the meantime
                    connection.shutdown(socket.SHUT_RDWR)
        if excess and not self._exceeded:
            _log.warning("a client had more than %d connections", CONNECTIONS_PER_CLIENT)
        self._exceeded = bool(excess)

    def _timed(self, found: list[socket.socket]) -> list[tuple[socket.socket, str]]:
        """Return the connections with their clients, the newest first; new ones get a deadline."""
        now = time.monotonic()
        times, timed = {}, []
        for each in found:
            number = os.fstat(each.fileno()).st_ino
            times[number] = self._opened.get(number, now)
            with suppress(OSError):
                if number not in self._opened:
                    _set_deadline(each)
                timed.append((-times[number], -number, each, str(each.getpeername()[0])))
        self._opened = times
        return [(each, peer) for _, _, each, peer in sorted(timed, key=lambda entry: entry[:2])]


def _set_deadline(connection: socket.socket) -> None:
    # Linux ends a connection whose data is not acknowledged for so long, or whose window is closed.
    if option := getattr(socket, "TCP_USER_TIMEOUT", None):
        connection.setsockopt(socket.IPPROTO_TCP, option, int(READ_SECONDS * 1000))


def _accepted(stack: ExitStack) -> list[socket.socket]:
    """Return those of this process's sockets that were opened at a port where it listens.

    The others are its own, such as those to the database.
    """
    found = [stack.enter_context(each) for each in _sockets()]
    ports = {each.getsockname()[1] for each in found if _listens(each)}
    return [each for each in found if not _listens(each) and each.getsockname()[1] in ports]


def _listens(opened: socket.socket) -> bool:
    return bool(opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _sockets() -> Iterator[socket.socket]:
    """Duplicate the sockets of TCP, each of which the caller closes."""
    for entry in Path("/dev/fd").iterdir():
        try:
            duplicate = os.dup(int(entry.name))
        except OSError:  # closed in the meantime, or that of this list
            continue
        try:
            opened = socket.socket(fileno=duplicate)
        except OSError:  # no socket
            os.close(duplicate)
            continue
        if opened.family in _FAMILIES and opened.type == socket.SOCK_STREAM:
            yield opened
        else:
            opened.close()
