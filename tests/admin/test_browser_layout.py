"""How pages behave in a real browser: long lists, pickers, titles and copied texts."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.admin.test_browser_pages import PAGES
from tests.support.admin_browser import served
from tests.support.month_of_clicks import lived_in

pytestmark = pytest.mark.browser

# How much of the page has moved without anybody's doing, as browsers measure it (CLS).
SHIFTS = """
const done = arguments[0];
let moved = 0;
new PerformanceObserver(list => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) moved += each.value;
}).observe({type: "layout-shift", buffered: true});
requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
"""
SEEN = 0.01  # a hundredth of the screen; what moves less is nowhere called a jump
SCREENS = 5  # so many of a phone's at most has a list before more is asked for
ROOM = 96  # pixels that four words of Japanese take with the room around them
LINES = 120  # pixels that four lines take with the room around them
LISTS = ("/items", "/tags", "/tags/mappings", "/posts", "/placements", "/history")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with lived_in(tmp_path_factory.mktemp("lived-in")) as server:
        yield server


@pytest.fixture
def owner(server, signed_in):
    return signed_in(server.app, server.admin)


@pytest.mark.parametrize("page", ["/items", "/tags", "/posts"])
def test_a_row_of_a_list_takes_four_lines_on_a_phone_at_most(server, owner, page):
    owner.look(width=390, height=844)
    owner.open(server.admin + page)
    heights = owner.run(
        "return [...document.querySelectorAll('tbody tr')].map(each => each.offsetHeight)"
    )
    assert max(heights) <= LINES


def test_a_tile_of_board_has_its_words_below_its_name_on_a_phone(server, owner):
    owner.look(width=390, height=844)
    owner.open(f"{server.admin}/health")
    owner.run("document.querySelector('.tile > :is(.btn, form)').remove()")
    overlapping = """return [...document.querySelectorAll(".tile")].filter(each =>
        each.querySelector("h2").getBoundingClientRect().bottom >
        each.querySelector("h2 ~ div").getBoundingClientRect().top).length"""
    assert owner.run(overlapping) == 0


@pytest.mark.parametrize("page", ["/items", "/posts"])
def test_a_large_change_stays_in_its_column(server, owner, page):
    owner.look(width=1280)
    owner.open(server.admin + page)
    right_of = """
        const cell = [...document.querySelectorAll("tbody tr:first-child td.num")].at(-1);
        const text = document.createRange();
        cell.textContent = arguments[0];
        text.selectNodeContents(cell);
        return text.getBoundingClientRect().right"""
    assert owner.run(right_of, "▲ 1,161%") == owner.run(right_of, "–")


@pytest.mark.parametrize("page", ["/tags", "/earnings"])
def test_every_column_has_its_room_on_a_tablet(demo_app, signed_in, page):
    with served(demo_app) as admin:
        owner = signed_in(demo_app, admin)
        owner.speak("ja")
        owner.look(width=768, height=1024)
        owner.open(admin + page)
        widths = (
            "return [...document.querySelectorAll('thead th:not(.w0)')].map(e => e.offsetWidth)"
        )
        assert min(filter(None, owner.run(widths))) >= ROOM


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_on_a_page_moves_while_its_parts_load(server, owner, width):
    owner.speak("ja")
    owner.look(width=width, height=844)
    moved = {}
    for page in PAGES:
        owner.chrome.get(server.admin + page)
        if (shifts := owner.chrome.execute_async_script(SHIFTS)) > SEEN:
            moved[page] = shifts
    assert moved == {}


def test_no_list_is_longer_than_a_few_screens_of_a_phone(server, owner):
    owner.speak("ja")
    owner.look(width=390, height=844)
    height = "return document.documentElement.scrollHeight / innerHeight"
    long = {}
    for page in LISTS:
        owner.chrome.get(server.admin + page)
        if (screens := owner.run(height)) > SCREENS:
            long[page] = screens
    assert long == {}


def test_filters_are_a_press_away_on_a_phone_and_set_ones_shown(server, owner):
    owner.look(width=390, height=844)
    shown = "return document.getElementById('filters').checkVisibility()"
    filters = "//label[normalize-space()='Filter and sort']"
    owner.open(f"{server.admin}/items")
    assert not owner.run(shown)
    owner.chrome.find_element("xpath", filters).click()
    assert owner.run(shown)
    owner.open(f"{server.admin}/items?state=retired")
    assert owner.run(shown)


@pytest.mark.parametrize("page", ["/items", "/posts", "/tags/mappings"])
def test_filtering_and_sorting_on_a_phone_keeps_what_is_selected(server, owner, page):
    owner.look(width=390, height=844)
    owner.open(server.admin + page)
    selected = "return document.querySelectorAll('tbody :checked').length"
    bar = "return document.querySelector('.bulk').checkVisibility()"
    assert not owner.run(bar)
    for each in owner.chrome.find_elements("css selector", "tbody label")[:2]:
        each.click()
    assert owner.run(bar)
    owner.run("scrollTo(0, 0)")
    owner.chrome.find_element("xpath", "//label[normalize-space()='Filter and sort']").click()
    owner.press("Any block" if page != "/tags/mappings" else "Order: most posts")
    assert owner.run(selected) == 2
    assert owner.run(bar)


def test_all_pages_are_reached_from_the_bar_of_a_phone(server, owner):
    owner.look(width=390, height=844)
    owner.open(f"{server.admin}/items")
    owner.click("nav summary")
    owner.press("Settings")
    owner.at("/settings$")


def test_rows_to_be_seen_are_all_selected_and_left_by_one_press(server, owner):
    owner.look()
    owner.open(f"{server.admin}/items")
    rows, selected = (
        f"return document.querySelectorAll('tbody .select{state}').length"
        for state in ("", ":checked")
    )
    owner.find("tbody label").click()
    owner.press("Select all on this page")
    assert owner.run(selected) == owner.run(rows) > 1
    owner.press("Select all on this page")
    assert owner.run(selected) == 0


def test_tags_typed_or_pasted_become_tokens_with_their_posts(server, owner):
    owner.speak("en")
    owner.look()
    owner.open(f"{server.admin}/tags/new")

    def tokens():
        return [" ".join(each.split()) for each in owner.texts(".token")]

    owner.type("#any_tags-add", "kitch")
    owner.read("kitchen", "#any_tags-options")
    owner.type("#any_tags-add", Keys.ARROW_DOWN + Keys.ENTER)
    owner.wait(lambda: tokens() == ["kitchen 2 posts ×"])
    owner.type("#any_tags-add", "brewing、kitchens,")
    owner.wait(lambda: tokens()[1:] == ["brewing 1 post ×", "kitchens no post ×"])
    owner.press("Use kitchen (2 posts)")
    owner.gone(".token.none")
    assert owner.run("return document.getElementById('any_tags').value") == "kitchen\nbrewing"


def test_the_sessions_cookie_comes_with_pages_alone(server, owner, monkeypatch):
    """With a part of a page, or a file, it may come late and undo what a form said."""
    answer, came_with = server.app.wsgi_app, set()

    def noting(environ, start_response):
        def begin(status, headers, *failed):
            if any(name == "Set-Cookie" for name, _ in headers):
                came_with.add((environ["HTTP_SEC_FETCH_DEST"], environ["PATH_INFO"]))
            return start_response(status, headers, *failed)

        return answer(environ, begin)

    monkeypatch.setattr(server.app, "wsgi_app", noting)
    owner.chrome.execute_cdp_cmd("Network.clearBrowserCache", {})
    owner.open(f"{server.admin}/tags/new")
    owner.type("#any_tags-add", "kitchen,")
    owner.read("2 posts", ".token")
    owner.read("gain", "#impact")
    owner.type("body", "/")
    owner.find("#palette-found a")
    assert came_with == {("document", "/admin/tags/new")}


def test_tokens_after_a_removed_one_stay_while_pointer_is_there(server, owner):
    owner.speak("en")
    owner.look()
    owner.open(f"{server.admin}/tags/mapping/coffee")
    place = "return arguments[0].getBoundingClientRect().left"
    last = owner.find("[aria-label='Remove coffee']")
    before = owner.run(place, last)
    owner.find("[aria-label='Remove コーヒー']").click()
    assert owner.run("return document.getElementById('any_tags').value") == "coffee"
    assert owner.run(place, last) == before


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_that_has_the_focus_lies_under_the_bar_with_save(server, owner, width):
    owner.speak("en")
    owner.look(width=width, height=844)
    owner.open(f"{server.admin}/items/kitchen-coffee/edit")
    owner.find("#title").click()
    covered = """
        const bar = document.querySelector(".savebar").getBoundingClientRect();
        const own = document.activeElement.getBoundingClientRect();
        const isOutside = !document.activeElement.closest(".savebar, aside");
        const isCovered = own.bottom > bar.top && own.top < bar.bottom;
        const isPage = document.activeElement === document.body;
        return isOutside && isCovered && !isPage ? document.activeElement.outerHTML : "";
    """
    hidden = []
    owner.gone("#impact .skeleton")
    for _ in range(40):
        owner.tab()
        hidden.append(owner.run(covered))
    assert {*hidden} == {""}


def test_open_list_of_items_to_add_is_not_over_save_on_phone(server, owner):
    owner.speak("en")
    owner.look(width=390, height=700)
    owner.open(f"{server.admin}/tags/new")
    saves = (
        "return document.querySelector('.savebar').checkVisibility({ visibilityProperty: true })"
    )
    owner.find("#add").send_keys("の")
    owner.find("#item-options button")
    owner.wait(lambda: not owner.run(saves))
    owner.find("#any_tags-add").send_keys("")
    owner.wait(lambda: owner.run(saves))


def test_a_tab_keeps_its_title_while_its_page_loads_parts(server, owner):
    owner.open(f"{server.admin}/health/build")
    owner.gone("#refresh")
    assert owner.chrome.title == "Build · linkmgr"


def test_a_new_token_is_copied_by_a_button(server, owner):
    permission = {"permission": {"name": "clipboard-write"}, "setting": "granted"}
    owner.chrome.execute_cdp_cmd("Browser.setPermission", permission)
    owner.open(f"{server.admin}/settings/tokens")
    owner.fill("Token name", "copied")
    owner.press("Create token")
    owner.press("Copy")
    owner.read("Copied")
