"""The admin has the list for A8, and what changed in it since it was submitted."""

import html5lib
import pytest

from linkmgr.placements.find import Register
from linkmgr.placements.output import save_register
from tests.admin.placements.test_placements import A8, PAGE, SITE, placement

LIST = f"{PAGE}/a8"
OTHER = "s00000008903001"


def save(settings, time, *placements):
    save_register(settings.site, Register(time, placements))


@pytest.fixture
def submitted(settings, admin_client):
    """Submit a list of one page, of which then another is found."""
    save(settings, 1_700_000_000.0, placement("green/", "a8", A8))
    admin_client.post(LIST, {"time": "1700000000.0"})
    unnamed = [placement(page, "a8", link="https://px.a8.net/?<>") for page in ("x/", "y/")]
    feed = placement("feed.xml", "a8", OTHER, entry=f"{SITE}/black/")
    save(settings, 1_700_000_001.0, placement("black/", "a8", OTHER), feed, *unnamed)


def lines(client, query=""):
    return client.get(f"{PAGE}/a8.csv{query}").text.splitlines()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.usefixtures("submitted")
def test_the_page_shows_what_is_new_gone_and_not_known(admin_client, language):
    text = admin_client.get(LIST, Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.count(f"<code>{A8}</code>") == text.count(f"<code>{OTHER}</code>") == 1
    assert text.count("<wbr>px.<wbr>a8.<wbr>net/?&lt;&gt;</th>") == 1
    assert f'href="{SITE}/y/"' in text


@pytest.mark.usefixtures("submitted")
def test_the_files_have_the_whole_list_or_what_is_new(admin_client, settings):
    new = f"{OTHER},{SITE}/black/"
    save(settings, 1.0, placement("green/", "a8", A8), placement("black/", "a8", OTHER))
    assert lines(admin_client) == [f"{A8},{SITE}/green/", new]
    assert lines(admin_client, "?only=new") == [new]
    assert lines(admin_client, "?only=new") == [new]  # a download alone submits nothing


@pytest.mark.usefixtures("submitted")
def test_a_list_that_was_replaced_meanwhile_is_not_submitted(admin_client):
    admin_client.post(LIST, {"time": "1700000000.0"})
    assert "The pages were read again meanwhile" in admin_client.get(LIST).text
    assert "Nothing has changed since." not in admin_client.get(LIST).text
    admin_client.post(LIST, {"time": "1700000001.0"})
    assert "Nothing has changed since." in admin_client.get(LIST).text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_before_pages_are_read_page_says_how_list_is_made(admin_client, settings, language):
    page = admin_client.get(LIST, Accept_Language=language)
    assert page.status_code == 200
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert f'<form method="post" action="{PAGE}"' in page.text
    save(settings, 1.0, placement("green/", "a8", A8))
    assert f'action="{PAGE}"' not in admin_client.get(LIST).text


def test_the_list_is_offered_where_there_are_links_of_a8(admin_client, settings):
    for programme, offered in (("amazon", False), ("a8", True)):
        save(settings, 1.0, placement("green/", programme, ""))
        assert (f'href="{LIST}"' in admin_client.get(PAGE).text) is offered


def test_a_damaged_last_list_is_reported_and_kept(admin_client, settings):
    save(settings, 1.0, placement("green/", "a8", A8))
    file = settings.instance / "a8-pages.csv"
    file.write_text("a,b,c\n")
    for path in (LIST, f"{PAGE}/a8.csv"):
        answer = admin_client.get(path)
        assert answer.status_code == 409
        assert "restore it from a backup" in answer.text
    assert file.read_text() == "a,b,c\n"
