"""With the keyboard alone, and without script, in a real browser."""

import pytest
from selenium.webdriver.common.keys import Keys

from linkmgr.catalog.reading.files import load_catalog
from tests.admin.conftest import NAME, PASSWORD
from tests.support.month_of_clicks import lived_in

pytestmark = pytest.mark.browser

ISBN = "978-4-87311-932-8"
ADDED = "b-4873119324"


@pytest.fixture
def server(tmp_path):
    with lived_in(tmp_path) as server:
        yield server


def catalog_of(server):
    return load_catalog(server.folder / "catalog.yaml")


def test_signing_in_adding_and_ordering_take_keys_alone(server, at_shared_browser):
    owner = at_shared_browser()
    owner.open(f"{server.admin}/login")
    owner.tab_to("#name")
    owner.keys(NAME, Keys.TAB, PASSWORD, Keys.ENTER)
    owner.read("Dashboard", "h1")

    owner.tab_to("nav a[href='/admin/items']")
    owner.keys(Keys.ENTER)
    owner.read("Items", "h1")
    owner.tab_to("a[href='/admin/add-item']")
    owner.keys(Keys.ENTER)
    owner.read("Add an item", "h1")
    owner.keys(ISBN)
    owner.find("#title")
    owner.tab_to("#title")
    owner.keys("鍵盤で足した本")
    owner.tab_to("button[value=save]")
    owner.keys(Keys.ENTER)
    owner.read("Added 鍵盤で足した本.")
    assert catalog_of(server).books[ADDED].title == "鍵盤で足した本"

    owner.tab_to("nav a[href='/admin/tags']")
    owner.keys(Keys.ENTER)
    owner.read("Tags", "h1")
    owner.tab_to("a[href='/admin/tags/mappings']")
    owner.keys(Keys.ENTER)
    owner.read("Rules", "h1")
    owner.tab_to("a[href='/admin/tags/mapping/coffee']")
    owner.keys(Keys.ENTER)
    owner.read("コーヒー, coffee… → 3 items", "h1")
    owner.tab_to("#down-kitchen-coffee")
    for place in (2, 3):
        owner.keys(Keys.ENTER)
        # The focus stays on the button, which moves with its item.
        owner.find(f".order li:nth-child({place}) #down-kitchen-coffee:focus")
    owner.tab_to("[name=effect]")
    owner.keys(Keys.ARROW_DOWN)
    owner.read("posts change", "#impact")
    owner.tab_to(".savebar button[value=save]")
    owner.keys(Keys.ENTER)
    owner.read("Saved.")
    mapping = catalog_of(server).mappings["coffee"]
    assert mapping.items == ("drip-notes", "coffee-beans", "kitchen-coffee")
    assert mapping.pin
    assert owner.complaints() == []


def test_without_script_all_but_the_previews_while_typing_works(server, at_shared_browser):
    owner = at_shared_browser(script=False)
    owner.look()
    owner.log_in(server.admin, NAME, PASSWORD)

    owner.press("Items")
    owner.press("Add an item")
    owner.fill("Paste an address, an ASIN or an ISBN", ISBN)
    owner.press("Look up")
    owner.fill("Title", "手で足した本")
    owner.press("Preview")
    owner.find("#preview iframe[srcdoc*='手で足した本']")
    owner.press("Save")
    owner.read("Added 手で足した本.")

    owner.press("Edit")
    owner.fill("Title", "手で直した本")
    owner.press("Save")
    owner.read("Saved 手で直した本.")
    assert catalog_of(server).books[ADDED].title == "手で直した本"

    owner.press("Choose tags")
    owner.fill("Tags", "家計簿")
    owner.fill("Add an item", "台所のPython", Keys.ENTER)
    owner.press("Move 台所のPython up")
    owner.press("Save")
    owner.read("1 post changes")
    owner.press("Save")
    owner.read("Saved.")
    (mapping,) = (m for m in catalog_of(server).mappings.values() if ADDED in m.items)
    assert mapping.items == ("kitchen-python", ADDED)

    owner.press("Build")
    owner.find("#header-status[data-stage=done]")  # until then the page refreshes itself

    owner.press("History")
    owner.press("Added the rule of 家計簿")
    owner.press("Version before: the rule of 家計簿")
    owner.fill(f"This deletes {mapping.id}", mapping.id)
    owner.press("Save")
    owner.read("The blog changes with its next build.")
    assert mapping.id not in catalog_of(server).mappings

    owner.click(".account summary")
    owner.press("日本語")
    owner.find("html[lang=ja]")
    assert owner.complaints() == []
