"""Sharing the visitors' keys with the other nodes of a database."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.settings import Role, Settings
from linkmgr.store.db.engine import reason_of
from linkmgr.store.visitor_key_file import KeyFile
from linkmgr.store.visitor_keys import fetch_keys
from linkmgr.web.background.periodic import PeriodicTasks

_log = logging.getLogger(__name__)

# Seconds between two looks at the database, each of two small queries.
_KEYS_PAUSE = 20.0


class SharedKeys:
    """Fetches the visitors' keys from a database of several nodes.

    `timezone` returns the site's.
    """

    def __init__(self, settings: Settings, engine: Engine, timezone: Callable[[], str]) -> None:
        self._settings = settings
        self._engine = engine
        self._file = KeyFile(settings.visitor_key)
        self._timezone = timezone
        self._failing = False

    def follow(self) -> None:
        """Fetch those that are missing. If that fails it is logged, once until it works again."""
        counts = self._settings.role is not Role.ADMIN
        try:
            fetch_keys(self._engine, self._file, self._timezone(), datetime.now(UTC), counts=counts)
        except (SQLAlchemyError, OSError) as error:
            if not self._failing:
                _log.warning("the key of visitors is not shared at present: %s", reason_of(error))
            self._failing = True
        else:
            if self._failing:
                _log.info("the key of visitors is shared again")
            self._failing = False


@contextmanager
def sharing_keys(settings: Settings, engine: Engine, timezone: Callable[[], str]) -> Iterator[None]:
    """Fetch keys for as long as the block lasts, if several nodes share them.

    It has a thread of its own, as no other work may delay it.
    """
    if not settings.several_nodes:
        yield
        return
    tasks = PeriodicTasks(_KEYS_PAUSE, (SharedKeys(settings, engine, timezone).follow,))
    tasks.start()
    yield
    tasks.stop()
