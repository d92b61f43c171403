"""Clients that begin to send a request, its head or its body, and never end it."""

import socket
import threading
from contextlib import suppress
from itertools import cycle
from typing import Self

HEAD = b"GET %s HTTP/1.1\r\nHost: localhost\r\nX-Name: "
FORM = (
    b"POST %s HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname="
)


class HalfSent:
    """Keeps `number` half-sent requests open at a port for as long as the block lasts.

    Each has sent `beginning` with the path, `FORM` or `HEAD`. They come from each of the addresses
    in turn, send a byte every second, and are begun anew whenever the server has closed them.
    """

    def __init__(
        self,
        port: int,
        path: str,
        number: int,
        addresses: tuple[str, ...] = ("127.0.0.1",),
        *,
        beginning: bytes = FORM,
    ) -> None:
        self.begun = 0
        self._port = port
        self._beginning = beginning % path.encode()
        self._sources = cycle(addresses)
        self._number = number
        self._open: list[socket.socket] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep)

    def __enter__(self) -> Self:
        self._open = [self._begin() for _ in range(self._number)]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        for each in self._open:
            each.close()

    def _keep(self) -> None:
        while not self._ended.wait(1):
            self._open = [each if _goes_on(each) else self._begin() for each in self._open]

    def _begin(self) -> socket.socket:
        self.begun += 1
        source = next(self._sources), 0
        opened = socket.create_connection(("127.0.0.1", self._port), 10, source_address=source)
        opened.sendall(self._beginning)
        return opened


def _goes_on(opened: socket.socket) -> bool:
    """Send a byte more, unless the server has answered or closed."""
    opened.settimeout(0)
    with suppress(OSError):
        with suppress(BlockingIOError):
            opened.recv(1)
            opened.close()
            return False
        opened.send(b"a")
        return True
    opened.close()
    return False
