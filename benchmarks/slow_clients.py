"""Measures redirects while clients hold connections open; `make bench` runs it.

They are begun forms and heads, idle connections, and some whose answers nobody reads: from one
address and from a hundred, at the port of the readers and at the admin's, without a proxy. Where a
redirect takes longer than the bar, SECURITY.md says so.
"""

import argparse
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import sites
from half_sent import FORM, HEAD, HalfSent
from servers import free_port, running

BAR = 50.0  # ms
PAUSE = 0.05  # s between two requests
LONGEST = 30.0  # s
ITEM = "item-1"
ASK = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"

ONE = ("127.0.0.1",)
MANY = tuple(f"127.0.1.{number}" for number in range(1, 101))


class Place(NamedTuple):
    """Where clients connect to, and from where."""

    port: int
    path: str
    addresses: Sequence[str]


def connections(place: Place, number: int) -> Iterator[socket.socket]:
    """Open connections, which take little of an answer."""
    for address in islice(cycle(place.addresses), number):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(1)
        with suppress(OSError):  # nobody accepts any more
            client.bind((address, 0))
            client.connect(("127.0.0.1", place.port))
        yield client


@contextmanager
def idle(place: Place, number: int) -> Iterator[None]:
    """Open connections that send nothing."""
    with ExitStack() as stack:
        for client in connections(place, number):
            stack.enter_context(client)
        yield


@contextmanager
def unread(place: Place, number: int) -> Iterator[None]:
    """Ask on and on, and read nothing."""
    with ExitStack() as stack:
        for client in connections(place, number):
            stack.enter_context(client)
            client.settimeout(0)
            with suppress(OSError):
                for _ in range(20):
                    client.send(ASK % place.path.encode() * 500)
        yield


def half_sent(beginning: bytes) -> Callable[[Place, int], HalfSent]:
    """Return what holds begun requests open."""

    def hold(place: Place, number: int) -> HalfSent:
        path, addresses = place.path, tuple(place.addresses)
        return HalfSent(place.port, path, number, addresses, beginning=beginning)

    return hold


def milliseconds(port: int, path: str) -> float:
    """Return what a page takes on a connection of its own, or infinity."""
    start = time.perf_counter()
    client = HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        client.request("GET", path)
        status = client.getresponse().status
    except (OSError, HTTPException):
        return float("inf")
    finally:
        client.close()
    assert status in {200, 302}, (path, status)
    return (time.perf_counter() - start) * 1000


def measure(port: int, path: str, seconds: float) -> list[float]:
    """Return what a page takes, again and again, in order."""
    taken = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        taken.append(milliseconds(port, path))
        time.sleep(PAUSE)
    return sorted(taken)


def report(what: str, port: int, admin_port: int, seconds: float) -> bool:
    """Print a row; return whether every redirect met the bar."""
    redirects = measure(port, f"/go/{ITEM}", seconds)
    pages = measure(admin_port, "/healthz", seconds / 2)
    longest = redirects[-1]
    print(
        f"{what:58}redirect p50 {redirects[len(redirects) // 2]:7.1f}, longest {longest:8.1f} ms"
        f"{'' if longest < BAR else '  NOT MET'}; admin p50 {pages[len(pages) // 2]:7.1f}, "
        f"longest {pages[-1]:8.1f} ms",
        flush=True,
    )
    return longest < BAR


def main() -> None:
    """Measure; exit with 1 when the bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    attacks = (
        ("half-sent forms", half_sent(FORM), 200),
        ("slow heads", half_sent(HEAD), 600),
        ("idle connections", idle, 5000),
        ("connections that don't read", unread, 200),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sites.write_catalog(folder, sites.draft_catalog(10))
        port, admin_port = free_port(), free_port()
        environ = {
            "LINKMGR_PORT": str(port),
            "LINKMGR_ADMIN_PORT": str(admin_port),
            "LINKMGR_INSTANCE": str(folder / "instance"),
        }
        command = [sys.executable, "-m", "linkmgr", "serve"]
        with running(command, admin_port, folder, environ):
            measure(port, f"/go/{ITEM}", 2)
            met = report("nothing", port, admin_port, options.seconds)
            for what, attack, number in attacks:
                for addresses in (ONE, MANY):
                    for place in (
                        Place(port, f"/go/{ITEM}", addresses),
                        Place(admin_port, "/admin/login", addresses),
                    ):
                        where = "readers" if place.port == port else "admin"
                        said = f"{number:,} {what}, {len(addresses)} address(es), {where}"
                        with attack(place, number):
                            met &= report(said, port, admin_port, options.seconds)
    print(f"every redirect under {BAR:.0f} ms  {'met' if met else 'NOT MET'}")
    sys.exit(not met)


if __name__ == "__main__":
    main()
