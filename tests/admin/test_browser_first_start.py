"""From the first start to a published mapping, and to its first click, in a real browser."""

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from selenium.webdriver.common.keys import Keys

from linkmgr.catalog.reading.files import load_catalog
from tests.admin.conftest import NAME, PASSWORD
from tests.support.admin_browser import admin_server, at_browser, copy_demo
from tests.support.jekyll import build_site
from tests.support.servers import free_port

pytestmark = [pytest.mark.browser, pytest.mark.server]

AMAZON = "https://www.amazon.co.jp/読書ノート/dp/4873119324/ref=sr_1_1?crid=2&tag=other-22"
FEW = 15


class QuietPages(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Keep the tests' output free of the server's log."""


@contextmanager
def published(site, port):
    """Have Jekyll make the site, and serve it."""
    pages = partial(QuietPages, directory=build_site(site))
    server = ThreadingHTTPServer(("127.0.0.1", port), pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.jekyll
def test_a_first_start_leads_to_a_mapping_and_its_first_click(tmp_path):
    site, port = copy_demo(tmp_path), free_port()
    blog = f"http://127.0.0.1:{port}"
    with admin_server(site) as server, at_browser(tmp_path) as owner:
        live_at(site, blog, server.url)

        owner.open(server.greeted)
        owner.fill("User name", NAME)
        owner.fill("Password", PASSWORD)
        owner.fill("Confirm password", PASSWORD)
        owner.press("Create account")
        owner.press("Add an item")
        owner.fill("Paste an address, an ASIN or an ISBN", AMAZON)
        owner.fill("Title", "家計簿の本")
        owner.fill("Show it on posts with", "家計簿", Keys.ENTER)
        owner.read("1 post changes")
        owner.press("Save")
        owner.press("Build")
        owner.find("#header-status[data-stage=done]")
        assert owner.done < FEW
        assert owner.complaints() == []

        (mapping,) = [
            each
            for each in load_catalog(site / "catalog.yaml").mappings.values()
            if "家計簿" in each.any_of.tags
        ]
        assert mapping.items == ("b-4873119324",)

        with published(site, port):
            owner.open(f"{blog}/2025/10/18/家計簿をPythonで/")
            owner.run("addEventListener('click', event => event.preventDefault())")
            owner.find("a[data-linkmgr-hit*='b-4873119324']").click()

        def shown():
            owner.open(f"{server.admin}/")
            return "家計簿の本" in owner.find("main").text

        owner.wait(shown)
        owner.read("1", "#figure-clicks")


@pytest.mark.jekyll
def test_the_owners_own_first_click_is_counted_in_6(tmp_path):
    site, port = copy_demo(tmp_path), free_port()
    blog = f"http://127.0.0.1:{port}"
    found_at(site, blog)
    with admin_server(site) as server, at_browser(tmp_path) as owner:
        owner.open(server.greeted)
        owner.fill("User name", NAME)
        owner.fill("Password", PASSWORD)
        owner.fill("Confirm password", PASSWORD)
        owner.press("Create account")
        owner.read("posts were read")
        owner.done = 0
        owner.fill("The address at which readers reach this server", server.url)
        owner.press("Check and save")
        owner.read("Saved. Links lead through this server")
        owner.press("Build")
        owner.find("#header-status[data-stage=done]")
        assert owner.complaints() == []
        with published(site, port):
            owner.open(f"{blog}/2025/10/18/家計簿をPythonで/")
            owner.run("addEventListener('click', event => event.preventDefault())")
            owner.click("a[data-linkmgr-hit]")
        done = owner.done

        def counted():
            owner.open(f"{server.admin}/")
            return owner.chrome.find_elements("css selector", "#figure-clicks")

        owner.wait(counted)
        assert done + 1 <= 6


def live_at(site, blog, server):
    """Say in the catalog, by hand, where readers find the blog and what counts their clicks."""
    found_at(site, blog)
    replace_in(site, "  # server: https://go.tezukuri.example.com", f"  server: {server}")


def found_at(site, blog):
    """Say in the catalog, by hand, where readers find the blog."""
    replace_in(site, "  url: https://tezukuri.example.com", f"  url: {blog}")


def replace_in(site, old, new):
    file = site / "catalog.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
