"""What the commands that read or change the database share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from linkmgr.settings import Settings


def settings() -> "Settings":
    """Return the settings of the environment. Raise LinkmgrError."""
    from linkmgr.settings import read_settings

    return read_settings(os.environ)


@contextmanager
def server_extra() -> Iterator[None]:
    """Report what to install where the server's libraries are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "linkmgr").startswith("linkmgr"):
            raise
        module = error.name or ""
        extra = "postgresql" if module.startswith("psycopg") else "server"
        raise LinkmgrError(message("cli.server-extra", module=module, extra=extra)) from error


@contextmanager
def database(of: "Settings", *, made: bool = False) -> Iterator["Engine"]:
    """Open the database that is there, `made` if there is none. Raise LinkmgrError."""
    from linkmgr.store.db.engine import reaching, sqlite_file
    from linkmgr.store.db.schema import check_schema

    with reaching(of.database_url) as engine:
        file = sqlite_file(engine)
        if file and not made and not file.exists():
            raise LinkmgrError(message("cli.no-database", file=str(file)))
        check_schema(of)
        yield engine


def timezone(of: "Settings") -> str:
    """Return the site's time zone, as the server last had it, or else as the catalog says."""
    from linkmgr.catalog.reading.files import load_catalog
    from linkmgr.store.instance.targets import read_targets

    targets = read_targets(of.targets)
    return targets.timezone if targets else load_catalog(of.catalog).site.timezone
