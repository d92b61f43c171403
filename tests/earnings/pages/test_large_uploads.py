"""A large report arrives at a real server: of its owner alone, and whole."""

import os
from contextlib import ExitStack, closing

import pytest

from linkmgr.admin.common.security import FILE_BYTES, FORM_BYTES, MOST_BYTES
from tests.support.servers import (
    SITE,
    Server,
    wait_for,
    write_catalog,
)
from tests.support.uploads import (
    Owner,
    add_owner,
    head,
    kept,
    make_report_file,
    open_at,
)

pytestmark = pytest.mark.server

PIECE = 1 << 16


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


def test_a_report_larger_than_an_ordinary_body_is_imported(server, owner):
    rows, width = 800, 9_000
    assert FORM_BYTES < rows * width < FILE_BYTES
    done = owner.outcome(owner.upload(make_report_file(rows, width)))
    assert done.status_code == 303, done.text
    page = owner.client.get(done.headers["location"]).text
    assert "Imported 800 rows of " in page
    assert "$200.00" in page
    assert kept(server) == []


def test_begun_uploads_of_strangers_and_owners_hold_up_no_page(server, owner):
    with ExitStack() as clients:
        for _ in range(6):
            client = clients.enter_context(closing(open_at(server)))
            client.sendall(head("Cookie: linkmgr_session=forged"))
        clients.enter_context(owner.half_sent())
        assert owner.client.get("/admin/earnings").status_code == 200
        assert owner.outcome(owner.upload(make_report_file(1, 1))).status_code == 303
    assert kept(server) == []


def test_nothing_of_a_strangers_report_is_kept(server):
    with closing(open_at(server)) as client:
        client.sendall(head())
        client.sendall(b"x" * 7_500_000)
        assert client.recv(PIECE).startswith(b"HTTP/1.1 413 ")
    assert kept(server) == []


@pytest.mark.parametrize("token", ["", "forged"])
def test_nothing_of_a_report_without_the_forms_token_is_kept(server, owner, token):
    assert owner.upload(make_report_file(1, 1), token).status_code == 400
    assert kept(server) == []


def test_a_file_larger_than_any_report_is_refused_with_its_limit(server, owner):
    refused = owner.upload([b"x" * (FILE_BYTES + 1)])
    assert refused.status_code == 400
    assert "larger than 8 MB: run `linkmgr earnings import FILE`" in refused.text
    assert kept(server) == []


def test_a_body_larger_than_any_is_refused_before_it_is_sent(server):
    with closing(open_at(server)) as client:
        large = f"Content-Length: {MOST_BYTES}".encode()
        client.sendall(head().replace(b"Content-Length: 7500000", large))
        assert client.recv(PIECE).startswith(b"HTTP/1.1 413 ")


def test_a_killed_servers_leftovers_go_at_its_next_start(server):
    server.kill()
    left = server.instance / "uploads" / f"{32 * 'a'}"
    left.parent.mkdir(exist_ok=True)  # as the first upload makes it
    left.write_bytes(b"a report that was being read")
    os.utime(left, (1, 1))
    server.start()
    wait_for(lambda: kept(server) == [])
