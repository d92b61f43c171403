"""The catalog as the admin shows it: parsed again only when its file is another one."""

from dataclasses import dataclass
from pathlib import Path

from linkmgr.catalog.edit_file import Revision, read_revision
from linkmgr.catalog.model import Catalog, Site
from linkmgr.catalog.parse import parse_catalog
from linkmgr.errors import LinkmgrError

_NONE = Catalog(Site(name="", url=""), {}, {}, {}, {}, ())


@dataclass(frozen=True, slots=True)
class SeenCatalog:
    """A catalog with the text and revision that a form is made from.

    While `problems` has lines, the file is no good: `catalog` is then the last good one that this
    process saw, an empty one if it saw none, and nothing can be saved.
    """

    catalog: Catalog
    revision: Revision
    problems: tuple[str, ...] = ()


class CatalogReader:
    """Reads a catalog's file; several threads may."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._identity: tuple[int, int, int] | None = None
        self._seen = SeenCatalog(_NONE, Revision("", ""))

    def read(self) -> SeenCatalog:
        """Return the catalog as the file has it now."""
        identity = _identity(self._file)
        if identity is None or identity != self._identity:
            # In this order: a thread that finds the new identity finds what belongs to it.
            self._seen = self._read()
            self._identity = identity
        return self._seen

    def _read(self) -> SeenCatalog:
        last = self._seen
        revision = last.revision
        try:
            revision = read_revision(self._file)
            return SeenCatalog(parse_catalog(revision.text.encode(), str(self._file)), revision)
        except LinkmgrError as error:
            return SeenCatalog(last.catalog, revision, tuple(str(error).splitlines()))


def _identity(file: Path) -> tuple[int, int, int] | None:
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size
