"""The blocks' stylesheet beside a theme's, in a real browser."""

import pytest

from linkmgr.blocks.assets import STYLESHEET_TEXT
from linkmgr.blocks.render import Renderer
from tests.support.blocks import make_catalog, make_post, make_resolution
from tests.support.chromium import chromium

pytestmark = pytest.mark.slow

# Themes draw a bar beside headings, as a border or as a box of their own.
BARS = {
    "border": "h2, h3, h4 { border-left: 6px solid #c36; padding-left: 14px; }",
    "box": "h2, h3, h4 { position: relative; padding-left: 20px; }"
    " :is(h2, h3, h4)::before"
    " { content: ''; position: absolute; left: 0; top: 0; width: 6px; height: 100%;"
    " background: #c36; }",
}
PAGE = """<!doctype html><meta charset="utf-8"><title>x</title>
<style>{theme}</style><style>{ours}</style><h3>Theme</h3>{blocks}"""

# The class of each heading, and the pixels from its own left edge to that of its text.
HEADINGS = """
return [...document.querySelectorAll("h2, h3, h4")].map(heading => {
  const text = document.createRange();
  text.selectNodeContents(heading);
  const left = text.getBoundingClientRect().left - heading.getBoundingClientRect().left;
  return [heading.className, left];
});
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize("bar", BARS)
def test_a_themes_bar_beside_headings_goes_through_no_letter(browser, tmp_path, bar):
    blocks = Renderer(make_catalog(), {}, "").fragment(
        make_resolution(related=[make_post()], cta=["talk"], books=["law"])
    )
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(theme=BARS[bar], ours=STYLESHEET_TEXT, blocks=blocks))
    browser.get(page.as_uri())
    headings = browser.execute_script(HEADINGS)
    assert {name for name, _ in headings} == {"", "linkmgr-heading", "linkmgr-title"}
    assert {left for _, left in headings} == {20}
