"""The backup of a running instance: its manifest, its copy of the database, and the archive."""

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    LargeBinary,
    Table,
    Uuid,
    func,
    inspect,
    select,
)

from linkmgr.checkout import would_add
from linkmgr.clicks.counts import Counts, Dimension
from linkmgr.fs import scratch_folder, sync_folder
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.db.engine import copying, raising_as_sqlalchemy
from linkmgr.store.db.models import (
    AccountLink,
    Base,
    JobRow,
    SetupLink,
    SpoolPosition,
    Total,
    ViewTotal,
)
from linkmgr.store.db.schema import check_version, read_schema
from linkmgr.store.instance.folder import make_instance, published_by
from linkmgr.store.spool import spool_sizes

if TYPE_CHECKING:
    import sqlite3

# The manifest: what a backup holds, and how to verify that it is whole.

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """The version of a database's tables, the rows of each, and the sums of all."""

    version: str
    rows: Mapping[str, int]
    clicks: int
    visitors: int
    bots: int
    views: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """When a backup was made, its database, and the SHA-256 of each of its files."""

    made: datetime
    database: DatabaseFacts
    files: Mapping[str, str]

    def to_json(self) -> bytes:
        values = {"format": FORMAT, **asdict(self), "made": self.made.isoformat()}
        return json.dumps(values, indent=1).encode()


def read_manifest(data: bytes) -> Manifest:
    """Read what `to_json` wrote. Raise LinkmgrError."""
    try:
        values: dict[str, Any] = json.loads(data)
        if values.pop("format") != FORMAT:
            raise LinkmgrError(message("store.backup-newer"))
        database = values["database"]
        facts = DatabaseFacts(**{**database, "rows": dict(database["rows"])})
        values["made"] = datetime.fromisoformat(values["made"])
        return Manifest(**{**values, "database": facts, "files": dict(values["files"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise LinkmgrError(message("store.backup-damaged", name=MANIFEST)) from None


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hex digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# The database: a file of JSON a table, the same from SQLite and from PostgreSQL. Its first line
# has the names of the columns, each other one the values of a row: whole numbers (of truth values,
# too), texts (of dates in ISO, of ids and of bytes in hex digits) and null.

TABLE_SUFFIX = ".jsonl"

# JSON as it is: in it both characters are escapes, hence nothing that CSV would quote.
_BARE = r"(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"

_Positions = Mapping[str, int]
"""How far each file of the spool is in the copy."""


# Whoever has an open link may sign in: neither its holder nor whoever reads a backup shall do so in
# what is made of it, perhaps long after.
_LINKS = {SetupLink.__tablename__, AccountLink.__tablename__}

# How far the admin's jobs are, which end with its server.
_LEFT_OUT = {*_LINKS, JobRow.__tablename__}

KEPT_TABLES = tuple(table for table in Base.metadata.sorted_tables if table.name not in _LEFT_OUT)
"""The tables of a backup, those first that others refer to."""


def own_tables(connection: Connection) -> list[Table]:
    """Return those that a database has; other programs' are left out."""
    names = inspect(connection).get_table_names()
    return [table for table in KEPT_TABLES if table.name in names]


def database_facts(connection: Connection) -> DatabaseFacts:
    """Count what a database has; all in the state that the connection sees."""
    rows = {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in own_tables(connection)
    }
    clicks = connection.execute(
        select(func.sum(Total.clicks), func.sum(Total.visitors), func.sum(Total.bots)).where(
            Total.dimension == Dimension.ALL
        )
    ).one()
    views = connection.execute(
        select(func.sum(ViewTotal.views), func.sum(ViewTotal.clicked)).where(
            ViewTotal.dimension == Dimension.ALL
        )
    ).one()
    counts = Counts(*(int(count or 0) for count in (*clicks, *views)))
    return DatabaseFacts(read_schema(connection).revision or "", rows, **counts._asdict())


def copy_database(engine: Engine, folder: Path) -> tuple[DatabaseFacts, _Positions]:
    """Write all tables into an empty folder, as they are at one moment.

    Raise SQLAlchemyError, or LinkmgrError for tables of another version and for damaged ones.
    """
    if engine.dialect.name == "postgresql":  # a transaction of SQLite's sees one state in any case
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        check_version(connection)
        _check_whole(connection)
        for table in own_tables(connection):
            names = [column.name for column in table.columns]
            with (folder / f"{table.name}{TABLE_SUFFIX}").open("xb") as file:
                file.write(json.dumps(names).encode() + b"\n")
                file.writelines(_lines(connection, table))
        return database_facts(connection), _positions(connection)


def _check_whole(connection: Connection) -> None:
    """Raise LinkmgrError if SQLite finds damage; PostgreSQL itself reports what it cannot read."""
    if connection.dialect.name == "sqlite":
        (result,) = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars()
        if result != "ok":
            raise LinkmgrError(message("store.backup-damaged-database", reason=str(result)))


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the rows of a table as lines, which the database itself writes."""
    values = ", ".join(_value(connection, column) for column in table.columns)
    if connection.dialect.name == "postgresql":
        query = f"SELECT json_build_array({values}) FROM {table.name}"  # noqa: S608 - names of ours
        with copying(connection, f"COPY ({query}) TO STDOUT {_BARE}") as copy:
            yield from map(bytes, copy)
        return
    query = f"SELECT json_array({values}) FROM {table.name}"  # noqa: S608 - names of ours
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    with raising_as_sqlalchemy(connection, query):
        for (line,) in driver.execute(query):
            yield line.encode() + b"\n"


def _value(connection: Connection, column: Column[Any]) -> str:
    """Return the SQL of a value in the form of a backup."""
    name = connection.dialect.identifier_preparer.quote(column.name)
    on_postgresql = connection.dialect.name == "postgresql"
    if isinstance(column.type, LargeBinary):
        return f"encode({name}, 'hex')" if on_postgresql else f"hex({name})"
    if on_postgresql and isinstance(column.type, Uuid):
        return f"replace({name}::text, '-', '')"
    if on_postgresql and isinstance(column.type, Boolean):
        return f"{name}::integer"
    return name


def _positions(connection: Connection) -> _Positions:
    rows = connection.execute(select(SpoolPosition.file, SpoolPosition.position))
    return {file: position for file, position in rows}  # noqa: C416 - a Row is a tuple to mypy


# The archive, written while the server runs; `restore` reads it.

DATABASE, SPOOL, CATALOG = "database", "spool", "catalog.yaml"

BACKUPS = "backups"
"""The folder of an instance for backups: neither Jekyll nor git takes what is in it."""

KEPT_FILES = ("secret-key", "a8-pages.csv", "report-layouts.yaml", "effects.json")
"""Files of the instance that nothing makes again. The day's visitor key must be forgotten."""

# The rows shrink to a third at the quickest level, and hardly more at a slow one.
_LEVEL = 1


def back_up(settings: Settings, engine: Engine, file: Path) -> Manifest:
    """Write the database, the waiting clicks, the secrets and the catalog into a new file.

    It is readable by its owner alone, and appears when it is whole. Raise OSError, SQLAlchemyError
    or LinkmgrError, as where the file exists, or where it would be published or committed.
    """
    if file.exists():
        raise LinkmgrError(message("store.backup-exists", file=str(file)))
    kept = settings.instance / BACKUPS
    if file.parent.resolve() == kept.resolve():
        make_instance(settings.instance)
        kept.mkdir(mode=0o700, exist_ok=True)
    else:
        _check_private(file, kept)
    with scratch_folder(file.parent, ".linkmgr-backup-") as temporary:
        folder = temporary / "content"
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
        manifest = Manifest(datetime.now(UTC).replace(microsecond=0), facts, sums)
        (folder / MANIFEST).write_bytes(manifest.to_json())
        archive = temporary / "archive"
        _pack(folder, archive)
        _name(archive, file)
    sync_folder(file.parent)
    return manifest


def _check_private(file: Path, kept: Path) -> None:
    """Raise LinkmgrError if Jekyll would publish a file, or git would take it into a commit."""
    for path in {file.absolute(), file.parent.resolve() / file.name}:
        if config := published_by(path, is_folder=False):
            raise LinkmgrError(
                message(
                    "store.backup-published",
                    file=str(file),
                    config=str(config),
                    instead=str(kept / file.name),
                )
            )
    if would_add(file):
        raise LinkmgrError(
            message("store.backup-committed", file=str(file), instead=str(kept / file.name))
        )


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
    """Delete the copies of files that were wholly loaded before the database was copied."""
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
