"""Views that pages report to a real server: once in its database, and of readers alone."""

import pytest

from tests.support.beacon_browser import CATALOG, KEY, POT, TEA, Blog, Viewer, serving
from tests.support.chromium import chromium
from tests.support.servers import free_port, served, wait_for

pytestmark = [pytest.mark.server, pytest.mark.browser]

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"


class RealCounter:
    """A server with its catalog, which counts for all pages alike."""

    def __init__(self, folder, blog):
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        keys = {"blog": blog.origin, "counter": self.origin, "respect": "true"}
        catalog = CATALOG.format(**keys, site=", views: true, events: true", tea="")
        (folder / "catalog.yaml").write_text(catalog, encoding="utf-8")

    def count_for(self, catalog):
        """Go on: it has the catalog."""


@pytest.fixture
def blog():
    with serving(Blog()) as server:
        yield server


@pytest.fixture
def counter(tmp_path, blog):
    return RealCounter(tmp_path, blog)


def see(viewer, origin):
    """Open the post, stay until its items are seen, and leave."""
    viewer.open("/shop")
    viewer.chrome.get(f"{origin}/post")
    viewer.wait_until_seen(TEA, POT)
    viewer.go_away()


def test_each_view_is_stored_once_but_no_uncounted_readers(tmp_path, blog, counter):
    with (
        served(tmp_path, PORT=counter.port) as server,
        chromium(tmp_path / "profile") as chrome,
        chromium(tmp_path / "bot", user_agent=BOT) as bot,
    ):
        viewer = Viewer(chrome, blog, counter)
        see(viewer, blog.origin)
        viewer.go_back()
        viewer.link().click()
        wait_for(lambda: viewer.run("return location.pathname") == "/shop")

        see(Viewer(bot, blog, counter), blog.origin)
        see(viewer, blog.origin.replace("localhost", "127.0.0.1"))
        viewer.open("/shop")
        viewer.run("localStorage.linkmgr_optout = 1")
        chrome.get(f"{blog.origin}/post")
        viewer.wait_a_while()
        viewer.link().click()
        viewer.run("localStorage.clear()")
        viewer.tell_browser(GPC)
        viewer.open()
        viewer.wait_a_while()
        viewer.link().click()
        viewer.leave()

        chrome.switch_to.new_window("tab")
        chrome.get(f"{blog.origin}/post")
        viewer.stay()
        viewer.wait_until_seen(TEA, POT)
        viewer.link("pot").click()
        chrome.close()

        views = "SELECT item, post, block, rank, views, clicked FROM views ORDER BY item"
        rows = [("pot", KEY, "books", 2, 2, 1), ("tea", KEY, "books", 1, 2, 1)]
        wait_for(lambda: server.rows(views) == rows)
        totals = "SELECT value, clicks FROM totals WHERE dimension = 'item' ORDER BY value"
        wait_for(lambda: server.rows(totals) == [("pot", 1), ("tea", 1)])
        totals = "SELECT value, views, clicked FROM view_totals WHERE dimension = 'item'"
        assert sorted(server.rows(totals)) == [("pot", 2, 1), ("tea", 2, 1)]
        assert server.metric('not_counted_total{reason="bot"}') == 1
        assert server.metric("refused_total") == 1
