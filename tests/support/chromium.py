"""A real browser, which asks no other machine."""

import shutil
from contextlib import contextmanager

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.support.needs import need
from tests.support.servers import PATIENCE

# Without a window Chromium names itself HeadlessChrome, which is a bot's name.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
# The other pages' and programmes' servers are not asked.
ONLY_HERE = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"


@contextmanager
def chromium(profile, *, script=True, language="en", user_agent=USER_AGENT):
    """Run Chromium without a window, with a folder for its profile; skip where there is none."""
    need("browser")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and its chromedriver are not installed")
    options = ChromeOptions()
    options.binary_location = browser
    for flag in (
        *("headless=new", "no-sandbox", "disable-gpu", "no-first-run", "disable-sync"),
        *("disable-background-networking", "disable-component-update", "hide-scrollbars"),
        *(f"user-agent={user_agent}", f"host-resolver-rules={ONLY_HERE}"),
        f"user-data-dir={profile}",
    ):
        options.add_argument(f"--{flag}")
    options.add_experimental_option(
        "prefs",
        {
            "intl.accept_languages": language,
            "profile.managed_default_content_settings.javascript": 1 if script else 2,
        },
    )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options, ChromeService(driver)) as started:
        started.set_script_timeout(PATIENCE)
        yield started
