"""Restoring a backup where there is no instance yet."""

import gzip
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TextIO, cast

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Engine,
    Integer,
    LargeBinary,
    String,
    inspect,
    text,
)
from sqlalchemy.engine.interfaces import ReflectedColumn

from linkmgr.fs import (
    abandoned,
    delete_abandoned,
    replace_file,
    scratch_folder,
    sync_folder,
)
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.backup import (
    CATALOG,
    DATABASE,
    KEPT_FILES,
    KEPT_TABLES,
    MANIFEST,
    SPOOL,
    TABLE_SUFFIX,
    DatabaseFacts,
    Manifest,
    database_facts,
    own_tables,
    read_manifest,
    sha256,
)
from linkmgr.store.db.engine import (
    add_rows,
    open_engine,
    shown_url,
    sqlite_file,
    writing,
)
from linkmgr.store.db.models import Base, ClickRow
from linkmgr.store.db.partitions import add_partitions, months_of_days
from linkmgr.store.db.schema import migrate, versions_known
from linkmgr.store.instance.folder import RESTORING, make_instance, private_umask

_TABLES = "|".join(table.name for table in KEPT_TABLES)

# What a backup may have, so that no file of another archive lands anywhere.
_NAMES = re.compile(
    "|".join(
        [
            *map(re.escape, (MANIFEST, CATALOG, *KEPT_FILES)),
            rf"{SPOOL}/[\w-]+\.spool",
            rf"{DATABASE}/({_TABLES}){re.escape(TABLE_SUFFIX)}",
        ]
    )
)

# Deflate makes at most this many bytes of one (https://zlib.net/zlib_tech.html).
_MOST_INFLATED = 1032

# What stays free on a disk, in bytes: databases and logs beside this instance go on.
_ROOM_LEFT = 2**27

# The most bytes before a member's content, a chain of long names included; ours have 1,536.
_MOST_HEADERS = 2**16

# The most files: a writer whose clicks wait for a day begins 17,280 of them. Each has 120 bytes in
# the manifest.
_MOST_FILES = 2**16

# The most bytes of the files that are read as a whole, and the most characters of a row: no text of
# the catalog's history is larger than the catalog.
_READ_WHOLE = {MANIFEST: 2**23, CATALOG: 2**27}
_LONGEST_ROW = 2**27


def restore(settings: Settings, engine: Engine, file: Path) -> Manifest:
    """Restore a backup, after checking all of it.

    The instance's folder and the database must be missing or empty; the database comes last. The
    catalog comes back only where there is none. Raise OSError, SQLAlchemyError or LinkmgrError.
    """
    instance = settings.instance
    if killed := abandoned(instance, RESTORING):
        _undo_killed(instance, engine, killed)
    _refuse_used(instance)
    make_instance(instance)
    # In the folder itself, which may be a file system of its own.
    with private_umask(), scratch_folder(instance, RESTORING) as folder:
        _refuse_used(instance, folder.name)  # as by another that restores at this moment
        manifest = _unpack(file, folder)
        if manifest.database.version not in versions_known():
            raise LinkmgrError(message("store.backup-newer"))
        with ExitStack() as undo:
            with _database(engine, folder / DATABASE, manifest.database):
                for name in (SPOOL, *KEPT_FILES):
                    if (folder / name).exists():
                        (folder / name).rename(instance / name)
                        undo.callback((instance / name).rename, folder / name)
                if (folder / CATALOG).exists() and not settings.catalog.exists():
                    undo.callback(settings.catalog.resolve().unlink, missing_ok=True)
                    replace_file(settings.catalog, (folder / CATALOG).read_bytes())
                sync_folder(instance)  # the database comes last, whenever the power fails
            undo.pop_all()
    sync_folder(instance)
    return manifest


def _undo_killed(instance: Path, engine: Engine, killed: Iterable[Path]) -> None:
    """Take back what a killed restoration, known by its folders, put into the empty instance.

    Raise LinkmgrError if the database was in its place already, or if more was put there since.
    """
    _refuse_used(instance, *(folder.name for folder in killed), SPOOL, *KEPT_FILES)
    _refuse_used_database(engine)
    with suppress(FileNotFoundError):
        shutil.rmtree(instance / SPOOL)
    for name in KEPT_FILES:
        (instance / name).unlink(missing_ok=True)
    delete_abandoned(instance, RESTORING)  # the last, as it says that there is something to undo


def _refuse_used(instance: Path, *besides: str) -> None:
    if instance.is_dir() and {path.name for path in instance.iterdir()} - {".gitignore", *besides}:
        raise LinkmgrError(message("store.restore-into-instance", folder=str(instance)))


def _refuse_used_database(engine: Engine) -> None:
    if file := sqlite_file(engine):
        if file.exists():
            raise LinkmgrError(message("store.restore-into-file", file=str(file)))
        return
    with engine.connect() as connection:
        _check_empty(connection)


class _Unzipped(gzip.GzipFile):
    """The archive's bytes; tarfile may read `allowed` of them.

    It reads what a header declares, into memory, before anybody else sees how much that is.
    """

    allowed = _MOST_HEADERS

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= self.allowed:
            raise tarfile.ReadError
        self.allowed -= size
        return super().read(size)


def _unpack(file: Path, folder: Path) -> Manifest:
    """Unpack into a folder, and check that all files are there as they were, and no others."""
    unpacked: set[str] = set()
    most = file.stat().st_size * _MOST_INFLATED
    try:
        with _Unzipped(file) as unzipped, tarfile.open(fileobj=unzipped, mode="r:") as tar:
            for member in tar:
                _check_member(member, most, unpacked)
                _check_room(folder.parent, member.size)
                unzipped.allowed = member.size + _MOST_HEADERS
                target = folder / member.name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with (
                    cast("IO[bytes]", tar.extractfile(member)) as source,
                    target.open("xb") as opened,
                ):
                    shutil.copyfileobj(source, opened)
                    opened.flush()
                    os.fsync(opened.fileno())
                unpacked.add(member.name)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise LinkmgrError(message("store.backup-unreadable", file=str(file))) from error
    return _check_content(folder, unpacked)


def _check_member(member: tarfile.TarInfo, most: int, unpacked: set[str]) -> None:
    """Raise LinkmgrError for what `back_up` does not write; no file has more than `most` bytes."""
    name = member.name
    if not (member.isfile() and _NAMES.fullmatch(name)):
        raise LinkmgrError(message("store.backup-other-file", name=name))
    if len(unpacked) >= _MOST_FILES:
        raise LinkmgrError(message("store.backup-many-files", most=_MOST_FILES))
    if name in unpacked:
        raise LinkmgrError(message("store.backup-twice", name=name))
    if member.issparse() or not 0 <= member.size <= min(most, _READ_WHOLE.get(name, most)):
        raise LinkmgrError(message("store.backup-inflated", name=name))


def _check_content(folder: Path, unpacked: set[str]) -> Manifest:
    """Return the list of what was unpacked. Raise LinkmgrError for what is not as listed."""
    try:
        manifest = read_manifest((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise LinkmgrError(message("store.backup-damaged", name=MANIFEST)) from None
    for name, expected in manifest.files.items():
        path = folder / name
        if not (_NAMES.fullmatch(name) and path.is_file() and sha256(path) == expected):
            raise LinkmgrError(message("store.backup-damaged", name=name))
    for name in sorted(unpacked - manifest.files.keys() - {MANIFEST}):
        raise LinkmgrError(message("store.backup-other-file", name=name))
    for made in {(folder / name).parent for name in manifest.files}:
        sync_folder(made)
    return manifest


def _check_room(folder: Path, size: int) -> None:
    """Raise LinkmgrError if files of this size would fill the disk on which a folder is."""
    free = shutil.disk_usage(folder).free
    if size + _ROOM_LEFT > free:
        megabytes = {"needed": (size + _ROOM_LEFT) // 2**20, "free": free // 2**20}
        raise LinkmgrError(message("store.restore-no-room", folder=str(folder), **megabytes))


# The database: filled from the files of its tables, and kept once all else is in its place.


@contextmanager
def _database(engine: Engine, folder: Path, expected: DatabaseFacts) -> Iterator[None]:
    """Fill an empty database with a folder's tables; they are kept if the body succeeds."""
    target = sqlite_file(engine)
    if target is None:
        with writing(engine) as connection:
            _check_empty(connection)
            _fill(connection, folder, expected)
            connection.execute(text("ANALYZE"))  # or the first figures would take their time
            yield
        return
    _refuse_used_database(engine)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite takes fewer bytes for a row than JSON does. A folder that is missing is damage, as
    # `_fill` says.
    _check_room(target.parent, sum(file.stat().st_size for file in folder.glob("*")))
    with scratch_folder(target.parent, RESTORING) as temporary:
        filled = temporary / target.name
        _fill_file(filled, folder, expected)
        yield
        filled.rename(target)
    sync_folder(target.parent)


def _fill_file(file: Path, folder: Path, expected: DatabaseFacts) -> None:
    file.touch(mode=0o600)
    engine = open_engine(f"sqlite:///{file}")
    try:
        with closing(engine.raw_connection()) as opened:
            opened.cursor().execute("PRAGMA journal_mode = OFF")  # what fails is deleted whole
        with writing(engine) as connection:
            _fill(connection, folder, expected)
    finally:
        engine.dispose()
    with file.open("rb") as filled:
        os.fsync(filled.fileno())


def _check_empty(connection: Connection) -> None:
    """Raise LinkmgrError for a PostgreSQL database that has tables, or cannot have all texts."""
    url = shown_url(connection.engine)
    if inspect(connection).get_table_names():
        raise LinkmgrError(message("store.restore-into-tables", url=url))
    encoding = str(connection.scalar(text("SHOW server_encoding")))
    if encoding != "UTF8":
        raise LinkmgrError(message("store.restore-encoding", url=url, found=encoding))


def _fill(connection: Connection, folder: Path, expected: DatabaseFacts) -> None:
    """Make the tables as they were and fill them, and compare the outcome with what is expected.

    They are of the version that was backed up: `linkmgr db upgrade` brings them to a later one.
    """
    migrate(connection, expected.version)
    clicks = Base.metadata.tables[ClickRow.__tablename__]
    for table in sorted(own_tables(connection), key=lambda table: table is clicks):
        # The last, as the days say of which months they are.
        if table is clicks and connection.dialect.name == "postgresql":
            today = datetime.now(UTC).date()
            add_partitions(connection, months_of_days(connection, today))
        _fill_table(connection, table.name, folder / f"{table.name}{TABLE_SUFFIX}")
    if database_facts(connection) != expected:
        raise LinkmgrError(message("store.backup-damaged", name=DATABASE))


def _fill_table(connection: Connection, name: str, file: Path) -> None:
    columns = {str(column["name"]): column for column in inspect(connection).get_columns(name)}
    try:
        with file.open(encoding="utf-8", newline="\n") as lines:
            names = _read_names(lines, columns)
            kinds = [columns[column]["type"] for column in names]
            binary = [i for i, kind in enumerate(kinds) if isinstance(kind, LargeBinary)]
            add_rows(connection, name, names, _read_rows(lines, binary))
        if connection.dialect.name == "sqlite":
            _check_kinds(connection, name, columns)
    # What is no JSON, or no row of this table.
    except (FileNotFoundError, ValueError, TypeError, OverflowError, RecursionError) as error:
        damaged = message("store.backup-damaged", name=f"{DATABASE}/{file.name}")
        raise LinkmgrError(damaged) from error
    for column in columns.values():
        if str(column["default"] or "").startswith("nextval("):
            _number_next(connection, name, str(column["name"]))


def _read_names(lines: TextIO, columns: Iterable[str]) -> Sequence[str]:
    """Read the names of a table's columns. Raise ValueError or TypeError if it has others."""
    names: list[str] = json.loads(lines.readline(_LONGEST_ROW))
    if sorted(names) != sorted(columns):
        raise ValueError
    return names


def _read_rows(lines: TextIO, binary: Sequence[int]) -> Iterator[list[Any]]:
    """Yield the rows of a table; `binary` are the indexes of values that are bytes."""
    while line := lines.readline(_LONGEST_ROW):
        row: list[Any] = json.loads(line)
        for index in binary:
            row[index] = bytes.fromhex(row[index])
        yield row


def _check_kinds(
    connection: Connection, table: str, columns: Mapping[str, ReflectedColumn]
) -> None:
    """Raise ValueError for a value of another kind than its column's, which SQLite alone takes."""
    wrong = {
        Integer: "typeof({0}) NOT IN ('integer', 'null')",
        Boolean: "{0} NOT IN (0, 1)",
        Date: "{0} IS NOT NULL AND date({0}) IS NOT {0}",
        String: "typeof({0}) NOT IN ('text', 'null')",
    }
    checks = []
    for name, column in columns.items():
        quoted = connection.dialect.identifier_preparer.quote(name)
        for kind, check in wrong.items():
            if isinstance(column["type"], kind):
                checks.append(check.format(quoted))
    query = f"SELECT 1 FROM {table} WHERE {' OR '.join(checks)} LIMIT 1"  # noqa: S608 - as above
    if connection.scalar(text(query)):
        raise ValueError(table)


def _number_next(connection: Connection, table: str, column: str) -> None:
    """Have PostgreSQL number a table's next row after those that came with their numbers."""
    last = f"SELECT max({column}) FROM {table}"  # noqa: S608 - names of ours
    connection.execute(
        text(f"SELECT setval(pg_get_serial_sequence(:table, :column), ({last}))"),
        {"table": table, "column": column},
    )
