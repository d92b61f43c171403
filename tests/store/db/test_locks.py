"""Changing tables waits for others briefly, again and again, and holds nobody up meanwhile."""

import threading
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import inspect, text

from linkmgr.store.db import schema
from linkmgr.store.db.engine import TablesInUse, change_tables
from linkmgr.store.db.schema import migrate, read_schema
from tests.support.releases import LATER, later_steps

pytestmark = pytest.mark.postgresql


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


def test_a_step_gives_up_where_a_transaction_holds_its_tables(
    postgresql_engine, monkeypatch, tmp_path
):
    with postgresql_engine.connect() as connection:
        before = read_schema(connection).revision
    monkeypatch.setattr(schema, "STEPS", later_steps(tmp_path / "steps"))
    with reading(postgresql_engine), pytest.raises(TablesInUse):
        change_tables(postgresql_engine, migrate, patience=0)
    with postgresql_engine.connect() as connection:
        assert read_schema(connection).revision == before
    change_tables(postgresql_engine, partial(migrate, to=LATER))
    with postgresql_engine.connect() as connection:
        assert read_schema(connection).revision == LATER


def test_the_error_names_the_process_that_holds_the_table(postgresql_engine):
    with reading(postgresql_engine) as process, pytest.raises(TablesInUse) as refused:
        change_tables(postgresql_engine, lock_clicks, patience=0)
    assert f"pg_terminate_backend({process})" in str(refused.value)


def test_a_change_waits_while_others_read_until_tables_are_free(postgresql_engine):
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
