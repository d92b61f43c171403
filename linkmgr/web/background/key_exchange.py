"""Visitors' keys, exchanged with the database while the server runs."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.settings import Role, Settings
from linkmgr.store.db.engine import reason_of
from linkmgr.store.visitors.exchange import exchange
from linkmgr.store.visitors.key_file import KeyFile
from linkmgr.web.background.periodic import PeriodicTasks

# Seconds between two exchanges, each of three small queries.
_PAUSE = 20.0

_log = logging.getLogger(__name__)


class KeyExchange:
    """Exchanges the keys of a node; `timezone` returns the site's."""

    def __init__(self, settings: Settings, engine: Engine, timezone: Callable[[], str]) -> None:
        self._settings = settings
        self._engine = engine
        self._file = KeyFile(settings.visitor_key)
        self._timezone = timezone
        self._failing = False

    def follow(self) -> None:
        """Exchange them. If that fails it is logged, once until it works again."""
        counts = self._settings.role is not Role.ADMIN
        try:
            exchange(self._engine, self._file, self._timezone(), datetime.now(UTC), counts=counts)
        except (SQLAlchemyError, OSError) as error:
            if not self._failing:
                _log.warning("the key of visitors is not shared at present: %s", reason_of(error))
            self._failing = True
        else:
            if self._failing:
                _log.info("the key of visitors is shared again")
            self._failing = False


@contextmanager
def exchanging_keys(
    settings: Settings, engine: Engine, timezone: Callable[[], str]
) -> Iterator[None]:
    """Exchange keys for as long as the block lasts, if other nodes may have some.

    On a thread of its own, for they must not be late for any other work.
    """
    if not settings.several_nodes:
        yield
        return
    tasks = PeriodicTasks(_PAUSE, (KeyExchange(settings, engine, timezone).follow,))
    tasks.start()
    yield
    tasks.stop()
