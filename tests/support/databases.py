"""A database with tables, made once a process and copied: migrating takes ten times as long."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text
from sqlalchemy.util import LRUCache

from linkmgr.store.db.engine import open_engine, sqlite_file
from linkmgr.store.db.models import Base, visitor_keys
from linkmgr.store.db.schema import create_if_empty

_COMPILED = LRUCache(2000)  # statements by dialect


@cache
def _dialect():
    """Return a dialect that has seen a database, as all of SQLite are the same to it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "linkmgr.db"
        file.touch()
        engine = open_engine(f"sqlite:///{file}")
        engine.connect().close()
        engine.dispose()
        return engine.dialect


def create_tables(engine):
    """Make the tables in a database without any, as `create_if_empty` does."""
    if (file := sqlite_file(engine)) and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(_database())
    else:
        create_if_empty(engine)


def drop_tables(engine):
    """Drop all tables, so that the database is as a new one."""
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            table.drop(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        visitor_keys.drop(connection, checkfirst=True)  # only in PostgreSQL


def open_with_compiled(url):
    """Make an engine as `open_engine` does, with the statements that the process has compiled.

    SQLAlchemy keeps them by dialect, of which each engine has its own: to compile takes a third of
    the time of a request.
    """
    engine = open_engine(url)
    if sqlite_file(engine):
        engine.dialect = _dialect()
        engine.update_execution_options(compiled_cache=_COMPILED)
    return engine


def fill(engine, *fillers, day):
    """Have functions fill a SQLite database on a day; an empty one gets a copy of a filled one."""
    engine.dispose()  # which moves all of the write-ahead log into the file
    file = sqlite_file(engine)
    if file.read_bytes() == _database():
        file.write_bytes(_database(*fillers, day=day))
        return
    for each in fillers:
        each(engine)


@cache
def _database(*fillers, day=None):  # noqa: ARG001 - what was made of one day is not another's
    with TemporaryDirectory() as folder:
        file = Path(folder) / "linkmgr.db"
        engine = open_engine(f"sqlite:///{file}")
        create_if_empty(engine)
        for each in fillers:
            each(engine)
        engine.dispose()
        return file.read_bytes()
