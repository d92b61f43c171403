"""A key that is declared with a label has a field, with no code in the form."""

import pytest

from linkmgr.admin.items.forms import ItemForm
from linkmgr.catalog.declaration import TEXT, Key, Keys
from linkmgr.catalog.items import BOOK, ItemKind
from linkmgr.catalog.reading.parse import parse_catalog

CATALOG = parse_catalog("site: {name: Tea, url: https://tea.example}")
NOTE = Key("own-note", TEXT, "The heading.", label="Heading")


class NotedBookForm(ItemForm):
    """The form of a book that has a note."""

    kind = ItemKind.BOOKS
    section = "books"
    declared = Keys("book", "A book.", (*BOOK, NOTE))


@pytest.mark.parametrize(
    ("language", "label", "hint"), [("en", "Heading", "The heading."), ("ja", "見出し", "見出し。")]
)
def test_form_has_field_for_key_that_is_declared_with_label(admin_app, language, label, hint):
    sent = {"title": "Tea", "own_note": " Read it. "}
    request = {"method": "POST", "data": sent, "headers": {"Accept-Language": language}}
    with admin_app.test_request_context("/admin/", **request):
        form = NotedBookForm(catalog=CATALOG)
        assert str(form.own_note.label.text) == label
        assert str(form.own_note.description) == hint
        assert form.value() == {"title": "Tea", "own-note": "Read it."}
        assert form.field_of("own-note") is form.own_note
