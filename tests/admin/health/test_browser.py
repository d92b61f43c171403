"""The build's button in a real browser, with script and without."""

from dataclasses import replace

import pytest
from selenium.webdriver.common.keys import Keys

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.health import build_page
from linkmgr.builder.run import build
from tests.support.admin_browser import served
from tests.support.checkouts import git, in_git
from tests.support.indexed_site import indexer_of, indexing

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.usefixtures("stranger")
def test_button_builds_and_page_goes_on_until_it_has_ended(admin_app, settings, signed_in, script):
    indexer_of(settings)
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin, script=script)
        owner.open(f"{admin}/health/build")
        owner.read("out of date", "#build")
        owner.type("#build button", Keys.ENTER)
        owner.read("Last build:", "#build")
        owner.read("is up to date", "#build")
        assert owner.chrome.current_url == f"{admin}/health/build"
        assert owner.complaints() == []


MANY = 700


def add_posts(site):
    for number in range(MANY):
        text = f"---\ntitle: Coffee {number}\ntags: [コーヒー]\n---\nA cup.\n"
        (site / "_posts" / f"2024-01-01-coffee-{number}.md").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.usefixtures("stranger")
def test_a_save_that_makes_700_files_stale_is_said_then_counted(
    admin_app, settings, site, signed_in, width
):
    add_posts(site)
    build(site)
    indexer_of(settings)
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin)
        owner.look(width=width, height=844)
        owner.open(f"{admin}/items/kitchen-coffee/edit")
        owner.find("#header-status[data-stage=done]")
        owner.fill("Title", "朝のコーヒー")
        owner.type("button[value=save]", Keys.ENTER)
        owner.read("Saved 朝のコーヒー.")
        stage = "return document.getElementById('header-status').dataset.stage"
        assert owner.run(stage) == "not-built"
        owner.click("#header-status summary")
        owner.read("Changed 朝のコーヒー", "#header-status")
        owner.read("A build rewrites the blocks of 7", "#header-status")
        assert owner.complaints() == []


@pytest.fixture
def checkout(site, admin_app, monkeypatch, tmp_path):
    """Put the site into a checkout that is pushed, where the admin may commit."""
    monkeypatch.setattr(build_page, "_SECONDS_AT_ONCE", 60.0)  # however busy the machine is
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git(tmp_path, "init", "-q", "--bare", "upstream")
    in_git(site)
    git(site, "remote", "add", "origin", str(tmp_path / "upstream"))
    git(site, "push", "-q", "-u", "origin", "main")
    admin = admin_app.extensions[EXTENSION]
    allowed = replace(admin, settings=replace(admin.settings, commit=True))
    monkeypatch.setitem(admin_app.extensions, EXTENSION, allowed)
    return site


@pytest.mark.usefixtures("stranger")
def test_what_is_saved_is_built_and_committed_in_2(admin_app, settings, checkout, signed_in):
    indexer_of(settings)
    with served(admin_app) as address:
        owner = signed_in(admin_app, address)
        owner.open(f"{address}/add-item")
        owner.done = 0
        owner.press("Build")
        owner.find("#header-status[data-stage=not-committed]")
        owner.press("Commit")
        owner.find("#header-status[data-stage=not-pushed]")
        assert owner.done == 2
        assert owner.chrome.current_url == f"{address}/add-item"  # with all that was typed there
        git(checkout, "push", "-q")
        owner.run("window.dispatchEvent(new Event('focus'))")
        owner.find("#header-status[data-stage=done]")
        assert owner.complaints() == []


@pytest.mark.usefixtures("stranger")
def test_an_items_page_follows_its_first_build_by_itself(admin_app, settings, site, signed_in):
    build(site)
    text = (site / "catalog.yaml").read_text(encoding="utf-8")
    with served(admin_app) as admin, indexing(settings):
        owner = signed_in(admin_app, admin)
        owner.open(f"{admin}/items/newsletter")
        owner.find("#header-status[data-stage=done]")
        text = text.replace(
            "\nbooks:\n", "\nbooks:\n  new-kettle: {asin: B0EXAMPLE9, title: Kettle}\n"
        )
        text = text.replace(
            "    items: [kitchen-coffee,", "    items: [new-kettle, kitchen-coffee,"
        )
        (site / "catalog.yaml").write_text(text, encoding="utf-8")
        owner.open(f"{admin}/items/new-kettle")
        owner.read("0 posts", "#standing")
        owner.read("after the next build", "#standing")
        owner.press("Build")
        owner.read("it rewrote the blocks of", "#header-status details[open]")
        owner.wait(lambda: "after the next build" not in owner.texts("#standing")[0])
        assert "0 posts" not in owner.texts("#standing")[0]
        assert owner.texts("#shown-by tbody tr")
        assert owner.complaints() == []
