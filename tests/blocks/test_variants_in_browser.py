"""The page chooses among variants: in a real browser, by what it shows, loads and sends."""

import json
import re
import threading
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from linkmgr.blocks.assets import SCRIPT_TEXT, STYLESHEET_TEXT, VARIANTS_SCRIPT
from linkmgr.blocks.render import Renderer
from linkmgr.catalog.items import Variant
from linkmgr.catalog.variants import VariantTest
from linkmgr.links.model import Tracking
from linkmgr.links.programmes.profiles import packaged_profiles
from linkmgr.links.recognition.issued_code import read_code
from tests.support.blocks import (
    make_book,
    make_catalog,
    make_cta,
    make_post,
    make_resolution,
    make_site,
)
from tests.support.chromium import chromium

pytestmark = pytest.mark.browser

TALK = make_cta(
    variants=(
        Variant("original", 2),
        Variant("question", heading="Shall we talk?"),
        Variant("shop", item="shop"),
    )
)
LAW = make_book(variants=(Variant("original"), Variant("b", blurb="Laws.")))
TAX = make_book(
    id="tax", asin="B0EXAMPLE1", variants=(Variant("original"), Variant("b", blurb="Fees."))
)
CODE = read_code(
    '<a href="https://px.a8.net/svt/ejp?a8mat=3AB+1CD+2EF+4GH" rel="nofollow">Tea</a>\n'
    '<img border="0" width="1" height="1"'
    ' src="https://www13.a8.net/0.gif?a8mat=3AB+1CD+2EF+4GH" alt="">',
    packaged_profiles(),
)
SHOP = make_cta(
    id="shop", heading="A shop", label="", url=CODE.url, utm=None, programme="a8", code=CODE
)
SEED = """<script>
let state = {seed};
Math.random = () => {{ // mulberry32
  state = state + 0x6D2B79F5 | 0;
  let t = Math.imul(state ^ state >>> 15, 1 | state);
  t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
  return ((t ^ t >>> 14) >>> 0) / 4294967296;
}};
</script>"""


class Blog(ThreadingHTTPServer):
    """Serves one page, and notes what pages ask for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Request)
        self.page = ""
        self.policy = ""
        self.asked = []

    def show(self, *items, head="", seed=None, **blocks):
        """Show the fragments of a page, one after the other, between some text."""
        catalog = make_catalog(*items, SHOP, site=make_site(views=True, language="en"))
        catalog = catalog.with_programmes_of_code()
        catalog = replace(
            catalog,
            programmes=catalog.programmes
            | {"site": replace(catalog.programmes["site"], tracking=Tracking.BEACON)},
        )
        html = Renderer(catalog).fragment(make_resolution(make_post(), **blocks))
        random = SEED.format(seed=seed) if seed is not None else ""
        self.page = (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>x</title>{head}{random}"
            f"<style>{STYLESHEET_TEXT}</style><main><p>{'Before. ' * 40}</p>\n{html}\n"
            f"<p>{'After. ' * 400}</p></main>"
        ).replace("https://www13.a8.net", f"http://localhost:{self.server_port}")
        self.policy = ""
        self.asked.clear()
        return {item.id: VariantTest.of_item(catalog, item) for item in items}


class Request(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if self.server.policy:
            self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        answers = {"/": self.server.page, "/linkmgr.js": SCRIPT_TEXT}
        self.wfile.write(answers.get(self.path, "").encode())

    def log_message(self, *_):
        """Keep the tests' output free of the server's log."""


@pytest.fixture(scope="module")
def blog():
    with Blog() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.address = f"http://localhost:{server.server_port}/"
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture
def chrome(started, blog):
    """Give the browser, which then forgets what the page has stored."""
    yield started
    blog.show(TALK, cta=["talk"])
    started.get(blog.address)
    started.execute_script("localStorage.clear()")
    started.delete_all_cookies()


def titles(chrome):
    return chrome.execute_script(
        "return [...document.querySelectorAll('.linkmgr-title')].map(each => each.innerText)"
    )


def links(chrome):
    """Return all addresses that count a click."""
    return chrome.execute_script(
        "return [...document.querySelectorAll('main a, main div')].flatMap(each =>"
        " ['href', 'ping', 'data-linkmgr-hit', 'data-linkmgr-hits']"
        " .map(name => each.getAttribute(name) ?? '')).join(' ').split(' ')"
        " .filter(each => each.includes('/go/') || each.includes('/hit/'))"
    )


MANY = """
const [pages, done] = arguments, found = [];
let left = pages.length;
pages.forEach((page, number) => {
  const frame = document.createElement("iframe");
  frame.onload = () => {
    found[number] = [
      [...frame.contentDocument.querySelectorAll(".linkmgr-blurb, .linkmgr-title")]
        .map(each => each.textContent),
      [...frame.contentDocument.querySelectorAll("a")].map(each => each.dataset.linkmgrHit),
    ];
    frame.remove();
    if (!--left) done(found);
  };
  frame.srcdoc = page;
  document.body.append(frame);
});
"""


TURBO = """
const page = new DOMParser().parseFromString(arguments[0], "text/html");
document.documentElement.replaceChild(document.adoptNode(page.body), document.body);
for (const script of [...document.body.querySelectorAll("script")]) {
  const copy = document.createElement("script");
  copy.textContent = script.textContent;
  script.replaceWith(copy);
}
"""


def test_page_that_script_swaps_in_shows_variant_and_no_noscript(blog, chrome):
    blog.show(TALK, seed=1, cta=["talk"])
    chrome.get(blog.address)
    before = titles(chrome), links(chrome)
    chrome.execute_script(TURBO, blog.page)
    assert len(titles(chrome)) == len(before[0]) == 1
    assert len(links(chrome)) == len(before[1])
    assert not chrome.execute_script("return document.querySelectorAll('noscript').length")


def test_variants_show_by_their_weights_and_the_rest_originals(blog, chrome):
    item = replace(TALK, share=60)
    key = blog.show(item, seed=0, cta=["talk"])["talk"].key
    pages = [blog.page.replace("state = 0;", f"state = {seed};") for seed in range(300)]
    chrome.get(blog.address)

    found = chrome.execute_async_script(MANY, pages)

    def times(title, variant):
        own = [hits[0] or "" for shown, hits in found if shown[0] == title]
        return sum(hit.partition("&v=")[2] == variant for hit in own)

    # 120 in no test; of the others 90, 45 and 45, with four standard deviations
    assert 120 - 34 < times("Talk to us", "") < 120 + 34
    assert 90 - 32 < times("Talk to us", f"{key}.original") < 90 + 32
    assert 45 - 25 < times("Shall we talk?", f"{key}.question") < 45 + 25
    assert 45 - 25 < sum(shown[0] == "A shop" for shown, _ in found) < 45 + 25


def test_same_item_shows_same_variant_wherever_it_is_on_page(blog, chrome):
    pages = []
    for seed in range(40):
        blog.show(TALK, LAW, TAX, seed=seed, cta=["talk"], books=["law", "tax"])
        before, _, rest = blog.page.partition("<main>")
        main = rest.partition("</main>")[0]
        pages.append(f"{before}<main>{main}{main}</main>")
    chrome.get(blog.address)

    found = chrome.execute_async_script(MANY, pages)

    for shown, _ in found:
        half = len(shown) // 2
        assert shown[:half] == shown[half:]
    assert len({tuple(shown) for shown, _ in found}) > 8


def test_all_links_of_a_page_view_in_a_test_name_the_variant(blog, chrome):
    seen = set()
    for seed in range(12):
        tests = blog.show(TALK, LAW, TAX, seed=seed, cta=["talk"], books=["law", "tax"])
        chrome.get(blog.address)
        for address in links(chrome):
            place, variant = re.search(r"b=(\w+\.\d)&v=(\S+)$", address).groups()
            item = {"cta.1": "talk", "books.1": "law", "books.2": "tax"}[place]
            key, name = variant.split(".")
            assert key == tests[item].key
            assert re.search(r"/hit/(\w+)\?", address)[1] == ("shop" if name == "shop" else item)
            seen.add((item, name))
    assert {("talk", "shop"), ("talk", "question"), ("law", "b"), ("tax", "original")} <= seen


def test_nothing_is_left_of_the_choice(blog, chrome):
    blog.show(TALK, cta=["talk"])
    chrome.get(blog.address)

    left = chrome.execute_script(
        "return document.querySelectorAll('main template, main noscript, main script').length"
    )
    assert left == 0
    assert len(titles(chrome)) == 1


def test_no_picture_is_loaded_of_a_variant_that_is_not_shown(blog, chrome):
    shown = {}
    for seed in range(10):
        blog.show(TALK, seed=seed, cta=["talk"])
        chrome.get(blog.address)
        chrome.execute_async_script("setTimeout(arguments[0], 50)")
        pictures = [path for path in blog.asked if path.startswith("/0.gif")]
        shown[titles(chrome)[0]] = len(pictures)
    assert shown == {"Talk to us": 0, "Shall we talk?": 0, "A shop": 1}


def test_without_a_script_there_is_the_original(blog, tmp_path):
    blog.show(TALK, cta=["talk"])
    with chromium(tmp_path, script=False) as chrome:
        chrome.get(blog.address)
        [title] = chrome.find_elements("css selector", ".linkmgr-title")
        link = chrome.find_element("css selector", ".linkmgr a")
        assert title.text == "Talk to us"
        assert "v=" not in link.get_attribute("data-linkmgr-hit")


@pytest.mark.parametrize(
    "signal",
    [
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})",
        "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})",
        "document.cookie = 'linkmgr_optout=1'",
        "localStorage.linkmgr_optout = 1",
    ],
    ids=["GPC", "DNT", "cookie", "storage"],
)
def test_readers_who_opt_out_see_the_original_and_are_in_no_test(blog, chrome, signal):
    for seed in range(6):
        blog.show(TALK, seed=seed, head=f"<script>{signal}</script>", cta=["talk"])
        chrome.get(blog.address)
        assert titles(chrome) == ["Talk to us"]
        assert not [each for each in links(chrome) if "v=" in each]


def test_the_page_does_not_shift(blog, chrome):
    for seed in range(8):
        blog.show(TALK, LAW, TAX, seed=seed, cta=["talk"], books=["law", "tax"])
        chrome.get(blog.address)
        shifts = chrome.execute_async_script(
            "const done = arguments[0], found = [];"
            "new PerformanceObserver(list => found.push(...list.getEntries()))"
            ".observe({type: 'layout-shift', buffered: true});"
            "setTimeout(() => done(found.map(each => each.value)), 150)"
        )
        assert shifts == []


def policy_hash():
    return f"sha256-{b64encode(sha256(VARIANTS_SCRIPT.encode()).digest()).decode()}"


def test_a_policy_that_names_hash_of_script_lets_it_choose(blog, chrome):
    blog.show(TALK, cta=["talk"])
    blog.policy = f"script-src '{policy_hash()}'"
    chrome.get(blog.address)

    assert len(titles(chrome)) == 1
    assert json.dumps(links(chrome)).count("v=") == len(links(chrome)) > 0


SCRIPT_TAG = '<script src="/linkmgr.js" defer data-server="http://localhost:1"></script>'


def test_a_policy_against_the_script_leaves_the_original_counted(blog, chrome):
    blog.show(TALK, LAW, head=SCRIPT_TAG, cta=["talk"], books=["law"])
    blog.policy = "script-src 'self'"
    chrome.get(blog.address)

    assert titles(chrome) == ["Talk to us", LAW.title]
    assert len(links(chrome)) > 0
    assert "v=" not in json.dumps(links(chrome))
    assert "/0.gif" not in json.dumps(blog.asked)
