"""The lines of docs/how-to/analytics.md pass clicks and views on, each to its own analytics.

Of the analytics there is what a page has of them: the functions and the queue that it calls.
"""

import re
from pathlib import Path

import pytest

from tests.support.beacon_browser import KEY, POT, TEA, Viewer

pytestmark = pytest.mark.browser

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "analytics.md"
LINES = re.compile(r"\*\*(.+?)\*\*.*?```html\n(.*?)```", re.DOTALL)

STUB = """<script>
window.got = [];
window._paq = {push: parameters => got.push(parameters)};
window.gtag = window.plausible = (...parameters) => got.push(parameters);
window.umami = {track: gtag};
</script>
"""


def told(item, rank):
    return {"item": item, "block": "books", "rank": rank, "post": KEY}


def plausible(item, rank, *, is_click):
    props = {"item": item, "place": f"books {rank}", "variant": ""}
    return {"props": props, "interactive": is_click}


# What each is told of two items that were seen, and of a click on the first.
EXPECTED = {
    "Google Analytics 4": [
        ["event", "linkmgr_view", told("tea", 1)],
        ["event", "linkmgr_view", told("pot", 2)],
        ["event", "linkmgr_click", told("tea", 1)],
    ],
    "Plausible": [
        ["Item view", plausible("tea", 1, is_click=False)],
        ["Item view", plausible("pot", 2, is_click=False)],
        ["Item click", plausible("tea", 1, is_click=True)],
    ],
    "Matomo": [
        ["trackContentImpression", "tea", "books 1", "tea"],
        ["trackContentImpression", "pot", "books 2", "pot"],
        ["trackContentInteraction", "click", "tea", "books 1", "tea"],
    ],
    "Umami": [
        ["linkmgr-view", told("tea", 1)],
        ["linkmgr-view", told("pot", 2)],
        ["linkmgr-click", told("tea", 1)],
    ],
}


@pytest.fixture(scope="module")
def viewer(chrome, blog, counter):
    return Viewer(chrome, blog, counter)


def lines():
    return LINES.findall(PAGE.read_text(encoding="utf-8"))


def test_the_page_has_lines_for_these():
    assert [name for name, _ in lines()] == [*EXPECTED]


@pytest.mark.parametrize(("name", "script"), lines(), ids=EXPECTED)
def test_the_lines_of_the_docs_pass_on_what_was_seen_and_clicked(viewer, name, script):
    viewer.open(head=STUB + script)
    viewer.stay()
    viewer.wait_until_seen(TEA, POT)
    viewer.link().click()

    assert viewer.run("return JSON.parse(JSON.stringify(got))") == EXPECTED[name]
