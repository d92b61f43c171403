"""A pasted ISBN becomes a book in two steps, its fields filled from what services say."""

from dataclasses import replace

import pytest
from selenium.webdriver.common.keys import Keys

from linkmgr.admin.common.context import EXTENSION
from linkmgr.catalog.reading.files import load_catalog
from tests.support.admin_browser import served
from tests.support.book_servers import (
    ISBN,
    book_search,
    book_services,
    open_library,
    openbd,
)
from tests.support.nu_checker import html_errors
from tests.support.page_inspector import IN_LANGUAGE, PageInspector

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stranger")]


@pytest.fixture
def services():
    """Give services that know a book."""
    with book_services() as server:
        server.play(openbd=openbd(), open_library=open_library(subtitle="達人に学ぶ"))
        yield server


@pytest.fixture
def app(admin_app, services, tmp_path, monkeypatch):
    """Give an admin that looks books up."""
    search = book_search(services, tmp_path, with_covers=True)
    admin = replace(admin_app.extensions[EXTENSION], books=search)
    monkeypatch.setitem(admin_app.extensions, EXTENSION, admin)
    return admin_app


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_pasted_isbn_becomes_a_book_without_typing(app, site, signed_in, script):
    with served(app) as admin:
        owner = signed_in(app, admin, script=script)
        owner.open(f"{admin}/add-item")
        owner.type("#paste", ISBN if script else f"{ISBN}\n")
        if not script:
            owner.press("Search by ISBN")
        owner.read("Robert C.Martin、角征典（翻訳）", "#book-data")
        owner.find("#preview iframe[srcdoc*='Clean Architecture']")
        # Enter saves, whatever buttons come first.
        owner.type("#title", Keys.ENTER)
        owner.read("Added ")
        name = "clean-architecture" if script else "b-4048930656"
        book = load_catalog(site / "catalog.yaml").books[name]
        assert (book.title, book.cover) == ("Clean Architecture", None)
        assert book.author == "Robert C.Martin、角征典（翻訳）、高木正弘（翻訳）"
        assert owner.complaints() == []


def test_a_book_is_added_by_its_isbn_in_2(app, site, signed_in):
    with served(app) as admin:
        owner = signed_in(app, admin)
        owner.open(f"{admin}/")
        owner.done = 0
        owner.paste(ISBN)
        owner.find("#preview iframe[srcdoc*='Clean Architecture']")
        owner.press("Save")
        owner.read("Added Clean Architecture.")
        assert owner.done == 2
        assert "clean-architecture" in load_catalog(site / "catalog.yaml").books


def test_what_was_typed_stays_and_a_press_takes_another_value(app, signed_in):
    with served(app) as admin:
        owner = signed_in(app, admin)
        owner.open(f"{admin}/items/kitchen-coffee/edit")
        before = owner.find("#title").get_attribute("value")
        owner.fill("ISBN to look up", ISBN)
        owner.press("Search by ISBN")
        owner.read("Clean Architecture", "#book-data")
        assert owner.find("#title").get_attribute("value") == before
        owner.press("Other sources")
        owner.click("[name=take-title][value$='達人に学ぶ']")
        owner.find("#preview iframe[srcdoc*='達人に学ぶ']")
        owner.click("[name=take-cover]")
        owner.find("#preview iframe[srcdoc*='cover.openbd.jp']")


def test_a_second_search_replaces_firsts_words_not_owners(app, services, signed_in):
    with served(app) as admin:
        owner = signed_in(app, admin)
        owner.open(f"{admin}/add-item?paste={ISBN}")
        owner.read("Clean Architecture", "#book-data")
        owner.find("#author").clear()
        owner.type("#author", "Uncle Bob")
        services.play(openbd=openbd(isbn="9784873119328", title="Deep Learning"))
        owner.fill("ISBN to look up", "9784873119328")
        owner.press("Search by ISBN")
        owner.read("Deep Learning", "#book-data")
        owner.find("#preview iframe[srcdoc*='Deep Learning']")
        assert owner.find("#title").get_attribute("value") == "Deep Learning"
        assert owner.find("#author").get_attribute("value") == "Uncle Bob"


@pytest.mark.parametrize(("language", "seen"), IN_LANGUAGE)
def test_the_looked_up_book_has_no_fault(app, tmp_path, language, seen, signed_in):
    sources = {}
    with served(app) as admin:
        owner = signed_in(app, admin)
        owner.speak(language)
        inspector = PageInspector(owner, sources, language, **seen)
        owner.open(f"{admin}/add-item?paste={ISBN}")
        owner.read("Clean Architecture", "#book-data")
        owner.click("#book-data summary")
        inspector.inspect("found")
        owner.open(f"{admin}/add-item?paste=B0ABCDEFGH")
        owner.click("#book-data button[value=look-up]")
        owner.find("#lookup_isbn-error")
        inspector.inspect("no ISBN")
    assert inspector.faults == {}, inspector.report()
    assert html_errors(sources, tmp_path) == []
