"""The catalog as the admin has it: parsed again only when its file has changed."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from linkmgr.catalog.editing.edit_file import Edited, Revision, read_revision
from linkmgr.catalog.model import Catalog, Site
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.fs import identity
from linkmgr.messages.errors import LinkmgrError, first_lines

_NONE = Catalog(Site(name="", url=""), {}, {}, {}, ())


@dataclass(frozen=True, slots=True)
class SeenCatalog:
    """A catalog with the text and revision that a form is made from.

    With an `error` the file is invalid: `catalog` is then the last good one that this process saw,
    an empty one if it saw none, and nothing can be saved.
    """

    catalog: Catalog
    revision: Revision
    error: LinkmgrError | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """The first problems of the file in the current language, one per line."""
        return first_lines(self.error.parts) if self.error else ()

    @property
    def problem_count(self) -> int:
        """How many problems the file has."""
        return len(self.error.parts) if self.error else 0


class CatalogReader:
    """Reads a catalog's file for several threads: one parses, and the others wait."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._identity: tuple[int, int, int] | None = None
        self._seen = SeenCatalog(_NONE, Revision("", ""))
        self._learned: tuple[str, Catalog] = "", _NONE
        self._reading = Lock()

    def read(self) -> SeenCatalog:
        """Return the catalog as the file has it now."""
        with self._reading:
            present = identity(self._file)
            if present is None or present != self._identity:
                self._seen = self._read()
                self._identity = present
            return self._seen

    def learn(self, edited: Edited) -> None:
        """Take what an edit has parsed, so that it is not parsed again."""
        self._learned = edited.revision, edited.after.catalog

    def _read(self) -> SeenCatalog:
        last, (learned, catalog) = self._seen, self._learned
        revision = last.revision
        try:
            revision = read_revision(self._file)
            if revision.id != learned:
                catalog = parse_catalog(revision.text.encode(), str(self._file))
        except LinkmgrError as error:
            return SeenCatalog(last.catalog, revision, error)
        return SeenCatalog(catalog, revision)
