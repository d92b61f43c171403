"""A database with tables, made once a process and copied: migrating takes ten times as long."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from linkmgr.store.db.engine import open_engine, sqlite_file
from linkmgr.store.db.schema import create_if_empty


def create_tables(engine):
    """Make the tables in a database without any, as `create_if_empty` does."""
    if (file := sqlite_file(engine)) and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(_database())
    else:
        create_if_empty(engine)


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
