"""The catalog that another is compared with: a file, or the same file at a revision of git."""

import os
import shutil
import subprocess
from pathlib import Path

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

# A hook sets these, and git would use the hook's repository instead of the folder's.
_OF_ONE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")

# What git says of a name that means nothing to it, whatever was asked for.
_UNKNOWN_REVISION = "fatal: Needed a single revision"


def read_other_catalog(catalog_file: Path, against: str) -> Catalog:
    """Read a file, or `catalog_file` as it is at a revision. Raise LinkmgrError."""
    if Path(against).is_file():
        return parse_catalog(read_catalog(Path(against)), against)
    return parse_catalog(_at_revision(catalog_file, against), f"{against}:{catalog_file.name}")


def _at_revision(file: Path, revision: str) -> bytes:
    if shutil.which("git") is None:
        raise LinkmgrError(message("coverage.no-such-file", name=revision))
    file = file.resolve()  # of a link git knows only where it leads
    folder = file.parent
    try:
        # What is no revision may be much else to `git show`: an option, a file of the index.
        wanted = ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        commit = _git(folder, *wanted).decode().strip()
        return _git(folder, "show", f"{commit}:./{file.name}")
    except subprocess.CalledProcessError as error:
        reason, *_ = error.stderr.decode(errors="replace").strip().splitlines() or [""]
        if reason == _UNKNOWN_REVISION:
            raise LinkmgrError(message("coverage.neither", name=revision)) from error
        wrong = message("coverage.no-such-revision", name=revision, reason=reason)
        raise LinkmgrError(wrong) from error


def _git(folder: Path, *arguments: str) -> bytes:
    environment = {k: v for k, v in os.environ.items() if k not in _OF_ONE_REPOSITORY}
    return subprocess.run(  # noqa: S603 - no shell, and nothing of the user's is an option
        ["git", *arguments],  # noqa: S607 - git by name
        cwd=folder,
        env=environment | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    ).stdout
