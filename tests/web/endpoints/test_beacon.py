"""The beacon script in a real browser, on a page of one origin, counted by a server of another."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.actions.mouse_button import MouseButton

from linkmgr.blocks.include import post_key
from linkmgr.clicks.model import Device, Route
from tests.support.beacon_browser import POST, Reader
from tests.support.servers import wait_for

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[3] / "docs" / "how-to" / "privacy.md"


@pytest.fixture
def reader(chrome, blog, counter):
    reader = Reader(chrome, blog, counter)
    yield reader
    reader.leave()


def test_a_click_is_sent_once_by_script_and_leads_to_shop(reader):
    reader.open()
    reader.link().click()

    assert urlsplit(reader.chrome.current_url).path == "/shop"
    assert reader.sent() == ["script"]


@pytest.mark.smoke
@pytest.mark.parametrize("scripts", [0, 1], ids=["ping", "script"])
def test_a_click_is_written_with_its_place_but_not_its_reader(reader, scripts):
    reader.open(scripts=scripts)
    reader.link("pot").click()

    (click,) = reader.counted()
    assert (click.item, click.post, click.block, click.rank, click.shop) == (
        *("pot", post_key(POST.path)),
        *("books", 2, ""),
    )
    assert (click.route, click.referrer, click.device) == (Route.HIT, "localhost", Device.DESKTOP)
    assert click.bot == ""


def test_the_shop_sees_from_which_page_the_reader_came(reader, blog):
    reader.open()
    reader.link().click()

    assert reader.run("return document.referrer").startswith(blog.origin)


def test_script_takes_ping_off_link_it_counts_and_leaves_others(reader):
    reader.open()
    reader.stay()
    reader.link().click()

    assert reader.link().get_dom_attribute("ping") is None
    assert reader.link("pot").get_dom_attribute("ping")


def test_without_the_script_the_browsers_ping_is_sent(reader):
    reader.open(scripts=0)
    reader.link().click()

    assert reader.sent() == ["ping"]


def test_a_middle_click_is_sent_once(reader):
    reader.open()
    reader.press(reader.link(), MouseButton.MIDDLE)

    assert reader.sent() == ["script"]


def test_a_click_into_a_new_tab_is_sent_once(reader):
    reader.open()
    held = ActionChains(reader.chrome).key_down(Keys.CONTROL)
    held.click(reader.link()).key_up(Keys.CONTROL).perform()

    assert reader.sent() == ["script"]


def test_enter_on_a_focused_link_is_sent_once(reader):
    reader.open()
    reader.link().send_keys(Keys.ENTER)

    assert reader.sent() == ["script"]


def test_opening_the_menu_of_a_link_is_no_click(reader):
    reader.open()
    reader.press(reader.link(), MouseButton.RIGHT)

    assert reader.sent() == []


def test_each_click_on_a_link_is_sent(reader):
    reader.open()
    reader.stay()
    reader.link().click()
    reader.link().click()

    assert reader.sent() == ["script", "script"]


def test_a_click_on_what_is_inside_a_link_is_sent(reader):
    reader.open()
    reader.run("arguments[0].innerHTML = '<b>Tea</b>'", reader.link())
    reader.find("b").click()

    assert reader.sent() == ["script"]


def test_a_link_that_was_added_later_is_counted(reader):
    reader.open()
    reader.run(
        "const later = arguments[0].cloneNode(true); later.id = 'later'; arguments[0].after(later)",
        reader.link(),
    )
    reader.find("#later").click()

    assert reader.sent() == ["script"]


def test_a_click_is_sent_once_though_the_script_is_there_twice(reader):
    reader.open(scripts=2)
    reader.link().click()

    assert reader.sent() == ["script"]


def test_a_theme_that_stops_the_event_does_not_stop_the_count(reader):
    reader.open()
    reader.run(
        "document.onclick = arguments[0].onclick = event => event.stopPropagation()", reader.link()
    )
    reader.link().click()

    assert reader.sent() == ["script"]


@pytest.mark.parametrize(
    "element",
    [
        '<iframe src="{}"></iframe>',
        '<object data="{}"></object>',
        '<embed src="{}">',
        '<img src="{}">',
        '<script src="{}"></script>',
        '<iframe srcdoc="<meta http-equiv=refresh content=0;url={}>"></iframe>',
    ],
    ids=["iframe", "object", "embed", "img", "script", "frame that goes there by itself"],
)
def test_a_redirect_loaded_into_a_page_is_not_counted(reader, blog, counter, element):
    before = blog.shop_visits
    reader.open(head=element.format(f"{counter.origin}/go/tea"))

    wait_for(lambda: blog.shop_visits > before)
    assert reader.counted() == []


def test_a_redirect_that_a_reader_opens_is_counted(reader, counter):
    reader.open()
    reader.chrome.get(f"{counter.origin}/go/tea")

    assert urlsplit(reader.chrome.current_url).path == "/shop"
    (click,) = reader.counted()
    assert (click.item, click.route) == ("tea", Route.GO)


def test_other_links_are_not_counted(reader):
    reader.open()
    reader.run("document.body.insertAdjacentHTML('beforeend', '<a id=plain href=/shop>Shop</a>')")
    reader.find("#plain").click()

    assert reader.sent() == []


@pytest.mark.parametrize(
    "opting_out",
    [
        pytest.param("document.cookie = 'linkmgr_optout=1'", id="cookie"),
        pytest.param("localStorage.linkmgr_optout = '1'", id="storage"),
    ],
)
def test_for_who_opted_out_nothing_is_sent(reader, opting_out):
    reader.open()
    reader.run(opting_out)
    reader.link().click()

    assert reader.sent() == []


def test_the_button_of_the_docs_opts_out(reader):
    page = DOCS.read_text(encoding="utf-8")
    reader.open(head=re.search(r"<button.*?</button>", page, re.DOTALL)[0])
    reader.find("button").click()
    reader.link().click()

    assert reader.sent() == []


def test_in_a_browser_that_bars_storage_a_click_is_sent(reader):
    reader.tell_browser(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('barred') }})"
    )
    reader.open()
    reader.link().click()

    assert reader.sent() == ["script"]


SIGNALS = [
    pytest.param("globalPrivacyControl", "true", id="Global Privacy Control"),
    pytest.param("doNotTrack", "'1'", id="Do Not Track"),
]


@pytest.mark.parametrize(("name", "value"), SIGNALS)
@pytest.mark.parametrize(("respect", "sent"), [("true", []), ("false", ["script"])])
def test_a_privacy_signal_is_heeded_if_the_catalog_says_so(reader, name, value, respect, sent):
    reader.tell_browser(
        f"Object.defineProperty(Navigator.prototype, '{name}', {{get: () => {value}}})"
    )
    reader.open(respect=respect)
    reader.link().click()

    assert reader.sent() == sent


WAYS = pytest.mark.parametrize(("scripts", "kind"), [(0, "ping"), (1, "script")])


@WAYS
def test_a_click_is_counted_whichever_way_it_is_sent(reader, scripts, kind):
    reader.open(scripts=scripts)
    reader.link().click()

    assert reader.sent() == [kind]
    assert len(reader.counted()) == 1


@WAYS
def test_the_servers_opt_out_cookie_counts_though_hidden(reader, scripts, kind):
    reader.open(scripts=scripts)
    cookie = {"name": "linkmgr_optout", "value": "1", "httpOnly": True, "sameSite": "Lax"}
    reader.chrome.add_cookie(cookie)
    reader.link().click()

    assert [hit.cookie for hit in reader.hits()] == ["linkmgr_optout=1"]
    assert reader.sent() == [kind]
    assert reader.counted() == []


@WAYS
def test_a_page_that_sends_no_referrer_counts_all_the_same(reader, scripts, kind):
    reader.open(scripts=scripts, head='<meta name="referrer" content="no-referrer">')
    reader.link().click()

    assert reader.sent() == [kind]
    assert len(reader.counted()) == 1


def test_a_server_that_is_down_is_no_error_of_the_page(reader):
    reader.open()
    reader.stay()
    reader.run(
        "window.errors = []; onunhandledrejection = event => errors.push(String(event.reason));"
        "arguments[0].dataset.linkmgrHit = 'http://127.0.0.1:9/hit/tea?p'",
        reader.link(),
    )
    reader.link().click()

    assert reader.sent() == []
    assert reader.run("return errors") == []
