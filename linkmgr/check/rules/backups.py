"""The rule on a site's files: none is a backup of linkmgr's, which has accounts and secrets."""

import re
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from linkmgr.check.findings import NOWHERE, PUBLISHED_BACKUP, Finding
from linkmgr.check.pages.built_site import BuiltSite
from linkmgr.messages.errors import Location

_ARCHIVE = (".gz", ".tgz", ".tar")

# Every backup has the tables first, after the catalog.
_TABLE = re.compile(r"database/[a-z0-9_]+\.jsonl")
_MOST_READ = 3


def backup_findings(built: BuiltSite, source: Path) -> Iterator[Finding]:
    """Yield the backups among the files of a built site; `source` is the folder of its sources."""
    for path in built.files:
        if path.lower().endswith(_ARCHIVE) and _is_backup(built.folder / path):
            is_there = (source / path).is_file()
            yield Finding(PUBLISHED_BACKUP, "", path, Location(path) if is_there else NOWHERE)


def _is_backup(file: Path) -> bool:
    try:
        with tarfile.open(file) as archive:
            return any(_TABLE.fullmatch(member.name) for member in islice(archive, _MOST_READ))
    except (OSError, EOFError, tarfile.TarError):
        return False
