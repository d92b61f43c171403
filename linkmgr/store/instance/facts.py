"""What is known of an instance, in the sentences of `linkmgr doctor` and of the page Health."""

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from linkmgr.blocks.links import counts_code
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.links.model import Tracking
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message, message, word
from linkmgr.settings import Settings
from linkmgr.store.db.schema import Schema, SchemaStatus
from linkmgr.store.instance.faults import Fault, Reports, instance_faults


class Level(StrEnum):
    """How bad it is: with a `FAULT` something does not work."""

    GOOD = "fine"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Fact:
    """How something is and, in its message, what it is and what to do about it."""

    level: Level
    message: Message

    def to_json(self) -> dict[str, Any]:
        """Return it as a value for JSON, with the message in words."""
        return {"level": self.level, **self.message.to_json(), "message": word(self.message)}


def good(message: Message) -> Fact:
    """Return that something is as it should be."""
    return Fact(Level.GOOD, message)


def warning(message: Message) -> Fact:
    """Return what the owner should know of, though all works."""
    return Fact(Level.WARNING, message)


def fault(message: Message) -> Fact:
    """Return what keeps something from working."""
    return Fact(Level.FAULT, message)


# Its folder, what its processes report, and the version of its database.

# Below this a day of a busy blog's clicks may find no room.
_LITTLE_ROOM = 500 * 2**20

_OTHER_SCHEMA = {
    SchemaStatus.OLDER: "doctor.older-schema",
    SchemaStatus.NEWER: "doctor.newer-schema",
}


# But for another schema, whose sentence names the versions.
_FAULTS = {
    Fault.NO_WORKER: fault(message("doctor.no-worker")),
    Fault.NOT_LOADING: warning(message("doctor.not-loading")),
    Fault.SPOOL_WAITS: warning(message("doctor.spool-waits")),
    Fault.SPOOL_UNREADABLE: fault(message("doctor.spool-unreadable")),
    Fault.DATABASE_REPLACED: warning(message("doctor.database-replaced")),
    Fault.INSTANCE_RESTORED: warning(message("doctor.instance-restored")),
    Fault.CLICKS_LOST: warning(message("doctor.clicks-lost")),
    Fault.CLICKS_CROWDED_OUT: warning(message("doctor.clicks-crowded-out")),
    Fault.CLICKS_DAMAGED: warning(message("doctor.clicks-damaged")),
    Fault.NO_CONTACT: warning(message("doctor.no-contact")),
}


def folder_facts(settings: Settings) -> Iterator[Fact]:
    """Yield whether the folder is there, its owner's alone, and has room. Raise OSError."""
    folder = settings.instance
    if not folder.is_dir():
        yield fault(message("doctor.no-instance", folder=str(folder)))
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield warning(message("doctor.open-folder", folder=str(folder), mode=f"{mode:o}"))
    free = shutil.disk_usage(folder).free
    if free < _LITTLE_ROOM:
        yield warning(message("doctor.little-room", folder=str(folder), megabytes=free // 2**20))
    else:
        yield good(message("doctor.folder", folder=str(folder.resolve()), gigabytes=free / 2**30))


def report_facts(reports: Reports) -> Iterator[Fact]:
    """Yield whether clicks are loaded, and what keeps them from it."""
    faults = [*instance_faults(*reports)]
    yield from map(_FAULTS.__getitem__, faults)
    if reports.spool and not faults:
        yield good(message("doctor.worker", waiting=reports.spool.waiting))


def schema_facts(schema: Schema) -> Iterator[Fact]:
    """Yield that the tables are another version's, if they are."""
    if not schema.is_usable:
        versions = {"found": schema.found or "-", "needed": schema.needed}
        yield fault(message(_OTHER_SCHEMA[schema.status], **versions))


# Whether clicks on the links of the blog's pages are counted, and if not, why.

# The most fragments that are read: one build writes all of them by the same rules.
_SAMPLE = 50

_LINK = "<a "

NO_SERVER = "doctor.no-server"


def uncounted_facts(catalog: Catalog, file: Path, site: Path | None) -> Iterator[Fact]:
    """Yield why no link of the pages is counted; nothing where some are or nothing is known.

    Without the folder of the `site` the pages are assumed to be as the catalog wants them.
    """
    server = catalog.site.server
    if server is None:
        yield warning(message(NO_SERVER, file=str(file)))
    elif catalog.items and not _counts_any(catalog):
        yield warning(message("doctor.direct-links"))
    elif site is not None:
        linked = [text for text in _some_fragments(site) if _LINK in text]
        if linked and not any(f"{server}/" in text for text in linked):
            yield warning(message("doctor.built-without-server"))


def _counts_any(catalog: Catalog) -> bool:
    return any(
        counts_code(catalog, sold)
        if sold.code
        else catalog.programmes[sold.programme].tracking is not Tracking.DIRECT
        for sold in catalog.sold()
    )


def _some_fragments(site: Path) -> list[str]:
    try:
        folder = site / OutputPaths.of(read_site_config(site)).fragments
        files = [*islice(filter(Path.is_file, folder.iterdir()), _SAMPLE)]
        return [file.read_text(encoding="utf-8", errors="replace") for file in files]
    except (LinkmgrError, OSError):
        return []
