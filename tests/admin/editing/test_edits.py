"""Edits of several at once: each is made once, or refused; nothing is lost between them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.context import EXTENSION
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change, record_external_edit, save
from linkmgr.catalog.editing import edit_file
from linkmgr.catalog.editing.edit import add_entry
from linkmgr.catalog.editing.edit_file import read_revision
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.fs import replace_file
from linkmgr.messages.errors import Conflict, LinkmgrError, Problems
from linkmgr.store.db.engine import writing
from linkmgr.store.revisions import Action, Entry, history, last_revision


@pytest.fixture
def admin(admin_app):
    return admin_app.extensions[EXTENSION]


def adding(name, revision, **value):
    book = {"title": name, "asin": "4873119324", **value}
    make = partial(add_entry, section="books", name=name, value=book)
    return Change(revision, Action.ADDED, make, Entry("books", name), name)


def recorded(engine):
    with engine.connect() as connection:
        return history(connection, 1)[0]


def test_of_editors_at_once_each_is_saved_or_told_of_a_conflict(admin, engine, file):
    def add_until_saved(number):
        conflicts = 0
        while True:
            try:
                save(admin, adding(f"new-{number}", read_revision(file).id), f"user{number}")
            except Conflict:
                conflicts += 1
            else:
                return conflicts

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_until_saved, range(8)))
    assert {f"new-{number}" for number in range(8)} <= load_catalog(file).books.keys()
    rows = recorded(engine)
    assert sorted(row.audit.user for row in rows) == ["", *(f"user{number}" for number in range(8))]
    assert rows[0].revision == read_revision(file).id


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(lambda _: adding("new", "0" * 64), Conflict, id="another revision"),
        pytest.param(lambda now: adding("new", now, asin="4873119325"), Problems, id="a mistake"),
        pytest.param(lambda now: adding("kitchen-coffee", now), LinkmgrError, id="there already"),
    ],
)
def test_a_refused_edit_leaves_file_and_history(admin, engine, file, change, error):
    before = read_revision(file)
    with pytest.raises(error):
        save(admin, change(before.id), "owner")
    assert read_revision(file) == before
    assert recorded(engine) == ()


def test_an_edit_is_refused_before_file_when_database_is_down(admin, engine, file):
    before = read_revision(file)
    engine.dispose()
    database = file.parent.parent / "instance" / "linkmgr.db"
    database.unlink()
    with pytest.raises(SQLAlchemyError):
        save(admin, adding("new", before.id), "owner")
    assert read_revision(file) == before


def test_an_edit_lost_by_the_database_is_found_as_one_by_hand(admin, engine, file, monkeypatch):
    record_external_edit(engine, file, read_revision(file))

    def replace_and_die(*changed):
        replace_file(*changed)
        raise SystemExit

    change = adding("new", read_revision(file).id)
    with monkeypatch.context() as patched:
        patched.setattr(edit_file, "replace_file", replace_and_die)
        with pytest.raises(SystemExit):
            save(admin, change, "owner")
    assert "new" in load_catalog(file).books
    assert record_external_edit(engine, file, read_revision(file))
    audit = recorded(engine)[0].audit
    assert (audit.user, audit.action, audit.entries) == (
        "",
        Action.BY_HAND,
        (Entry("books", "new"),),
    )


def test_what_is_recorded_already_is_not_noticed_again(admin, engine, file):
    assert record_external_edit(engine, file, read_revision(file))
    assert not record_external_edit(engine, file, read_revision(file))
    save(admin, adding("new", read_revision(file).id), "owner")
    assert not record_external_edit(engine, file, read_revision(file))


def test_text_that_save_replaced_since_it_was_read_isnt_noticed(admin, engine, file):
    seen = read_revision(file)
    save(admin, adding("new", seen.id), "owner")
    rows = recorded(engine)
    assert not record_external_edit(engine, file, seen)
    assert recorded(engine) == rows


def test_two_texts_are_compared_while_others_may_write(admin, engine, file, monkeypatch):
    compare, compared = edits.raw_values, []

    def raw_values(text):
        with writing(engine):
            compared.append(text)
        return compare(text)

    monkeypatch.setattr(edits, "raw_values", raw_values)
    record_external_edit(engine, file, read_revision(file))
    file.write_text(f"{file.read_text(encoding='utf-8')}\n# 1\n", encoding="utf-8")
    assert record_external_edit(engine, file, read_revision(file))
    file.write_text(f"{file.read_text(encoding='utf-8')}\n# 2\n", encoding="utf-8")
    save(admin, adding("new", read_revision(file).id), "owner")
    assert len(compared) == 4
    assert [row.audit.action for row in recorded(engine)] == [
        *(Action.ADDED, Action.BY_HAND, Action.BY_HAND, Action.FOUND),
    ]


def test_the_history_ends_with_what_the_file_says(admin, engine, file):
    for name in ("one", "two"):
        edited = save(admin, adding(name, read_revision(file).id), "owner")
    with engine.connect() as connection:
        assert last_revision(connection) == edited.revision == read_revision(file).id


def test_the_catalog_after_an_edit_is_the_one_that_the_edit_read(admin, file):
    edited = save(admin, adding("new", read_revision(file).id), "owner")
    seen = admin.catalog()
    assert seen.catalog is edited.after.catalog
    assert seen.catalog == load_catalog(file)
    assert seen.revision.id == edited.revision


def test_an_edit_by_hand_after_an_edit_is_read(admin, file):
    edited = save(admin, adding("new", read_revision(file).id), "owner")
    file.write_text(edited.before, encoding="utf-8")
    assert "new" not in admin.catalog().catalog.books


def test_an_edit_that_waits_for_file_keeps_nobody_from_database(admin, engine, file):
    change = adding("new", read_revision(file).id)

    def make(text):
        with writing(engine):
            return change.make(text)

    save(admin, replace(change, make=make), "owner")
    assert "new" in load_catalog(file).books
