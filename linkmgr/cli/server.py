"""The commands of the server and of what it counts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from linkmgr.cli.terminal import say
from linkmgr.errors import LinkmgrError

if TYPE_CHECKING:
    from linkmgr.settings import Settings


@click.command()
def serve() -> None:
    """Redirect and count clicks, until it is stopped.

    Serves the catalog.yaml of the folder you are in, follows its changes, and keeps all else in
    ./instance. The variables LINKMGR_CATALOG, LINKMGR_INSTANCE, LINKMGR_HOST, LINKMGR_PORT,
    LINKMGR_WORKERS, LINKMGR_DATABASE_URL and others set it otherwise.
    """
    with _server_extra():
        from linkmgr.web.serve import serve as run

        run(_settings(), say)


@click.group()
def db() -> None:
    """Look after the database of clicks."""


@db.command()
def upgrade() -> None:
    """Bring the tables to what this version of linkmgr needs."""
    with _server_extra():
        from linkmgr.store.schema import upgrade as run

        run(_settings())
        say("the database is up to date")


@click.group()
def clicks() -> None:
    """Load, prune and export the clicks that were counted."""


@click.command()
def stats() -> None:
    """Print how often what was clicked."""


@contextmanager
def _server_extra() -> Iterator[None]:
    """Tell what to install where the libraries of the server are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "linkmgr").startswith("linkmgr"):
            raise
        raise LinkmgrError(
            f"{error.name} is not installed; install what a server needs: "
            "pip install 'linkmgr[server]'"
        ) from error


def _settings() -> "Settings":
    from linkmgr.settings import read_settings

    return read_settings(os.environ)
