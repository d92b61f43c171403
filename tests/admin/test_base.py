"""What every view reads from, on either database."""

import pytest
from flask import Flask
from sqlalchemy import text

from linkmgr.admin.common.context import EXTENSION, Admin, close_connection, connection
from linkmgr.store.accounts.users import has_users
from linkmgr.store.db.engine import open_engine, writing
from tests.support.accounts import add_user
from tests.support.databases import create_tables

PASSWORD = "four plain words here"  # noqa: S105 - of these tests alone


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request, tmp_path):
    """Give an app that has a database, and no page."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'linkmgr.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    engine = open_engine(url)
    create_tables(engine)
    made = Flask("test")
    made.extensions[EXTENSION] = Admin(settings=None, engine=engine, reader=None, held_site=None)
    yield made
    engine.dispose()


def test_all_that_a_request_reads_is_of_one_state(app):
    engine = app.extensions[EXTENSION].engine
    with app.app_context():
        assert not has_users(connection())
        add_user(engine, "owner", PASSWORD)
        assert not has_users(connection())
        close_connection(None)
        assert has_users(connection())
        close_connection(None)


def test_what_writes_sees_what_others_wrote_before(app):
    engine = app.extensions[EXTENSION].engine
    with app.app_context():
        has_users(connection())
        close_connection(None)
    with writing(engine) as writer:
        assert not has_users(writer)
        if engine.dialect.name == "postgresql":
            assert writer.scalar(text("SHOW transaction_isolation")) == "read committed"
