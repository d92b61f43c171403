"""The index's process as the admin's workers meet it: a real process, a real socket."""

import json
import multiprocessing
import os
import shutil
import signal
import stat
import time
from contextlib import contextmanager
from multiprocessing.connection import Client

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import read_settings
from linkmgr.site_index.index.queries import SiteIndex
from linkmgr.site_index.service import process as index_process
from linkmgr.site_index.service.builds import BuildSummary
from linkmgr.site_index.service.client import SiteIndexClient, Unavailable
from linkmgr.site_index.service.indexer import Indexer
from linkmgr.site_index.service.needed import is_needed
from linkmgr.site_index.service.process import run_indexer
from tests.support.builds import post, write_blog
from tests.support.servers import served, wait_for
from tests.support.site_index import TEXT, with_mapping

LOAF = post_key("_posts/2026-01-03-loaf.md")


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """Write a blog in a folder of a short name: a socket's path has 107 bytes."""
    monkeypatch.chdir(write_blog(tmp_path / "blog", config={"exclude": ["instance"]}))
    (tmp_path / "blog" / "instance").mkdir()
    return tmp_path / "blog"


@contextmanager
def indexing(**settings):
    context = multiprocessing.get_context("spawn")
    stopping, running = context.Pipe(duplex=False)
    process = context.Process(target=run_indexer, args=(read_settings(settings), stopping))
    process.start()
    try:
        yield process
    finally:
        running.close()
        process.join(60)
        assert process.exitcode in {0, -signal.SIGTERM}


@pytest.fixture
def client(blog):
    found = SiteIndexClient(blog / "instance")
    with indexing():
        wait_for(lambda: revision(blog))
        wait_for(lambda: ready(found))
        yield found


def ready(client):
    try:
        return client.preview(LOAF)
    except Unavailable:
        return None


def revision(folder):
    with SiteIndex.open(folder / "instance") or _Nothing() as found:
        return found and found.meta.revision


class _Nothing:
    def __enter__(self):
        return None

    def __exit__(self, *_):
        pass


def answer_to(folder, message):
    with Client(os.path.relpath(folder / "instance" / "site-index.sock")) as connection:
        connection.send_bytes(message)
        return json.loads(connection.recv_bytes())


def titles(folder):
    with SiteIndex.open(folder / "instance") as found:
        return {row.title for row in found.posts().rows}


def test_without_a_process_it_is_unavailable(tmp_path):
    for call in (lambda c: c.impact(TEXT), lambda c: c.state(), lambda c: c.preview("a")):
        with pytest.raises(Unavailable, match="is not running"):
            call(SiteIndexClient(tmp_path))


@pytest.mark.parametrize(
    ("role", "config", "wanted"),
    [("all", True, True), ("admin", True, True), ("redirect", True, False), ("all", False, False)],
)
def test_only_a_server_with_an_admin_and_a_site_has_one(tmp_path, role, config, wanted):
    if config:
        (tmp_path / "_config.yml").write_text("title: T\n")
    settings = {"LINKMGR_CATALOG": str(tmp_path / "catalog.yaml"), "LINKMGR_ROLE": role}
    assert is_needed(read_settings(settings)) is wanted


@pytest.mark.server
def test_it_answers_what_an_edit_would_change_and_goes_on_after_mistakes(client, blog):
    assert stat.S_IMODE((blog / "instance" / "site-index.sock").stat().st_mode) == 0o600
    assert "Bread" in client.preview(LOAF)
    assert "Black Tea" in client.preview(LOAF, with_mapping("bread", items=["black"]))
    impact = client.impact(with_mapping("bread", items=["black"]), first=1)
    found = {each.item: (each.gained, each.lost) for each in impact.items}
    assert found == {"black": (1, 0), "bread": (0, 2), "news": (0, 2)}
    assert all(len(each.losing) <= 1 for each in impact.items)
    assert client.impact(TEXT).items == ()
    with pytest.raises(LinkmgrError, match=r"catalog\.yaml:\d+: .*nothing"):
        client.impact(with_mapping("bread", items=["nothing"]))
    with pytest.raises(LinkmgrError, match="no such post"):
        client.preview("0123456789abcdef")
    assert "error" in answer_to(blog, b'{"do": "something else"}')
    assert "unavailable" in answer_to(blog, b"\x80\x04no JSON")
    assert client.preview(LOAF)


@pytest.mark.server
def test_it_builds_follows_changes_and_knows_whether_a_build_is_due(client, blog):
    due = wait_for(lambda: settled(client))
    assert not due.fresh
    assert due.written
    *_, built = client.build()
    assert isinstance(built, BuildSummary)
    assert (built.posts, built.written) == (5, due.written)
    assert wait_for(lambda: settled(client)).fresh
    before = revision(blog)
    (blog / "catalog.yaml").write_text(with_mapping("bread", items=["black"]), encoding="utf-8")
    assert wait_for(lambda: not (found := settled(client) or client.state()).fresh and found)
    wait_for(lambda: revision(blog) != before)
    assert "Black Tea" in client.preview(LOAF)
    (blog / "_posts/2026-01-06-new.md").write_text(post("Brand new"), encoding="utf-8")
    wait_for(lambda: "Brand new" in titles(blog))
    (blog / "_posts/2026-01-06-new.md").unlink()
    wait_for(lambda: "Brand new" not in titles(blog))


def settled(client):
    state = client.state()
    return None if state.changing else state


@pytest.mark.server
def test_a_second_one_waits_for_the_first_to_end(blog):
    client = SiteIndexClient(blog / "instance")
    with indexing() as first:
        wait_for(lambda: ready(client))
        with indexing() as second:
            time.sleep(2)  # for as long as the second would need to take over
            assert [client.preview(LOAF) != "", second.is_alive()] == [True, True]
            first.terminate()
            first.join()
            wait_for(lambda: ready(client))
            assert second.is_alive()


def index_without_end(settings, stopping):
    Indexer.index_site = lambda _: (settings.instance / "indexing").touch() or time.sleep(600)
    index_process.INDEX_DEADLINE = 0
    run_indexer(settings, stopping)


@pytest.mark.server
def test_a_site_that_takes_minutes_to_index_does_not_delay_the_end(blog):
    context = multiprocessing.get_context("spawn")
    stopping, running = context.Pipe(duplex=False)
    indexer = context.Process(target=index_without_end, args=(read_settings({}), stopping))
    indexer.start()
    wait_for((blog / "instance" / "indexing").exists)
    running.close()
    indexer.join(60)
    try:
        assert indexer.exitcode == -signal.SIGTERM
    finally:
        indexer.kill()


@pytest.mark.server
def test_it_ends_with_the_instances_folder_and_has_nothing_to_complain_of(blog, capfd):
    client = SiteIndexClient(blog / "instance")
    with indexing() as process:
        wait_for(lambda: ready(client))
        shutil.rmtree((blog / "instance").rename(blog.parent / "deleted"))
        process.join(60)
        assert process.exitcode == 0
    assert capfd.readouterr().err == ""


@pytest.mark.server
def test_a_server_starts_it_again_and_ends_it(blog):
    client = SiteIndexClient(blog / "instance")
    with served(blog) as server:
        assert wait_for(lambda: ready(client))
        (process,) = server.holders("site-index.lock")
        os.kill(process, signal.SIGKILL)
        wait_for(lambda: server.holders("site-index.lock") not in ([], [process]))
        assert wait_for(lambda: ready(client))
        assert "the site index has ended and is started again" in server.log
        assert server.stop() == 0
    with pytest.raises(Unavailable):
        client.state()
