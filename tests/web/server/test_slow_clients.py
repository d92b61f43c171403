"""Clients that send or read slowly, or not at all, at a real server: they hold up nobody else."""

import socket
import time
from contextlib import ExitStack, suppress

import httpx
import pytest

from benchmarks.half_sent import FORM, HalfSent
from linkmgr.web.server.admin import CONNECTIONS
from tests.support.servers import CHROME, PATIENCE, SITE, Server, served, write_catalog

pytestmark = pytest.mark.server

# Seconds: what clients may take for a head, and what a page may take on a busy machine meanwhile.
FOR_A_HEAD, AT_ONCE = 300, 60
# More than any process has threads, and fewer than it has connections.
FEW = 6
PORTS = "PORT", "ADMIN_PORT"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blog")
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    with served(folder, CLIENT_SECONDS=FOR_A_HEAD) as server:
        yield server


@pytest.fixture(scope="module")
def impatient_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blog")
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    with served(folder, CLIENT_SECONDS=1) as server:
        yield server


def send_awaited_head(client):
    """Send the head of a form of 1,000 bytes, and wait until the server reads them."""
    head = FORM.partition(b"\r\n\r\n")[0] % b"/admin/login"
    client.sendall(head + b"\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
    assert client.recv(65536).startswith(b"HTTP/1.1 100 ")


def pages(server):
    """Ask both ports for a page each, and for a form."""
    urls = f"{server.admin_url}/healthz", f"{server.admin_url}/admin/login", f"{server.url}/healthz"
    return [httpx.get(url, timeout=AT_ONCE).status_code for url in urls]


def open_at(port):
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def read_all(client):
    """Read until the server closes."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_half_sent_forms_hold_up_no_page(server):
    with HalfSent(server.settings["ADMIN_PORT"], "/admin/login", FEW):
        for _ in range(3):
            assert pages(server) == [200, 200, 200]
            time.sleep(0.1)


def test_half_sent_hits_hold_up_no_reader(server):
    with ExitStack() as stack:
        for path in ("/hit/letter", "/go/letter", "/", "/metrics"):
            stack.enter_context(HalfSent(server.settings["PORT"], path, FEW))
        assert pages(server) == [200, 200, 200]
        assert server.get("/go/letter").status_code == 302


@pytest.fixture
def small_server(tmp_path):
    """Run a server that may open few files."""
    write_catalog(tmp_path, ("letter", f"{SITE}/letter/"))
    server = Server(tmp_path)
    server.launcher = ["prlimit", "--nofile=64:64"]
    server.start()
    yield server
    if server.process.poll() is None:
        server.stop()


def test_few_open_files_are_enough_for_idle_connections(small_server):
    server = small_server
    with ExitStack() as stack:
        for port in PORTS:
            idle = [stack.enter_context(open_at(server.settings[port])) for _ in range(2 * FEW)]
            assert pages(server) == [200, 200, 200]
            for client in idle:  # none had to end for it
                client.setblocking(False)  # noqa: FBT003 - as socket has it
                with pytest.raises(BlockingIOError):
                    client.recv(1)


def test_answers_that_nobody_reads_hold_up_no_page(server):
    ask = b"GET /admin/static/htmx.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(FEW):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.settings["ADMIN_PORT"]))
            client.sendall(ask * 200)
        time.sleep(1)
        assert pages(server) == [200, 200, 200]


ASK = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
# What each client sends at first, and once it has an answer.
SLOW = ((b"", b""), (b"PRI", b""), (HTTP_2, b""), (ASK[:20], b""), (ASK, b""), (ASK, ASK[:20]))


def test_connections_without_a_whole_head_are_closed_in_time(impatient_server):
    port = impatient_server.settings["PORT"]
    with ExitStack() as stack:
        held = [(stack.enter_context(open_at(port)), *sent) for sent in SLOW]
        for client, first, second in held:
            client.sendall(first)
            if second:
                client.recv(65536)
                client.sendall(second)
        for client, *_ in held:
            client.settimeout(PATIENCE)
            with suppress(ConnectionResetError):
                read_all(client)


def test_a_client_that_goes_within_a_form_leaves_no_place_taken(server):
    port = server.settings["ADMIN_PORT"]
    for _ in range(2 * CONNECTIONS):
        with open_at(port) as client:
            client.sendall(FORM % b"/admin/login")
    sent = httpx.post(f"{server.admin_url}/admin/login", data={"a": "b"}, timeout=AT_ONCE)
    assert sent.status_code == 400


def test_a_form_in_malformed_chunks_is_refused(server):
    with open_at(server.settings["ADMIN_PORT"]) as client:
        head = FORM.partition(b"Content-Length")[0] % b"/admin/login"
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\nzz\r\n")
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_form_waits_for_its_client_to_be_told_to_go_on(server):
    with open_at(server.settings["ADMIN_PORT"]) as client:
        send_awaited_head(client)
        client.sendall(b"a" * 1000)
        assert read_all(client).startswith(b"HTTP/1.1 400 ")


def test_a_form_that_is_too_large_is_refused_by_a_page(server):
    with open_at(server.settings["ADMIN_PORT"]) as client:
        head = FORM.partition(b"Content-Length")[0] % b"/admin/login"
        client.sendall(head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (2**20, b"a" * 2**20))
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Too much data" in answer


def test_a_connection_goes_on_after_a_form(server):
    with httpx.Client(headers={"User-Agent": CHROME}) as client:
        answers = [
            client.post(f"{server.admin_url}/admin/login", data={"a": "b"}),
            client.post(f"{server.admin_url}/admin/login", content=iter([b"a", b"=b"])),
            client.get(f"{server.admin_url}/healthz"),
        ]
    streams = {answer.extensions["network_stream"] for answer in answers}
    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert len(streams) == 1
