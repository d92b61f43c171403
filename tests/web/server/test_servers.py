"""A server of one worker: what is relied on of granian, and how it ends."""

import ast
import os
import signal
import socket
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from granian.constants import Interfaces

import linkmgr
from linkmgr.settings import read_settings
from linkmgr.store.instance.state import read_counters
from linkmgr.store.instance.targets import publish
from linkmgr.web.server.connections import _accepted
from linkmgr.web.server.servers import _serve
from linkmgr.web.server.supervisor import Work
from linkmgr.web.server.worker import make_app
from tests.support.clicks import make_targets
from tests.support.servers import PATIENCE, free_port, runs, wait_for
from tests.support.supervised import supervised

# Which its README names, or the types of what it names.
PUBLIC = {
    ("granian", "Granian"),
    ("granian.constants", "HTTPModes"),
    ("granian.constants", "Interfaces"),
    ("granian.http", "HTTP1Settings"),
    ("granian.log", "LogLevels"),
}


def test_nothing_of_granian_is_used_but_its_public_interface():
    files = Path(linkmgr.__file__).parent.rglob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    imported = [node for node in nodes if isinstance(node, ast.Import)]
    assert not [a for node in imported for a in node.names if a.name.startswith("granian")]
    taken = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    used = {(node.module, a.name) for node in taken for a in node.names}
    assert {each for each in used if f"{each[0]}.".startswith("granian.")} == PUBLIC
    # Nor do its methods give way to ours.
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    bases = {ast.unparse(base) for node in classes for base in node.bases}
    assert not bases & {name for _, name in PUBLIC}


def worker(serve, settings):
    return Work("worker 1", partial(serve, settings), 60)


def serve_accepted(settings, stopping):
    """Serve the app that answers with the connections which its process finds."""
    address = settings.host, settings.port
    _serve(f"{__name__}:make_accepted_app", Interfaces.WSGI, address, stopping, settings)


def make_accepted_app():
    def app(_environ, start_response):
        with ExitStack() as stack:
            ports = [each.socket.getpeername()[1] for each in _accepted(stack)]
        body = " ".join(map(str, ports)).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return app


@pytest.mark.server
def test_a_worker_finds_the_connections_that_granian_accepts():
    port = free_port()
    settings = read_settings({"LINKMGR_PORT": str(port)})
    with supervised(worker(serve_accepted, settings)), ExitStack() as stack:
        first = wait_for(lambda: connected(port))
        clients = [stack.enter_context(each) for each in (first, connected(port), connected(port))]
        ports = sorted(client.getsockname()[1] for client in clients)
        assert all(ask(client) for client in clients)  # each is accepted by then
        assert sorted(map(int, ask(first).split())) == ports


def connected(port):
    """Connect to a port of this machine; return `None` if nobody listens."""
    try:
        return socket.create_connection(("127.0.0.1", port), PATIENCE)
    except ConnectionRefusedError:
        return None


def ask(client):
    client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return client.recv(65536).partition(b"\r\n\r\n")[2]


def serve_stuck(settings, stopping):
    """Serve an app whose process is stopped before it answers anything."""
    address = settings.host, settings.port
    _serve(f"{__name__}:make_stuck_app", Interfaces.WSGI, address, stopping, settings)


def make_stuck_app():
    Path(os.environ["LINKMGR_TEST_PID"]).write_text(str(os.getpid()))
    os.kill(os.getpid(), signal.SIGSTOP)


@pytest.mark.server
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_that_does_not_end_is_killed(tmp_path, monkeypatch, capfd, method):
    file = tmp_path / "pid"
    monkeypatch.setenv("LINKMGR_TEST_PID", str(file))
    port = {"LINKMGR_PORT": str(free_port())}
    settings = read_settings(port | {"LINKMGR_CLIENT_SECONDS": "1"})
    with supervised(worker(serve_stuck, settings), method=method):
        pid = int(wait_for(lambda: file.exists() and file.read_text()))
    assert not runs(pid)
    assert "worker 1 does not end and is killed" in capfd.readouterr().err


def serve_slow(settings, stopping):
    """Serve an app that takes long to make; note how many threads there are when it is forked."""
    note, threads = Path(f"{os.environ['LINKMGR_TEST_PID']}.threads"), Path("/proc/self/task")
    os.register_at_fork(before=lambda: note.write_text(str(len([*threads.iterdir()]))))
    address = settings.host, settings.port
    _serve(f"{__name__}:make_slow_app", Interfaces.WSGI, address, stopping, settings)


def make_slow_app():
    Path(os.environ["LINKMGR_TEST_PID"]).write_text(str(os.getpid()))
    time.sleep(10 * PATIENCE)


@pytest.mark.server
def test_a_worker_is_forked_without_a_thread_and_can_be_ended_before_it_serves(
    tmp_path, monkeypatch, capfd
):
    file = tmp_path / "pid"
    monkeypatch.setenv("LINKMGR_TEST_PID", str(file))
    settings = read_settings({"LINKMGR_PORT": str(free_port())})
    with supervised(worker(serve_slow, settings)):
        pid = int(wait_for(lambda: file.exists() and file.read_text()))
    assert not runs(pid)
    assert capfd.readouterr().err == ""
    assert (tmp_path / "pid.threads").read_text() == "1"


def answer_and_end(_stopping):
    """Answer one request, as a worker does, and end before the next round of its tasks."""
    environ = {"PATH_INFO": "/go/unknown", "REQUEST_METHOD": "GET", "HTTP_HOST": "localhost"}
    environ |= {"REMOTE_ADDR": "127.0.0.1", "QUERY_STRING": "", "wsgi.url_scheme": "http"}
    [*make_app()(environ, lambda *_: None)]


@pytest.mark.server
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_that_ends_writes_its_last_numbers(tmp_path, monkeypatch, method):
    monkeypatch.setenv("LINKMGR_INSTANCE", str(tmp_path))
    settings = read_settings({"LINKMGR_INSTANCE": str(tmp_path)})
    publish(settings.targets, make_targets())
    with supervised(Work("worker 1", answer_and_end, 60, once=True), method=method):
        wait_for(lambda: read_counters(settings.counters).refused)
