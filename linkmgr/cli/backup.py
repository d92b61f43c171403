"""The commands that back an instance up and restore it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from linkmgr.cli.common.database import database, server_extra, settings
from linkmgr.cli.common.help import Command
from linkmgr.cli.common.terminal import print_text
from linkmgr.messages.message import message, translate

if TYPE_CHECKING:
    from linkmgr.store.backup import Manifest

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=Command)
@click.argument("file", type=_FILE)
def backup(file: Path) -> None:
    """Write clicks, accounts, history, secrets and catalog into a new FILE.

    The server may go on running. FILE is a .tar.gz, readable by you alone: keep it so, since it has
    the accounts and the key that signs their sessions. The day's key of visitors is left out.
    """
    with server_extra():
        from linkmgr.store.backup import back_up

        of = settings()
        with _clearing_up(), database(of) as engine:
            made = back_up(of, engine, file)
        _report("cli.backed-up", file, made)


@click.command(cls=Command)
@click.argument("file", type=_FILE)
def restore(file: Path) -> None:
    """Restore what `linkmgr backup` wrote into FILE, where no instance is yet.

    Stop the server first, and move away the instance's folder; with PostgreSQL, also name a new,
    empty database. The whole backup is checked before anything is in its place.

    A backup of SQLite can be restored into PostgreSQL, and the other way round:
    LINKMGR_DATABASE_URL names the database.
    """
    with server_extra():
        from linkmgr.store.db.engine import reaching
        from linkmgr.store.restore import restore as run

        of = settings()
        with _clearing_up(), reaching(of.database_url) as engine:
            made = run(of, engine, file)
        _report("cli.restored", file, made)


@contextmanager
def _clearing_up() -> Iterator[None]:
    """Have SIGTERM, and SIGHUP of a terminal that is closed, leave no unpacked secrets behind."""

    def end(number: int, _frame: FrameType | None) -> None:
        for caught in former:
            signal.signal(caught, signal.SIG_IGN)  # a second one would end the clearing up
        raise SystemExit(128 + number)

    ending = (signal.SIGTERM, signal.SIGHUP)
    former = {number: signal.getsignal(number) for number in ending}
    former = {
        caught: handler for caught, handler in former.items() if handler is not signal.SIG_IGN
    }
    for caught in former:
        signal.signal(caught, end)
    try:
        yield
    finally:
        for caught, handler in former.items():
            signal.signal(caught, handler)


def _report(code: str, file: Path, made: "Manifest") -> None:
    facts = made.database
    counts = {"clicks": facts.clicks, "bots": facts.bots, "accounts": facts.rows.get("users", 0)}
    time = f"{made.made:%Y-%m-%d %H:%M}"
    print_text(translate(message(code, file=str(file), made=time, **counts)))
