"""Restoring a backup where no instance is yet."""

import gzip
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from linkmgr.fs.atomic import replace_file, sync_folder
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.backup.backup import CATALOG, DATABASE, KEPT_FILES, SPOOL
from linkmgr.store.backup.database import SQLITE_FILE, TABLE_SUFFIX, check_sqlite, filled_postgresql
from linkmgr.store.backup.manifest import MANIFEST, Manifest, read_manifest, sha256
from linkmgr.store.db.engine import sqlite_file
from linkmgr.store.db.schema import versions_known
from linkmgr.store.instance.folder import make_instance, private_umask

_PREFIX = ".linkmgr-restore-"

# What a backup may have, so that no file of another archive lands anywhere.
_NAMES = re.compile(
    "|".join(
        [
            *map(re.escape, (MANIFEST, CATALOG, *KEPT_FILES)),
            rf"{SPOOL}/[\w-]+\.spool",
            rf"{DATABASE}/{re.escape(SQLITE_FILE)}",
            rf"{DATABASE}/\w+{re.escape(TABLE_SUFFIX)}",
        ]
    )
)


def restore(settings: Settings, engine: Engine, file: Path) -> Manifest:
    """Bring a backup back, after all of it was checked.

    The instance's folder must not be there, or be empty, and so must the database, which comes
    last. The catalog comes back only where there is none. Raise OSError, SQLAlchemyError or
    LinkmgrError.
    """
    instance = settings.instance
    _refuse_used(instance)
    make_instance(instance)
    # In the folder itself, which may be a file system of its own.
    with private_umask(), tempfile.TemporaryDirectory(prefix=_PREFIX, dir=instance) as temporary:
        folder = Path(temporary)
        _refuse_used(instance, besides=folder.name)  # as by another that restores at this moment
        manifest = _unpack(file, folder)
        _check_kind(engine, manifest)
        with _database(engine, folder / DATABASE, manifest):
            for name in (SPOOL, *KEPT_FILES):
                if (folder / name).exists():
                    (folder / name).rename(instance / name)
            sync_folder(instance)  # the database comes last, whenever the power fails
        if (folder / CATALOG).exists() and not settings.catalog.exists():
            replace_file(settings.catalog, (folder / CATALOG).read_bytes())
    sync_folder(instance)
    return manifest


def _refuse_used(instance: Path, besides: str = "") -> None:
    if instance.is_dir() and {each.name for each in instance.iterdir()} - {".gitignore", besides}:
        raise LinkmgrError(message("store.restore-into-instance", folder=str(instance)))


def _unpack(file: Path, folder: Path) -> Manifest:
    """Unpack into a folder, and see that all files are there as they were, and no others."""
    unpacked = set()
    try:
        with tarfile.open(file, mode="r:gz") as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isfile() else None
                if source is None or not _NAMES.fullmatch(member.name):
                    raise LinkmgrError(message("store.backup-other-file", name=member.name))
                target = folder / member.name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with source, target.open("xb") as opened:
                    shutil.copyfileobj(source, opened)
                    opened.flush()
                    os.fsync(opened.fileno())
                unpacked.add(member.name)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise LinkmgrError(message("store.backup-unreadable", file=str(file))) from error
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


def _check_kind(engine: Engine, manifest: Manifest) -> None:
    if manifest.database.kind != engine.dialect.name:
        kinds = {"kind": manifest.database.kind, "found": engine.dialect.name}
        raise LinkmgrError(message("store.restore-other-kind", **kinds))
    if manifest.database.version not in versions_known():
        raise LinkmgrError(message("store.backup-newer"))


@contextmanager
def _database(engine: Engine, folder: Path, manifest: Manifest) -> Iterator[None]:
    """Have the database back once the body has ended well."""
    target = sqlite_file(engine)
    if target is None:
        with filled_postgresql(engine, folder, manifest.database):
            yield
        return
    if target.exists():
        raise LinkmgrError(message("store.restore-into-file", file=str(target)))
    check_sqlite(folder, manifest.database)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # On its own file system it is copied first, which may be full.
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=target.parent) as temporary:
        beside = Path(temporary) / target.name
        shutil.move(folder / SQLITE_FILE, beside)
        with beside.open("rb") as moved:
            os.fsync(moved.fileno())
        yield
        beside.rename(target)
    sync_folder(target.parent)
