"""The demo with figures in a real browser: pages for everybody, one printed, and its test."""

import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.blocks.include import post_key
from linkmgr.catalog.reading.files import load_catalog
from tests.admin.conftest import demo_with_figures
from tests.support.admin_browser import served
from tests.support.nu_checker import html_errors
from tests.support.page_inspector import IN_LANGUAGE, PageInspector

pytestmark = pytest.mark.browser

TITLE = "The test of 月に一度のおたより is decided: “季節のレシピを一通”"
POST = post_key("_posts/2025-06-21-a-script-for-the-watering-can.md")
PAID = post_key("_posts/2025-09-27-bread-with-cold-hands.md")
A4 = 718  # CSS pixels between Chromium's margins
PAGES = (
    *("/", "/?drawn=views&places=tracking", "/opportunities", "/opportunities?kind=earning"),
    *("/items/kitchen-coffee", "/items/newsletter", f"/posts/{POST}", "/tags", "/tests"),
    *(f"/posts/{PAID}", f"/earnings?by=post&value={PAID}", "/earnings?value=weekend-bread"),
)


@pytest.mark.parametrize(("language", "seen"), IN_LANGUAGE)
def test_no_page_that_has_figures_has_a_fault(demo_app, signed_in, tmp_path, language, seen):
    sources = {}
    with served(demo_app) as admin:
        owner = signed_in(demo_app, admin)
        owner.look()
        owner.speak(language)
        inspector = PageInspector(owner, sources, f"{language} {admin}", **seen)
        for page in PAGES:
            owner.chrome.get(admin + page)
            inspector.inspect(page)
    assert inspector.faults == {}, inspector.report()
    found = html_errors(sources, tmp_path)
    assert found == [], "\n".join(found)


def test_a_charts_tooltip_names_the_rate_that_it_cannot_tell(demo_app, signed_in):
    with served(demo_app) as admin:
        owner = signed_in(demo_app, admin)
        owner.open(f"{admin}/?item=reading-notes")
        owner.tab_to(".drawing")
        lines = owner.run("return document.querySelector('.tip').innerText").splitlines()
    named = [line.partition(": ") for line in lines[1:]]
    assert "Click rate" in [name for name, _, _ in named]
    (rate,) = [value for name, _, value in named if name == "Click rate"]
    assert rate.startswith("too few ")
    assert "–" not in [name for name, _, _ in named]


def test_a_months_statement_has_all_its_columns_on_paper(demo_app, signed_in):
    with served(demo_app) as admin:
        owner = signed_in(demo_app, admin)
        owner.look(width=A4)
        owner.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        owner.chrome.get(f"{admin}/earnings/statement")
        columns = ["Programme", "Tax", "Confirmed", "Of which paid", "Pending", "Declined"]
        assert owner.texts(".list thead th") == columns


def test_the_demos_test_is_decided_in_two_interactions(tmp_path, signed_in):
    folder = tmp_path / "demo"
    with demo_with_figures(folder) as app, served(app) as admin:
        owner = signed_in(app, admin)
        owner.chrome.get(f"{admin}/opportunities")  # the dashboard has the first of the day alone
        before = owner.done
        owner.press(f"See the test: {TITLE}")
        owner.press("Use this wording")
        owner.read("is decided: “季節のレシピを一通”")
        assert owner.done - before == 2
        item = load_catalog(folder / "catalog.yaml").ctas["newsletter"]
        assert (item.heading, item.label) == ("季節のレシピを一通", "レシピを受け取る")
        assert item.variants == ()
        assert owner.complaints() == []
        assert app.extensions[EXTENSION].catalog().problems == ()
