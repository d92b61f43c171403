"""Every page in a real browser: for everybody, on a phone, and without a complaint."""

from importlib.resources import files

import html5lib
import pytest

from linkmgr.blocks.keys import post_key
from tests.admin.conftest import NAME, PASSWORD
from tests.support.admin_browser import at_browser
from tests.support.indexed_site import BREAD
from tests.support.month_of_clicks import lived_in

pytestmark = pytest.mark.slow

POST = post_key(BREAD)
PAGES = (
    "/",
    "/?days=7&item=kitchen-coffee&device=phone",
    "/?since=2001-01-01&until=2001-01-02",
    "/?since=never",
    "/items",
    "/items?q=nothing-like-it",
    "/add-item",
    "/add-item?kind=cta",
    "/add-item?paste=4873119324",
    "/add-item?paste=4873119325",
    "/items/kitchen-coffee",
    "/items/kitchen-coffee/edit",
    "/items/coffee-beans/edit",
    "/items/kitchen-coffee/delete",
    "/selected-items?action=replace&id=kitchen-coffee&back=/admin/items",
    "/tags",
    "/tags?q=nothing-like-it",
    "/tags/new",
    "/tags/mappings",
    "/tags/mapping/coffee",
    "/tags/mapping/coffee/delete",
    "/posts",
    "/posts?shows=nothing&sort=-clicks",
    f"/posts/{POST}",
    "/placements",
    "/placements?programme=a8&q=knives",
    "/placements?q=nothing-like-it",
    "/placements/a8",
    "/history",
    "/history/1",
    "/history/2",
    "/health",
    "/health/build",
    "/health/check",
    "/search",
    "/search?q=a",
    "/search?q=nothing-like-it",
    "/settings",
    "/settings/site",
    "/settings/programmes/amazon",
    "/settings/blocks/books",
    "/settings/add-block",
    "/not-there",
)
# Links within sentences may be smaller (WCAG 2.5.8).
TARGETS = "button, .button, nav a, summary, select, input:not([type=hidden])"
SMALL = """
return [...document.querySelectorAll(arguments[0])]
    .filter(each => each.checkVisibility({visibilityProperty: true}))
    .filter(each => !each.matches(".unseen, [type=checkbox], [type=radio]"))
    .filter(each => each.getBoundingClientRect().height < 44)
    .map(each => each.outerHTML)
"""
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with lived_in(tmp_path_factory.mktemp("lived-in")) as server:
        yield server


@pytest.fixture(scope="module")
def owner(server, tmp_path_factory):
    with at_browser(tmp_path_factory.mktemp("browser")) as owner:
        owner.log_in(server.admin, NAME, PASSWORD)
        yield owner


@pytest.fixture(params=["en", "ja"])
def in_language(request, server, owner):
    """Have the pages in a language."""
    owner.speak(server.admin, request.param)
    return owner


def violations(owner):
    """Return what axe-core finds on the page, as it is now."""
    if owner.run("return !window.axe"):
        owner.run(AXE)
    found = owner.chrome.execute_async_script(
        "const done = arguments[0]; axe.run().then(r => done(r.violations), e => done(String(e)))"
    )
    assert isinstance(found, list), found
    return [
        f"{each['id']}: {node['html']}: {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]


def source(owner):
    """Return the page as the server sends it."""
    return owner.chrome.execute_async_script(
        "const done = arguments[0]; fetch(location.href).then(r => r.text()).then(done)"
    )


def test_axe_finds_nothing_on_any_page_by_light_and_in_the_dark(server, in_language):
    found = {}
    for page in PAGES:
        in_language.chrome.get(server.admin + page)
        for dark in (False, True):
            in_language.look(dark=dark)
            found[page, dark] = violations(in_language)
    assert {place: each for place, each in found.items() if each} == {}


def test_no_page_is_wider_than_a_phone_and_what_is_pressed_is_as_large_as_a_finger(
    server, in_language
):
    in_language.look(width=390, height=844)
    wide, small = {}, {}
    for page in PAGES:
        in_language.chrome.get(server.admin + page)
        if (width := in_language.run("return document.documentElement.scrollWidth")) > 390:
            wide[page] = width
        if found := in_language.run(SMALL, TARGETS):
            small[page] = found
    assert wide == {}
    assert small == {}


def test_the_browser_complains_of_no_page_and_its_html_is_valid(server, in_language):
    in_language.complaints()
    for page in PAGES:
        in_language.chrome.get(server.admin + page)
        complaints = in_language.complaints()
        if page != "/not-there":
            assert complaints == [], page
        sent = source(in_language)
        html5lib.HTMLParser(strict=True).parse(sent)
        # HTML has no other attributes of one's own than data-*.
        assert " hx-" not in sent, page


def crowd(text):
    """Add books and mappings to a catalog until it is a large one."""
    books = "".join(
        f"  shelf-{n}:\n    asin: B0{n:08}\n    title: 棚の{n}冊目、長めの題名のある本\n"
        for n in range(2000)
    )
    mappings = "".join(
        f"  shelf-{n}:\n    any: {{keywords: [棚{n}]}}\n    items: [shelf-{n}, shelf-{n + 1}]\n"
        for n in range(500)
    )
    return text.replace("\nbooks:\n", f"\nbooks:\n{books}", 1).replace(
        "\nmappings:\n", f"\nmappings:\n{mappings}", 1
    )


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.soak)])
def test_a_catalog_of_2000_items_is_for_everybody_too(tmp_path, width):
    with lived_in(tmp_path, edit=crowd) as server, at_browser(tmp_path) as owner:
        owner.log_in(server.admin, NAME, PASSWORD)
        owner.look(width=width)
        for page in ("/items", "/items?page=7", "/tags", "/tags/mappings", "/posts", "/health"):
            owner.chrome.get(server.admin + page)
            assert violations(owner) == [], page
            assert owner.run("return document.documentElement.scrollWidth") <= width, page
        assert owner.complaints() == []
