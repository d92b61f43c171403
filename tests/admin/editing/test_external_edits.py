"""The history has edits by hand without a visit."""

import pytest

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.editing.edits import ExternalEdits
from linkmgr.catalog.editing.edit import remove_entry
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.revisions import Action
from tests.support.items import recorded


@pytest.fixture
def hand_edits(admin_app):
    return ExternalEdits(admin_app.extensions[EXTENSION])


def change(file):
    text = remove_entry(file.read_text(encoding="utf-8"), "mappings", "bread")
    file.write_text(text, encoding="utf-8")


def actions(engine):
    return [audit.action for audit in recorded(engine)]


def test_an_edit_by_hand_is_recorded_once(hand_edits, engine, file):
    hand_edits.follow()
    change(file)
    hand_edits.follow()
    hand_edits.follow()
    assert actions(engine) == [Action.BY_HAND, Action.FOUND]


def test_a_slip_of_the_pen_is_not_recorded_but_what_it_becomes(hand_edits, engine, file):
    hand_edits.follow()
    text = file.read_text(encoding="utf-8")
    file.write_text("site: [", encoding="utf-8")
    hand_edits.follow()
    assert actions(engine) == [Action.FOUND]
    file.write_text(f"{text}\n", encoding="utf-8")
    hand_edits.follow()
    assert actions(engine) == [Action.BY_HAND, Action.FOUND]


def test_what_a_database_that_was_down_missed_is_recorded_later(hand_edits, engine, file):
    hand_edits.follow()
    change(file)
    engine.dispose()
    database = file.parent.parent / "instance" / "linkmgr.db"
    away = database.rename(database.with_name("away"))
    with pytest.raises(LinkmgrError, match="cannot be recorded"):
        hand_edits.follow()
    away.rename(database)
    hand_edits.follow()
    assert actions(engine) == [Action.BY_HAND, Action.FOUND]
