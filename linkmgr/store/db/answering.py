"""Whether the database answers, for the admin's `/readyz`."""

import time

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.messages.message import Message, message

DATABASE_SECONDS = 15.0
"""Without an answer for so long, the database counts as down: some checks, and a slow one."""


class DatabaseCheck:
    """Asks the database whenever `ask` is called; `problem` never waits for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._answered = float("-inf")

    def ask(self) -> None:
        """Take note if the database answers."""
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return
        self._answered = time.monotonic()

    def problem(self) -> Message | None:
        """Return that the database does not answer, if so."""
        is_silent = time.monotonic() - self._answered > DATABASE_SECONDS
        return message("server.database-silent") if is_silent else None
