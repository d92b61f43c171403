"""The commands of the server and of its database."""

import os

import click

from linkmgr.cli.common.database import server_extra, settings
from linkmgr.cli.common.help import Command, CommandGroup
from linkmgr.cli.common.options import json_option
from linkmgr.cli.common.terminal import print_json, print_text
from linkmgr.messages.message import message, translate


@click.command(cls=Command)
@click.option(
    "--role",
    type=click.Choice(["all", "redirect", "admin"]),
    help="Only redirect and count, only serve the admin, or (the default) both.",
)
def serve(role: str | None) -> None:
    """Redirect and count clicks, and serve the admin, until stopped.

    Uses the catalog.yaml of the current folder, reloads it when it changes, and stores everything
    else in ./instance. Environment variables such as LINKMGR_CATALOG, LINKMGR_INSTANCE,
    LINKMGR_HOST, LINKMGR_PORT and LINKMGR_ADMIN_PORT change this.

    With the address of another machine's admin in LINKMGR_CATALOG, it takes the links from there,
    and only redirects and counts.
    """
    if role:
        os.environ["LINKMGR_ROLE"] = role  # where the workers, too, find it
    with server_extra():
        from linkmgr.web.server.serve import serve as run

        run(settings(), print_text)


@click.command(cls=Command)
@json_option
def doctor(*, as_json: bool) -> None:
    """Look over settings, folders, database, catalog, server, proxy and clock.

    Says of each what is well, what is not, and what to do. Asks the server by the public name in
    the catalog's `site: server`, and the blog for the time; changes nothing. Exits with 1 if
    something does not work.
    """
    with server_extra():
        from linkmgr.store.instance.checks import CheckState
        from linkmgr.web.doctor import examine

        checks = []
        for check in examine(settings()):
            checks.append(check)
            if not as_json and check.text:
                print_text(f"{_MARKS[check.state]} {translate(check.text)}")
        if as_json:
            print_json([check.to_json() for check in checks])
        if any(check.state is CheckState.FAULT for check in checks):
            raise SystemExit(1)


_MARKS = {"fine": "✓", "never-run": "–", "warning": "!", "fault": "✗"}


@click.group(cls=CommandGroup)
def db() -> None:
    """Manage the database."""


@db.command()
def upgrade() -> None:
    """Upgrade the database to this version, while servers of the one before go on.

    May be interrupted and run again.
    """
    with server_extra():
        from linkmgr.store.db.schema import upgrade as run
        from linkmgr.store.instance.folder import make_instance

        make_instance(settings().instance)
        is_new = run(settings())
        print_text(translate(message("cli.database-made" if is_new else "cli.database-up-to-date")))
