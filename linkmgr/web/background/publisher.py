"""Publishing: the targets of the catalog, in a file from which all workers serve."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.catalog.reading.files import read_catalog
from linkmgr.catalog.reading.parse import parse_catalog
from linkmgr.catalog.variants import VariantTest, variant_tests
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.targets import Targets, merge_retired
from linkmgr.fs import identity, replace_file
from linkmgr.messages.errors import LinkmgrError, Part, os_reason, translated
from linkmgr.messages.message import ENGLISH, excerpt, message
from linkmgr.settings import Role, Settings
from linkmgr.store.clicks import last_targets
from linkmgr.store.instance.targets import publish, read_targets

_NOT_READ = "not read yet"

# Seconds until a database that was down is asked again.
_RETRY = 30.0

# Enough to begin with; `linkmgr check` lists all.
_MOST_LOGGED = 20
# In characters: a problem quotes what the catalog says, which may be any file's whole text.
_MOST_QUOTED = 500

_log = logging.getLogger(__name__)


class Publisher:
    """Follows the catalog's file, or that of the links taken from another machine's admin.

    What cannot be read or published leaves the last targets in place.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.targets = read_targets(settings.targets)
        """What is served at present."""
        self._settings = settings
        self._engine = engine
        self._file = settings.admin_links if settings.catalog_url else settings.catalog

        # The file as it was last read: its identity, its text where this machine keeps it, and
        # what the text says.
        self._seen: tuple[int, int, int] | str | None = _NOT_READ
        self._text = b""
        self._present: Targets | None = None
        self._tests: list[VariantTest] = []
        self._renamed: dict[str, str] = {}

        # What became of it: why it could not be read or written, and whether it is published and
        # in the database, which was last asked at `_asked` by the monotonic clock.
        self._unread: tuple[Part, ...] = ()
        self._unwritten: tuple[Part, ...] = ()
        self._written = False
        self._recorded = False
        self._asked = float("-inf")

    @property
    def problems(self) -> tuple[Part, ...]:
        """Why the catalog's present text is not served."""
        return self._unread + self._unwritten

    def follow(self) -> None:
        """Publish the catalog if it has changed, or if there are no targets."""
        present = identity(self._file)
        if present != self._seen:
            self._seen = present
            self._read()
        if self._present and not (self._written and self._are_files_there()):
            self._publish(self._present)
        if self._settings.catalog_url:
            return  # that machine records them, and knows which items are deleted
        if self._present and not self._recorded and time.monotonic() > self._asked + _RETRY:
            self._record(self._present)

    def _are_files_there(self) -> bool:
        return self._settings.targets.exists() and (
            not self._text or self._settings.good_catalog.exists()
        )

    def record_again(self) -> None:
        """Record the targets again, as the database is another one. Any thread may call it."""
        self._asked = float("-inf")
        self._recorded = False

    def _read(self) -> None:
        before = self._unread
        try:
            self._present = self._load()
        except LinkmgrError as error:
            self._unread = tuple(part.with_texts(self._shown) for part in error.parts)
        else:
            self._unread = ()
            self._written = self._recorded = False
            self._asked = float("-inf")
        _log_change(before, self._unread)

    def _load(self) -> Targets | None:
        """Return the targets that the file now has. Raise LinkmgrError."""
        if self._settings.catalog_url:
            # Imported here: it takes an HTTP client, and most servers have a catalog of their own.
            from linkmgr.web.background.follower import Follower  # noqa: PLC0415

            return Follower(self._settings).targets() or self._present
        text = read_catalog(self._file)
        catalog = parse_catalog(text, str(self._file))
        self._tests = [*variant_tests(catalog)]
        self._renamed = {**catalog.renamed}
        if self._settings.role is not Role.REDIRECT:
            self._text = text
        return targets_of(catalog)

    def _publish(self, targets: Targets) -> None:
        problems = self._unwritten
        try:
            if self._text:
                _replace_if_other(self._settings.good_catalog, self._text)
            # With deleted items and ended tests, even if the file is gone.
            before = self.targets.items if self.targets else {}
            targets = replace(targets, items=merge_retired(targets.items, before))
            self.targets = publish(self._settings.targets, targets)
        except OSError as error:
            name, reason = self._settings.targets.name, os_reason(error)
            self._unwritten = (message("fs.unwritable", path=name, reason=reason),)
        else:
            self._unwritten = ()
            self._written = True
        _log_change(problems, self._unwritten)

    def _shown(self, text: str) -> str:
        """Return the text of a problem, shortened and without the catalog's folder."""
        path = self._file
        return excerpt(text.replace(str(path), path.name), _MOST_QUOTED)

    def _record(self, targets: Targets) -> None:
        """Record the targets in the database, and serve the deleted items that it alone knows."""
        self._asked = time.monotonic()
        try:
            served = self.targets.items if self.targets else {}
            last_targets.record(self._engine, targets, datetime.now(UTC).date(), served)
            present = targets.items.keys() - self._renamed.keys()
            last_targets.record_renames(self._engine, self._renamed, present)
            last_targets.record_tests(self._engine, self._tests, datetime.now(UTC))
            targets = last_targets.with_deleted(self._engine, targets)
            self.targets = publish(self._settings.targets, targets)
        except (SQLAlchemyError, OSError):
            _log.warning("the last targets cannot be stored in the database yet")
        else:
            self._recorded = True


def _replace_if_other(file: Path, data: bytes) -> None:
    if not file.exists() or file.read_bytes() != data:
        replace_file(file, data)


def _log_change(before: tuple[Part, ...], problems: tuple[Part, ...]) -> None:
    if problems and problems != before:
        for line in (translated(problem, ENGLISH) for problem in problems[:_MOST_LOGGED]):
            _log.error("the last good catalog is served, not the present one: %s", line)
        if len(problems) > _MOST_LOGGED:
            _log.error("the catalog has %d problems in all", len(problems))
    elif before and not problems:
        _log.info("the present catalog is served again")
