"""Changing tables waits for others briefly, again and again, and holds nobody up meanwhile."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import inspect, text

from linkmgr.store.db.engine import TablesInUse, change_tables, open_engine
from linkmgr.store.db.migrate import migrate, run_step
from linkmgr.store.db.schema import read_schema, versions_known

pytestmark = pytest.mark.slow

# The steps that change tables which are there; the others make tables alone.
CHANGING = {"token_scopes_6", "campaigns_7", "oldest_version_8", "partitions_9"}


@contextmanager
def reading(engine):
    """Hold all tables as a reader does whose transaction stays open; give its process."""
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            connection.execute(text(f"SELECT FROM {table} LIMIT 1"))
        yield connection.scalar(text("SELECT pg_backend_pid()"))


def lock_clicks(connection):
    connection.execute(text("LOCK TABLE clicks IN ACCESS EXCLUSIVE MODE"))
    return "changed"


@pytest.mark.parametrize("step", versions_known()[1:])
def test_a_step_gives_up_where_a_transaction_holds_its_tables_and_leaves_them(
    postgresql_url, step, monkeypatch
):
    monkeypatch.setattr("linkmgr.store.db.engine._PAUSE", (0, 0))
    before = versions_known()[versions_known().index(step) - 1]
    engine = open_engine(postgresql_url)
    with engine.begin() as connection:
        migrate(connection, before)
    refused = False
    with reading(engine):
        try:
            run_step(engine, step, lambda _: None, patience=0)
        except TablesInUse:
            refused = True
            with engine.connect() as connection:
                assert read_schema(connection).found == before
    assert refused is (step in CHANGING)
    run_step(engine, step, lambda _: None)
    with engine.connect() as connection:
        assert read_schema(connection).found == step
    engine.dispose()


def test_the_error_names_the_process_that_holds_the_table(postgresql_engine):
    with reading(postgresql_engine) as process, pytest.raises(TablesInUse) as refused:
        change_tables(postgresql_engine, lock_clicks, patience=0)
    assert f"pg_terminate_backend({process})" in str(refused.value)


def test_others_read_while_a_change_waits_and_it_comes_once_the_table_is_free(postgresql_engine):
    done, changed = threading.Event(), []

    def change():
        changed.append(change_tables(postgresql_engine, lock_clicks))
        done.set()

    with reading(postgresql_engine):
        waiting = threading.Thread(target=change)
        waiting.start()
        for _ in range(3):
            with postgresql_engine.connect() as another:
                another.execute(text("SELECT FROM clicks LIMIT 1"))
        assert not done.is_set()
    waiting.join()
    assert changed == ["changed"]


def test_what_a_change_itself_does_wrong_is_not_tried_again(postgresql_engine):
    tries = []

    def change(connection):
        tries.append(1)
        connection.execute(text("DROP TABLE none"))

    with pytest.raises(Exception, match='table "none" does not exist'):
        change_tables(postgresql_engine, change)
    assert len(tries) == 1
