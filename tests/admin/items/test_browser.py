"""From what is pasted to a saved book in a real browser, with script and without."""

import pytest
from selenium.webdriver.common.keys import Keys

from linkmgr.catalog.reading.files import load_catalog
from tests.support.admin_browser import served

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stranger")]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_pasted_isbn_becomes_a_book_that_is_found(admin_app, site, signed_in, script):
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin, script=script)
        owner.open(f"{admin}/add-item")
        # The rest by keys alone.
        owner.type("#paste", "978-4-87311-932-8" if script else "978-4-87311-932-8\n")
        owner.type("#title", "鍵盤で足した本")
        if not script:
            owner.type("button[value=preview]", Keys.ENTER)
        owner.find("#preview iframe[srcdoc*='鍵盤で足した本']")
        owner.type("button[value=save]", Keys.ENTER)
        owner.read("Added ")
        assert load_catalog(site / "catalog.yaml").books["b-4873119324"].asin == "4873119324"

        owner.open(f"{admin}/items")
        owner.type("#q", "鍵盤" if script else "鍵盤\n")
        owner.wait(lambda: "q=%E9%8D%B5%E7%9B%A4" in owner.chrome.current_url)
        owner.read("鍵盤で足した本", "main")
        # The browser asks for no more than pages, and nothing is refused by their policy.
        assert owner.complaints() == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_another_wording_is_tried_from_the_form_of_its_item(admin_app, site, signed_in, script):
    file = site / "catalog.yaml"
    counts = "site:\n  server: https://go.tezukuri.example.com\n  views: true\n"
    file.write_text(file.read_text(encoding="utf-8").replace("site:\n", counts, 1), "utf-8")
    with served(admin_app) as admin:
        owner = signed_in(admin_app, admin, script=script)
        owner.open(f"{admin}/items/newsletter/edit")
        owner.click(".more-box summary")
        owner.type("#variants-0-heading", "月に一度、お届けします")
        owner.type("#share", "50")
        if script:
            owner.find("#preview iframe[srcdoc*='月に一度、お届けします']")
        owner.click("button[value=save]:not(.sr)")
        owner.at(r"/items/newsletter$")
        item = load_catalog(file).ctas["newsletter"]
        assert (item.share, item.variants[1].heading) == (50, "月に一度、お届けします")
        assert owner.complaints() == []
