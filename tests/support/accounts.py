"""Accounts of the admin, made as people make them: by a link."""

from typing import TYPE_CHECKING

from linkmgr.store.accounts.users import invite, use_link

if TYPE_CHECKING:
    from sqlalchemy import Engine


def add_user(engine: "Engine", name: str, password: str) -> None:
    """Make an account with the link that `linkmgr users add` prints."""
    link = invite(engine, name, 0)
    assert use_link(engine, link.token, password, 0, keep_tokens=True)
