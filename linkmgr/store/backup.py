"""The backup of a running instance: its manifest, its copy of the database, and the archive."""

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, inspect, select, table, text

from linkmgr.fs import sync_folder
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.db.engine import (
    copying,
    open_engine,
    raising_as_sqlalchemy,
    shown_url,
    sqlite_file,
    writing,
)
from linkmgr.store.db.models import Base, ClickRow, SpoolPosition, Total
from linkmgr.store.db.partitions import add_partitions, months_of_totals
from linkmgr.store.db.schema import check_tables, migrate, read_schema
from linkmgr.store.figures.figures import COUNTED, Counts, Dimension
from linkmgr.store.spool import spool_sizes

# The manifest: what a backup holds, and how to verify that it is whole.

MANIFEST = "manifest.json"
VERSION_TABLE = "alembic_version"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """A database's kind and version, its rows by table, and the sums of all clicks."""

    kind: str
    version: str
    rows: Mapping[str, int]
    clicks: int
    visitors: int
    bots: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """When a backup was made (ISO, UTC), its database, and the SHA-256 of each of its files."""

    made: str
    database: DatabaseFacts
    files: Mapping[str, str]

    def to_json(self) -> bytes:
        """Write it as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode()


def read_manifest(data: bytes) -> Manifest:
    """Read what `to_json` wrote. Raise LinkmgrError."""
    try:
        values: dict[str, Any] = json.loads(data)
        if values.pop("format") != FORMAT:
            raise LinkmgrError(message("store.backup-newer"))
        database = values["database"]
        facts = DatabaseFacts(**{**database, "rows": dict(database["rows"])})
        return Manifest(**{**values, "database": facts, "files": dict(values["files"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise LinkmgrError(message("store.backup-damaged", name=MANIFEST)) from None


def own_tables(connection: Connection) -> list[str]:
    """Return the names of linkmgr's tables: a database may have other programs' tables, too."""
    own = {*Base.metadata.tables, VERSION_TABLE}
    return sorted(own.intersection(inspect(connection).get_table_names()))


def _database_facts(connection: Connection) -> DatabaseFacts:
    """Count what a database has; all in the state that the connection sees."""
    rows = {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in own_tables(connection)
    }
    sums = connection.execute(
        select(*map(func.sum, COUNTED)).where(Total.dimension == Dimension.ALL)
    ).one()
    counts = Counts(*(int(each or 0) for each in sums))
    version = read_schema(connection).found or ""
    return DatabaseFacts(
        connection.dialect.name,
        version,
        rows,
        **counts._asdict(),
    )


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hex digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# The database: copied into a folder while it is in use, and back into an empty one.

SQLITE_FILE = "linkmgr.db"
TABLE_SUFFIX = ".copy"
_READ = 2**20

_Positions = Mapping[str, int]
"""How far each file of the spool is in the copy."""


def copy_database(engine: Engine, folder: Path) -> tuple[DatabaseFacts, _Positions]:
    """Copy all tables into an empty folder, as they are at one moment. Raise SQLAlchemyError."""
    if file := sqlite_file(engine):
        copy = folder / SQLITE_FILE
        with engine.connect() as connection, raising_as_sqlalchemy(connection, "backup"):
            _copy_file(file, copy)
        return _facts_of_file(copy)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.connect() as connection:
        for name in own_tables(connection):
            # A table of partitions can be copied by a query alone.
            query = f"SELECT {_columns(connection, name)} FROM {name}"  # noqa: S608 - names of ours
            statement = f"COPY ({query}) TO STDOUT"
            with (
                (folder / f"{name}{TABLE_SUFFIX}").open("xb") as file_of_table,
                copying(connection, statement) as copied,
            ):
                file_of_table.writelines(copied)
        return _database_facts(connection), _positions(connection)


def _copy_file(file: Path, copy: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def _facts_of_file(file: Path) -> tuple[DatabaseFacts, _Positions]:
    engine = open_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            (found,) = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars()
            if found != "ok":
                raise LinkmgrError(message("store.backup-damaged-database", reason=str(found)))
            return _database_facts(connection), _positions(connection)
    finally:
        engine.dispose()
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


def check_sqlite(folder: Path, expected: DatabaseFacts) -> None:
    """Check that the file in a folder has what was copied. Raise LinkmgrError."""
    found, _ = _facts_of_file(folder / SQLITE_FILE)
    if found != expected:
        raise LinkmgrError(message("store.backup-damaged", name=SQLITE_FILE))


@contextmanager
def filled_postgresql(engine: Engine, folder: Path, expected: DatabaseFacts) -> Iterator[None]:
    """Fill an empty database with a folder's tables; they are kept if the body succeeds.

    They are of the version that was copied, which must be known: `linkmgr db upgrade` brings them
    to a later one. Raise LinkmgrError or SQLAlchemyError.
    """
    with writing(engine) as connection:
        if inspect(connection).get_table_names():
            raise LinkmgrError(message("store.restore-into-tables", url=shown_url(engine)))
        migrate(connection, expected.version)
        for name in sorted(expected.rows, key=ClickRow.__tablename__.__eq__):  # these last
            if name == ClickRow.__tablename__:
                add_partitions(connection, months_of_totals(connection))
            if name != VERSION_TABLE:
                _fill(connection, name, folder / f"{name}{TABLE_SUFFIX}")
        if _database_facts(connection) != expected:
            raise LinkmgrError(message("store.backup-damaged", name=f"*{TABLE_SUFFIX}"))
        yield


def _fill(connection: Connection, name: str, file: Path) -> None:
    statement = f"COPY {name} ({_columns(connection, name)}) FROM STDIN"
    with file.open("rb") as rows, copying(connection, statement) as copy:
        while data := rows.read(_READ):
            copy.write(data)
    restart_numbers(connection, name)


def restart_numbers(connection: Connection, name: str) -> None:
    """Have PostgreSQL number a table's next row after those that were put in with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for column in inspect(connection).get_columns(name):
        if str(column["default"] or "").startswith("nextval("):
            next_number = f"SELECT max({column['name']}) FROM {name}"  # noqa: S608 - names of ours
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence(:name, :column), ({next_number}))"),
                {"name": name, "column": column["name"]},
            )


def _columns(connection: Connection, name: str) -> str:
    """List a table's columns in the order of their names: those of two tables may differ in it."""
    quote = connection.dialect.identifier_preparer.quote
    names = sorted(str(each["name"]) for each in inspect(connection).get_columns(name))
    return ", ".join(map(quote, names))


def _positions(connection: Connection) -> _Positions:
    rows = connection.execute(select(SpoolPosition.file, SpoolPosition.position))
    return {file: position for file, position in rows}  # noqa: C416 - a Row is a tuple to mypy


# The archive, written while the server runs; `restore` reads it.

DATABASE, SPOOL, CATALOG = "database", "spool", "catalog.yaml"

KEPT_FILES = ("secret-key", "a8-pages.csv")
"""Files of the instance that nothing makes again. The day's visitor key must be forgotten."""

# A database shrinks to a fifth at the quickest level, and hardly more at a slow one.
_LEVEL = 1


def back_up(settings: Settings, engine: Engine, file: Path) -> Manifest:
    """Write the database, the waiting clicks, the secrets and the catalog into a new file.

    It is readable by its owner alone, and appears when it is whole. Raise OSError, SQLAlchemyError
    or LinkmgrError, as where the file exists.
    """
    if file.exists():
        raise LinkmgrError(message("store.backup-exists", file=str(file)))
    check_tables(engine)
    with tempfile.TemporaryDirectory(prefix=".linkmgr-backup-", dir=file.parent) as temporary:
        folder = Path(temporary) / "content"
        for name in (DATABASE, SPOOL):
            (folder / name).mkdir(mode=0o700, parents=True)
        # The spool first: what the loader takes out of it meanwhile is in the database then.
        copy_spool(settings.spool, folder / SPOOL)
        facts, positions = copy_database(engine, folder / DATABASE)
        _delete_loaded(folder / SPOOL, positions)
        for name in KEPT_FILES:
            with suppress(FileNotFoundError):
                shutil.copyfile(settings.instance / name, folder / name)
        with suppress(FileNotFoundError):
            shutil.copyfile(settings.catalog, folder / CATALOG)
        sums = {path.relative_to(folder).as_posix(): sha256(path) for path in _files(folder)}
        made = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(made, facts, sums)
        (folder / MANIFEST).write_bytes(manifest.to_json())
        archive = Path(temporary) / "archive"
        _pack(folder, archive)
        _name(archive, file)
    sync_folder(file.parent)
    return manifest


def _name(archive: Path, file: Path) -> None:
    """Give the whole backup its name. Raise FileExistsError if another has it meanwhile."""
    try:
        os.link(archive, file)
    except FileExistsError:
        raise
    except OSError:  # as on a stick with exFAT, where a file has one name
        if file.exists():
            raise
        archive.rename(file)


def copy_spool(spool: Path, folder: Path) -> None:
    """Copy what the files of the spool have now; writers go on appending."""
    for name, size in spool_sizes(spool).items():
        with suppress(FileNotFoundError):  # it was loaded
            source = (spool / name).open("rb")
            with source, (folder / name).open("xb") as target:
                target.write(source.read(size))


def _delete_loaded(folder: Path, positions: _Positions) -> None:
    """Delete the copies of files all of which was loaded before the database was copied."""
    for name, size in spool_sizes(folder).items():
        if positions.get(name, 0) >= size:
            (folder / name).unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _pack(folder: Path, archive: Path) -> None:
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        with tarfile.open(fileobj=opened, mode="w:gz", compresslevel=_LEVEL) as tar:
            for path in _files(folder):
                tar.add(path, path.relative_to(folder).as_posix(), recursive=False)
        opened.flush()
        os.fsync(opened.fileno())
