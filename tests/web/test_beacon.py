"""The beacon script in a real browser, on a page of one origin, counted by a server of another."""

import re
import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.mouse_button import MouseButton
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from linkmgr.blocks.assets import SCRIPT_TEXT
from linkmgr.blocks.include import SCRIPT, include_text
from linkmgr.blocks.keys import post_key
from linkmgr.blocks.render import Renderer
from linkmgr.catalog.parse import parse_catalog
from tests.blocks.examples import make_post, make_resolution

pytestmark = pytest.mark.slow

CATALOG = """\
site: {{name: Tea, url: "{site}", language: en, server: "{server}", respect-gpc: {respect}}}
programmes: {{shop: {{name: Shop, tracking: beacon}}}}
books:
  tea: {{title: Tea, url: "{site}/shop", programme: shop}}
  pot: {{title: Pot, url: "{site}/shop", programme: shop}}
"""
POST = make_post()
TEA = f"/hit/tea?p={post_key(POST.path)}&b=books.1"


class Hit(NamedTuple):
    """A request that the counting server got."""

    target: str
    kind: str
    cookie: str | None


class Recorder(BaseHTTPRequestHandler):
    """Notes what is posted: `ping` by the browser itself, `script` by ours."""

    def do_POST(self):
        kind = "ping" if self.headers["Content-Type"] == "text/ping" else "script"
        self.server.hits.append(Hit(self.path, kind, self.headers["Cookie"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Keep the tests' output free of the server's log."""


class Blog(BaseHTTPRequestHandler):
    """Serves a post with our block, the script and the shop. The query says how the page is."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        script = path == f"/{SCRIPT}"
        body = SCRIPT_TEXT if script else self.post(parse_qs(query)) if path == "/post" else ""
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if script else "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def post(self, query):
        text = CATALOG.format(
            site=self.server.origin,
            server=self.server.counter,
            respect=query["respect"][0],
        )
        catalog = parse_catalog(text)
        block = Renderer(catalog).fragment(make_resolution(POST, books=["tea", "pot"]))
        tag = re.search(r"<script.*?</script>", include_text(catalog))[0]
        tag = re.sub(r"\{\{ '(.*?)' \| relative_url \}\}", r"\1", tag)
        return f"<!doctype html><title>Post</title>{tag * int(query['scripts'][0])}{block}"

    def log_message(self, *_):
        """Keep the tests' output free of the server's log."""


@contextmanager
def serving(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        # One host with two ports: two origins, but one site, as a blog and its server usually are.
        server.origin = f"http://localhost:{server.server_port}"
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def counter():
    with serving(Recorder) as server:
        server.hits = []
        yield server


@pytest.fixture(scope="module")
def blog(counter):
    with serving(Blog) as server:
        server.counter = counter.origin
        yield server


@pytest.fixture(scope="module")
def chrome(tmp_path_factory):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and its chromedriver are not installed")
    options = ChromeOptions()
    options.binary_location = browser
    for argument in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "no-first-run",
        "disable-background-networking",
        "disable-sync",
        "disable-component-update",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{argument}")
    with Chrome(options, ChromeService(driver)) as started:
        started.set_script_timeout(10)
        yield started


class Reader:
    """Somebody at the browser, who may have told it something before a page is loaded."""

    def __init__(self, chrome, blog, counter):
        self.chrome = chrome
        self._blog = blog
        self._counter = counter
        self._told = []
        counter.hits.clear()

    def tell_browser(self, script):
        added = self.chrome.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": script}
        )
        self._told.append(added)

    def open(self, scripts=1, respect="true"):
        self.chrome.get(f"{self._blog.origin}/post?scripts={scripts}&respect={respect}")

    def link(self, item="tea"):
        return self.chrome.find_element(By.CSS_SELECTOR, f"a[ping*='/hit/{item}?']")

    def press(self, element, button):
        actions = ActionBuilder(self.chrome)
        actions.pointer_action.move_to(element).pointer_down(button).pointer_up(button)
        actions.perform()

    def hits(self):
        """Return what was counted. A last request of our own is answered after all before it."""
        self.chrome.execute_async_script(
            "fetch(arguments[0], {method: 'POST', mode: 'no-cors'}).then(arguments[1])",
            f"{self._counter.origin}/last",
        )
        last = WebDriverWait(self.chrome, 10).until(lambda _: self._position_of_last())
        return self._counter.hits[: last - 1]

    def _position_of_last(self):
        return [hit.target for hit in self._counter.hits].index("/last") + 1

    def leave(self):
        for added in self._told:
            self.chrome.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
        first, *others = self.chrome.window_handles
        for window in others:
            self.chrome.switch_to.window(window)
            self.chrome.close()
        self.chrome.switch_to.window(first)
        self.chrome.delete_all_cookies()
        self.chrome.get(f"{self._blog.origin}/shop")
        self.chrome.execute_script("localStorage.clear()")


@pytest.fixture
def reader(chrome, blog, counter):
    reader = Reader(chrome, blog, counter)
    yield reader
    reader.leave()


def kinds(hits):
    """Return how the one link was counted, and that no other was."""
    assert {hit.target for hit in hits} <= {TEA}
    return [hit.kind for hit in hits]


def test_a_click_is_counted_once_by_the_script_and_leads_to_the_shop(reader):
    reader.open()
    reader.link().click()

    assert urlsplit(reader.chrome.current_url).path == "/shop"
    assert kinds(reader.hits()) == ["script"]


def test_the_shop_sees_from_which_page_the_reader_came(reader, blog):
    reader.open()
    reader.link().click()

    assert reader.chrome.execute_script("return document.referrer").startswith(blog.origin)


def test_the_script_takes_the_ping_off_the_link_it_counts_and_leaves_the_others(reader):
    reader.open()
    link, other = reader.link(), reader.link("pot")
    reader.chrome.execute_script("addEventListener('click', e => e.preventDefault())")
    link.click()

    assert link.get_dom_attribute("ping") is None
    assert other.get_dom_attribute("ping")


def test_without_the_script_the_browsers_ping_counts(reader):
    reader.open(scripts=0)
    reader.link().click()

    assert kinds(reader.hits()) == ["ping"]


def test_a_middle_click_is_counted_once(reader):
    reader.open()
    reader.press(reader.link(), MouseButton.MIDDLE)

    assert kinds(reader.hits()) == ["script"]


def test_a_click_into_a_new_tab_is_counted_once(reader):
    reader.open()
    ActionChains(reader.chrome).key_down(Keys.CONTROL).click(reader.link()).key_up(
        Keys.CONTROL
    ).perform()

    assert kinds(reader.hits()) == ["script"]


def test_enter_on_a_focused_link_is_counted_once(reader):
    reader.open()
    reader.link().send_keys(Keys.ENTER)

    assert kinds(reader.hits()) == ["script"]


def test_opening_the_menu_of_a_link_is_no_click(reader):
    reader.open()
    reader.press(reader.link(), MouseButton.RIGHT)

    assert reader.hits() == []


def test_each_click_on_a_link_is_sent(reader):
    reader.open()
    reader.chrome.execute_script("addEventListener('click', e => e.preventDefault())")
    reader.link().click()
    reader.chrome.find_element(By.CSS_SELECTOR, "a[data-linkmgr-hit*='/hit/tea?']").click()

    assert kinds(reader.hits()) == ["script", "script"]


def test_a_click_on_what_is_inside_a_link_is_counted(reader):
    reader.open()
    reader.chrome.execute_script("arguments[0].innerHTML = '<b>Tea</b>'", reader.link())
    reader.link().find_element(By.TAG_NAME, "b").click()

    assert kinds(reader.hits()) == ["script"]


def test_a_link_that_was_added_later_is_counted(reader):
    reader.open()
    reader.chrome.execute_script(
        "const copy = arguments[0].cloneNode(true); copy.id = 'later'; document.body.append(copy);",
        reader.link(),
    )
    reader.chrome.find_element(By.ID, "later").click()

    assert kinds(reader.hits()) == ["script"]


def test_a_click_is_counted_once_though_the_script_is_there_twice(reader):
    reader.open(scripts=2)
    reader.link().click()

    assert kinds(reader.hits()) == ["script"]


def test_a_theme_that_stops_the_event_does_not_stop_the_count(reader):
    reader.open()
    reader.chrome.execute_script(
        "document.onclick = arguments[0].onclick = e => e.stopPropagation()", reader.link()
    )
    reader.link().click()

    assert kinds(reader.hits()) == ["script"]


def test_other_links_are_not_counted(reader):
    reader.open()
    reader.chrome.execute_script(
        "document.body.insertAdjacentHTML('beforeend', '<a id=plain href=/shop>Shop</a>')"
    )
    reader.chrome.find_element(By.ID, "plain").click()

    assert reader.hits() == []


def test_who_opted_out_by_a_cookie_of_the_blog_is_not_counted(reader):
    reader.open()
    reader.chrome.execute_script("document.cookie = 'linkmgr_optout=1'")
    reader.link().click()

    assert reader.hits() == []


def test_who_opted_out_in_the_browsers_storage_is_not_counted(reader):
    reader.open()
    reader.chrome.execute_script("localStorage.linkmgr_optout = '1'")
    reader.link().click()

    assert reader.hits() == []


def test_a_browser_without_storage_is_counted(reader):
    reader.tell_browser(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('barred') }})"
    )
    reader.open()
    reader.link().click()

    assert kinds(reader.hits()) == ["script"]


SIGNALS = [
    pytest.param("globalPrivacyControl", "true", id="Global Privacy Control"),
    pytest.param("doNotTrack", "'1'", id="Do Not Track"),
]


@pytest.mark.parametrize(("name", "value"), SIGNALS)
@pytest.mark.parametrize(("respect", "counted"), [("true", []), ("false", ["script"])])
def test_a_privacy_signal_is_heeded_if_the_catalog_says_so(reader, name, value, respect, counted):
    reader.tell_browser(
        f"Object.defineProperty(Navigator.prototype, '{name}', {{get: () => {value}}})"
    )
    reader.open(respect=respect)
    reader.link().click()

    assert kinds(reader.hits()) == counted


# A cookie that scripts do not see, as the server's own: the server must get it to heed it.
@pytest.mark.parametrize(
    "sending",
    [
        pytest.param("", id="beacon"),
        pytest.param("Navigator.prototype.sendBeacon = () => false", id="beacon refused"),
        pytest.param("delete Navigator.prototype.sendBeacon", id="no beacons"),
    ],
)
def test_the_servers_own_cookie_goes_with_the_hit_however_it_is_sent(reader, sending):
    reader.tell_browser(sending)
    reader.open()
    cookie = {"name": "linkmgr_optout", "value": "1", "httpOnly": True, "sameSite": "Lax"}
    reader.chrome.add_cookie(cookie)
    reader.link().click()

    hits = reader.hits()
    assert kinds(hits) == ["script"]
    assert hits[0].cookie == "linkmgr_optout=1"


def test_a_server_that_is_down_is_no_error_of_the_page(reader):
    reader.tell_browser("Navigator.prototype.sendBeacon = () => false")
    reader.open()
    reader.chrome.execute_script(
        "window.errors = []; onunhandledrejection = e => errors.push(String(e.reason));"
        "addEventListener('click', e => e.preventDefault());"
        "arguments[0].dataset.linkmgrHit = 'http://127.0.0.1:9/hit/tea';",
        reader.link(),
    )
    reader.link().click()

    assert reader.hits() == []
    assert reader.chrome.execute_script("return errors") == []
