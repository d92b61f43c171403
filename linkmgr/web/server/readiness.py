"""Doing something once servers answer, which are started by other processes or by this one."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

# Seconds between two attempts, and until one is given up: a socket may accept before its worker is
# there to answer.
_PAUSE = 0.1
_PATIENCE = 5.0


@contextmanager
def once_answering(addresses: Sequence[tuple[str, int]], act: Callable[[], None]) -> Iterator[None]:
    """Call `act` once every address has answered a request, unless the block has ended before."""
    ended = threading.Event()

    def wait() -> None:
        for host, port in addresses:
            while not _answers(host, port):
                if ended.wait(_PAUSE):
                    return
        act()

    threading.Thread(target=wait, name="readiness", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
