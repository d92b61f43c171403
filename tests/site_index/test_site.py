"""The site as the admin meets it: held by a real process, and followed."""

import os
import shutil
import signal
import time
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager

import pytest

from linkmgr.blocks.include import post_key
from linkmgr.builder.run import build
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import read_settings
from linkmgr.site_index import worker as worker_module
from linkmgr.site_index.catalog_reader import CatalogReader
from linkmgr.site_index.site import SiteReader, Unavailable, has_site
from linkmgr.site_index.snapshot import SitePaths
from linkmgr.site_index.worker import HeldSite, WorkerProcess
from linkmgr.store.instance.state import read_ends
from linkmgr.store.jobs import Progress
from tests.support.builds import post, write_blog
from tests.support.servers import served, wait_for
from tests.support.site_index import TEXT, InThisProcess, find_impact, settings_at, with_mapping

LOAF = post_key("_posts/2026-01-03-loaf.md")


@pytest.fixture
def blog(tmp_path):
    root = write_blog(tmp_path / "blog", config={"exclude": ["instance"]})
    (root / "instance").mkdir()
    return root


@contextmanager
def following(blog):
    """Give a site of the blog that is followed, by one more server of the instance."""
    settings = settings_at(blog, blog / "instance")
    site = SiteReader(settings, CatalogReader(settings.catalog).read)
    site.start()
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture
def site(blog):
    with following(blog) as site:
        wait_for(lambda: preview(site))
        yield site


def preview(site):
    try:
        return site.preview(LOAF)
    except Unavailable:
        return None


def titles(site):
    return {row.title for row in site.index.posts().rows}


def process_of(site):
    """Return the process that holds a site."""
    (process,) = site._worker._processes  # noqa: SLF001 - to be killed
    return process.pid


def ask_while_busy(site):
    """Ask for a preview while the process does something that takes long."""
    site._worker._executor.submit(time.sleep, 600)  # noqa: SLF001 - as reading a large site does
    return site._submit(HeldSite.preview, LOAF, None)  # noqa: SLF001 - as a view waits for it


@pytest.mark.parametrize(
    ("role", "config", "wanted"),
    [("all", True, True), ("admin", True, True), ("redirect", True, False), ("all", False, False)],
)
def test_only_a_server_with_an_admin_and_a_site_has_one(tmp_path, role, config, wanted):
    if config:
        (tmp_path / "_config.yml").write_text("title: T\n")
    settings = {"LINKMGR_CATALOG": str(tmp_path / "catalog.yaml"), "LINKMGR_ROLE": role}
    assert has_site(read_settings(settings)) is wanted


class Reading(InThisProcess):
    """A worker that is reading the site."""

    def submit(self, call, *args, **kwargs):
        answer = super().submit(call, *args, **kwargs)
        return type(answer)() if call is HeldSite.read else answer

    def progress(self):
        return Progress(message("build.reading-posts"), 200, 500)


def test_a_site_that_is_being_read_says_how_far(blog):
    settings = settings_at(blog, blog / "instance")
    site = SiteReader(settings, CatalogReader(settings.catalog).read, Reading)
    with pytest.raises(Unavailable, match="still being read: try"):
        site.preview(LOAF)
    site.start()
    try:
        wait_for(lambda: site.progress)
        for ask in (lambda: site.preview(LOAF), lambda: site.terms().count("tags", ["tea"])):
            with pytest.raises(Unavailable, match=r"Reading posts: 200 of 500"):
                ask()
        assert site.index is None
    finally:
        site.stop()


def report(held, released):
    """Report the progress of a call, and wait in the middle of it."""
    worker_module._PAUSE = -1.0  # noqa: SLF001 - each message is sent
    posts = iter(held._track()(range(3), message("build.reading-posts"), 3))  # noqa: SLF001 - so do calls
    next(posts)
    released.read_text()
    list(posts)


@pytest.mark.server
def test_progress_ends_with_its_call_and_a_worker_once(blog):
    released = blog / "released"
    os.mkfifo(released)
    worker = WorkerProcess(SitePaths(blog, blog / "catalog.yaml"))
    try:
        answer = worker.submit(report, released)
        assert wait_for(worker.progress).done == 0
        assert worker.progress()
        released.write_text("")
        answer.result(60)
        wait_for(lambda: worker.progress() is None)
        assert worker.is_alive()
    finally:
        worker.end()
    wait_for(lambda: not worker.is_alive())


class StoppedMeanwhile(InThisProcess):
    """A worker whose site is stopped while it is asked whether it has ended."""

    def is_alive(self):
        self.site.stop()
        return False


def test_a_site_that_is_stopped_notes_no_end(blog, caplog):
    settings = settings_at(blog, blog / "instance")
    site = SiteReader(settings, CatalogReader(settings.catalog).read, StoppedMeanwhile)
    StoppedMeanwhile.site = site
    site._take_turns()  # noqa: SLF001 - what its thread does
    assert caplog.text == ""
    assert read_ends(settings.instance) == {}


class Ended(InThisProcess):
    """A worker that has ended since it read the site."""

    def submit(self, call, *args, **kwargs):
        if call not in {HeldSite.read, HeldSite.take_catalog}:
            raise BrokenExecutor
        return super().submit(call, *args, **kwargs)


def test_a_worker_that_has_ended_is_said_at_once(blog):
    settings = settings_at(blog, blog / "instance")
    site = SiteReader(settings, CatalogReader(settings.catalog).read, Ended)
    site.hold()
    site.index_site()
    for ask in (lambda: site.preview(LOAF), lambda: site.terms().count("keywords", ["rye"])):
        with pytest.raises(Unavailable, match="is being started again"):
            ask()
    assert site.index.posts().total == 5


def test_a_question_is_answered_by_the_catalog_as_it_is_saved(blog):
    settings = settings_at(blog, blog / "instance")
    site = SiteReader(settings, CatalogReader(settings.catalog).read, InThisProcess)
    site.hold()
    site.index_site()
    settings.catalog.write_text(with_mapping("bread", items=["black"]), encoding="utf-8")
    assert "Black Tea" in site.preview(LOAF)
    assert site.index.post(LOAF)[1][0].item == "black"


@pytest.mark.server
def test_it_answers_and_goes_on_after_mistakes(site):
    assert "Bread" in site.preview(LOAF)
    black = parse_catalog(with_mapping("bread", items=["black"]))
    assert "Black Tea" in site.preview(LOAF, black)
    impact = find_impact(site, black, first=1)
    found = {each.item: (each.gained, each.lost) for each in impact.items}
    assert found == {"black": (1, 0), "bread": (0, 2), "news": (0, 2)}
    assert all(len(each.losing) <= 1 for each in impact.items)
    assert find_impact(site, parse_catalog(TEXT)).items == ()
    assert [term.posts for term in site.terms().count("keywords", ["no such word"])] == [0]
    with pytest.raises(LinkmgrError, match="no such post"):
        site.preview("0123456789abcdef")
    assert site.preview(LOAF)


@pytest.mark.server
def test_it_builds_follows_changes_and_knows_if_a_build_is_due(site, blog):
    due = wait_for(lambda: settled(site))
    assert not due.fresh
    assert due.written
    built = build(blog)
    assert (built.posts, len(built.written)) == (5, due.written)
    assert wait_for(lambda: settled(site)).fresh
    before = site.index.revision
    (blog / "catalog.yaml").write_text(with_mapping("bread", items=["black"]), encoding="utf-8")
    assert wait_for(lambda: not (settled(site) or site.state()).fresh)
    wait_for(lambda: site.index.revision != before)
    assert "Black Tea" in site.preview(LOAF)
    (blog / "_posts/2026-01-06-new.md").write_text(post("Brand new"), encoding="utf-8")
    wait_for(lambda: "Brand new" in titles(site))
    (blog / "_posts/2026-01-06-new.md").unlink()
    wait_for(lambda: "Brand new" not in titles(site))


def settled(site):
    state = site.state()
    return None if state.changing else state


@pytest.mark.server
def test_a_second_server_says_who_has_the_site_and_takes_over(blog):
    with following(blog) as first:
        wait_for(lambda: preview(first))
        with following(blog) as second:
            wait_for(lambda: is_elsewhere(second))
            assert preview(first)
            first.stop()
            assert wait_for(lambda: preview(second))


def is_elsewhere(site):
    with pytest.raises(Unavailable) as raised:
        site.preview(LOAF)
    return raised.value.message.code == "site_index.elsewhere"


@pytest.mark.server
def test_a_worker_killed_amid_an_answer_is_said_and_made_again(site):
    for _ in range(3):
        process, answer = process_of(site), ask_while_busy(site)
        os.kill(process, signal.SIGKILL)
        with pytest.raises(Unavailable, match="is being started again"):
            site.wait_for(answer, 60)
        assert site.index.posts().total == 5
        assert "Bread" in wait_for(lambda: preview(site))
        assert process_of(site) != process


@pytest.mark.server
def test_it_ends_at_once_whatever_its_worker_does(site):
    process, answer = process_of(site), ask_while_busy(site)
    site.stop()
    wait_for(lambda: not is_running(process))
    with pytest.raises(Unavailable):
        site.wait_for(answer, 60)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.server
def test_it_goes_on_in_instances_new_folder_without_complaint(site, blog, capfd):
    shutil.rmtree((blog / "instance").rename(blog.parent / "deleted"))
    (blog / "instance").mkdir()
    wait_for((blog / "instance" / "site-index.lock").exists)
    assert wait_for(lambda: preview(site))
    assert capfd.readouterr().err == ""


@pytest.mark.server
def test_a_server_that_is_killed_takes_its_worker_along(blog):
    with served(blog) as server:
        lock = "site-index.lock"
        (admin,) = wait_for(lambda: server.holders(lock))
        os.kill(admin, signal.SIGKILL)
        wait_for(lambda: server.holders(lock) not in ([], [admin]))
        assert server.stop() == 0
        assert server.holders(lock) == []
