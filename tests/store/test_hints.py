"""Opportunities put aside, in both databases."""

from sqlalchemy import insert

from linkmgr.store.db.engine import writing
from linkmgr.store.db.models import RenamedItem
from linkmgr.store.hints import Hint, HintKind, hints_aside, put_aside, take_back

POST = Hint(HintKind.BARE_POST, "28a400bbd6974624")
ITEM = Hint(HintKind.RARE_ITEM, "coffee")
TAG = Hint(HintKind.BARE_TAG, "tag coffee")


def aside(engine):
    with engine.connect() as connection:
        return hints_aside(connection)


def test_hints_are_put_aside_once_and_taken_back(engine):
    for hint in (POST, ITEM, POST):
        put_aside(engine, hint)
    assert aside(engine) == {POST, ITEM}
    take_back(engine, POST)
    assert aside(engine) == {ITEM}


def test_a_hint_put_aside_follows_its_renamed_item(engine):
    for hint in (ITEM, TAG):
        put_aside(engine, hint)
    with writing(engine) as connection:
        connection.execute(insert(RenamedItem), {"old": "coffee", "item": "kitchen-coffee"})
    renamed = Hint(HintKind.RARE_ITEM, "kitchen-coffee")
    assert aside(engine) == {renamed, TAG}
    take_back(engine, renamed)
    assert aside(engine) == {TAG}
