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
BARE = "“How to move a piano down one flight of stairs” shows no book"
POST = post_key("_posts/2025-06-21-a-script-for-the-watering-can.md")
PAID = post_key("_posts/2025-09-27-bread-with-cold-hands.md")
A4 = 718  # CSS pixels between Chromium's margins
PAGES = (
    *("/", "/?drawn=views&places=tracking", "/opportunities", "/opportunities?reason=unpaid"),
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


def test_a_post_read_without_a_book_gets_one_pinned_in_3(tmp_path, signed_in):
    folder = tmp_path / "demo"
    with demo_with_figures(folder) as app, served(app) as admin:
        owner = signed_in(app, admin)
        owner.chrome.get(f"{admin}/opportunities")
        before = owner.done
        owner.press(f"Add a book: {BARE}")
        owner.wait(lambda: owner.run("return document.activeElement.id") == "item")
        assert len(owner.texts("#next tbody tr")) == 3
        item = owner.run("return document.querySelector('#next tbody [name=item]').value")
        owner.click("#next tbody button")
        owner.read("gain it")
        owner.press("Save")
        owner.read("Saved.")
        assert owner.done - before == 3
        catalog = load_catalog(folder / "catalog.yaml")
        pin = catalog.mappings[f"pin-{item}"]
        assert pin.any_of.paths == ("_posts/2025-12-14-moving-the-piano.md",)
        assert item in catalog.books
        assert owner.complaints() == []


def test_a_row_put_aside_by_its_cross_comes_back_by_the_menu(tmp_path, signed_in):
    with demo_with_figures(tmp_path / "demo") as app, served(app) as admin:
        owner = signed_in(app, admin)
        owner.chrome.get(f"{admin}/opportunities")
        rows = owner.texts(".opps h2")
        owner.press(f"Not for me: {BARE}")
        owner.read(f"Put aside: {BARE}")
        assert owner.texts(".opps h2") == [row for row in rows if row != BARE]
        owner.press("Put aside: 1")
        owner.press(BARE)
        owner.gone(".head .menu")
        assert owner.texts(".opps h2") == rows
        assert owner.complaints() == []


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
