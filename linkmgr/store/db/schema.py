"""Having the tables as this version of linkmgr needs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.db.engine import open_engine, reason_of, sqlite_file, writing


class Unreachable(LinkmgrError):  # noqa: N818 - says what the database is
    """The database is down, locked or none."""


def upgrade(settings: Settings) -> bool:
    """Bring the tables to this version's form, all or nothing. Raise LinkmgrError.

    Return whether there were none before.
    """
    with _reaching(settings) as engine:
        _create_file(engine)
        with writing(engine) as connection:
            _refuse_newer(engine, connection)
            is_new = _revision(connection) is None
            _migrate(connection)
            return is_new


def check_schema(settings: Settings) -> None:
    """See that the tables are of this version, and make them in a database that has none.

    Raise Unreachable if that is unknown, and LinkmgrError if they are of another version.
    """
    with _reaching(settings) as engine:
        check_tables(engine)


def check_tables(engine: Engine) -> None:
    """Do as `check_schema` does by an engine. Raise OSError, SQLAlchemyError or LinkmgrError."""
    create_if_empty(engine)
    with engine.connect() as connection:
        _refuse_newer(engine, connection)
        if _revision(connection) != _newest():
            raise LinkmgrError(message("store.older-tables", url=repr(engine.url)))


def create_if_empty(engine: Engine) -> None:
    """Make the tables in a database without any, and its file if it is SQLite's and not there."""
    _create_file(engine)
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            return
    with writing(engine) as connection:
        if not inspect(connection).get_table_names():  # unless another was quicker
            _migrate(connection)


def schema_versions(connection: Connection) -> tuple[str | None, str | None]:
    """Return of which version the tables are, and of which this linkmgr needs them."""
    return _revision(connection), _newest()


@contextmanager
def _reaching(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.database_url)
    try:
        yield engine
    except (SQLAlchemyError, OSError) as error:
        found = message("store.unreachable", url=repr(engine.url), reason=reason_of(error))
        raise Unreachable(found) from error
    finally:
        engine.dispose()


def _create_file(engine: Engine) -> None:
    """Make an empty file, which for SQLite is an empty database."""
    if (file := sqlite_file(engine)) and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)


def _refuse_newer(engine: Engine, connection: Connection) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if (revision := _revision(connection)) and revision not in known:
        raise LinkmgrError(message("store.newer-tables", url=repr(engine.url)))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _newest() -> str | None:
    return _scripts().get_current_head()


def _migrate(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "linkmgr.store.db:migrations")
    config.set_main_option("path_separator", "newline")
    return config
