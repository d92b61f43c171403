"""Somebody at a real browser, before the admin of a real server."""

import re
import shutil
import threading
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from selenium.common.exceptions import NoSuchElementException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from werkzeug.serving import make_server

from tests.support.chromium import USER_AGENT, chromium
from tests.support.servers import PATIENCE, Server

DEMO = Path(str(files("linkmgr.demo") / "site"))

# Of several buttons that send a form the one that saves, or shows first what would change.
SEND = """
const [fields] = arguments;
window.left = true;
const names = Object.keys(fields);
const form = [...document.querySelectorAll("main form[method=post]")]
    .find(each => names.every(name => each.elements[name]));
if (!form) throw new Error(`no form has ${names} at ${location}`);
for (const name of names) form.elements[name].value = fields[name];
const buttons = [...form.querySelectorAll("button:not([type=button])")];
const saves = buttons.find(each => ["save", "preview"].includes(each.value));
form.requestSubmit(saves ?? buttons.at(-1));
"""

# What a script copies by itself the browser refuses.
FIELD_TO_CUT_FROM = "document.body.appendChild(document.createElement('textarea')).focus()"

TAB = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}


def copy_demo(folder):
    """Copy the demo's blog, catalog included, to be changed."""
    return Path(shutil.copytree(DEMO, folder / "blog"))


@contextmanager
def at_browser(folder, *, script=True, language="en"):
    """Give somebody at a browser with a profile of its own; skip where there is none."""
    with chromium(folder / "chrome", script=script, language=language) as chrome:
        yield Person(chrome)


class Person:
    """Finds what is on a page by its words, and counts what is done: presses and fields filled."""

    def __init__(self, chrome):
        self.chrome = chrome
        self.done = 0
        self._dark = None
        # One page may take the other's place while it is looked at, for which Chromium's driver
        # has many errors, of no class of their own some of them.
        self._waits = WebDriverWait(chrome, PATIENCE, 0.05, (WebDriverException,))

    def open(self, address):
        self.done += 1
        self.chrome.get(address)

    def press(self, words):
        """Press the button or link of these words."""
        self.done += 1
        quoted = f'normalize-space()="{words}" or @aria-label="{words}"'
        xpath = f"//*[self::a or self::button or self::summary][{quoted}]"
        self.wait(lambda: self._in_view(By.XPATH, xpath).click() is None)

    def click(self, selector):
        """Press what a selector means."""
        self.done += 1
        self.wait(lambda: self._in_view(By.CSS_SELECTOR, selector).click() is None)

    def tick(self, selector):
        """Tick the checkbox that a selector means, once, however often a press has to be tried."""
        self.done += 1
        self.wait(lambda: self._ticked(selector))

    def fill(self, label, *keys):
        """Type into the field of a label."""
        self.done += 1
        xpath = f'//*[@id=//label[normalize-space()="{label}"]/@for]'
        self.wait(lambda: self._on_page(By.XPATH, xpath).clear() is None)
        self.wait(lambda: self._on_page(By.XPATH, xpath).send_keys(*keys) is None)

    def choose(self, label, option):
        """Choose from the list of a label."""
        self.done += 1
        xpath = f'//select[@id=//label[normalize-space()="{label}"]/@for]'
        self.wait(
            lambda: Select(self._on_page(By.XPATH, xpath)).select_by_visible_text(option) is None
        )

    def paste(self, text):
        """Paste a text where the focus is, which is in no field of a page that has just come."""
        self.done += 1
        self.run(FIELD_TO_CUT_FROM)
        self.keys(text, Keys.CONTROL, "a", "x", Keys.NULL)
        self.run("document.activeElement.remove()")
        self.keys(Keys.CONTROL, "v", Keys.NULL)

    def texts(self, selector):
        return [each.text for each in self.chrome.find_elements(By.CSS_SELECTOR, selector)]

    def send(self, **fields):
        """Fill in at once the form that has some fields, and send it."""
        self.run(SEND, fields)
        self.arrive()

    def follow(self, selector):
        """Click what leads to another page, and wait for that."""
        self.run("window.left = true")
        self.find(selector).click()
        self.arrive()

    def arrive(self):
        """Wait until another page has taken the place of the one that is left."""
        arrived = "return !window.left && document.readyState === 'complete'"
        self.wait(lambda: self.run(arrived))

    def gone(self, selector):
        """Wait until nothing is what a selector means."""
        self.wait(lambda: not self.chrome.find_elements(By.CSS_SELECTOR, selector))

    def type(self, selector, keys):
        """Press keys at what a selector means."""
        self.wait(lambda: self._on_page(By.CSS_SELECTOR, selector).send_keys(keys) is None)

    def find(self, selector):
        """Wait until there is what a selector means, and return it."""
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

    def tab(self):
        """Press the Tab key, also in a field for a file, to which no text can be sent."""
        for kind in ("rawKeyDown", "keyUp"):
            self.chrome.execute_cdp_cmd("Input.dispatchKeyEvent", TAB | {"type": kind})

    def tab_to(self, selector, most=60):
        """Go on by the Tab key until what a selector means has the focus."""
        for _ in range(most):
            self.tab()
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return self.chrome.switch_to.active_element
        raise AssertionError(f"{selector} cannot be reached by Tab")

    def run(self, script, *arguments):
        return self.chrome.execute_script(script, *arguments)

    def begin_anew(self):
        """Leave everything, so that a browser is as one that has just started."""
        self.chrome.get("about:blank")
        for command in ("Network.clearBrowserCookies", "Emulation.clearDeviceMetricsOverride"):
            self.chrome.execute_cdp_cmd(command, {})
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self._dark = None
        self.speak("en")
        self.complaints()
        self.done = 0

    def log_in(self, admin, name, password):
        self.open(f"{admin}/login")
        self.fill("User name", name)
        self.fill("Password", password)
        self.press("Sign in")
        self.read("Dashboard")

    def keep_cookie(self, address, cookie):
        """Have the browser send a cookie to an address."""
        kept = {"name": cookie.key, "value": cookie.value, "path": cookie.path, "url": address}
        self.chrome.execute_cdp_cmd("Network.setCookie", kept)

    def speak(self, language):
        """Prefer pages in a language, as those do who have chosen none in the admin."""
        wish = {"userAgent": USER_AGENT, "acceptLanguage": language}
        self.chrome.execute_cdp_cmd("Emulation.setUserAgentOverride", wish)

    def look(self, *, dark=False, width=1280, height=900):
        """See pages at a width in CSS pixels, and in the dark or not."""
        if dark != self._dark:
            self._dark = dark
            wishes = {
                "prefers-color-scheme": "dark" if dark else "light",
                "prefers-reduced-motion": "reduce",  # at once in the new colours
            }
            features = [{"name": name, "value": value} for name, value in wishes.items()]
            self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def complaints(self):
        """Return what the browser wrote to its console since it was asked last."""
        return [entry["message"] for entry in self.chrome.get_log("browser")]

    def _ticked(self, selector):
        """Press a checkbox that isn't ticked, and return whether it is now."""
        box = self._in_view(By.CSS_SELECTOR, selector)
        if not box.is_selected():
            box.click()
        return box.is_selected()

    def _in_view(self, by, selector):
        """Return the first that is to be seen, away from the bar with Save that stays in view."""
        found = self._on_page(by, selector)
        self.run("arguments[0].scrollIntoView({ block: 'center' })", found)
        return found

    def _on_page(self, by, selector):
        """Return the first that is to be seen. Raise NoSuchElementException if none is."""
        for found in self.chrome.find_elements(by, selector):
            if found.is_displayed():
                return found
        raise NoSuchElementException(selector)


@contextmanager
def served(app):
    """Serve the admin in this process, and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/admin"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class AdminServer(Server):
    """A real server of a folder that tells where its admin is."""

    @property
    def greeted(self):
        """The address that the greeting says to open."""
        return re.search(r"(?:create your account at|admin:) (\S+)", self.greeting)[1]

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
