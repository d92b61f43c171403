"""The servers of readers and of the admin: what is relied on of their libraries, how they end."""

import ast
import multiprocessing
import os
import signal
import socket
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import linkmgr
from linkmgr.settings import read_settings
from linkmgr.store.instance.state import read_counters
from linkmgr.store.instance.targets import publish
from linkmgr.web.server.admin import IDLE_SECONDS, listen
from linkmgr.web.server.main_process import end_when_orphaned
from linkmgr.web.server.worker import make_app
from tests.support.clicks import make_targets
from tests.support.servers import PATIENCE, wait_for
from tests.support.supervised import main_process

# Which granian's README names, or the types of what it names; waitress documents its function.
PUBLIC = {
    ("granian", "Granian"),
    ("granian.constants", "HTTPModes"),
    ("granian.constants", "Interfaces"),
    ("granian.http", "HTTP1Settings"),
    ("granian.log", "LogLevels"),
    ("waitress.server", "create_server"),
}
SERVERS = "granian", "waitress"


def test_only_the_public_interface_of_the_servers_is_used():
    files = Path(linkmgr.__file__).parent.rglob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    imported = [node for node in nodes if isinstance(node, ast.Import)]
    assert not [a for node in imported for a in node.names if a.name.startswith(SERVERS)]
    taken = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    used = {(node.module, a.name) for node in taken for a in node.names}
    assert {pair for pair in used if f"{pair[0]}".partition(".")[0] in SERVERS} == PUBLIC
    # Nor do its methods give way to ours.
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    bases = {ast.unparse(base) for node in classes for base in node.bases}
    assert not bases & {name for _, name in PUBLIC}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_client_of_the_admin_that_takes_nothing_has_a_deadline(host):
    with closing(listen(host, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            listen(host, port)
        with closing(socket.create_connection((host, port), PATIENCE)):
            accepted, _ = listener.accept()
    with closing(accepted):
        if sys.platform == "linux":
            limit = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert limit == IDLE_SECONDS * 1000


def answer_and_end(have_a_main_process):
    """Answer one request, as a worker does, and end before the next round of its tasks."""
    have_a_main_process()
    environ = {"PATH_INFO": "/go/unknown", "REQUEST_METHOD": "GET", "HTTP_HOST": "localhost"}
    environ |= {"REMOTE_ADDR": "127.0.0.1", "QUERY_STRING": "", "wsgi.url_scheme": "http"}
    [*make_app()(environ, lambda *_: None)]


@pytest.mark.server
def test_a_worker_that_ends_writes_its_last_numbers(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKMGR_INSTANCE", str(tmp_path))
    settings = read_settings({"LINKMGR_INSTANCE": str(tmp_path)})
    publish(settings.targets, make_targets())
    with main_process() as there:
        worker = multiprocessing.get_context("fork").Process(target=answer_and_end, args=(there,))
        worker.start()
        wait_for(lambda: read_counters(settings.counters).refused)
        worker.join()


def stay(have_a_main_process, note):
    """Be a worker that no signal ends, as one within a deadlock."""
    signal.signal(signal.SIGTERM, lambda *_: note.send("told"))
    have_a_main_process()
    end_when_orphaned()
    note.send("there")
    for _ in range(PATIENCE):
        time.sleep(1)


@pytest.mark.server
def test_process_without_main_one_ends_though_no_signal_ends_it():
    noted, note = multiprocessing.get_context("fork").Pipe(duplex=False)
    pipe, other = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(other)
        stay(lambda: os.dup2(pipe, 0), note)
        os._exit(0)
    assert noted.recv() == "there"
    os.close(other)
    assert noted.recv() == "told"
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    os.close(pipe)
