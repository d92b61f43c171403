"""A book's details are looked up by its ISBN, for fields that stay the owner's."""

import re
from dataclasses import replace

import pytest

from linkmgr.admin.app import find_book_search
from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.items.book_data import BookDataPanel
from linkmgr.book_data import BookService
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import read_settings
from tests.admin.conftest import Browser
from tests.support.book_servers import (
    ISBN,
    book_search,
    book_services,
    open_library,
    openbd,
)

ADD, ASK = "/admin/add-item", "/admin/items/book-data"
ASIN = "4048930656"


@pytest.fixture(scope="module")
def services():
    with book_services() as server:
        yield server


@pytest.fixture
def owner(admin_client, admin_app, services, tmp_path, monkeypatch):
    """Give a signed-in browser at an admin that looks books up, covers included."""
    services.play()
    search = book_search(services, tmp_path, with_covers=True)
    admin = replace(admin_app.extensions[EXTENSION], books=search)
    monkeypatch.setitem(admin_app.extensions, EXTENSION, admin)
    return admin_client


def values(text):
    """Return what is in the fields of a page."""
    inputs = re.findall(r'<input [^>]*name="([\w-]+)"[^>]*?value="([^"]*)"', text)
    return dict(inputs)


def words(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_nothing_is_looked_up_unless_the_owner_switches_it_on(admin_client):
    assert "book-data" not in admin_client.get(f"{ADD}?paste={ISBN}").text
    sent = {"kind": "books", "isbn": ISBN, "lookup_isbn": ISBN}
    assert admin_client.post(ASK, sent, page=ADD).status_code == 404


@pytest.mark.parametrize("query", ["", f"?paste={ISBN}"])
def test_add_page_names_setting_only_where_it_would_look_book_up(admin_client, query):
    assert "can be looked up by ISBN" in admin_client.get(ADD + query).text
    assert "can be looked up by ISBN" not in admin_client.get(f"{ADD}?paste=/letter/").text


@pytest.mark.parametrize("query", ["", f"?paste={ISBN}"])
def test_the_add_page_names_no_setting_that_is_on(owner, query):
    assert "can be looked up by ISBN" not in owner.get(ADD + query).text


def test_a_pasted_isbn_is_looked_up_in_the_background(owner, services):
    text = owner.get(f"{ADD}?paste={ISBN}").text
    assert re.search(rf'id="book-data"[^>]* data-hx-post="{ASK}" data-hx-trigger="load"', text)
    assert values(text)["lookup_isbn"] == ISBN
    assert services.requests == []
    # A CTA or a product has nothing that could be looked up.
    assert "book-data" not in owner.get(f"{ADD}?paste=/letter/").text
    assert "book-data" not in owner.get(f"{ADD}?paste=B0ABCDEFGH&kind=products").text


def test_each_value_has_its_sources_and_a_button(owner, services):
    services.play(openbd=openbd(), open_library=open_library(subtitle="達人に学ぶ"))
    sent = {"kind": "books", "isbn": ISBN, "lookup_isbn": ISBN, "is_new": "yes"}
    text = owner.post(ASK, sent, page=ADD).text
    shown = words(text)
    assert "Title Clean Architecture openBD Use" in shown
    assert "Clean Architecture: 達人に学ぶ Open Library Use" in shown
    assert "Publisher ドワンゴ openBD" in shown
    assert "Image at cover.openbd.jp openBD Use" in shown
    assert "which then sees your readers' IP addresses" in shown.replace("&#39;", "'")
    # The first source fills the fields, but with no cover; a new book gets an id of its title.
    assert re.findall(r'<data hidden value="([^"]*)" data-fills="(\w+)"', text) == [
        ("Clean Architecture", "title"),
        ("Robert C.Martin、角征典（翻訳）、高木正弘（翻訳）", "author"),
        ("clean-architecture", "name"),
    ]


def test_services_that_agree_or_fail_are_named_together(owner, services):
    sent = {"kind": "books", "isbn": ISBN, "lookup_isbn": ISBN, "is_new": "yes"}
    services.play(openbd=openbd(), open_library=(503, {}, ""))
    assert "No usable answer from: Open Library." in words(owner.post(ASK, sent, page=ADD).text)
    services.play(openbd=openbd(), open_library=open_library())
    shown = words(owner.post(ASK, sent, page=ADD).text)
    assert "Title Clean Architecture openBD , Open Library Use" in shown


def test_without_script_a_button_fills_the_empty_fields(owner, services):
    services.play(openbd=openbd())
    page = f"{ADD}?paste={ISBN}"
    sent = {"kind": "books", "name": "b-1", "isbn": ISBN, "lookup_isbn": ISBN, "do": "look-up"}
    text = owner.post(ADD, sent | {"author": "My own"}, page=page).text
    filled = values(text)
    assert (filled["title"], filled["author"]) == ("Clean Architecture", "My own")
    assert "cover" not in filled or filled["cover"] == ""
    assert 'book-data" data-hx-trigger="load"' not in text


def test_without_script_a_button_takes_a_value(owner, services):
    services.play(openbd=openbd())
    cover = f"https://cover.openbd.jp/{ISBN}.jpg"
    sent = {"kind": "books", "name": "b-1", "isbn": ISBN, "title": "Mine", "take-cover": cover}
    filled = values(owner.post(ADD, sent).text)
    assert (filled["title"], filled["cover"]) == ("Mine", cover)


def test_a_book_that_is_edited_is_looked_up_by_a_button_alone(owner, services, site):
    services.play(open_library=open_library())
    edit = "/admin/items/kitchen-coffee/edit"
    text = owner.get(edit).text
    assert 'book-data" data-hx-trigger="load"' not in text
    before = (site / "catalog.yaml").read_bytes()
    sent = {"kind": "books", "title": "Mine", "lookup_isbn": ISBN, "do": "look-up"}
    text = owner.post(edit, sent).text
    assert values(text)["title"] == "Mine"
    assert "Clean Architecture" in text
    assert "data-replaces" not in text
    assert (site / "catalog.yaml").read_bytes() == before


def test_amazons_own_number_cannot_be_looked_up_and_an_isbn_can(owner, services):
    services.play(openbd=openbd())
    text = owner.get(f"{ADD}?paste=B0ABCDEFGH").text
    assert "cannot be looked up without Amazon" in text
    assert 'book-data" data-hx-trigger="load"' not in text
    sent = {"kind": "books", "asin": "B0ABCDEFGH", "lookup_isbn": ISBN, "is_new": "yes"}
    text = owner.post(ASK, sent, page=ADD).text
    assert 'value="Clean Architecture" data-fills="title"' in text
    # The preview without script leaves it there.
    sent |= {"name": "b-1", "do": "preview"}
    assert values(owner.post(ADD, sent).text)["lookup_isbn"] == ISBN


def test_a_books_asin_is_its_isbn(owner):
    text = owner.get(f"{ADD}?paste=https://www.amazon.co.jp/dp/{ASIN}").text
    assert values(text)["lookup_isbn"] == ASIN
    assert 'book-data" data-hx-trigger="load"' in text


@pytest.mark.parametrize("isbn", ["", "123", "9784048930650", "B0ABCDEFGH", "<b>"])
def test_what_is_no_isbn_is_not_asked_for(owner, services, isbn):
    sent = {"kind": "books", "lookup_isbn": isbn}
    text = owner.post(ASK, sent, page=ADD).text
    assert "with the right check digit" in text
    assert services.requests == []
    assert "<b>" not in text


def test_a_book_that_nobody_has_is_said_to_be_unknown(owner):
    text = owner.post(ASK, {"kind": "books", "lookup_isbn": ISBN}, page=ADD).text
    assert "Neither has this book." in text


def test_what_services_say_is_text(owner, services):
    services.play(openbd=openbd(title='<script>"x"', publisher="<b>", cover=""))
    text = owner.post(ASK, {"kind": "books", "lookup_isbn": ISBN}, page=ADD).text
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;&#34;x&#34;" in text


@pytest.mark.usefixtures("owner")
def test_a_stranger_cannot_have_anything_looked_up(services, admin_app):
    answer = Browser(admin_app).post(
        ASK, {"kind": "books", "lookup_isbn": ISBN}, page="/admin/login"
    )
    assert answer.status_code == 403
    assert services.requests == []


def test_a_form_that_comes_back_keeps_what_was_typed(owner):
    sent = {"kind": "books", "name": "", "isbn": ISBN, "title": "Mine", "do": "save"}
    answer = owner.post(ADD, sent)
    assert answer.status_code == 400
    assert 'id="book-data"' in answer.text
    assert 'book-data" data-hx-trigger="load"' not in answer.text
    assert 'name="is_new"' not in answer.text


@pytest.mark.parametrize(
    ("setting", "with_covers"), [(None, None), ("no", None), ("yes", False), ("covers", True)]
)
def test_one_setting_switches_the_look_up_on(tmp_path, setting, with_covers):
    environ = {"LINKMGR_INSTANCE": str(tmp_path)}
    if setting:
        environ["LINKMGR_BOOK_LOOKUP"] = setting
    books = find_book_search(read_settings(environ))
    assert (books and books.with_covers) is with_covers


def test_another_value_of_the_setting_stops_the_start():
    with pytest.raises(LinkmgrError) as error:
        read_settings({"LINKMGR_BOOK_LOOKUP": "maybe"})
    assert error.value.translated() == (
        "LINKMGR_BOOK_LOOKUP: must be one of no, yes, covers, not maybe"
    )


def test_each_service_has_a_page_of_the_book():
    panel = BookDataPanel(ASIN, is_new=True)
    assert all(ISBN in panel.page_of(source) for source in BookService)
