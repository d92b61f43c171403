"""Who may see and change items, at what cost, and whether the pages are valid."""

import re

import html5lib
import pytest

from tests.admin.conftest import queries
from tests.support.items import BOOK, by_hand, form_of, sent, written


def test_an_edit_needs_the_forms_token(admin_client, site):
    before = written(site)
    form = form_of(admin_client, BOOK) | {"title": "別", "csrf_token": "wrong"}
    assert admin_client.client.post(BOOK, data=form).status_code == 400
    assert written(site) == before


PATHS = [
    *("/admin/items", "/admin/add-item", "/admin/items/kitchen-coffee", BOOK),
    *("/admin/items/kitchen-coffee/delete", "/admin/items/card.css", "/admin/history/1"),
]


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_sees_none_of_it(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/admin/login")


CHANGES = [
    *("add-item", "items/preview"),
    *(f"items/kitchen-coffee/{act}" for act in ("edit", "retire", "delete")),
]


@pytest.mark.parametrize("path", CHANGES)
def test_who_is_not_signed_in_changes_nothing(stranger, site, path):
    before = written(site)
    answer = stranger.post(f"/admin/{path}", {"kind": "books"}, page="/admin/login")
    assert answer.status_code == 403
    assert written(site) == before


@pytest.mark.parametrize("path", CHANGES)
def test_no_change_is_made_without_a_token(admin_client, site, path):
    before = written(site)
    data = {"kind": "books", "name": "kitchen-coffee", "retired": "yes"}
    assert admin_client.client.post(f"/admin/{path}", data=data).status_code == 400
    assert written(site) == before


def test_a_form_of_no_kind_is_refused(admin_client):
    answer = admin_client.post(BOOK, {"kind": "related"})
    assert answer.status_code == 400


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "path",
    [
        *PATHS[1:5],
        "/admin/items/newsletter/edit",
        "/admin/add-item?kind=cta",
        "/admin/add-item?paste=4999999005",
        "/admin/add-item?paste=amzn",
    ],
)
def test_a_page_of_an_item_is_valid_in_either_language(admin_client, path, language):
    answer = admin_client.get(path, Accept_Language=language)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    ids = re.findall(r'\bid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


def test_a_conflict_is_a_valid_page(admin_client, site):
    mine = form_of(admin_client, BOOK)
    by_hand(site, "kitchen-coffee", {"title": "かれの題", "asin": "4999999005"})
    html5lib.HTMLParser(strict=True).parse(admin_client.client.post(BOOK, data=mine).text)


# All ask who is signed in, and which pages of shops are gone; the list and the page of an item ask
# for figures, too, and the form of an item for its shops' pages.
@pytest.mark.parametrize(("path", "most"), list(zip(PATHS[:5], (12, 2, 14, 3, 2), strict=True)))
def test_a_page_of_items_asks_the_database_so_often_at_most(admin_client, engine, path, most):
    with queries(engine) as asked:
        assert admin_client.get(path).status_code == 200
    assert len(asked) <= most


def test_saving_asks_database_as_often_however_long_history(admin_client, engine):
    for title in "一二三":
        sent(admin_client, BOOK, title=title)
    form = form_of(admin_client, BOOK) | {"title": "四"}
    with queries(engine) as asked:
        admin_client.client.post(BOOK, data=form)
    # Who it is, what was recorded last, the lock, the same again, the revision, its entry, and
    # its number for the button that undoes it.
    assert len(asked) == 7


@pytest.mark.parametrize("path", ["", "/edit", "/delete"])
def test_an_item_that_is_not_there_is_no_page(admin_client, path):
    assert admin_client.get(f"/admin/items/no-such{path}").status_code == 404
