"""The dashboard in a browser: charts by pointer and by keys."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.support.month_of_clicks import lived_in

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


@pytest.fixture
def owner(server, signed_in):
    return signed_in(server.app, server.admin)


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
