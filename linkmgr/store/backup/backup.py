"""Writing a backup while the server runs."""

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from linkmgr.fs.atomic import sync_folder
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.settings import Settings
from linkmgr.store.backup.database import Positions, copy_database
from linkmgr.store.backup.manifest import MANIFEST, Manifest, sha256
from linkmgr.store.db.schema import check_all_known
from linkmgr.store.spool.backlog import spool_sizes

DATABASE, SPOOL, CATALOG = "database", "spool", "catalog.yaml"

KEPT_FILES = ("secret-key", "a8-pages.csv")
"""Files of the instance that nothing makes again. The day's visitor key is to be forgotten."""

# A database shrinks to a fifth at the quickest level, and hardly more at a slow one.
_LEVEL = 1


def back_up(settings: Settings, engine: Engine, file: Path) -> Manifest:
    """Write the database, the waiting clicks, the secrets and the catalog into a new file.

    It is readable by its owner alone, and appears when it is whole. Raise OSError, SQLAlchemyError
    or LinkmgrError, as where the file exists.
    """
    if file.exists():
        raise LinkmgrError(message("store.backup-exists", file=str(file)))
    check_all_known(engine)
    with tempfile.TemporaryDirectory(prefix=".linkmgr-backup-", dir=file.parent) as temporary:
        folder = Path(temporary) / "content"
        for name in (DATABASE, SPOOL):
            (folder / name).mkdir(mode=0o700, parents=True)
        # The spool first: what the loader takes out of it meanwhile is in the database then.
        copy_spool(settings.spool, folder / SPOOL)
        facts, positions = copy_database(engine, folder / DATABASE)
        delete_loaded(folder / SPOOL, positions)
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


def delete_loaded(folder: Path, positions: Positions) -> None:
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
