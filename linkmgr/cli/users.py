"""The commands for the admin's accounts."""

import click

from linkmgr.cli.common.database import database, server_extra, settings
from linkmgr.cli.common.help import CommandGroup
from linkmgr.cli.common.terminal import print_text
from linkmgr.messages.message import message, word, word_list

_name = click.argument("name")
_password = click.password_option(help="Prompted for if omitted, which keeps it secret.")


@click.group(cls=CommandGroup)
def user() -> None:
    """Manage the admin's accounts."""


@user.command()
@_name
@_password
def add(name: str, password: str) -> None:
    """Create an account."""
    with server_extra():
        from linkmgr.store.accounts.users import account_name, add_user

        name = account_name(name)
        with database(settings()) as engine:
            add_user(engine, name, password)
        print_text(word(message("cli.account-added", name=name)))


@user.command()
@_name
@_password
@click.option("--keep-tokens", is_flag=True, help="Leave the account's API tokens valid.")
def passwd(name: str, password: str, *, keep_tokens: bool) -> None:
    """Change an account's password, sign it out everywhere, and revoke its API tokens."""
    with server_extra():
        from linkmgr.store.accounts.users import account_name, set_password

        name = account_name(name)
        with database(settings()) as engine:
            changed = set_password(engine, name, password, keep_tokens=keep_tokens)
        print_text(word(message("cli.password-changed", name=name)))
        if changed.revoked:
            names = word_list(changed.revoked)
            print_text(word(message("cli.tokens-revoked", names=names)))


@user.command()
@_name
def remove(name: str) -> None:
    """Delete an account, and sign it out everywhere."""
    with server_extra():
        from linkmgr.store.accounts.users import account_name, remove_user

        name = account_name(name)
        with database(settings()) as engine:
            remove_user(engine, name)
        print_text(word(message("cli.account-removed", name=name)))
