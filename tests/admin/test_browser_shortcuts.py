"""Keys of one character in a real browser: to pages, through rows, and switched off."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.admin_browser import served
from tests.support.indexed_site import indexer_of

pytestmark = pytest.mark.browser

FOCUSED = "return document.activeElement.textContent"
OPEN = "return document.getElementById('shortcuts').open"


@pytest.mark.usefixtures("stranger")
def test_keys_lead_to_pages_and_rows_but_not_while_typing(admin_app, settings, signed_in):
    indexer_of(settings)
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin)
        owner.open(f"{admin}/settings")
        owner.keys("g", "p")
        owner.read("Posts", "h1")
        titles = owner.texts("main tbody th a")
        owner.keys("j")
        assert owner.run(FOCUSED) == titles[0]
        owner.keys("j", "j", "k")
        assert owner.run(FOCUSED) == titles[1]
        owner.keys(Keys.ENTER)
        owner.read(titles[1], "h1")

        owner.keys("g", "t")
        owner.read("Tags", "h1")
        owner.keys("j", Keys.ENTER)
        owner.read("New rule", "h1")

        owner.keys("g", "i")
        owner.read("Items", "h1")
        owner.type("#q", "gp?/jk")
        assert owner.find("#q").get_attribute("value") == "gp?/jk"
        assert owner.chrome.find_elements("css selector", "dialog[open]") == []
        assert owner.complaints() == []


@pytest.mark.usefixtures("stranger")
def test_shortcuts_are_shown_and_single_keys_can_be_switched_off(admin_app, signed_in):
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin)
        owner.open(f"{admin}/settings")
        owner.keys("?")
        owner.read("Placements", "#shortcuts")
        owner.click("#shortcuts input")
        owner.keys(Keys.ESCAPE)
        owner.open(f"{admin}/history")
        owner.keys("?", "/", "g", "p")
        assert owner.chrome.find_elements("css selector", "dialog[open]") == []
        owner.keys(Keys.CONTROL + "k")
        owner.find("#palette[open]")
        owner.keys(Keys.ESCAPE)
        owner.gone("#palette[open]")
        owner.click(".account summary")
        owner.click("[data-shortcuts]")
        assert owner.run(OPEN)
        owner.click("#shortcuts input")
        owner.press("Close")
        owner.gone("#shortcuts[open]")
        owner.wait(lambda: owner.keys("?") is None)  # once the focus is where keys go
        assert owner.run(OPEN)
        assert owner.complaints() == []


@pytest.mark.usefixtures("stranger")
def test_a_menu_is_closed_by_escape_and_by_a_press_outside(admin_app, signed_in):
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin)
        owner.open(f"{admin}/settings")
        owner.click(".account summary")
        owner.read("Signed in as")
        owner.keys(Keys.ESCAPE)
        owner.gone("details[open]")
        assert "account" in owner.run("return document.activeElement.parentElement.className")
        owner.keys(Keys.ENTER)
        owner.find("details[open]")
        owner.click("h1")
        owner.gone("details[open]")
        assert owner.complaints() == []
