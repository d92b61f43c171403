"""Views that pages report to a real server: once in its database, and of readers alone."""

import pytest

from tests.support.beacon_browser import CATALOG, KEY, POT, TEA, Blog, Viewer, serving
from tests.support.chromium import USER_AGENT, chromium
from tests.support.servers import free_port, served, wait_for

pytestmark = pytest.mark.slow

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"


class RealCounter:
    """A server with its catalog, which counts for all pages alike."""

    def __init__(self, folder, blog):
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        keys = {"blog": blog.origin, "counter": self.origin, "respect": "true"}
        catalog = CATALOG.format(**keys, site=", views: true, events: true")
        (folder / "catalog.yaml").write_text(catalog, encoding="utf-8")

    def count_for(self, catalog):
        """Go on: it has the catalog."""


@pytest.fixture
def blog():
    with serving(Blog()) as server:
        yield server


def test_each_view_is_in_the_database_once_and_none_of_bots_opted_out_readers_or_other_pages(
    tmp_path, blog
):
    counter = RealCounter(tmp_path, blog)
    with (
        served(tmp_path, PORT=counter.port) as server,
        chromium(tmp_path / "profile") as chrome,
    ):
        viewer = Viewer(chrome, blog, counter)

        def agent(user_agent):
            chrome.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": user_agent})

        def see(*, address=blog.origin):
            viewer.open("/shop")
            chrome.get(f"{address}/post")
            viewer.wait_until_seen(TEA, POT)
            viewer.go_away()

        see()
        viewer.go_back()
        viewer.link().click()
        wait_for(lambda: viewer.run("return location.pathname") == "/shop")

        agent(BOT)
        see()
        agent(USER_AGENT)
        see(address=blog.origin.replace("localhost", "127.0.0.1"))
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
        viewer.wait_until_seen(TEA, POT)
        chrome.close()

        views = "SELECT item, post, block, rank, views, clicked FROM views ORDER BY item"
        rows = [("pot", KEY, "books", 2, 2, 0), ("tea", KEY, "books", 1, 2, 1)]
        wait_for(lambda: server.rows(views) == rows)
        totals = "SELECT value, clicks, views, clicked FROM totals WHERE dimension = 'item'"
        assert sorted(server.rows(totals)) == [("pot", 0, 2, 0), ("tea", 1, 2, 1)]
        assert server.metric('not_counted_total{reason="bot"}') == 1
        assert server.metric("refused_total") == 1
