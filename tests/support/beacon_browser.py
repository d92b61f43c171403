"""A blog, the server that counts its clicks, and somebody who reads it in a real browser."""

import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from select import select
from socketserver import ThreadingMixIn
from typing import NamedTuple
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By

from linkmgr.blocks.assets import SCRIPT_TEXT
from linkmgr.blocks.include import SCRIPT, include_text, post_key
from linkmgr.blocks.render import Renderer
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.line import read_line
from linkmgr.clicks.request import Proxies
from linkmgr.store.spool import SpoolWriter
from linkmgr.web.endpoints import Counters, Current, Endpoints
from linkmgr.web.visitors import Visitors
from tests.support.blocks import make_post, make_resolution
from tests.support.servers import wait_for

CATALOG = """\
site: {{name: Tea, url: "{blog}", language: en, server: "{counter}", respect-gpc: {respect}{site}}}
programmes: {{shop: {{name: Shop, tracking: beacon}}}}
books:
  tea: {{title: Tea, url: "{blog}/shop", programme: shop{tea}}}
  pot: {{title: Pot, url: "{blog}/shop", programme: shop, rating: 4}}
comparisons: {{teas: {{items: [pot, tea], rows: [rating], ranked: true}}}}
"""
POST = make_post()
KEY = post_key(POST.path)
TEA, POT = "books.1~tea", "books.2~pot"

# What happens to a page, in this order: `log` is for the tests.
LOG = """<script>
window.log = [];
for (const type of ["visibilitychange", "prerenderingchange"])
  addEventListener(type, () => log.push(type), true);
addEventListener("pageshow", event => event.persisted && log.push("restored"));
for (const type of ["view", "click"])
  document.addEventListener("linkmgr:" + type, ({detail: {block, rank, item}}) =>
    log.push(`${type} of ${block}.${rank}~${item}`));
</script>"""

# A list of the blog's posts, from which a browser loads the post ahead.
POSTS = """\
<!doctype html><title>Posts</title><a id="post" href="/post">A post</a>
<script type="speculationrules">
{"prerender": [{"source": "list", "urls": ["/post"], "eagerness": "immediate"}]}
</script>
"""

LAST = "/last"


class Hit(NamedTuple):
    """A request that the counting server got: `ping` by the browser itself, `script` by ours."""

    path: str
    kind: str
    cookie: str | None
    query: str


class QuietRequest(WSGIRequestHandler):
    def handle(self):
        is_readable(self.connection, None)
        self.server.begun.add(self.connection)
        super().handle()

    def log_message(self, *_):
        """Keep the tests' output free of the server's log."""


def is_readable(opened, seconds=0):
    """Whether there is something to read or accept within so many seconds, `None` for any time."""
    return bool(select([opened], [], [], seconds)[0])


class Counter(ThreadingMixIn, WSGIServer):
    """The real endpoints on a socket. Notes the requests, and reads the clicks in the spool."""

    daemon_threads = True

    def __init__(self, folder, trusted=()):
        super().__init__(("127.0.0.1", 0), QuietRequest)
        self.hits = []
        self.begun = set()  # the connections whose request is being read or answered
        self._open = set()
        self._changing = threading.Lock()
        self._proxies = Proxies(map(ip_network, trusted))
        self._spool = folder / "spool"
        self._writer = SpoolWriter(self._spool)
        self._visitors = Visitors(folder / "visitor-key")
        self.set_app(self._note)

    def count_for(self, catalog):
        """Begin anew, for a catalog."""
        self._writer.close()
        for file in self._spool.iterdir():
            file.unlink()
        self._writer = SpoolWriter(self._spool)
        self.hits.clear()
        self._endpoints = Endpoints(
            self._rest,
            current=Current(targets_of(catalog), datetime.now(UTC).date()),
            spool=self._writer,
            visitors=self._visitors,
            proxies=self._proxies,
            counters=Counters(),
        )

    def get_request(self):
        with self._changing:
            accepted = super().get_request()
            self._open.add(accepted[0])
        return accepted

    def shutdown_request(self, request):
        with self._changing:
            self._open.discard(request)
            self.begun.discard(request)
            super().shutdown_request(request)

    def is_busy(self):
        """Whether a request has come that is not answered; browsers connect ahead of some."""
        with self._changing:
            return any(each in self.begun or is_readable(each) for each in (self, *self._open))

    def clicks(self):
        """Return what the endpoints have written down."""
        files = self._spool.iterdir()
        return [read_line(line) for file in files for line in file.read_bytes().splitlines()]

    def _note(self, environ, start_response):
        kind = "ping" if environ["CONTENT_TYPE"] == "text/ping" else "script"
        cookie, query = environ.get("HTTP_COOKIE"), environ["QUERY_STRING"]
        self.hits.append(Hit(environ["PATH_INFO"], kind, cookie, query))
        return self._endpoints(environ, start_response)

    def _rest(self, _, start_response):
        start_response("204 No Content", [])
        return []


class BlogRequest(BaseHTTPRequestHandler):
    """Answers with the post as it is at present, the script, an empty shop or a list of posts."""

    def do_GET(self):
        self.server.shop_visits += self.path == "/shop"
        self.server.prerendered += self.headers["Sec-Purpose"] == "prefetch;prerender"
        answers = {"/post": self.server.post, "/posts": POSTS, f"/{SCRIPT}": SCRIPT_TEXT}
        self.send_response(200)
        kind = "javascript" if self.path.endswith(".js") else "html"
        self.send_header("Content-Type", f"text/{kind}")
        self.end_headers()
        self.wfile.write(answers.get(self.path, "").encode())

    def log_message(self, *_):
        """Keep the tests' output free of the server's log."""


class Blog(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), BlogRequest)
        self.post = ""
        self.shop_visits = 0
        self.prerendered = 0
        self.shown = make_resolution(POST, books=["tea", "pot"])

    def show(self, catalog, scripts, head):
        """Show a post with a block of the catalog and the script, so many times."""
        block = Renderer(catalog).fragment(self.shown)
        tag = re.search(r"<script.*?</script>", include_text(catalog))[0]
        tag = tag.replace("{{ linkmgr_root }}", "")
        self.post = f"<!doctype html><title>Post</title>{head}{tag * scripts}{block}"


@contextmanager
def serving(server):
    """Serve at one host with a port for each: two origins of one site, as in life."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        server.origin = f"http://localhost:{server.server_port}"
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Reader:
    """Somebody at the browser."""

    def __init__(self, chrome, blog, counter):
        self.chrome = chrome
        self._blog = blog
        self._counter = counter
        self._told = []

    def tell_browser(self, script):
        """Have a script run before each page's own."""
        added = self.chrome.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": script}
        )
        self._told.append(added)

    def open(self, address="/post", *, scripts=1, head="", **keys):
        """Open the post, or another page of the blog with it in its place.

        `keys` are what the catalog has else, such as more keys of the `site` or of `tea`.
        """
        own = {"blog": self._blog.origin, "counter": self._counter.origin}
        keys = own | {"respect": "true", "site": "", "tea": ""} | keys
        catalog = parse_catalog(CATALOG.format(**keys))
        self._counter.count_for(catalog)
        self._blog.show(catalog, scripts, head)
        self.chrome.get(self._blog.origin + address)

    def run(self, script, *arguments):
        return self.chrome.execute_script(script, *arguments)

    def stay(self):
        """Stay on the page whatever is clicked."""
        self.run("addEventListener('click', event => event.preventDefault())")

    def link(self, item="tea"):
        return self.find(f"a[data-linkmgr-hit*='/hit/{item}?']")

    def find(self, selector):
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def press(self, element, button):
        actions = ActionBuilder(self.chrome)
        actions.pointer_action.move_to(element).pointer_down(button).pointer_up(button)
        actions.perform()

    def hits(self):
        """Return what was sent before a last request, which is made now and waited for.

        The threads that answer may overtake each other, so all of them are waited for.
        """
        self.chrome.execute_async_script(
            "fetch(arguments[0], {method: 'POST', mode: 'no-cors'}).then(arguments[1])",
            self._counter.origin + LAST,
        )
        wait_for(lambda: not self._counter.is_busy())
        return [hit for hit in self._counter.hits if hit.path != LAST]

    def sent(self):
        """Return how the click on the first link was sent, and see that no other was."""
        hits = self.hits()
        assert {hit.path for hit in hits} <= {"/hit/tea"}
        return [hit.kind for hit in hits]

    def counted(self):
        """Return the clicks that were sent and written down."""
        self.hits()
        return self._counter.clicks()

    def reports(self):
        """Return the reports of views that were sent: the post's key, then what is said of it."""
        reports = [parse_qsl(hit.query) for hit in self.hits() if hit.path == "/seen/"]
        assert all(first[0] == "p" for first, *_ in reports)
        return [(first[1], *others) for first, *others in reports]

    def leave(self):
        """Leave the browser as it was."""
        for added in self._told:
            self.chrome.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
        first, *others = self.chrome.window_handles
        for window in others:
            self.chrome.switch_to.window(window)
            self.chrome.close()
        self.chrome.switch_to.window(first)
        self.chrome.delete_all_cookies()
        self.chrome.get(f"{self._blog.origin}/shop")
        self.run("localStorage.clear()")


class Viewer(Reader):
    """Somebody at a browser whose blog counts views."""

    def open(self, *address, head="", site="", events="true", **how):
        keys = f", views: true, events: {events}{site}"
        super().open(*address, head=LOG + head, site=keys, **how)

    @property
    def origin(self):
        return self._blog.origin

    def log(self):
        return self.run("return log")

    def wait_until_seen(self, *tokens):
        wait_for(lambda: {f"view of {token}" for token in tokens} <= {*self.log()})

    def wait_a_while(self):
        """Wait longer than a view takes."""
        self.chrome.execute_async_script("setTimeout(arguments[0], 1500)")

    def go_away(self):
        """Leave the page for another one in the same tab."""
        self.run("location = '/shop'")
        wait_for(lambda: self.run("return location.pathname") == "/shop")

    def go_back(self):
        """Return to the page, as it was left."""
        self.run("history.back()")
        wait_for(lambda: self.run("return location.pathname") == "/post")
        assert "restored" in self.log(), "the page was loaded anew"

    def hide(self):
        """Look at another tab."""
        self.chrome.switch_to.new_window("tab")

    def return_from(self, window):
        self.chrome.switch_to.window(window)
        wait_for(lambda: self.run("return !document.hidden"))
