"""The dashboard in a browser: charts by pointer and by keys."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.support.month_of_clicks import lived_in

pytestmark = pytest.mark.browser

ROWS = """
return [...document.querySelectorAll("#chart-numbers tbody tr")].map(
  (row) => [row.cells[0].textContent, row.cells[1].textContent])
"""
TIP = "return document.querySelector('.tip')?.innerText"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with lived_in(tmp_path_factory.mktemp("lived-in")) as server:
        yield server


@pytest.fixture
def owner(server, signed_in):
    return signed_in(server.app, server.admin)


def test_keys_go_from_step_to_step_of_chart_and_say_its_numbers(server, owner):
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


def test_click_on_row_filters_everything_and_chip_removes_filter(server, owner):
    owner.open(f"{server.admin}/")
    row = owner.find(".rank tbody a")
    name = row.text
    owner.follow(".rank tbody a")
    owner.at("[?&]item=")
    chip = owner.find(".chip.filter")
    assert chip.text.startswith(f"Item: {name}")
    assert owner.texts(".rank tbody th")[0] == name
    owner.follow(".chip.filter")
    owner.gone(".chip.filter")
    assert "item=" not in owner.chrome.current_url
    assert "against=previous" in owner.chrome.current_url


def test_a_tab_changes_its_table_without_leaving_the_place(server, owner):
    owner.open(f"{server.admin}/")
    owner.run("window.stayed = true; document.getElementById('tab-places-2').scrollIntoView()")
    owner.click("#tab-places-2")
    owner.at("places=device")
    owner.read("Phone", "main")
    assert owner.run("return window.stayed && scrollY > 0")
    assert owner.run("return document.activeElement.id") == "tab-places-2"
    assert owner.find(".drawing").aria_role == "slider"  # the chart, too, is alive
    assert owner.complaints() == []


@pytest.mark.parametrize(
    ("menu", "choice", "address"),
    [
        (1, "Last 7 days", "days=7&against=previous"),
        (2, "A year before", "days=30&against=year"),
        (2, "Nothing", "days=30&against=nothing"),
    ],
)
def test_the_menus_of_the_head_are_used_by_keys(server, owner, menu, choice, address):
    owner.open(f"{server.admin}/")
    summary = f"main details:nth-of-type({menu}) > summary"
    owner.tab_to(summary)
    owner.keys(Keys.ENTER)
    owner.keys(Keys.ESCAPE)
    owner.gone("main details[open]")
    owner.keys(Keys.ENTER)
    found = owner.chrome.find_elements("css selector", "main details[open] .panel a")
    at = [each.text for each in found].index(choice)
    owner.tab_to(f"main details[open] .panel li:nth-child({_place(found[at])}) a")
    owner.keys(Keys.ENTER)
    owner.at(address)
    owner.read(choice, "main .head")


def _place(link):
    """Return which of its list's entries a link is in, from 1."""
    script = "return [...arguments[0].closest('ul').children].indexOf(arguments[0].closest('li'))"
    return 1 + link.parent.execute_script(script, link)


def test_days_of_ones_own_are_entered_in_the_menu_of_the_period(server, owner):
    owner.open(f"{server.admin}/")
    owner.press("Last 30 days")
    owner.run("document.getElementById('since').value = '2026-01-01'")
    owner.run("document.getElementById('until').value = '2026-01-09'")
    owner.follow("main details:nth-of-type(1) form button")
    owner.at("since=2026-01-01&until=2026-01-09")
    owner.read("9, 2026", "main .head")


@pytest.mark.parametrize(
    ("page", "link", "at"),
    [
        ("/items", "sort-posts", "sort=-posts"),
        ("/posts", "sort-clicks", "sort=-clicks"),
        ("/tags", "sort-clicks", "sort=-clicks"),
        ("/placements", "tab-2", "view=pages"),
    ],
)
def test_what_changes_a_table_leaves_place_and_focus(server, owner, page, link, at):
    owner.look(height=420)
    owner.open(f"{server.admin}{page}")
    place = owner.run(
        f"window.stayed = true; const link = document.getElementById('{link}');"
        "link.scrollIntoView(); link.focus(); const place = scrollY; link.click(); return place"
    )
    owner.at(at)
    owner.wait(lambda: owner.run("return document.activeElement.id") == link)
    assert owner.run("return window.stayed && scrollY") == place > 0


def test_what_is_chosen_in_a_menu_leaves_the_focus_at_the_menu(server, owner):
    owner.look()
    owner.open(f"{server.admin}/items")
    owner.run("window.stayed = true")
    owner.click("#menu-sort")
    owner.press("Posts, most first")
    owner.at("sort=-posts")
    owner.wait(lambda: owner.run("return document.activeElement.id") == "menu-sort")
    assert owner.run("return window.stayed && !document.querySelector('.menu[open]')")
