"""Changing tables that others are using: short waits for their locks, again and again.

Whoever comes after a change that waits for a table's lock waits behind it, be it for reading. So it
gives up soon, lets the others go on, and comes again.
"""

import time
from collections.abc import Callable
from random import uniform
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message
from linkmgr.store.db.engine import shown_url, writing

# How long one waits for a lock of PostgreSQL's (milliseconds), and between two tries (seconds).
_LOCK_WAIT = 500
_PAUSE = 0.5, 1.5

PATIENCE = 60.0
"""Seconds after which a change is given up that others leave no moment for."""

_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"

T = TypeVar("T")


class TablesInUse(LinkmgrError):  # noqa: N818 - says what the tables are
    """Somebody held a table for as long as there was patience."""


def change_tables(
    engine: Engine,
    change: Callable[[Connection], T],
    *,
    patience: float = PATIENCE,
    beside_writers: bool = False,
) -> T:
    """Return what a change of tables does, in a transaction of its own.

    With no `patience` it is tried once. No loader writes meanwhile unless it is `beside_writers`,
    as what takes long has to be. Raise TablesInUse, or what the change raises.
    """
    end = time.monotonic() + patience
    while True:
        try:
            with engine.begin() if beside_writers else writing(engine) as connection:
                _wait_briefly(connection)
                return change(connection)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") not in {_LOCK_NOT_AVAILABLE, _DEADLOCK}:
                raise
            if time.monotonic() > end:
                raise TablesInUse(
                    message("store.tables-in-use", url=shown_url(engine), process=_oldest(engine))
                ) from error
        time.sleep(uniform(*_PAUSE))  # noqa: S311 - so that two do not meet again


def _wait_briefly(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_WAIT}"))


def _oldest(engine: Engine) -> str:
    """Name the server's process with the oldest transaction, which mostly is the one to end."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL ORDER BY xact_start LIMIT 1"
    )
    with engine.connect() as connection:
        return str(connection.scalar(text(query)) or "?")
