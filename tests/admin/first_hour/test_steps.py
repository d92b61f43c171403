"""The dashboard of a new instance has three steps, each ticked when it is done."""

import re

import html5lib
import pytest

from linkmgr.catalog.reading.files import load_catalog
from linkmgr.checkout import read_checkout
from tests.admin.conftest import Browser
from tests.support.checkouts import in_git

DASHBOARD, STEPS = "/admin/", "/admin/first-hour"
EMPTY = "site:\n  name: A blog\n  url: https://blog.example\nbooks: {}\nctas: {}\nmappings: {}\n"
LINE = "{% include linkmgr.html %}"


@pytest.fixture
def client(stranger, engine, file, site):
    """Give a browser that is signed in to a new instance, without any item, line or click."""
    file.write_text(EMPTY, encoding="utf-8")
    for layout in (site / "_layouts").iterdir():
        text = layout.read_text(encoding="utf-8")
        layout.write_text(re.sub(r"\{%-? include linkmgr.*?%\}", "", text), encoding="utf-8")
    browser = Browser(stranger.client.application)
    browser.sign_in(engine)
    return browser


def done(client):
    """Return the numbers of the steps that are ticked."""
    text = client.get(DASHBOARD).text
    steps = re.findall(r"<li class=\"(done|todo)\">|<li>\s*<span class=\"step-n\"", text)
    return [number for number, state in enumerate(steps, 1) if state == "done"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_new_instance_shows_three_steps_of_which_none_is_done(client, language):
    text = client.get(DASHBOARD, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.count('class="step-n"') == 3
    steps = text.partition('class="card steps"')[2].partition("</ol>")[0]
    assert steps.count('class="btn primary"') == 1
    assert done(client) == []


def test_no_period_is_asked_for_while_steps_are_left(client):
    text = client.get(f"{DASHBOARD}?since=never").text
    assert "Last 30 days" not in text
    assert 'href="#since"' not in text


def test_the_address_that_the_server_has_is_filled_in_and_saved_by_one_press(client, file):
    text = client.get(DASHBOARD).text
    address = re.search(r'name="server"[^>]*value="([^"]+)"', text)[1]
    assert address == "http://localhost"
    assert client.post(f"{STEPS}/server", {"server": address}, page=DASHBOARD).status_code == 303
    assert load_catalog(file).site.server == address
    assert done(client) == [1]


@pytest.mark.parametrize("typed", ["", "no address", "https://go.example/path?x"])
def test_what_is_no_address_is_refused_with_the_reason(client, file, typed):
    client.post(f"{STEPS}/server", {"server": typed}, page=DASHBOARD)
    assert file.read_text(encoding="utf-8") == EMPTY
    assert 'role="alert"' in client.get(DASHBOARD).text


def test_the_line_is_written_below_the_text_and_known_as_linkmgrs(client, site, file):
    in_git(site)
    assert "Put it below the text for me" in client.get(DASHBOARD).text
    client.post(f"{STEPS}/layout", page=DASHBOARD)
    assert LINE in (site / "_layouts" / "post.html").read_text(encoding="utf-8")
    assert done(client) == [2]
    assert "_layouts/post.html" in read_checkout(site, file).rewritten


def test_the_first_item_is_begun_by_what_is_pasted_and_ticks_the_last_step(client, file):
    assert 'name="paste"' in client.get(DASHBOARD).text
    book = "books:\n  one:\n    title: One\n    isbn: '4873119324'\n"
    file.write_text(EMPTY.replace("books: {}\n", book), encoding="utf-8")
    assert done(client) == [3]


def test_once_a_click_has_come_there_are_no_steps(admin_client):
    assert 'class="step-n"' not in admin_client.get(DASHBOARD).text
