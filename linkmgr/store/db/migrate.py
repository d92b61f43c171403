"""Running the steps that the tables lack."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a version, by default the newest, in the connection's transaction."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def alembic_config() -> Config:
    """Return where Alembic finds the steps."""
    config = Config()
    config.set_main_option("script_location", "linkmgr.store.db:migrations")
    config.set_main_option("path_separator", "newline")
    return config
