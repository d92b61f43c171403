"""A key of the settings that is declared with a label has a field, with no code in the form."""

import pytest

from linkmgr.admin.settings.forms import SettingForm, form_type
from linkmgr.catalog.declaration import TEXT, Choice, Flag, Key, Keys
from linkmgr.catalog.keys.placing import COMPARISON
from linkmgr.messages.message import declared

PURPOSE = "The heading."
NOTE = Key("own-note", TEXT, PURPOSE, label="Heading", part="main")
SIZE = Key("heading-level", Choice((1, 2), {1: "default"}), PURPOSE, default=1, label="Price")
OPEN = Key("views", Flag(), PURPOSE, default=True, label="Shown from")
HIDDEN = Key("hidden", TEXT, PURPOSE)


class NotedForm(SettingForm):
    """The form of a comparison with further keys."""

    section = "comparisons"
    declared = Keys("comparison", "", (*COMPARISON, HIDDEN, SIZE, OPEN, NOTE))


def texts_of(fields):
    return [(str(field.label.text), str(field.description)) for field in fields]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_field_has_the_label_and_the_purpose_of_its_key(admin_app, language):
    with admin_app.test_request_context("/admin/", headers={"Accept-Language": language}):
        form = NotedForm.of_entry({}, "1")
        keys = (NOTE, SIZE, OPEN)
        expected = [(declared(key.label, language), declared(PURPOSE, language)) for key in keys]
        assert texts_of(form.main_fields()) == expected[:1]
        assert texts_of(form.further_fields())[-2:] == expected[1:]
        names = [str(choice.label) for choice in form["heading_level"].choices]
        assert names == [declared("default", language), "2"]


def test_entry_has_what_was_typed_and_keeps_keys_without_a_field(admin_app):
    sent = {"items": "a\nb", "own_note": " Read it. ", "heading_level": "2"}
    with admin_app.test_request_context("/admin/", method="POST", data=sent):
        form = NotedForm.of_entry({}, "1")
        entry = form.entry({"hidden": "kept", "heading-level": 1})
        note, unticked = "Read it.", False
        assert entry == {
            "hidden": "kept",
            "heading-level": 2,
            "items": ["a", "b"],
            "views": unticked,
            "own-note": note,
        }
        assert form.field_of("own-note") is form.own_note


def test_what_is_usual_is_not_written(admin_app):
    sent = {"items": "a\nb", "heading_level": "1", "views": "y"}
    with admin_app.test_request_context("/admin/", method="POST", data=sent):
        assert NotedForm.of_entry({}, "1").entry({}) == {"items": ["a", "b"]}


def test_all_fields_show_at_once_where_none_is_declared_common(admin_app):
    with admin_app.test_request_context("/admin/"):
        form = form_type("comparisons").of_entry({}, "1")
        assert form.main_fields() == form.further_fields()
