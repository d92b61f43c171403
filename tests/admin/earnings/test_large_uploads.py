"""A large report arrives at a real server: on the disk alone, of its owner alone, and whole."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from linkmgr.admin.common.security import MOST_BYTES, UPLOAD_PATH
from linkmgr.earnings import tables
from linkmgr.web.server.bodies import UPLOADS
from tests.support.servers import (
    SITE,
    Server,
    listens_at,
    parent_of,
    processes,
    wait_for,
    write_catalog,
)
from tests.support.uploads import Owner, add_owner, head, kept, make_report_file, open_at

pytestmark = pytest.mark.server

PIECE = 1 << 16


def admin_process(server):
    """Return the folder in /proc of the process that answers the admin."""
    port = server.settings["ADMIN_PORT"]
    listening = [each for each in processes(server.process.pid) if listens_at(each, port)]
    (own,) = (each for each in listening if parent_of(each) not in listening)
    return Path(f"/proc/{own}")


def memory(process, name):
    """Return what a process has (`VmRSS`), or has had at most (`VmHWM`), in bytes."""
    status = (process / "status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blog")
    write_catalog(folder, ("letter", f"{SITE}/letter/"))
    server = Server(folder).start()
    add_owner(server)
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture(scope="module")
def owner(server):
    owner = Owner(server)
    yield owner
    owner.client.close()


def test_a_report_of_many_times_an_ordinary_body_is_imported_and_never_in_memory(server, owner):
    rows, width = 6_000, 9_000
    owner.outcome(owner.upload(make_report_file(10, 10)))  # what is loaded once
    process = admin_process(server)
    (process / "clear_refs").write_text("5")  # forgets what it has had, such as for a password
    before = memory(process, "VmRSS")
    done = owner.outcome(owner.upload(make_report_file(rows, width)))
    assert done.status_code == 303, done.text
    page = owner.client.get(done.headers["location"]).text
    assert "Imported 6,000 rows of " in page
    assert "$1,500.00" in page
    assert kept(server) == []
    size = rows * width
    assert size > 10 * MOST_BYTES
    # Half of that is what importing any report takes.
    assert memory(process, "VmHWM") - before < size


def test_a_stranger_is_refused_before_the_body_is_read(server):
    with closing(open_at(server)) as client:
        client.sendall(head())
        assert client.recv(PIECE).startswith(b"HTTP/1.1 303 ")
    assert kept(server) == []


@pytest.mark.parametrize("token", ["", "forged"])
def test_a_form_without_its_token_is_refused_before_its_file_is_read(server, owner, token):
    with owner.half_sent(token) as client:
        assert client.recv(PIECE).startswith(b"HTTP/1.1 400 ")
    wait_for(lambda: kept(server) == [])


def test_an_upload_that_breaks_off_leaves_nothing(server, owner):
    with owner.half_sent():
        wait_for(lambda: any(file.stat().st_size for file in kept(server)))
    wait_for(lambda: kept(server) == [])


def test_uploads_that_do_not_end_hold_up_no_page(server, owner):
    with owner.half_sent(), owner.half_sent():
        wait_for(lambda: len(kept(server)) == UPLOADS)
        assert owner.client.get("/admin/earnings").status_code == 200
        assert owner.upload(make_report_file(1, 1)).status_code == 503
    wait_for(lambda: kept(server) == [])


def test_a_file_that_is_larger_than_any_report_is_refused_with_its_limit(server, owner):
    piece = b"x" * 1_000_000
    refused = owner.upload(piece for _ in range(tables.MOST_BYTES // len(piece) + 1))
    assert refused.status_code == 400
    assert "larger than 200 MB" in refused.text
    assert kept(server) == []


def test_all_other_addresses_keep_their_limit(owner):
    sent = {"csrf_token": "x", "name": "x" * (MOST_BYTES + 1)}
    assert owner.client.post(f"{UPLOAD_PATH}/answers", data=sent).status_code == 413


def test_what_a_killed_server_leaves_is_deleted_at_its_next_start(server, owner):
    with owner.half_sent():
        wait_for(lambda: any(file.stat().st_size for file in kept(server)))
        server.kill()
    assert len(kept(server)) == 1
    server.start()
    wait_for(lambda: kept(server) == [])
