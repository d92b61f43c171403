"""Running the steps that the tables lack."""

from collections.abc import Callable
from importlib import import_module

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from linkmgr.messages.message import Message
from linkmgr.store.db.engine import PATIENCE, change_tables


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a version, by default the newest, in the connection's transaction."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def run_step(
    engine: Engine,
    step: str,
    notify: Callable[[Message], None],
    *,
    patience: float = PATIENCE,
) -> None:
    """Bring the tables from the version before a step to that of the step.

    What takes long runs first, in its module's `prepare`: in transactions of its own that leave the
    tables to both versions, and that can be run again after whatever ended them. Raise TablesInUse
    if others leave a change no moment within `patience` seconds.
    """
    module = import_module(f"linkmgr.store.db.migrations.versions.{step}")
    if hasattr(module, "prepare"):
        module.prepare(engine, notify, patience=patience)
    change_tables(engine, lambda connection: migrate(connection, step), patience=patience)


def alembic_config() -> Config:
    """Return where Alembic finds the steps."""
    config = Config()
    config.set_main_option("script_location", "linkmgr.store.db:migrations")
    config.set_main_option("path_separator", "newline")
    return config
