"""A site's files, in whose places whoever proposes a change may have put links and pipes."""

import os
import stat
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

_SITE_HAS = ("_config.yml", "_config.yaml", "_posts", ".git")
"""What shows that a folder is a site's, or the top of the repository that it is in."""


def leads_outside(root: Path, path: str | Path) -> bool:
    """Whether links (dangling ones too) lead a path in the site out of the site."""
    return not Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root))


def refuse_planted(root: Path, path: str | Path) -> None:
    """Raise LinkmgrError if a path in the site leads out of it, or to a pipe, device or folder.

    A pipe would never end, and nobody asked for a file of the machine's own. What is not there
    passes.
    """
    file = root / path
    if leads_outside(root, path):
        target = os.path.realpath(file)
        raise LinkmgrError(message("fs.links-out", path=str(file), target=target))
    try:
        mode = file.stat().st_mode
    except OSError:  # which reading it reports
        return
    if not stat.S_ISREG(mode):
        raise LinkmgrError(message("fs.not-a-file", path=str(file)))


def read_inside(root: Path, path: str | Path) -> bytes:
    """Return what is in a file of the site. Raise OSError, and LinkmgrError as `refuse_planted`."""
    refuse_planted(root, path)
    return (root / path).read_bytes()


def refuse_leading_out(file: Path, code: str = "fs.links-out") -> None:
    """Raise LinkmgrError if links lead a file out of the site or the repository that it is in.

    Of a file that is in neither, as its path was given, its owner alone decides where it leads.
    """
    folders = Path(os.path.abspath(file)).parents  # noqa: PTH100 - Path.absolute keeps `..`
    site = next((folder for folder in folders if _is_site(folder)), None)
    if site and leads_outside(site, file.absolute()):
        raise LinkmgrError(message(code, path=str(file), target=os.path.realpath(file)))


def _is_site(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in _SITE_HAS)
