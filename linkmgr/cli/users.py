"""The commands for the admin's accounts."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from linkmgr.cli.common.database import database, server_extra, settings
from linkmgr.cli.common.help import CommandGroup
from linkmgr.cli.common.terminal import print_text
from linkmgr.messages.message import message, translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from linkmgr.store.accounts.users import NewLink

_name = click.argument("name")


@click.group(cls=CommandGroup)
def users() -> None:
    """Manage the admin's accounts."""


@users.command()
@_name
def add(name: str) -> None:
    """Print a link with which somebody creates an account; it works once, within 7 days."""
    with server_extra():
        from linkmgr.store.accounts.users import invite

        _print_link(name, invite, "cli.account-invited")


@users.command()
@_name
def password(name: str) -> None:
    """Print a link with which an account gets a new password; it works once, within a day."""
    with server_extra():
        from linkmgr.store.accounts.users import new_reset_link

        _print_link(name, new_reset_link, "cli.password-link")


@users.command()
@_name
def remove(name: str) -> None:
    """Delete an account or the link for one, and sign it out everywhere."""
    with server_extra():
        from linkmgr.store.accounts.users import account_name, remove_user

        name = account_name(name)
        with database(settings()) as engine:
            remove_user(engine, name)
        print_text(translate(message("cli.account-removed", name=name)))


def _print_link(name: str, make: "Callable[[Engine, str, int], NewLink]", code: str) -> None:
    """Print a new link for an account, which is nowhere else. Raise LinkmgrError."""
    from linkmgr.store.accounts.users import account_name

    name, own = account_name(name), settings()
    with database(own) as engine:
        link = make(engine, name, int(time.time() * 1000))
    until = datetime.fromtimestamp(link.expires / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    print_text(translate(message(code, name=name, until=until)))
    print_text(f"{own.admin_url}/admin/join/{link.token}")
    print_text(translate(message("cli.admin-elsewhere", url=own.admin_url)), err=True)
