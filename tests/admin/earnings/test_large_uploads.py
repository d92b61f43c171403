"""A large report arrives at a real server: on the disk alone, of its owner alone, and whole."""

from contextlib import ExitStack, closing

import pytest

from linkmgr.admin.common.security import MOST_BYTES, UPLOAD_PATH
from linkmgr.admin.earnings.received import MOST_UPLOADED
from linkmgr.web.server.bodies import UPLOADS
from tests.support.servers import (
    SITE,
    Server,
    wait_for,
    write_catalog,
)
from tests.support.uploads import Owner, add_owner, head, kept, make_report_file, open_at

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
    assert MOST_BYTES < rows * width < MOST_UPLOADED
    done = owner.outcome(owner.upload(make_report_file(rows, width)))
    assert done.status_code == 303, done.text
    page = owner.client.get(done.headers["location"]).text
    assert "Imported 800 rows of " in page
    assert "$200.00" in page
    assert kept(server) == []


def test_strangers_take_no_place_of_the_owners(server, owner):
    with ExitStack() as clients:
        for _ in range(3 * UPLOADS):
            client = clients.enter_context(closing(open_at(server)))
            client.sendall(head("Cookie: linkmgr_session=forged"))
        assert owner.outcome(owner.upload(make_report_file(1, 1))).status_code == 303
    assert kept(server) == []


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
    refused = owner.upload(piece for _ in range(MOST_UPLOADED // len(piece) + 1))
    assert refused.status_code == 400
    assert "larger than 8 MB: run `linkmgr earnings import FILE`" in refused.text
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
