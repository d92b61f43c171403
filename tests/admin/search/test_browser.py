"""The palette in a real browser: opened, searched and left by keys; without script a page."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support.admin_browser import served
from tests.support.indexed_site import indexer_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("opened_by", ["/", (Keys.CONTROL, "k")], ids=["slash", "control-k"])
@pytest.mark.usefixtures("stranger")
def test_keys_open_the_palette_and_lead_to_what_is_found(admin_app, settings, signed_in, opened_by):
    indexer_of(settings)
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin)
        owner.open(f"{admin}/history")
        owner.keys(*(opened_by if isinstance(opened_by, str) else ["".join(opened_by)]))
        owner.read("Dashboard", "#palette-found")
        owner.keys("kitchen-coffee")
        owner.read("book", "#palette-found")
        owner.keys(Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ENTER)
        owner.find("main a[href='/admin/items/kitchen-coffee/edit']")
        assert owner.chrome.current_url == f"{admin}/items/kitchen-coffee"
        owner.keys("/", Keys.ESCAPE)
        assert not owner.run("return document.getElementById('palette').open")
        assert owner.complaints() == []


@pytest.mark.usefixtures("stranger")
def test_enter_before_a_result_searches_for_what_was_typed(admin_app, signed_in):
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin)
        owner.open(f"{admin}/history")
        owner.keys("/")
        owner.read("Dashboard", "#palette-found")
        owner.keys("kitchen-coffee", Keys.ENTER)
        owner.at("kitchen-coffee")


@pytest.mark.usefixtures("stranger")
def test_without_script_the_link_leads_to_the_search_page(admin_app, signed_in):
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin, script=False)
        owner.open(f"{admin}/history")
        owner.type("[data-palette]", Keys.ENTER)
        owner.fill("An item, post, tag or page", "kitchen-coffee", Keys.ENTER)
        owner.read("book", "#results")
