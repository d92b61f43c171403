"""Somebody at a real browser, before the admin of a real server."""

import re
import shutil
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.web.servers import PATIENCE, Server

# Without a window Chromium names itself HeadlessChrome, which is a bot's name.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
# The other pages' and programmes' servers are not asked.
ONLY_HERE = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
DEMO = Path(str(files("linkmgr.demo") / "site"))


def copy_demo(folder):
    """Copy the demo's blog, catalog included, to be changed."""
    return Path(shutil.copytree(DEMO, folder / "blog"))


@contextmanager
def at_browser(folder, *, script=True, language="en"):
    """Give somebody at a browser with a profile of its own; skip where there is none."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and its chromedriver are not installed")
    options = ChromeOptions()
    options.binary_location = browser
    for flag in (
        *("headless=new", "no-sandbox", "disable-gpu", "no-first-run", "disable-sync"),
        *("disable-background-networking", "disable-component-update", "hide-scrollbars"),
        *(f"user-agent={USER_AGENT}", f"host-resolver-rules={ONLY_HERE}"),
        f"user-data-dir={folder / 'chrome'}",
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
    chrome = Chrome(options, ChromeService(driver))
    try:
        yield Person(chrome)
    finally:
        chrome.quit()


class Person:
    """Finds what is on a page by its words, and counts what is done: presses and fields filled."""

    def __init__(self, chrome):
        self.chrome = chrome
        self.done = 0
        # One page may take the other's place while it is looked at.
        passing = (NoSuchElementException, StaleElementReferenceException)
        self._waits = WebDriverWait(chrome, PATIENCE, 0.05, passing)

    def open(self, address):
        self.done += 1
        self.chrome.get(address)

    def press(self, words):
        """Press the button or link of these words."""
        self.done += 1
        quoted = f'normalize-space()="{words}" or @aria-label="{words}"'
        xpath = f"//*[self::a or self::button or self::summary][{quoted}]"
        self.wait(lambda: self._on_page(By.XPATH, xpath)).click()

    def fill(self, label, *keys):
        """Type into the field of a label."""
        self.done += 1
        xpath = f'//*[@id=//label[normalize-space()="{label}"]/@for]'
        field = self.wait(lambda: self._on_page(By.XPATH, xpath))
        field.clear()
        field.send_keys(*keys)

    def find(self, selector):
        return self.wait(lambda: self._on_page(By.CSS_SELECTOR, selector))

    def read(self, words, selector="body"):
        """Wait until words are on the page."""
        self.wait(lambda: words in self.chrome.find_element(By.CSS_SELECTOR, selector).text)

    def at(self, path):
        """Wait until an address is reached."""
        self.wait(lambda: re.search(path, self.chrome.current_url))

    def wait(self, condition):
        return self._waits.until(lambda _: condition())

    def keys(self, *keys):
        """Press keys, wherever the focus is."""
        self.chrome.switch_to.active_element.send_keys(*keys)

    def tab_to(self, selector, most=60):
        """Go on by the Tab key until what a selector means has the focus."""
        for _ in range(most):
            self.keys(Keys.TAB)
            focused = self.chrome.switch_to.active_element
            if self.run("return arguments[0].matches(arguments[1])", focused, selector):
                return focused
        raise AssertionError(f"{selector} cannot be reached by Tab")

    def run(self, script, *arguments):
        return self.chrome.execute_script(script, *arguments)

    def log_in(self, admin, name, password):
        self.open(f"{admin}/login")
        self.fill("Name", name)
        self.fill("Password", password)
        self.press("Sign in")
        self.read("Dashboard")

    def speak(self, admin, language):
        """Have the pages in a language."""
        self.chrome.get(f"{admin}/settings")
        if self.run("return document.documentElement.lang") != language:
            self.press({"ja": "日本語", "en": "English"}[language])
        self.find(f"html[lang={language}]")

    def look(self, *, dark=False, width=1280, height=900):
        """See pages at a width in CSS pixels, and in the dark or not."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def complaints(self):
        """Return what the browser wrote to its console since it was asked last."""
        return [entry["message"] for entry in self.chrome.get_log("browser")]

    def _on_page(self, by, selector):
        found = self.chrome.find_element(by, selector)
        return found if found.is_displayed() else None


class AdminServer(Server):
    """A real server of a folder that tells where its admin is."""

    @property
    def greeted(self):
        """The address that the greeting says to open."""
        return re.search(r"(?:make your account at|admin:) (\S+)", self.log)[1]

    @property
    def admin(self):
        return self.greeted.partition("/admin/")[0] + "/admin"


@contextmanager
def admin_server(folder):
    """Run a server in a folder for as long as the block lasts."""
    # Beside the blog, as Jekyll copies whatever is in it.
    server = AdminServer(folder, INSTANCE=folder.with_name("instance")).start()
    try:
        yield server
    finally:
        server.stop()
