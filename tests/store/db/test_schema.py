"""The tables are as this version needs them, or the server says what to do."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import read_settings
from linkmgr.store.db import schema
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.models import Base, visitor_keys
from linkmgr.store.db.schema import STEPS, Unreachable, check_schema, upgrade, versions_known
from tests.support.databases import drop_tables
from tests.support.releases import LATER, later_steps
from tests.support.store import partition_names


@pytest.fixture
def settings(database_url):
    return read_settings({"LINKMGR_DATABASE_URL": database_url})


@pytest.fixture
def file_settings(tmp_path):
    return read_settings({"LINKMGR_INSTANCE": str(tmp_path)})


def execute(settings, statement):
    engine = open_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def tables(settings):
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            return {*inspect(connection).get_table_names()} - partition_names(connection)
    finally:
        engine.dispose()


@pytest.mark.parametrize("make", [check_schema, upgrade])
def test_a_new_database_gets_its_tables(settings, make):
    make(settings)
    shared = {visitor_keys.name} if settings.several_nodes else set()
    assert tables(settings) == {*Base.metadata.tables, *shared, "alembic_version"}
    check_schema(settings)


def test_the_migrations_make_what_the_models_say(settings):
    upgrade(settings)
    engine = open_engine(settings.database_url)
    on_postgresql = engine.dialect.name == "postgresql"

    def belongs_here(_, name, *__):
        if name in partition_names(connection):
            return False
        return on_postgresql or name != "ix_totals_day"  # Alembic does not ask `ddl_if`

    shared = [visitor_keys.metadata] if on_postgresql else []
    with engine.connect() as connection:
        opts = {"compare_type": True, "include_object": belongs_here}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, [Base.metadata, *shared]) == []
    engine.dispose()


def test_the_steps_are_known_by_their_names_in_alembics_order(monkeypatch, tmp_path):
    monkeypatch.setattr(schema, "STEPS", later_steps(tmp_path / "steps"))
    found = ScriptDirectory(str(STEPS.parent), version_locations=[str(schema.STEPS)])
    steps = found.walk_revisions("base", "heads")
    assert [each.revision for each in steps] == [*reversed(versions_known())]
    assert versions_known()[-1] == LATER


def test_sqlite_clusters_the_large_tables(file_settings, tmp_path):
    upgrade(file_settings)
    with sqlite3.connect(tmp_path / "linkmgr.db") as connection:
        made = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        indexes = connection.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'index'")
        assert {name for name, sql in made.items() if "WITHOUT ROWID" in sql} == {
            *("clicks", "totals", "view_totals", "views"),
            *("revision_entries", "earning_totals"),
        }
        assert ("seen",) not in set(indexes)
    connection.close()


def test_an_outdated_schema_is_refused_with_the_advice(settings):
    upgrade(settings)
    execute(settings, "DELETE FROM alembic_version")
    with pytest.raises(LinkmgrError, match="run linkmgr db upgrade") as refused:
        check_schema(settings)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE users RENAME COLUMN epoch TO era",
        "DROP TABLE account_links",
    ],
)
def test_tables_of_an_earlier_commit_are_called_that(settings, change):
    upgrade(settings)
    execute(settings, change)
    for look in (check_schema, upgrade):
        with pytest.raises(LinkmgrError, match="an earlier commit of linkmgr made these tables"):
            look(settings)


def test_a_read_only_instance_can_be_looked_at(file_settings, tmp_path, monkeypatch):
    upgrade(file_settings)
    execute(file_settings, "INSERT INTO spool_positions VALUES ('a', 1)")
    files = {file.name for file in tmp_path.iterdir()}
    monkeypatch.setattr("linkmgr.store.db.engine.os.access", lambda *_: False)
    check_schema(file_settings)
    engine = open_engine(file_settings.database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT position FROM spool_positions")) == 1
    engine.dispose()
    assert {file.name for file in tmp_path.iterdir()} == files
    with pytest.raises(OperationalError, match="readonly"):
        execute(file_settings, "DELETE FROM spool_positions")


@pytest.mark.parametrize("act", [check_schema, upgrade])
def test_a_newer_schema_is_refused(settings, act):
    upgrade(settings)
    execute(settings, "UPDATE alembic_version SET version_num = 'future_99'")
    with pytest.raises(LinkmgrError, match="later version of linkmgr"):
        act(settings)


def test_another_version_refuses_tables_until_they_are_upgraded(settings, monkeypatch, tmp_path):
    upgrade(settings)
    execute(settings, "INSERT INTO spool_positions VALUES ('a', 1)")
    with monkeypatch.context() as later:
        later.setattr(schema, "STEPS", later_steps(tmp_path / "steps"))
        with pytest.raises(LinkmgrError, match="run linkmgr db upgrade"):
            check_schema(settings)
        assert not upgrade(settings)
        check_schema(settings)
    engine = open_engine(settings.database_url)
    with engine.connect() as connection:
        columns = {each["name"] for each in inspect(connection).get_columns("clicks")}
        assert "weather" in columns
        assert connection.scalar(text("SELECT position FROM spool_positions")) == 1
    engine.dispose()
    with pytest.raises(LinkmgrError, match="later version of linkmgr"):
        check_schema(settings)


def test_an_upgrade_that_fails_leaves_nothing_of_it(settings):
    upgrade(settings)
    engine = open_engine(settings.database_url)
    drop_tables(engine)
    engine.dispose()
    execute(settings, "CREATE TABLE spool_positions (file INTEGER)")
    with pytest.raises(Unreachable, match="spool_positions"):
        upgrade(settings)
    assert tables(settings) == {"spool_positions"}


def test_upgrading_again_changes_nothing(settings):
    upgrade(settings)
    execute(settings, "INSERT INTO spool_positions VALUES ('a', 1)")
    upgrade(settings)
    engine = open_engine(settings.database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT position FROM spool_positions")) == 1
    engine.dispose()


def test_only_the_owner_can_read_the_database(file_settings, tmp_path):
    check_schema(file_settings)
    assert (tmp_path / "linkmgr.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("sqlite:////proc/none/linkmgr.db", "No such file|cannot", id="no folder"),
        pytest.param("postgresql+psycopg://a:secret@/b?host=/none", "No such file", id="no server"),
        pytest.param(
            "postgresql+psycopg:///b?host=/none&user=a&password=secret&sslpassword=secret",
            "No such file",
            id="a password in the query",
        ),
    ],
)
def test_an_unusable_database_is_one_line_without_the_password(url, reason):
    with pytest.raises(Unreachable, match=reason) as reported:
        check_schema(read_settings({"LINKMGR_DATABASE_URL": url}))
    assert "\n" not in str(reported.value)
    assert "secret" not in str(reported.value)


def test_a_file_that_is_no_database_is_reported(file_settings, tmp_path):
    (tmp_path / "linkmgr.db").write_text("no database" * 1000)
    with pytest.raises(Unreachable, match="file is not a database"):
        check_schema(file_settings)


def test_a_database_in_memory_is_refused():
    with pytest.raises(LinkmgrError, match="must name a file"):
        check_schema(read_settings({"LINKMGR_DATABASE_URL": "sqlite:///:memory:"}))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql+psycopg://a:secret@host:port/b", id="a port in words"),
        pytest.param("a:secret@host/b", id="no scheme"),
        pytest.param("sqlite:///a.db?timeout=secret", id="a time in words"),
    ],
)
def test_address_that_cant_be_read_is_reported_without_password(url):
    with pytest.raises(LinkmgrError, match="LINKMGR_DATABASE_URL: cannot be read") as reported:
        open_engine(url)
    assert "secret" not in str(reported.value)


def test_options_in_the_address_are_kept_beside_ours(postgresql_url):
    engine = open_engine(f"{postgresql_url}&options=-c statement_timeout=4321&connect_timeout=3")
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "4321ms"
        assert connection.scalar(text("SHOW lock_timeout")) == "5s"
        driver = connection.connection.driver_connection
        assert driver.info.get_parameters()["connect_timeout"] == "3"
    engine.dispose()
