"""Reading `catalog.yaml` from the disk."""

import stat
from pathlib import Path

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import parse_catalog, too_large
from linkmgr.fs.atomic import wrap_read_errors
from linkmgr.fs.inside import refuse_leading_out
from linkmgr.messages.errors import LinkmgrError, Problem, Problems
from linkmgr.messages.message import message


def load_catalog(path: Path) -> Catalog:
    """Return the catalog in a file. Raise LinkmgrError."""
    return parse_catalog(read_catalog(path), str(path))


def read_catalog(path: Path) -> bytes:
    """Return the bytes of a catalog's file. Raise LinkmgrError."""
    refuse_links(path)
    with wrap_read_errors(path):
        try:
            facts = path.stat()
        except FileNotFoundError:
            raise LinkmgrError(message("catalog.no-file", path=str(path))) from None
        if not stat.S_ISREG(facts.st_mode):
            raise LinkmgrError(message("fs.not-a-file", path=str(path)))
        if problem := too_large(facts.st_size):
            raise Problems([Problem.at(str(path), 0, "", problem)])
        return path.read_bytes()


def refuse_links(path: Path) -> None:
    """Raise LinkmgrError if a catalog in a site is a link that leads out of the site.

    Whoever proposes a change may add links, and lines of what is no catalog would be shown.
    """
    refuse_leading_out(path, "catalog.links-out")
