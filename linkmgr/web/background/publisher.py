"""Publishing: the targets of the catalog, in a file from which all workers serve."""

import logging
import time
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.targets import targets_of
from linkmgr.fs.atomic import identity
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import Settings
from linkmgr.store.clicks import last_targets
from linkmgr.store.instance.targets import publish, read_targets

_NOTHING = "nothing was looked at yet"

# Seconds until a database that was down is asked again.
_RETRY = 30.0

# Enough to begin with; `linkmgr check` lists all.
_MOST_LOGGED = 20
# In characters: a problem quotes what the catalog says, which may be any file's whole text.
_LONGEST_PROBLEM = 500

_log = logging.getLogger(__name__)


class Publisher:
    """Follows the catalog's file. What cannot be read or published leaves the last one in place."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.targets = read_targets(settings.targets)
        self._unread: tuple[str, ...] = ()
        self._unwritten: tuple[str, ...] = ()
        self._settings = settings
        self._engine = engine
        self._seen: tuple[int, int, int] | str | None = _NOTHING
        self._catalog: Catalog | None = None
        self._written = False
        self._recorded = False
        self._asked = float("-inf")

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the catalog's present text is not served, one a line."""
        return self._unread + self._unwritten

    def follow(self) -> None:
        """Publish the catalog if it has changed, or if the targets are not there."""
        present = identity(self._settings.catalog)
        if present != self._seen:
            self._seen = present
            self._read()
        if self._catalog and not (self._written and self._settings.targets.exists()):
            self._publish(self._catalog)
        if self._catalog and not self._recorded and time.monotonic() > self._asked + _RETRY:
            self._record(self._catalog)

    def _read(self) -> None:
        before = self._unread
        try:
            self._catalog = load_catalog(self._settings.catalog)
        except LinkmgrError as error:
            text = str(error).replace(str(self._settings.catalog), self._settings.catalog.name)
            self._unread = tuple(line[:_LONGEST_PROBLEM] for line in text.splitlines())
        else:
            self._unread = ()
            self._written = self._recorded = False
            self._asked = float("-inf")
        _tell(before, self._unread)

    def _publish(self, catalog: Catalog) -> None:
        before = self._unwritten
        try:
            self.targets = publish(self._settings.targets, targets_of(catalog))
        except OSError as error:
            self._unwritten = (
                f"{self._settings.targets.name}: cannot be written: {error.strerror}",
            )
        else:
            self._unwritten = ()
            self._written = True
        _tell(before, self._unwritten)

    def _record(self, catalog: Catalog) -> None:
        """Have the database know the targets, and serve the deleted items that it alone knows."""
        self._asked = time.monotonic()
        try:
            targets = targets_of(catalog)
            last_targets.record(self._engine, targets, datetime.now(UTC).date())
            targets = last_targets.with_deleted(self._engine, targets)
            self.targets = publish(self._settings.targets, targets)
        except (SQLAlchemyError, OSError):
            _log.warning("the last targets cannot be kept in the database yet")
        else:
            self._recorded = True


def _tell(before: tuple[str, ...], problems: tuple[str, ...]) -> None:
    """Log what has changed."""
    if problems and problems != before:
        for problem in problems[:_MOST_LOGGED]:
            _log.error("the last good catalog is served, not the present one: %s", problem)
        if len(problems) > _MOST_LOGGED:
            _log.error("the catalog has %d problems in all", len(problems))
    elif before and not problems:
        _log.info("the present catalog is served again")
