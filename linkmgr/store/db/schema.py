"""Having the tables as this version of linkmgr needs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.db.engine import (
    change_tables,
    open_engine,
    reason_of,
    shown_url,
    sqlite_file,
    writing,
)

STEPS = Path(str(files("linkmgr.store.db"))) / "migrations" / "versions"
"""The steps that tables are brought from version to version by, each named as its version."""

# Where Alembic records the tables' version.
_VERSION = "alembic_version"


class SchemaStatus(StrEnum):
    """How tables compare with those that this version of linkmgr needs."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


class Schema(NamedTuple):
    """The version of tables, and the one that this linkmgr needs."""

    revision: str | None
    needed: str
    status: SchemaStatus

    @property
    def is_usable(self) -> bool:
        """Whether this version works with the tables."""
        return self.status is SchemaStatus.CURRENT


_REFUSED = {
    SchemaStatus.OLDER: "store.older-tables",
    SchemaStatus.NEWER: "store.newer-tables",
}


class Unreachable(LinkmgrError):  # noqa: N818 - says what the database is
    """The database is down, locked or not one."""


def upgrade(settings: Settings) -> bool:
    """Bring the tables to this version's form, while others use them. Raise LinkmgrError.

    Each step is done whole, or leaves the tables as the one before it made them. Return whether
    there were no tables before.
    """
    with _reaching(settings) as engine:
        _create_file(engine)
        with engine.connect() as connection:
            present = read_schema(connection)
        if present.revision is None:
            with writing(engine) as connection:
                migrate(connection)
            return True
        if present.status is not SchemaStatus.OLDER:
            _refuse_other(engine, present)
            with engine.connect() as connection:
                check_columns(connection)
            return False
        for step in versions_known()[versions_known().index(present.revision) + 1 :]:
            change_tables(engine, partial(migrate, to=step))
        return False


def check_schema(settings: Settings) -> None:
    """Check that this version works with the tables, and make them in a database that has none.

    Raise Unreachable if that is unknown, and LinkmgrError if it does not.
    """
    with _reaching(settings) as engine:
        check_tables(engine)


def check_tables(engine: Engine) -> None:
    """Do as `check_schema` does by an engine. Raise OSError, SQLAlchemyError or LinkmgrError."""
    create_if_empty(engine)
    with engine.connect() as connection:
        check_version(connection)
        check_columns(connection)


def check_version(connection: Connection) -> None:
    """Check that the tables are this version's. Raise SQLAlchemyError or LinkmgrError.

    In a transaction of `writing`, they stay so until its end.
    """
    _refuse_other(connection.engine, read_schema(connection))


def create_if_empty(engine: Engine) -> None:
    """Make the tables in a database without any, and its file if it is SQLite's and not there."""
    _create_file(engine)
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            return
    with writing(engine) as connection:
        if not inspect(connection).get_table_names():  # unless another was quicker
            migrate(connection)


def read_schema(connection: Connection) -> Schema:
    """Return the version of a database's tables."""
    revision = _revision(connection)
    if revision == _newest():
        status = SchemaStatus.CURRENT
    elif revision is None or revision in versions_known():
        status = SchemaStatus.OLDER
    else:
        status = SchemaStatus.NEWER
    return Schema(revision, _newest(), status)


@contextmanager
def _reaching(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.database_url)
    try:
        yield engine
    except (SQLAlchemyError, OSError) as error:
        problem = message("store.unreachable", url=shown_url(engine), reason=reason_of(error))
        raise Unreachable(problem) from error
    finally:
        engine.dispose()


def _create_file(engine: Engine) -> None:
    """Make an empty file, which for SQLite is an empty database."""
    if (file := sqlite_file(engine)) and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)


def _refuse_other(engine: Engine, present: Schema) -> None:
    if present.status is not SchemaStatus.CURRENT:
        raise LinkmgrError(message(_REFUSED[present.status], url=shown_url(engine)))


def check_columns(connection: Connection) -> None:
    """Raise LinkmgrError for tables that an earlier commit of this version has made.

    Before a release their form changes without a step that leads from it.
    """
    # As late as this: processes that need no table do not import them.
    from linkmgr.store.db.models import Base  # noqa: PLC0415

    present = inspect(connection)
    tables = set(present.get_table_names())
    for table in Base.metadata.sorted_tables:
        columns = present.get_columns(table.name) if table.name in tables else []
        missing = set(table.columns.keys()) - {column["name"] for column in columns}
        unknown = [column for column in columns if column["name"] not in table.columns]
        is_refusing = any(not column["nullable"] and not column["default"] for column in unknown)
        if missing or is_refusing:
            url = shown_url(connection.engine)
            raise LinkmgrError(message("store.other-commit", url=url, table=table.name))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSION}"))  # noqa: S608
    return revision


def _newest() -> str:
    return versions_known()[-1]


def versions_known() -> list[str]:
    """List the versions that tables may be of, the oldest first, by the names of their steps.

    Alembic finds them by importing each step, for which every process would have to import Alembic.
    """
    return _versions_in(STEPS)


@cache
def _versions_in(steps: Path) -> list[str]:
    names = (step.stem for step in steps.glob("*_[0-9]*.py"))
    return sorted(names, key=lambda name: int(name.rpartition("_")[2]))


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a version, by default the newest, in the connection's transaction."""
    # It takes as long to import as SQLAlchemy, and mostly there is nothing to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "linkmgr.store.db:migrations")
    config.set_main_option("version_locations", str(STEPS))
    config.set_main_option("path_separator", "newline")
    command.upgrade(config, to)
