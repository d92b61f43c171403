"""The dashboard in a browser: charts by pointer and by keys, new clicks as they come."""

from time import time

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.admin.conftest import NAME, PASSWORD
from tests.support.admin_browser import at_browser
from tests.support.month_of_clicks import lived_in, rows
from tests.support.servers import wait_for
from tests.support.store import make_click, spool_up

pytestmark = pytest.mark.slow

ROWS = """
return [...document.querySelectorAll("#chart-numbers tbody tr")].map(
  (row) => [row.cells[0].textContent, row.cells[1].textContent])
"""
TIP = "return document.querySelector('.tip')?.innerText"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with lived_in(tmp_path_factory.mktemp("lived-in")) as server:
        yield server


@pytest.fixture(scope="module")
def owner(server, tmp_path_factory):
    with at_browser(tmp_path_factory.mktemp("browser")) as owner:
        owner.log_in(server.admin, NAME, PASSWORD)
        owner.speak(server.admin, "en")
        yield owner


def test_keys_go_from_step_to_step_of_a_chart_and_say_its_numbers(server, owner):
    owner.open(f"{server.admin}/?days=7")
    days = owner.run(ROWS)
    drawing = owner.tab_to(".drawing")
    assert drawing.aria_role == "slider"
    for keys, at in (
        ([], 6),
        ([Keys.ARROW_LEFT], 5),
        ([Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_RIGHT], 4),
        ([Keys.HOME, Keys.ARROW_LEFT], 0),
        ([Keys.END, Keys.ARROW_RIGHT], 6),
    ):
        owner.keys(*keys)
        day, clicks = days[at]
        assert owner.run(TIP).startswith(f"{day}\nClicks: {clicks}\n")
        said = drawing.get_attribute("aria-valuetext")
        assert said.startswith(f"{day}, Clicks: {clicks}, Visitors: ")
    owner.keys(Keys.ESCAPE)
    assert owner.run(TIP) is None
    assert owner.complaints() == []


def test_a_pointer_shows_the_step_that_is_next_to_it(server, owner):
    owner.open(f"{server.admin}/?days=7")
    drawing = owner.find(".drawing")
    right = drawing.size["width"] // 2 - 2
    for offset, at in ((-right, 0), (0, 3), (right, 6)):
        ActionChains(owner.chrome).move_to_element_with_offset(drawing, offset, 0).perform()
        assert owner.run(TIP).startswith("{}\nClicks: {}\n".format(*owner.run(ROWS)[at]))
    ActionChains(owner.chrome).move_to_element(owner.find("h1")).perform()
    assert owner.run(TIP) is None


LOADED = "SELECT SUM(clicks + bots) FROM totals WHERE dimension = 'all'"
# Has time pass for the page: its clock runs ahead, and what it repeats is done when asked for.
CLOCK = """
{
  const [now, asked] = [Date.now, window.fetch];
  window.ahead = 0;
  Date.now = () => now() + window.ahead;
  window.repeated = [];
  window.setInterval = (repeat) => window.repeated.push(repeat);
  window.pass = (seconds) => {
    window.ahead += seconds * 1000;
    return Promise.all(window.repeated.map((repeat) => repeat()));
  };
  window.requests = 0;
  window.fetch = (...all) => { window.requests += 1; return asked(...all); };
}
"""
HIDE = "Object.defineProperty(document, 'hidden', {configurable: true, value: true})"
SHOW = "delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))"
READ_OUT = "return document.querySelectorAll('#figures [aria-live], #figures [role=status]').length"
CLICKS = "return document.querySelector('.numbers .large').innerText"


@pytest.fixture
def watched(server, owner):
    """Open the dashboard with a clock that the test moves."""
    script = {"source": CLOCK}
    found = owner.chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    owner.open(f"{server.admin}/?days=7&item=newsletter")
    yield owner
    owner.chrome.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", found)


def click_once_more(server):
    """Have a reader click, and wait until that is counted."""
    database = server.folder.parent / "instance" / "linkmgr.db"
    before = rows(database, LOADED)
    spool_up(
        server.folder.parent / "instance" / "spool",
        make_click(int(time() * 1000), item="newsletter", visitor=f"{before[0][0]:016x}"),
    )
    wait_for(lambda: rows(database, LOADED) != before)


def test_new_clicks_are_shown_and_nobody_is_disturbed(server, watched):
    clicks = int(watched.run(CLICKS))
    watched.press("Chart data")
    watched.run("document.querySelector('#top-post').scrollIntoView()")
    watched.tab_to(".csv a")
    place = watched.run("return [scrollY, document.activeElement.href]")
    click_once_more(server)
    watched.run("return pass(31)")
    assert int(watched.run(CLICKS)) == clicks + 1
    assert watched.run("return [scrollY, document.activeElement.href]") == place
    assert watched.run("return document.querySelector('#chart-numbers').checkVisibility()")
    assert watched.run(READ_OUT) == 0
    assert watched.complaints() == []


def test_a_chart_that_has_the_focus_is_read_out_no_second_time(server, watched):
    drawing = watched.tab_to(".drawing")
    said, tip = drawing.get_attribute("aria-valuetext"), watched.run(TIP)
    click_once_more(server)
    watched.run("return pass(31)")
    assert drawing.get_attribute("aria-valuetext") == said
    assert watched.run(TIP) == tip
    assert watched.run("return document.activeElement === arguments[0]", drawing)


@pytest.mark.usefixtures("server")
def test_a_page_that_is_not_seen_asks_for_nothing_until_it_is(watched):
    watched.run(HIDE)
    watched.run("return pass(300)")
    assert watched.run("return requests") == 0
    watched.run(SHOW)
    assert watched.run("return requests") == 1
    watched.run(SHOW)
    assert watched.run("return requests") == 1


@pytest.mark.usefixtures("server")
def test_figures_stay_where_the_session_has_ended(watched):
    clicks = watched.run(CLICKS)
    watched.chrome.delete_all_cookies()
    watched.run("return pass(31)")
    assert watched.run("return requests") == 1
    assert watched.run(CLICKS) == clicks
