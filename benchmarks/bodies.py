"""Measures what pages take while clients hold half-sent requests open; `make bench` runs it.

At each port they send heads, and then bodies, from so many addresses that no limit per client
holds; at the admin's also bodies from one address.
"""

import argparse
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

import sites
from half_sent import FORM, HEAD, HalfSent
from servers import free_port, running

BAR = 100.0  # ms
PAUSE = 0.05  # s between two pages
ITEM = "item-1"

Page = tuple[int, str]
"""A port and a path there."""


def milliseconds(port: int, path: str) -> float:
    """Return what a page takes, on a connection of its own."""
    start = time.perf_counter()
    client = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        client.request("GET", path)
        answer = client.getresponse()
        answer.read()
    finally:
        client.close()
    assert answer.status in {200, 302}, (path, answer.status)
    return (time.perf_counter() - start) * 1000


def measure(pages: list[Page], seconds: float) -> dict[Page, list[float]]:
    """Return what the pages take, asked for in turns."""
    taken: dict[Page, list[float]] = {page: [] for page in pages}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for page in pages:
            taken[page].append(milliseconds(*page))
            time.sleep(PAUSE)
    return taken


def report(taken: dict[Page, list[float]]) -> bool:
    """Print a row a page; return whether all were below the bar, throughout."""
    met = True
    for (port, path), times in taken.items():
        ordered = sorted(times)
        middle, late, last = (ordered[int(part * (len(ordered) - 1))] for part in (0.5, 0.99, 1))
        verdict = "" if last < BAR else "  NOT MET"
        met &= last < BAR
        print(
            f"  {f':{port}{path}':24}{len(times):6} times, p50 {middle:6.1f}, p99 {late:6.1f}, "
            f"longest {last:6.1f} ms{verdict}",
            flush=True,
        )
    return met


def main() -> None:
    """Measure; exit with 1 when the bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sites.write_catalog(folder, sites.draft_catalog(10))
        port, admin_port = free_port(), free_port()
        environ = {
            "LINKMGR_PORT": str(port),
            "LINKMGR_ADMIN_PORT": str(admin_port),
            "LINKMGR_INSTANCE": str(folder / "instance"),
        }
        admin = [(admin_port, "/healthz"), (admin_port, "/admin/login")]
        readers = [(port, "/healthz"), (port, "/robots.txt"), (port, f"/go/{ITEM}")]
        many = tuple(f"127.0.1.{number}" for number in range(1, 101))
        login, hit = (admin_port, "/admin/login"), (port, f"/hit/{ITEM}")
        rounds = (
            ("forms at the admin, from one address", login, FORM, many[:1]),
            ("forms at the admin, from 100 addresses", login, FORM, many),
            ("heads at the admin, from 100 addresses", login, HEAD, many),
            ("hits at the readers' port, from 100 addresses", hit, FORM, many),
            ("heads at the readers' port, from 100 addresses", hit, HEAD, many),
        )
        command = [sys.executable, "-m", "linkmgr", "serve"]
        with running(command, admin_port, folder, environ):
            measure([*admin, *readers], 2)  # a page's first time is not what is compared
            print("no half-sent requests", flush=True)
            report(measure([*admin, *readers], options.seconds / 4))
            met = True
            for what, page, beginning, addresses in rounds:
                with HalfSent(*page, options.sockets, addresses, beginning=beginning) as held:
                    taken = measure([*admin, *readers], options.seconds)
                print(f"{options.sockets} half-sent {what} ({held.begun:,} begun)")
                met &= report(taken)
    print(f"every page under {BAR:.0f} ms  {'met' if met else 'NOT MET'}")
    sys.exit(not met)


if __name__ == "__main__":
    main()
