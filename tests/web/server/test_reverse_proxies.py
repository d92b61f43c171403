"""The server behind nginx and Caddy as documented: what they pass on, and slow clients there."""

import re
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from benchmarks.half_sent import HalfSent
from tests.support.reverse_proxies import caddy, nginx
from tests.support.servers import PATIENCE, SITE, served, wait_for, write_catalog
from tests.support.uploads import Owner, add_owner, head, kept, make_report_file

pytestmark = pytest.mark.server

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "server.md"

ROBOTS = b"GET /robots.txt HTTP/1.1\r\nHost: go.example.com\r\nConnection: close\r\n\r\n"
HIT = b"POST /hit/letter HTTP/1.1\r\nHost: go.example.com\r\n"
REQUESTS = {
    "lines end in LF alone": ROBOTS.replace(b"\r\n", b"\n"),
    # Whoever goes by the length takes the second request for a part of a body.
    "chunks and a `Content-Length`, then a second request": (
        HIT + b"Content-Length: 200\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + ROBOTS
    ),
    "two different `Content-Length`": (
        HIT + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef" + ROBOTS
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blog")
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    with served(folder, TRUSTED_PROXIES="127.0.0.1", CLIENT_SECONDS=2) as server:
        add_owner(server)
        yield server


@pytest.fixture(scope="module")
def fronts(server, tmp_path_factory):
    """Return the port of the server, of nginx and of Caddy, in the order of the documentation."""
    behind = server.settings["PORT"], server.settings["ADMIN_PORT"]
    with (
        nginx(tmp_path_factory.mktemp("nginx"), *behind) as first,
        caddy(tmp_path_factory.mktemp("caddy"), *behind) as second,
    ):
        yield behind[0], first, second


def statuses(port, request):
    """Return the status of each answer, until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(request)
        answers = b"".join(iter(lambda: client.recv(65536), b""))
    return [status.decode() for status in re.findall(rb"^HTTP/1\.1 (\d+)", answers, re.MULTILINE)]


@pytest.mark.parametrize("name", REQUESTS)
def test_each_answers_a_doubtful_request_as_documented(fronts, name):
    page = REFERENCE.read_text(encoding="utf-8")
    row = re.search(rf"^\| {re.escape(name)} \|(.*)\|$", page, re.MULTILINE)[1]
    documented = [re.findall(r"`(\d+)`", cell) for cell in row.split("|")]
    assert [statuses(port, REQUESTS[name]) for port in fronts] == documented


@pytest.mark.parametrize("number", [1, 2], ids=["nginx", "caddy"])
def test_clients_who_send_slowly_to_a_proxy_hold_up_nobody(server, fronts, number):
    port = fronts[number]
    with ExitStack() as stack:
        for path in ("/admin/login", "/hit/letter"):
            stack.enter_context(HalfSent(port, path, 20))
        for url in (server.url, server.admin_url, f"http://127.0.0.1:{port}"):
            assert httpx.get(f"{url}/healthz", timeout=30).status_code == 200
        link = f"http://127.0.0.1:{port}/go/letter"
        assert httpx.get(link, timeout=30).headers["location"] == f"{SITE}/letter/"


@pytest.mark.parametrize("number", [1, 2], ids=["nginx", "caddy"])
def test_clients_who_read_nothing_leave_the_owner_a_turn(fronts, number):
    ask = b"GET /admin/login HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(100):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", fronts[number]))
            client.settimeout(0)
            with suppress(BlockingIOError):
                client.sendall(ask * 2000)
        # As from another address, whose requests nginx counts apart.
        owner = httpx.HTTPTransport(local_address="127.0.0.9")
        with httpx.Client(transport=owner, timeout=15) as browser:
            page = browser.get(f"http://127.0.0.1:{fronts[number]}/admin/login")
    assert page.status_code == 200


@pytest.mark.parametrize("number", [1, 2], ids=["nginx", "caddy"])
def test_a_large_report_comes_through_but_not_a_strangers(server, fronts, number):
    owner = Owner(server, f"http://127.0.0.1:{fronts[number]}")
    done = owner.outcome(owner.upload(make_report_file(800, 9_000)))
    owner.client.close()
    assert done.status_code == 303, done.text
    with socket.create_connection(("127.0.0.1", fronts[number]), 0.2) as client:
        client.sendall(head())

        def send_on():
            with suppress(OSError):  # nothing yet, or closed after the answer
                client.sendall(b"x" * 65536)
            with suppress(OSError):
                return client.recv(65536)

        assert wait_for(send_on).startswith(b"HTTP/1.1 413 ")
    assert kept(server) == []
