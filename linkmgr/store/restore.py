"""Restoring a backup where there is no instance yet."""

import gzip
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from sqlalchemy import Engine

from linkmgr.fs import replace_file, sync_folder
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.backup import (
    CATALOG,
    DATABASE,
    KEPT_FILES,
    MANIFEST,
    SPOOL,
    SQLITE_FILE,
    TABLE_SUFFIX,
    Manifest,
    check_sqlite,
    filled_postgresql,
    read_manifest,
    sha256,
)
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

# Deflate makes at most this many bytes of one (https://zlib.net/zlib_tech.html).
_MOST_INFLATED = 1032

# What stays free on a disk, in bytes: databases and logs beside this instance go on.
_ROOM_LEFT = 2**27

# The most bytes before a member's content, a chain of long names included; ours have 1,536.
_MOST_HEADERS = 2**16

# The most bytes of the files that are read as a whole.
_READ_WHOLE = {MANIFEST: 2**27, CATALOG: 2**27}


def restore(settings: Settings, engine: Engine, file: Path) -> Manifest:
    """Restore a backup, after checking all of it.

    The instance's folder and the database must be missing or empty; the database comes last. The
    catalog comes back only where there is none. Raise OSError, SQLAlchemyError or LinkmgrError.
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
        with ExitStack() as undo:
            with _database(engine, folder / DATABASE, manifest):
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


def _refuse_used(instance: Path, besides: str = "") -> None:
    if instance.is_dir() and {each.name for each in instance.iterdir()} - {".gitignore", besides}:
        raise LinkmgrError(message("store.restore-into-instance", folder=str(instance)))


class _Unzipped(gzip.GzipFile):
    """The archive's bytes, of which tarfile reads `allowed` ones and no more.

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
                _check_room(folder, member.size)
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
    """Raise LinkmgrError if a file of this size would fill the disk on which a folder is."""
    free = shutil.disk_usage(folder).free
    if size + _ROOM_LEFT > free:
        megabytes = {"needed": (size + _ROOM_LEFT) // 2**20, "free": free // 2**20}
        raise LinkmgrError(message("store.restore-no-room", folder=str(folder.parent), **megabytes))


def _check_kind(engine: Engine, manifest: Manifest) -> None:
    if manifest.database.kind != engine.dialect.name:
        kinds = {"kind": manifest.database.kind, "found": engine.dialect.name}
        raise LinkmgrError(message("store.restore-other-kind", **kinds))
    if manifest.database.version not in versions_known():
        raise LinkmgrError(message("store.backup-newer"))


@contextmanager
def _database(engine: Engine, folder: Path, manifest: Manifest) -> Iterator[None]:
    """Restore the database once the body has succeeded."""
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
        if folder.stat().st_dev != beside.parent.stat().st_dev:
            _check_room(beside.parent, (folder / SQLITE_FILE).stat().st_size)
        shutil.move(folder / SQLITE_FILE, beside)
        with beside.open("rb") as moved:
            os.fsync(moved.fileno())
        yield
        beside.rename(target)
    sync_folder(target.parent)
