"""Clients that send or read slowly, or not at all, at a real server: they hold up nobody else."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from benchmarks.half_sent import FORM, HalfSent
from linkmgr.web.server.bodies import BODIES_PER_CLIENT
from linkmgr.web.server.connections import CONNECTIONS_PER_CLIENT
from tests.support.servers import CHROME, PATIENCE, SITE, Server, served, wait_for, write_catalog

pytestmark = pytest.mark.server

PROXY = "127.0.0.4"
# Seconds: what clients may take for a form, and what a page may take on a busy machine meanwhile.
FOR_A_FORM, AT_ONCE = 300, 60
# More than any process has threads, and fewer than one client may have.
FEW = 6


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blog")
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    with served(folder, TRUSTED_PROXIES=PROXY, CLIENT_SECONDS=FOR_A_FORM) as server:
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


def test_few_open_files_are_enough_for_idle_connections_and_for_a_form_that_arrives_at_the_stop(
    small_server,
):
    server = small_server
    with ExitStack() as stack:
        idle = [stack.enter_context(open_at(server.settings["PORT"])) for _ in range(2 * FEW)]
        assert server.get("/go/letter").status_code == 302
        for each in idle:  # none had to end for it
            each.setblocking(False)  # noqa: FBT003 - as socket has it
            with pytest.raises(BlockingIOError):
                each.recv(1)
    with open_at(server.settings["ADMIN_PORT"]) as client:
        send_awaited_head(client)
        client.sendall(b"a")
        server.process.terminate()
        time.sleep(0.5)
        client.sendall(b"a" * 999)
        assert read_all(client).startswith(b"HTTP/1.1 400 ")
        assert server.process.wait(PATIENCE) == 0
        assert "kill" not in server.log.lower()


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


PORTS = "PORT", "ADMIN_PORT"
ASK = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
# What each client sends at first, and once it has an answer.
SLOW = ((b"", b""), (b"PRI", b""), (HTTP_2, b""), (ASK[:20], b""), (ASK, b""), (ASK, ASK[:20]))


def test_connections_without_a_whole_head_are_closed_in_time(impatient_server):
    with ExitStack() as stack:
        held = [
            (stack.enter_context(open_at(impatient_server.settings[port])), *sent)
            for port in PORTS
            for sent in SLOW
        ]
        for client, first, second in held:
            client.sendall(first)
            if second:
                client.recv(65536)
                client.sendall(second)
        for client, *_ in held:
            client.settimeout(PATIENCE)
            with suppress(ConnectionResetError):
                read_all(client)


def test_a_connection_whose_answers_nobody_reads_is_closed_in_time(impatient_server):
    with ThreadPoolExecutor() as pool:
        for ended in [pool.submit(ask_and_read_nothing, impatient_server, port) for port in PORTS]:
            ended.result()


def ask_and_read_nothing(server, port):
    """Ask on and on, and see that the connection ends."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.settings[port]))
        client.settimeout(PATIENCE)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            client.sendall(ASK * 1_000_000)


# Seconds in which a server looks through its connections once.
ROUND = 1.5


def hold(stack, server, number, address):
    """Open so many connections at the admin's port, and return them."""
    target, source = ("127.0.0.1", server.settings["ADMIN_PORT"]), (address, 0)
    return [
        stack.enter_context(socket.create_connection(target, PATIENCE, source))
        for _ in range(number)
    ]


def is_open(client):
    client.settimeout(0)
    with suppress(BlockingIOError):
        with suppress(ConnectionResetError):
            client.recv(1)
        return False
    return True


def test_a_client_with_too_many_connections_loses_the_oldest(server):
    with ExitStack() as stack:
        others = hold(stack, server, 3, "127.0.0.3")
        held = hold(stack, server, CONNECTIONS_PER_CLIENT, "127.0.0.2")
        time.sleep(ROUND)
        later = hold(stack, server, 3, "127.0.0.2")
        wait_for(lambda: sum(map(is_open, held)) == CONNECTIONS_PER_CLIENT - 3)
        assert all(map(is_open, [*others, *later]))
        assert pages(server) == [200, 200, 200]


def test_a_trusted_proxy_has_as_many_connections_as_it_likes(server):
    with ExitStack() as stack:
        held = hold(stack, server, CONNECTIONS_PER_CLIENT + 3, PROXY)
        time.sleep(ROUND)
        assert all(map(is_open, held))


def test_a_form_that_stays_half_sent_is_refused_and_closed(impatient_server):
    with open_at(impatient_server.settings["ADMIN_PORT"]) as client:
        client.sendall(FORM % b"/admin/login")
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert "もう一度送信してください。".encode() in answer


def test_one_half_sent_form_too_many_is_refused_and_pages_are_not(server):
    port = server.settings["ADMIN_PORT"]
    number = 2 * BODIES_PER_CLIENT
    with HalfSent(port, "/admin/login", number) as others, open_at(port) as client:
        wait_for(lambda: others.begun > number)  # one was refused, and has begun anew
        client.sendall(FORM % b"/admin/login")
        assert read_all(client).startswith(b"HTTP/1.1 429 ")
        assert pages(server) == [200, 200, 200]


def test_a_client_that_goes_within_a_form_leaves_no_place_taken(server):
    port = server.settings["ADMIN_PORT"]
    for _ in range(2 * BODIES_PER_CLIENT):
        with open_at(port) as client:
            client.sendall(FORM % b"/admin/login")
    wait_for(
        lambda: httpx.post(f"{server.admin_url}/admin/login", data={"a": "b"}).status_code == 400
    )


def test_a_form_in_malformed_chunks_is_refused(server):
    with open_at(server.settings["ADMIN_PORT"]) as client:
        head = FORM.partition(b"Content-Length")[0] % b"/admin/login"
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\nzz\r\n")
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"arrived incomplete" in answer


def test_a_form_waits_for_its_client_to_be_told_to_go_on(server):
    with open_at(server.settings["ADMIN_PORT"]) as client:
        send_awaited_head(client)
        client.sendall(b"a" * 1000)
        assert read_all(client).startswith(b"HTTP/1.1 400 ")


def test_a_form_that_is_declared_too_large_is_refused_by_a_page_before_it_is_sent(server):
    with open_at(server.settings["ADMIN_PORT"]) as client:
        head = FORM.replace(b"Length: 1000", b"Length: 5000000") % b"/admin/login"
        client.sendall(head)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Too much data" in answer


def test_a_form_that_turns_out_too_large_is_refused_by_a_page(server):
    with open_at(server.settings["ADMIN_PORT"]) as client:
        head = FORM.partition(b"Content-Length")[0] % b"/admin/login"
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(4):
            client.sendall(b"%x\r\n%s\r\n" % (2**20, b"a" * 2**20))
        client.sendall(b"1\r\na\r\n")
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")


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


def test_the_rounds_over_connections_release_no_lock_on_the_database(server):
    # Without them another process would delete the log that the admin writes to.
    assert httpx.get(f"{server.admin_url}/admin/login").status_code == 200
    held = wait_for(lambda: several(lockers(server.instance / "linkmgr.db")))
    end = time.monotonic() + ROUND
    while time.monotonic() < end:
        assert lockers(server.instance / "linkmgr.db") >= held
        time.sleep(0.05)


def several(processes):
    """Return processes once the admin is among them, besides the one that loads."""
    return processes if len(processes) > 1 else None


def lockers(file):
    """Return the processes that have locks on a file."""
    entries = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    number = str(file.stat().st_ino)
    return {entry[4] for entry in entries if entry[5].rpartition(":")[2] == number}
