"""Anything is found by its words: an item, a post, a tag or a page."""

import re
from urllib.parse import urlencode

import html5lib
import pytest

from tests.admin.conftest import queries
from tests.support.indexed_site import indexer_of

PAGE = "/admin/search"


def links(text):
    """Return the addresses of what is found."""
    found = text.partition('id="results"')[2].partition("</main>")[0]
    return re.findall(r'<a href="([^"]+)"', found)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("kitchen-coffee", "/admin/items/kitchen-coffee"),
        ("history", "/admin/history"),
        ("CHECK built", "/admin/health/check"),
        ("disclosure", "/admin/settings#disclosure"),
        ("広告", "/admin/settings#disclosure"),
        ("time zone", "/admin/settings#site"),
        ("comparisons", "/admin/settings#comparisons"),
        ("import", "/admin/earnings#reports"),
        ("password", "/admin/settings/account#password-change"),
        ("4999999005", "/admin/items/kitchen-coffee"),
        ("ルール", "/admin/tags/mappings"),
    ],
)
def test_an_item_or_a_page_is_found_where_there_is_no_index(admin_client, typed, address):
    assert address in links(admin_client.get(PAGE + "?" + urlencode({"q": typed})).text)


@pytest.mark.parametrize("page", ["search", "items", "tags", "tags/mappings", "posts", "history"])
@pytest.mark.parametrize("typed", ["coffee " * 2_000, "x" * 20_000], ids=["words", "word"])
def test_a_long_search_is_answered(admin_client, settings, page, typed):
    indexer_of(settings)
    answer = admin_client.get(f"/admin/{page}?" + urlencode({"q": typed}))
    assert answer.status_code == 200


def test_posts_and_tags_are_found_with_few_queries(admin_client, engine, settings):
    index = indexer_of(settings).index
    with queries(engine) as asked:
        text = admin_client.get(PAGE + "?" + urlencode({"q": "台所"})).text
    assert any(address.startswith("/admin/posts/") for address in links(text))
    assert len(asked) <= 2  # who is signed in, and dead products for the number beside Health
    tag = index.tags().rows[0].written
    found = links(admin_client.get(PAGE + "?" + urlencode({"q": tag})).text)
    assert "/admin/tags?" + urlencode({"q": tag}) in found


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("typed", ["", "a", "nothing-like-it", '"><b>'])
def test_the_page_is_valid_html_whatever_is_typed(admin_client, settings, language, typed):
    indexer_of(settings)
    text = admin_client.get(PAGE + "?" + urlencode({"q": typed}), Accept_Language=language).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'<html lang="{language}">' in text


def test_the_page_without_words_lists_the_pages(admin_client):
    assert links(admin_client.get(PAGE).text)[:2] == ["/admin/", "/admin/opportunities"]


def test_what_nothing_has_says_so(admin_client):
    assert "Nothing has these words." in admin_client.get(f"{PAGE}?q=nothing-like-it").text


def test_a_stranger_finds_nothing(stranger):
    assert stranger.get(f"{PAGE}?q=kitchen").status_code == 303
