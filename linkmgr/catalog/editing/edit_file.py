"""Changing `catalog.yaml` on the disk: one editor at a time, as a whole or not at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from linkmgr.catalog.editing.rewrite import BOM
from linkmgr.catalog.reading.files import read_catalog, refuse_links
from linkmgr.catalog.reading.parse import CatalogText, decoded
from linkmgr.catalog.reading.yaml.nodes import ProblemCollector
from linkmgr.fs import locked, make_cache_folder, replace_file, wrap_write_errors
from linkmgr.messages.errors import Conflict
from linkmgr.messages.message import message

# How long one editor waits for others, in seconds; a save takes a fraction of one.
PATIENCE = 10.0
_LOCK = "catalog.lock"


@dataclass(frozen=True, slots=True)
class Revision:
    """A catalog's text as the file has it, with its byte order mark and line ends.

    `id` is the SHA-256 of its bytes: the same text is the same revision.
    """

    text: str
    id: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A change that was made: the texts, and the revision of the one after it."""

    before: str
    after: CatalogText
    revision: str


Recording = Callable[[Edited], AbstractContextManager[object]]
"""Wraps the moment in which the file is replaced."""


def read_revision(path: Path) -> Revision:
    """Return the text to change, which need not be a valid catalog. Raise LinkmgrError."""
    data = read_catalog(path)
    text = decoded(data, ProblemCollector(str(path)))
    return Revision(BOM + text if data.startswith(BOM.encode()) else text, _id(data))


def edit_catalog(
    path: Path,
    revision: str,
    change: Callable[[str], CatalogText],
    recording: Recording = lambda _: nullcontext(),
) -> Edited:
    """Replace a catalog by what `change` makes of its text, if that is still of this revision.

    Once changed and found valid, the file is replaced within `recording`. Raise Conflict if the
    file is of another revision, what `change` and `recording` raise, and LinkmgrError where the
    file cannot be read or written. Unless the end of `recording` raised it, the file is as it was.
    """
    with wrap_write_errors(path), _alone(path):
        before = _unless_changed(path, revision)
        after = change(before.text)
        if after == before.text:
            return Edited(before.text, after, before.id)
        data = after.encode()
        edited = Edited(before.text, after, _id(data))
        with recording(edited):
            _unless_changed(path, revision)  # an editor at its keyboard takes no lock
            replace_file(path, data)
    return edited


def _unless_changed(path: Path, revision: str) -> Revision:
    current = read_revision(path)
    if current.id != revision:
        changed = message("catalog.changed-meanwhile", path=str(path))
        raise Conflict(changed, current.text, current.id)
    return current


def _id(data: bytes) -> str:
    return sha256(data).hexdigest()


def _alone(path: Path) -> AbstractContextManager[None]:
    """Keep other editors waiting.

    The lock is no file beside the catalog, which git would show, nor the catalog itself, which is
    replaced while it is locked. Links to one catalog share its lock.
    """
    refuse_links(path)
    folder = make_cache_folder(path.resolve().parent, [_LOCK])
    return locked(folder / _LOCK, PATIENCE, busy=message("catalog.busy", path=str(path)))
