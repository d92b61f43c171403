"""What an instance keeps is its owner's alone, and the day's key does not outlive the server."""

import shutil
from stat import S_IMODE

import pytest

from tests.support.servers import served, wait_for, write_catalog

pytestmark = pytest.mark.slow


@pytest.fixture
def blog(tmp_path):
    write_catalog(tmp_path, ("letter", "/letter/"))
    return tmp_path


def test_an_instance_that_is_deleted_under_a_server_is_made_anew_for_its_owner_alone(blog):
    with served(blog) as server:
        server.get("/go/letter")
        shutil.rmtree(server.instance.rename(blog / "gone"))
        wait_for(lambda: [*server.instance.glob("spool/*.spool")])
        server.get("/go/letter")
        assert {path: oct(mode) for path, mode in modes(server.instance) if mode & 0o077} == {}


def modes(folder):
    yield folder, S_IMODE(folder.stat().st_mode)
    for path in folder.rglob("*"):
        if not path.is_socket():
            yield path, S_IMODE(path.stat().st_mode)


def test_the_days_key_goes_with_the_server(blog):
    with served(blog, ROLE="redirect") as server:
        key = server.instance / "visitor-key"
        wait_for(key.exists)
        opened = key.open("rb")
        before = opened.read()
        assert server.stop() == 0
        assert not key.exists()
        opened.seek(0)
        assert opened.read() == bytes(len(before))  # overwritten, not only unlinked
        opened.close()


def test_the_days_key_stays_while_another_server_has_the_folder(blog):
    with served(blog, ROLE="redirect") as first, served(blog, ROLE="redirect") as second:
        key = first.instance / "visitor-key"
        wait_for(key.exists)
        before = key.read_bytes()
        assert first.stop() == 0
        assert key.read_bytes() == before
        assert second.stop() == 0
        assert not key.exists()
