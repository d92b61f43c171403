"""The history keeps every text, in the order in which it was made, and finds an entry's own."""

import pytest

from linkmgr.store.db.engine import open_engine, writing
from linkmgr.store.db.schema import create_if_empty
from linkmgr.store.revisions import (
    PAGE,
    Action,
    AuditEntry,
    Entry,
    HistoryQuery,
    edits_between,
    history,
    last_revision,
    last_text,
    record,
    texts,
)

COFFEE, TEA = Entry("books", "coffee"), Entry("books", "tea")


@pytest.fixture
def engine(database_url):
    opened = open_engine(database_url)
    create_if_empty(opened)
    yield opened
    opened.dispose()


def keep(engine, text, *entries, user="owner", time=1, summary=""):
    audit = AuditEntry(time, user, Action.CHANGED, entries, summary)
    with writing(engine) as connection:
        return record(connection, audit, f"{text:.5}".ljust(64, "0"), text)


def test_an_empty_history_has_no_last_text(engine):
    with engine.connect() as connection:
        assert last_revision(connection) is None
        assert last_text(connection) == ""
        assert history(connection, 1) == ((), 0)
        assert texts(connection, 1) is None


def test_what_was_recorded_last_is_the_last(engine):
    keep(engine, "一")
    keep(engine, "二")
    with engine.connect() as connection:
        assert last_revision(connection) == "二".ljust(64, "0")
        assert last_text(connection) == "二"


def test_a_revision_has_its_text_and_the_one_before(engine):
    first, second = keep(engine, "一\r\n"), keep(engine, "二", COFFEE, summary="珈琲")
    with engine.connect() as connection:
        assert texts(connection, first).before is None
        kept = texts(connection, second)
        assert texts(connection, second + 1) is None
    assert (kept.before, kept.after) == ("一\r\n", "二")
    assert kept.recorded.audit == AuditEntry(1, "owner", Action.CHANGED, (COFFEE,), "珈琲")


def test_the_latest_comes_first(engine):
    numbers = [keep(engine, str(number), time=9 - number) for number in range(3)]
    with engine.connect() as connection:
        rows, total = history(connection, 1)
    assert total == 3
    assert [row.id for row in rows] == numbers[::-1]


def test_edits_of_a_time_are_from_its_begin_to_before_its_end(engine):
    found = AuditEntry(15, "", Action.FOUND)
    with writing(engine) as connection:
        record(connection, found, "0" * 64, "text")
    numbers = [keep(engine, str(time), COFFEE, time=time) for time in (9, 10, 19, 20)]
    keep(engine, "other", time=12)
    with engine.connect() as connection:
        between = edits_between(connection, 10, 20)
        own = edits_between(connection, 10, 20, COFFEE)
        assert edits_between(connection, 30, 40) == ()
    assert [each.audit.time for each in between] == [12, 19, 10]
    assert [each.id for each in own] == [numbers[2], numbers[1]]


def test_an_entry_has_its_own_history(engine):
    keep(engine, "一", COFFEE)
    keep(engine, "二", TEA)
    keep(engine, "三", COFFEE, TEA)
    with engine.connect() as connection:
        rows, total = history(connection, 1, HistoryQuery(COFFEE))
    assert total == 2
    assert [row.audit.entries for row in rows] == [(COFFEE, TEA), (COFFEE,)]


def test_a_page_is_full_and_the_next_has_the_rest(engine):
    for number in range(PAGE + 2):
        keep(engine, str(number))
    with engine.connect() as connection:
        pages = [history(connection, number)[0] for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [PAGE, 2, 0]


def test_of_many_entries_a_list_names_some_and_counts_the_rest(engine):
    many = [Entry("books", f"book-{number}") for number in range(9)]
    keep(engine, "一", *many)
    with engine.connect() as connection:
        ((row,), _) = history(connection, 1)
    assert (len(row.audit.entries), row.more) == (5, 4)


def test_a_long_summary_is_cut(engine):
    keep(engine, "一", COFFEE, summary="長" * 300)
    with engine.connect() as connection:
        ((row,), _) = history(connection, 1)
    assert row.audit.summary == "長" * 200
