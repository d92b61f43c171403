"""The beacon script in a real browser: what it sends, and when it keeps silent."""

import json
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import html5lib
import pytest

from linkmgr.blocks import assets
from linkmgr.blocks.assets import SCRIPT_TEXT
from linkmgr.blocks.include import include_text
from linkmgr.catalog.reading.parse import parse_catalog
from tests.support.servers import PATIENCE, wait_for

# One click after the other on one page; each leaves what was sent for it under a name.
PAGE = f"""<!doctype html><meta charset="utf-8"><title>x</title>
<a id="real" href="#r" ping="/hit/real" data-linkmgr-hit="/hit/real">r</a>
<a id="link" href="#a" ping="/hit/a" data-linkmgr-hit="/hit/a"><b id="inner">a</b></a>
<a id="plain" href="#b">b</a>
<div data-linkmgr-hits="#c?a=1&amp;b /hit/c #d /hit/d">
<a id="bare" href="#c?a=1&amp;b"><img alt="" id="picture"></a><a id="other" href="#e">e</a>
<a id="own" href="#d" ping="/hit/own" data-linkmgr-hit="/hit/own">d</a>
</div>
<script data-respect-gpc>{SCRIPT_TEXT}</script>
<script>
const results = {{}};
let sent = [];
function act(name, id, event, button) {{
  sent = [];
  const init = {{bubbles: true, cancelable: true, button}};
  document.getElementById(id).dispatchEvent(new MouseEvent(event, init));
  results[name] = sent;
}}
document.getElementById("real").click();
document.write('<img alt="" src="/posted">'); // until which the page is not loaded
window.fetch = async (url, how) => sent.push(url, how);
act("click", "link", "click", 0);
results.ping = document.getElementById("link").hasAttribute("ping");
act("again", "link", "click", 0);
act("inside", "inner", "click", 0);
act("middle", "link", "auxclick", 1);
act("menu", "link", "auxclick", 2);
act("plain", "plain", "click", 0);
act("without attributes", "bare", "click", 0);
act("its picture", "picture", "click", 0);
act("beside it", "other", "click", 0);
act("with attributes beside it", "own", "click", 0);
document.addEventListener("click", event => event.stopPropagation());
document.getElementById("link").onclick = event => event.stopPropagation();
act("stopped by the theme", "link", "click", 0);
Object.defineProperty(navigator, "globalPrivacyControl", {{value: true, configurable: true}});
act("GPC", "link", "click", 0);
Object.defineProperty(navigator, "globalPrivacyControl", {{value: false}});
act("no GPC", "link", "click", 0);
Object.defineProperty(navigator, "doNotTrack", {{value: "1", configurable: true}});
act("DNT", "link", "click", 0);
Object.defineProperty(navigator, "doNotTrack", {{value: null}});
document.cookie = "linkmgr_optout=1";
act("cookie", "link", "click", 0);
document.cookie = "linkmgr_optout=; max-age=0";
localStorage.linkmgr_optout = "1";
act("storage", "link", "click", 0);
localStorage.removeItem("linkmgr_optout");
const out = document.createElement("pre");
out.textContent = JSON.stringify(results);
document.body.append(out);
</script>
"""

# Without cookies nobody opts out at the server, and Firefox and Safari name no site to it where
# the page's policy is to send no referrer.
HOW = {
    "method": "POST",
    "mode": "no-cors",
    "credentials": "include",
    "referrerPolicy": "origin",
    "keepalive": 1,
}


SITE, SERVER = "https://blog.example", "https://links.example"
SCREEN = 800  # px


class Site(BaseHTTPRequestHandler):
    """Serves the page and notes what is posted."""

    def do_GET(self):
        if self.path == "/posted":
            wait_for(lambda: self.server.posted)
        self.answer(200, PAGE.encode())

    def do_POST(self):
        self.server.posted.append(self.path)
        self.answer(204, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep the tests' output free of the server's log."""


@pytest.fixture(scope="module")
def browsed(tmp_path_factory):
    """Load the page in a browser: what its script sent, and what the server got."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("chromium is not installed")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.posted = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-sync", "--disable-component-update"]
    command += [f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]
    command += [
        f"--timeout={PATIENCE * 1000}",
        "--dump-dom",
        f"http://127.0.0.1:{server.server_port}/",
    ]
    done = subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    server.shutdown()
    server.server_close()
    page = html5lib.parse(done.stdout.decode(), namespaceHTMLElements=False)
    return json.loads(page.find(".//pre").text), server.posted


@pytest.mark.browser
@pytest.mark.parametrize(
    ("action", "url"),
    [
        ("click", "/hit/a"),
        ("again", "/hit/a"),
        ("inside", "/hit/a"),
        ("middle", "/hit/a"),
        ("menu", ""),
        ("plain", ""),
        ("stopped by the theme", "/hit/a"),
        ("without attributes", "/hit/c"),
        ("its picture", "/hit/c"),
        ("beside it", ""),
        ("with attributes beside it", "/hit/own"),
        ("GPC", ""),
        ("no GPC", "/hit/a"),
        ("DNT", ""),
        ("cookie", ""),
        ("storage", ""),
    ],
)
def test_a_click_is_sent_once_and_only_if_the_reader_lets_it(browsed, action, url):
    assert browsed[0][action] == ([url, HOW] if url else [])


@pytest.mark.browser
def test_the_browsers_own_ping_is_not_counted_beside_the_script(browsed):
    results, posted = browsed
    assert results["ping"] is False
    assert posted.count("/hit/real") == 1


def data_of(site):
    """Return what the script's tag says of a site, as the script reads it."""
    keys = (
        f"name: Tea, url: {SITE}, language: en, server: {SERVER}, views: true, events: true{site}"
    )
    text = include_text(parse_catalog(f"site: {{{keys}}}\n"))
    tag = html5lib.parseFragment(re.search(r"<script.*?</script>", text)[0])
    attributes = dict(tag[0].attrib)
    return {name[5:]: value for name, value in attributes.items() if name.startswith("data-")}


@pytest.mark.parametrize(
    ("card", "ratio", "site", "seen"),
    [
        ((200, 100), 0.55, "", True),
        ((200, 100), 0.45, "", False),
        ((200, 100), 0.55, ", view-percent: 60", False),
        ((625, 388), 0.32, "", True),
        ((625, 388), 0.29, "", False),
        ((625, 388), 0.32, ", view-percent-large: 40", False),
        ((625, 387), 0.32, "", False),
        ((400, 5 * SCREEN), 0.19, "", True),
        ((400, 5 * SCREEN), 0.17, "", False),
    ],
)
def test_half_of_an_item_or_less_of_a_large_one_is_a_view(card, ratio, site, seen):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    case = {"script": SCRIPT_TEXT, "data": data_of(site), "ratio": ratio, "screen": SCREEN}
    case |= {"width": card[0], "height": card[1]}
    command = [node, Path(__file__).with_name("views_in_node.mjs")]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, input=json.dumps(case)
    )
    assert json.loads(done.stdout) is seen


def test_the_script_is_small():
    before_views = 1257
    rows_of_comparisons = 13
    assert len(SCRIPT_TEXT.encode()) < before_views + 1000 + rows_of_comparisons


@pytest.mark.parametrize("name", ["linkmgr", "variants"])
def test_the_script_is_made_of_its_source(name):
    uglify, node = Path(sys.prefix) / "uglify-js" / "bin" / "uglifyjs", shutil.which("node")
    if node is None or not uglify.is_file():
        pytest.skip("uglify-js needs Node, and npm when `make` fetches it")
    source = Path(assets.__file__).with_name(f"{name}.js")
    command = [node, uglify, source, "--compress", "passes=3", "--mangle"]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    committed = source.with_name(f"{name}.min.js").read_text(encoding="utf-8")
    assert made == committed, "run `make script`"
