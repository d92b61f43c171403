"""From the demo's dashboard to a decided test, in a real browser."""

import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.catalog.reading.files import load_catalog
from tests.admin.conftest import demo_with_figures
from tests.support.admin_browser import served

pytestmark = pytest.mark.slow

TITLE = "The test of 月に一度のおたより is decided: recipe"


def test_the_demos_test_is_decided_in_two_interactions(tmp_path, signed_in):
    folder = tmp_path / "demo"
    with demo_with_figures(folder) as app, served(app) as admin:
        owner = signed_in(app, admin)
        owner.chrome.get(f"{admin}/")
        before = owner.done
        owner.press(f"See the test: {TITLE}")
        owner.press("Make it the text")
        owner.read("is decided: recipe")
        assert owner.done - before == 2
        item = load_catalog(folder / "catalog.yaml").ctas["newsletter"]
        assert (item.heading, item.label) == ("季節のレシピを一通", "レシピを受け取る")
        assert item.variants == ()
        assert owner.complaints() == []
        assert app.extensions[EXTENSION].catalog().problems == ()
