"""The build's button in a real browser, with script and without."""

import shutil
import threading
from contextlib import contextmanager

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from tests.admin.conftest import NAME, PASSWORD
from tests.admin.surveyed import survey_of

pytestmark = pytest.mark.slow

# How long a busy machine may take, in seconds.
PATIENCE = 60


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/admin"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chrome(folder, *, script):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("needs Chromium and its chromedriver")
    options = ChromeOptions()
    options.binary_location = browser
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-sync", "lang=en"),
        *("disable-background-networking", "disable-component-update"),
        f"user-data-dir={folder}",
    ):
        options.add_argument(f"--{flag}")
    options.add_experimental_option(
        "prefs",
        {
            "intl.accept_languages": "en",
            "profile.managed_default_content_settings.javascript": 1 if script else 2,
        },
    )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = Chrome(options, ChromeService(driver))
    try:
        yield opened
    finally:
        opened.quit()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.usefixtures("stranger")
def test_the_button_builds_and_the_page_goes_on_until_it_has_ended(
    admin_app, settings, tmp_path, script
):
    survey_of(settings)
    with served(admin_app) as admin, chrome(tmp_path / "chrome", script=script) as browser:

        def found(selector):
            return browser.find_elements(By.CSS_SELECTOR, selector)

        def wait_for(text):
            # htmx may put another in its place while it is read.
            waits = WebDriverWait(
                browser,
                PATIENCE,
                ignored_exceptions=(NoSuchElementException, StaleElementReferenceException),
            )
            waits.until(lambda _: text in browser.find_element(By.ID, "build").text)

        browser.get(f"{admin}/login?next=/admin/health")
        found("#name")[0].send_keys(NAME)
        found("#password")[0].send_keys(PASSWORD)
        found("main button")[0].click()
        if not script:
            found("#build a")[0].click()
        wait_for("not up to date")
        found("#build button")[0].click()
        wait_for("The last build ended")
        wait_for("are up to date")
        assert browser.current_url == f"{admin}/health/build"
        assert browser.get_log("browser") == []
