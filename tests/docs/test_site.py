"""The documentation site: built whole from the pages, and found in by a real browser."""

import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag

import pytest
from selectolax.lexbor import LexborHTMLParser
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from docs._site.japanese_search import JAPANESE, PairsOfCharacters
from tests.support.chromium import chromium
from tests.support.markdown import english_pages
from tests.support.once import made_once
from tests.support.page_inspector import axe_violations
from tests.support.quiet_http import QuietServer
from tests.support.servers import PATIENCE

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
PHONE = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}


class Files(SimpleHTTPRequestHandler):
    """Answers with the site's files."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Give the folder of the whole site."""
    return made_once(tmp_path_factory, "site", build_site)


def build_site(folder):
    """Build the site as `make docs` does, in which a warning is an error."""
    tools = (".venv/installed-dev", ".venv/mermaid.min.js")
    command = [
        "make",
        "--no-print-directory",
        *(f"--old-file={each}" for each in tools),
        f"BIN={Path(sys.executable).parent}",
    ]
    done = subprocess.run(
        [*command, "docs", f"SITE={folder}"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"The site is at {folder}/index.html, in Japanese at {folder}/ja/index.html"
    ]


@pytest.mark.parametrize(
    ("page", "text", "complaint"),
    [
        ("page.md", "# Page\n[Gone](gone.md)", "target not found: 'gone.md'"),
        ("ja/page.md", "# Page\n[Gone](index.md#gone)", "'gone'"),
        ("lost.md", "# Lost", "document isn't included in any toctree"),
    ],
)
def test_a_mistake_of_a_page_fails_the_build(tmp_path, page, text, complaint):
    docs = tmp_path / "docs"
    for folder in (docs, docs / "ja"):
        folder.mkdir()
        (folder / "index.md").write_text("# Index\n\n## Guides\n\n- [Page](page.md)\n")
        (folder / "page.md").write_text("# Page\n")
    (docs / page).write_text(f"{text}\n")
    japanese = page.startswith("ja/")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--no-color", "--fail-on-warning"]
    command += ["--conf-dir", "docs/_site", *(["--tag", "ja"] if japanese else [])]
    source = docs / "ja" if japanese else docs
    done = subprocess.run(
        [*command, source, tmp_path / "site"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode != 0
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"{docs / page}:")
    assert complaint in said


@pytest.fixture(scope="module")
def pages(site):
    """Parse each page of the site, by its path."""
    found = {
        path: LexborHTMLParser(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")
    }
    written = {path.with_suffix(".html") for path in (*english_pages(), Path("search.md"))}
    assert {path.relative_to(site) for path in found if path.parts} >= written
    return found


@pytest.fixture(scope="module")
def browser(site, tmp_path_factory):
    """Open the site in a browser, at the address in `browser.site`."""
    server = QuietServer(("127.0.0.1", 0), partial(Files, directory=site))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with chromium(tmp_path_factory.mktemp("profile")) as started:
            started.site = f"http://127.0.0.1:{server.server_port}"
            yield started
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def found(browser, folder, query):
    """Search, and return the titles of the pages that were found."""
    browser.get(f"{browser.site}/{folder}search.html?q={quote(query)}")
    summary = (By.CSS_SELECTOR, "#search-results .search-summary")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_element(*summary).text)
    return [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#search-results li > a")]


def test_no_page_loads_anything_from_elsewhere(site, pages):
    loaded = {
        f"{path.name}: {node.attributes[name]}"
        for path, page in pages.items()
        for selector, name in (("[src]", "src"), ("link[href]", "href"), ("[srcset]", "srcset"))
        for node in page.css(selector)
        if re.match(r"(?:[a-z]+:)?//", node.attributes[name] or "")
    }
    assert loaded == set()
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", sheet.read_text()), sheet


def test_each_link_within_site_leads_to_a_page_and_a_part_of_it(site, pages):
    dead = []
    for path, page in pages.items():
        for node in page.css("a[href]"):
            address, part = urldefrag(node.attributes["href"])
            if re.match(r"[a-z]+:", address) or node.attributes["href"] == "#":
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            if not target.is_file() or (
                part and target in pages and not pages[target].css_first(f'[id="{unquote(part)}"]')
            ):
                dead.append(f"{path.relative_to(site)}: {node.attributes['href']}")
    assert dead == []


def test_each_page_leads_to_itself_in_the_other_language(site, pages):
    for path, page in pages.items():
        (link,) = page.css("a.language")
        other = (path.parent / link.attributes["href"]).resolve()
        inside = path.relative_to(site)
        japanese = inside.parts[0] == "ja"
        assert page.css_first("html").attributes["lang"] == ("ja" if japanese else "en")
        assert other.relative_to(site) == (
            inside.relative_to("ja") if japanese else Path("ja") / inside
        )
        assert other in pages


def test_each_page_is_in_the_navigation(pages):
    for path, page in pages.items():
        if path.name not in {"index.html", "search.html"}:
            assert page.css_first(".sidebar-tree .current-page"), path


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("redirect", "Check the built pages"),
        ("waivers", "catalog.yaml"),
        ("LINKMGR_KEEP_DAYS", "The server that counts clicks"),
    ],
)
def test_the_english_search_finds_a_page_by_its_words(browser, query, title):
    assert any(title in each for each in found(browser, "", query))


@pytest.mark.parametrize(
    ("folder", "query", "page"),
    [
        ("", "no-tag", "reference/check-codes.html#no-tag"),
        ("", "LINKMGR_KEEP_DAYS", "reference/settings.html#linkmgr-keep-days"),
        ("", "books.valid-until", "reference/catalog.html#books-valid-until"),
        ("", "linkmgr_spool_bytes", "reference/metrics.html#linkmgr-spool-bytes"),
        ("", "linkmgr check", "reference/commands.html#linkmgr-check"),
        ("ja/", "dead-link", "ja/reference/check-codes.html#dead-link"),
    ],
)
def test_the_search_leads_to_a_name_where_the_reference_has_it(browser, folder, query, page):
    assert found(browser, folder, query)
    first = browser.find_element(By.CSS_SELECTOR, "#search-results li > a").get_attribute("href")
    assert re.sub(r"\?[^#]*", "", first) == f"{browser.site}/{page}"
    browser.get(first)
    assert browser.find_element(By.CSS_SELECTOR, ":target").is_displayed()


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("クリック", "クリックを数えるサーバー"),
        ("アフィリエイト", "catalog.yaml"),
        ("クリック数", "管理画面"),
        ("おすすめの本", "linkmgr"),
        ("表示ルール", "カタログのキー"),
        ("検査数字", "カタログのキー"),
        ("本", "catalog.yaml"),
        ("LINKMGR_KEEP_DAYS", "設定"),
        ("訪問者 上限", "設定"),
        ("ＵＴＭ", "catalog.yaml"),
    ],
)
def test_the_japanese_search_finds_words_within_a_sentence(browser, query, title):
    assert title in found(browser, "ja/", query)


def test_a_query_is_cut_as_text_was_wherever_it_was_taken_from(browser):
    pages = ("server.md", "reference/server.md")
    text = "".join((ROOT / "docs" / "ja" / page).read_text(encoding="utf-8") for page in pages)
    parts = re.findall(rf"{JAPANESE}{{2,}}", text)
    queries = [each[at : at + size] for each in parts for size in (2, 3, 5) for at in (0, 1, 4)]
    queries = [each for each in queries if len(each) > 1]
    assert len(queries) > 5000
    browser.get(f"{browser.site}/ja/search.html")
    cut = browser.execute_script("return arguments[0].map(splitQuery)", queries)
    known = set(PairsOfCharacters({}).split(text))
    for query, pairs in zip(queries, cut, strict=True):
        assert known.issuperset(pairs), query
        assert "".join(pair[0] for pair in pairs) == query[:-1]


@pytest.mark.parametrize(
    ("folder", "query", "terms"),
    [
        ("ja/", "アフィリエイト", {"アフィリエイト"}),
        ("ja/", "クリック クリック数", {"クリック", "クリック数"}),
        ("ja/", "「カタログのURL」", {"カタログの", "url"}),
        ("ja/", "ＵＴＭ", {"utm"}),
        ("", "the valid-from", {"valid-from"}),
    ],
)
def test_what_is_typed_is_marked_whole_in_results_and_on_page(browser, folder, query, terms):
    def marks():
        spans = browser.find_elements(By.CSS_SELECTOR, "span.highlighted")
        return {each.get_property("textContent").lower() for each in spans}

    assert found(browser, folder, query)
    WebDriverWait(browser, PATIENCE).until(
        lambda page: len(page.find_elements(By.CSS_SELECTOR, "#search-results .context")) > 2
    )
    assert marks()
    assert marks() <= terms
    marked = browser.find_element(By.CSS_SELECTOR, "li:has(span.highlighted) > a")
    browser.get(marked.get_attribute("href").partition("?")[0])
    WebDriverWait(browser, PATIENCE).until(lambda _: marks())
    assert marks() <= terms


@pytest.mark.parametrize("query", ["蒸気機関車", "リクック"])
def test_japanese_search_finds_no_page_for_word_that_is_nowhere(browser, query):
    assert found(browser, "ja/", query) == []


def test_pages_fit_a_phone_and_load_without_an_error(browser, site, pages):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        for path in pages:
            browser.get(f"{browser.site}/{quote(path.relative_to(site).as_posix())}")
            width = browser.execute_script("return document.documentElement.scrollWidth")
            assert width <= PHONE["width"], path
            errors = [each["message"] for each in browser.get_log("browser")]
            assert [each for each in errors if "favicon.ico" not in each] == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# Each kind of page in one of two looks; `make soak` has the other.
LOOKS = LIGHT, DARK = (1280, "light"), (390, "dark")
ACCESSIBLE = {
    "index.html": LIGHT,
    "ja/index.html": DARK,
    "reference/catalog.html": LIGHT,
    "ja/reference/metrics.html": DARK,
    "architecture.html": DARK,
    "ja/server.html": LIGHT,
    "search.html?q=redirect": LIGHT,
}


@pytest.mark.parametrize(
    ("page", "look"),
    [
        pytest.param(page, look, marks=[pytest.mark.soak] if look != first else [])
        for page, first in ACCESSIBLE.items()
        for look in LOOKS
    ],
    ids=str,
)
def test_a_page_is_accessible(browser, page, look):
    width, theme = look
    size = {**PHONE, "width": width, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": theme}]},
    )
    try:
        browser.get(f"{browser.site}/{page}")
        for selector in ("pre.mermaid:not(:has(svg))", "#search-results > .search-summary:empty"):
            WebDriverWait(browser, PATIENCE).until(
                lambda page, css=selector: not page.find_elements(By.CSS_SELECTOR, css)
            )
        assert axe_violations(browser) == []
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_diagrams_are_drawn_in_light_and_dark(browser):
    if not (Path(sys.prefix) / "mermaid.min.js").exists():
        pytest.skip("mermaid is not there: `make docs` takes it from npm")
    browser.get(f"{browser.site}/architecture.html")
    diagrams = browser.find_elements(By.CSS_SELECTOR, "pre.mermaid")
    assert len(diagrams) > 3

    def drawn():
        return [
            each.find_elements(By.CSS_SELECTOR, "svg[aria-roledescription]") for each in diagrams
        ]

    colours = set()
    for theme in ("light", "dark"):
        browser.execute_script(f"document.body.dataset.theme = '{theme}'")
        WebDriverWait(browser, PATIENCE).until(lambda _: all(drawn()))
        text = browser.find_element(By.CSS_SELECTOR, "pre.mermaid svg .nodeLabel")
        WebDriverWait(browser, PATIENCE).until(
            lambda _, text=text: text.value_of_css_property("color") not in colours
        )
        colours.add(text.value_of_css_property("color"))
    assert len(colours) == 2
