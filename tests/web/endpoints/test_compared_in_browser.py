"""A comparison in a real browser: its clicks and views count at the block with their rank."""

import pytest

from linkmgr.resolver.model import Placement, PostResolution
from tests.support.beacon_browser import KEY, POST, Viewer

pytestmark = pytest.mark.browser

RANKED = (
    Placement("compare", 1, "pot", 0.0, (), comparison="teas"),
    Placement("compare", 2, "tea", 0.0, (), comparison="teas"),
)


@pytest.fixture
def viewer(chrome, blog, counter):
    usual = blog.shown
    blog.shown = PostResolution(POST, {"compare": RANKED})
    viewer = Viewer(chrome, blog, counter)
    yield viewer
    viewer.leave()
    blog.shown = usual


def test_a_click_and_a_view_count_at_the_rank(viewer):
    viewer.open()
    viewer.stay()
    viewer.wait_until_seen("compare.1~pot", "compare.2~tea")
    viewer.link("tea").click()

    (click,) = viewer.counted()
    assert (click.item, click.post, click.block, click.rank) == ("tea", KEY, "compare", 2)
    viewer.go_away()
    assert viewer.reports() == [(KEY, ("s", "compare.1~pot"), ("c", "compare.2~tea"))]


def test_a_row_is_seen_as_a_whole(viewer):
    viewer.open()
    watched = viewer.run("return document.querySelectorAll('.linkmgr-row').length")
    assert watched == 2
    viewer.wait_until_seen("compare.1~pot")
    assert viewer.log().count("view of compare.1~pot") == 1
