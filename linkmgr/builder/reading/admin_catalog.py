"""The catalog of another machine, taken from its admin into the cache folder."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.fs import (
    CACHE_FOLDER,
    changed_at,
    make_cache_folder,
    read_inside,
    replace_file,
    wrap_write_errors,
)
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.network.admin import AdminError, RemoteAdmin

_NAME = "catalog.yaml"


def take_catalog(root: Path, admin: RemoteAdmin) -> Path:
    """Return the file of the admin's present catalog, in the cache folder of the site at `root`.

    Raise LinkmgrError, also if the admin is away: nobody should publish an old catalog without
    knowing. What was taken before stays, and the error names it. Raise Problems of a catalog with
    mistakes at its lines.
    """
    file = root / CACHE_FOLDER / _NAME
    known = None
    with suppress(FileNotFoundError):
        known = read_inside(root, f"{CACHE_FOLDER}/{_NAME}")
    try:
        text = admin.fetch("/catalog", known)
    except AdminError as error:
        raise _with_copy(error, file) if known is not None else error from None
    if text is None:
        with suppress(OSError):
            file.touch()  # for whoever is told how old it is
    else:
        parse_catalog(text, f"{admin.url}/api/catalog")
        with wrap_write_errors(file):
            make_cache_folder(root, [_NAME])
            replace_file(file, text)
    return file


def _with_copy(error: AdminError, file: Path) -> LinkmgrError:
    taken = datetime.fromtimestamp(changed_at(file), UTC).strftime("%Y-%m-%d %H:%M")
    return LinkmgrError(
        message("build.stale-catalog", error=error.message, file=str(file), taken=taken)
    )
