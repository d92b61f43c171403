"""From what is pasted to a saved book in a real browser, with script and without."""

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from linkmgr.catalog.files import load_catalog
from tests.admin.conftest import NAME, PASSWORD
from tests.admin.test_health_browser import PATIENCE, chrome, served

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("stranger")]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_pasted_isbn_becomes_a_book_that_is_found_and_brought_back(
    admin_app, site, tmp_path, script
):
    with served(admin_app) as admin, chrome(tmp_path / "chrome", script=script) as browser:
        # One page may take the other's place while it is looked at.
        passing = (NoSuchElementException, StaleElementReferenceException)
        waits = WebDriverWait(browser, PATIENCE, ignored_exceptions=passing)

        def find(selector):
            return waits.until(lambda _: browser.find_element(By.CSS_SELECTOR, selector))

        def wait_for(text, selector="main"):
            waits.until(lambda _: text in browser.find_element(By.CSS_SELECTOR, selector).text)

        browser.get(f"{admin}/login?next=/admin/add-item")
        find("#name").send_keys(NAME)
        find("#password").send_keys(PASSWORD, Keys.ENTER)
        # The rest by keys alone.
        find("#paste").send_keys("978-4-87311-932-8" if script else "978-4-87311-932-8\n")
        find("#title").send_keys("鍵盤で足した本")
        if not script:
            find("button[value=preview]").send_keys(Keys.ENTER)
        waits.until(lambda _: "鍵盤で足した本" in find("#preview iframe").get_attribute("srcdoc"))
        find("button[value=save]").send_keys(Keys.ENTER)
        wait_for("is added")
        assert load_catalog(site / "catalog.yaml").books["b-4873119324"].asin == "4873119324"

        browser.get(f"{admin}/items")
        find("#q").send_keys("鍵盤" if script else "鍵盤\n")
        wait_for("1 item", "#found")
        assert "q=%E9%8D%B5%E7%9B%A4" in browser.current_url

        browser.get(f"{admin}/history/2")
        find("main form button").send_keys(Keys.ENTER)
        wait_for("It is brought back.")
        assert "b-4873119324" not in load_catalog(site / "catalog.yaml").books
        # The browser asks for no more than pages, and nothing is refused by their policy.
        assert browser.get_log("browser") == []
