"""The commands of the server and of its database."""

import os

import click

from linkmgr.cli.database import server_extra, settings
from linkmgr.cli.terminal import say
from linkmgr.messages.message import message
from linkmgr.messages.wording import word


@click.command()
@click.option(
    "--role",
    type=click.Choice(["all", "redirect", "admin"]),
    help="Only redirect and count, only serve the admin, or (the default) both.",
)
def serve(role: str | None) -> None:
    """Redirect and count clicks, and serve the admin, until it is stopped.

    Serves the catalog.yaml of the folder you are in, follows its changes, and keeps all else in
    ./instance. LINKMGR_CATALOG, LINKMGR_INSTANCE, LINKMGR_HOST, LINKMGR_PORT, LINKMGR_ADMIN_PORT
    and further variables of the environment set it otherwise.
    """
    if role:
        os.environ["LINKMGR_ROLE"] = role  # where the workers, too, find it
    with server_extra():
        from linkmgr.web.server.serve import serve as run

        run(settings(), say)


@click.group()
def db() -> None:
    """Look after the database of clicks."""


@db.command()
def upgrade() -> None:
    """Bring the tables to the form that this version needs."""
    with server_extra():
        from linkmgr.store.db.schema import upgrade as run
        from linkmgr.store.instance.folder import make_instance

        make_instance(settings().instance)
        is_new = run(settings())
        say(word(message("cli.database-made" if is_new else "cli.database-up-to-date")))
