"""A request to the endpoints without a server: what they answer, write down and count."""

from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from linkmgr.clicks.line import read_line
from linkmgr.clicks.request import Proxies
from linkmgr.web.endpoints import Counters, Current, Endpoints
from linkmgr.web.visitors import Visitors
from tests.support.clicks import TODAY, make_targets

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
READER = "203.0.113.7"


class Reply(NamedTuple):
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: str


class ListSpool:
    """A spool in memory; `full` as a disk may be."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.full = False

    def append(self, line):
        if not self.full:
            self.lines.append(line)
        return not self.full


def rest(environ, start_response):
    """Stand for the application behind the endpoints."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"the rest: {environ['PATH_INFO']!a}".encode()]


def make_server(targets=None, proxies=(), today=TODAY):
    """Make endpoints with all that they need in memory."""
    spool, counters = ListSpool(), Counters()
    current = Current(targets or make_targets(), today)
    visitors = Visitors(Path("no file"))
    endpoints = Endpoints(
        rest,
        current=current,
        spool=spool,
        visitors=visitors,
        proxies=Proxies(proxies),
        counters=counters,
    )
    return SimpleNamespace(
        endpoints=endpoints, spool=spool, counters=counters, current=current, visitors=visitors
    )


def clicks_of(server):
    """Read the clicks that were written down."""
    return [read_line(line.removesuffix(b"\n")) for line in server.spool.lines]


def send(server, target, method="GET", **headers):
    """Send a request; `target` is a path of WSGI with its query, headers are WSGI's `HTTP_…`."""
    path, _, query = target.partition("?")
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"REMOTE_ADDR": READER, "HTTP_USER_AGENT": CHROME}
    environ |= {
        name if name == "REMOTE_ADDR" else f"HTTP_{name}": headers[name] for name in headers
    }
    started = []
    body = server.endpoints(environ, lambda status, sent: started.append((status, sent)))
    ((status, sent),) = started
    assert len(dict(sent)) == len(sent)
    return Reply(int(status[:3]), dict(sent), b"".join(body).decode())
