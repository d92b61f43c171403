"""The one way in which the admin changes the catalog, with a revision for each change.

The change is made and checked first, which takes the longest. Then one transaction of the database
records the revision, replaces the file and is committed: an edit is refused while the database is
down or has no room for its row. If the commit fails or the server dies before it, the file has the
edit, which is then saved, and the history records it later as an external one.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.context import Admin
from linkmgr.catalog.editing.edit_file import Edited, Revision, edit_catalog, read_revision
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.catalog.reading.yaml.texts import raw_values
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.db.engine import reason_of, writing
from linkmgr.store.revisions import (
    Action,
    AuditEntry,
    Entry,
    last_revision,
    last_text,
    record,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the catalog."""

    revision: str
    """The revision that is changed; of any other one the change is a conflict."""

    action: Action

    make: Callable[[str], CatalogText]
    """Returns the new text for the old one."""

    entry: Entry | None = None
    """The entry that is changed, `None` for several or the whole file."""

    summary: str = ""
    """The title of the entry, for the history once the entry is gone."""

    beside: Callable[[], AbstractContextManager[None]] = nullcontext
    """Writes the other files that change with the catalog, and puts them back if that fails."""


def save(admin: Admin, change: Change, user: str) -> Edited:
    """Change the catalog's file and record who did it.

    Raise Conflict where the file is of another revision, Problems where the new text is no
    catalog, LinkmgrError where it cannot be written, and SQLAlchemyError where the database is
    down. The file is then as it was. If the database fails once the file is replaced, the edit is
    saved all the same: `is_recorded` says whether the history has it.
    """

    @contextmanager
    def recording(edited: Edited) -> Iterator[None]:
        entries = (change.entry,) if change.entry else _differing(edited.before, edited.after)
        audit = AuditEntry(_now(), user, change.action, entries, change.summary)
        by_hand = _external_edit(admin.engine, Revision(edited.before, change.revision))
        is_replaced = False
        try:
            with writing(admin.engine) as connection, change.beside():
                if by_hand and last_revision(connection) != change.revision:
                    record(connection, by_hand, change.revision, edited.before)
                record(connection, audit, edited.revision, edited.after)
                yield
                is_replaced = True
        except SQLAlchemyError as error:
            if not is_replaced:
                raise
            _log.error("an edit was saved, but not recorded in the history: %s", reason_of(error))

    edited = edit_catalog(admin.settings.catalog, change.revision, change.make, recording)
    admin.reader.learn(edited)
    return edited


def is_recorded(engine: Engine, revision: str) -> bool:
    """Whether the history ends with this revision; false where the database is down."""
    try:
        with engine.connect() as connection:
            return last_revision(connection) == revision
    except SQLAlchemyError:
        return False


def record_external_edit(engine: Engine, file: Path, revision: Revision) -> bool:
    """Record the text of a catalog's file unless it is recorded, and return whether it was not.

    Call it with valid catalogs only: the history needs no typos. A text that the file no longer has
    is left to the next call. Raise LinkmgrError where it cannot be read.
    """
    audit = _external_edit(engine, revision)
    if audit is None:
        return False
    with writing(engine) as connection:
        # The lock excludes other saves now, but not one since the text was read.
        if last_revision(connection) == revision.id or read_revision(file).id != revision.id:
            return False
        record(connection, audit, revision.id, revision.text)
    return True


class ExternalEdits:
    """Records edits made outside of the admin before anybody opens a page."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self._recorded = ""

    def follow(self) -> None:
        """Record the file's present text if nobody has. Raise LinkmgrError where that fails."""
        seen = self._admin.catalog()
        if seen.problems or seen.revision.id == self._recorded:
            return
        try:
            record_external_edit(self._admin.engine, self._admin.settings.catalog, seen.revision)
        except SQLAlchemyError as error:
            raise LinkmgrError(
                message("admin.external-edits-unrecorded", reason=reason_of(error))
            ) from error
        self._recorded = seen.revision.id


def _external_edit(engine: Engine, revision: Revision) -> AuditEntry | None:
    """Return the row for the file's text, `None` if it is recorded already.

    It is made before the database is locked: reading two whole texts takes too long for that.
    """
    with engine.connect() as connection:
        last = last_revision(connection)
        if last == revision.id:
            return None
        before = last_text(connection)
    if last is None:
        return AuditEntry(_now(), "", Action.FOUND)
    return AuditEntry(_now(), "", Action.BY_HAND, _differing(before, revision.text))


def _differing(before: str, after: str) -> tuple[Entry, ...]:
    """Return the entries in which two texts differ, none where one cannot be read."""
    try:
        old, new = _entries(before), _entries(after)
    except LinkmgrError:
        return ()
    return tuple(
        sorted(entry for entry in old.keys() | new.keys() if old.get(entry) != new.get(entry))
    )


def _entries(text: str) -> dict[Entry, object]:
    by_entry: dict[Entry, object] = {}
    for section, entries in raw_values(text).items():
        if isinstance(entries, dict):
            for name, value in entries.items():
                by_entry[Entry(section, name)] = value
    return by_entry


def _now() -> int:
    return int(time.time() * 1000)
