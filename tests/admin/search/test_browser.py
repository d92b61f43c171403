"""The palette in a real browser: opened, searched and left by keys; without script a page."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.admin.conftest import NAME, PASSWORD
from tests.support.admin_browser import served
from tests.support.indexed_site import indexer_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("opened_by", ["/", (Keys.CONTROL, "k")], ids=["slash", "control-k"])
@pytest.mark.usefixtures("stranger")
def test_keys_open_the_palette_and_lead_to_what_is_found(
    admin_app, settings, at_shared_browser, opened_by
):
    indexer_of(settings)
    owner = at_shared_browser()
    with served(admin_app) as admin:
        owner.log_in(admin, NAME, PASSWORD)
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
def test_without_script_the_link_leads_to_the_search_page(admin_app, at_shared_browser):
    owner = at_shared_browser(script=False)
    with served(admin_app) as admin:
        owner.open(f"{admin}/login?next=/admin/history")
        owner.fill("Name", NAME)
        owner.fill("Password", PASSWORD, Keys.ENTER)
        owner.type("[data-palette]", Keys.ENTER)
        owner.fill("An item, post, tag or page", "kitchen-coffee", Keys.ENTER)
        owner.read("book", "#results")
