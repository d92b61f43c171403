"""A PostgreSQL server of its own for the tests, where Debian's package is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.needs import need

# PostgreSQL refuses to run as root; its package makes this user.
USER = "postgres"

# Text in a language's order, as on most servers.
LOCALE = ("--no-locale", "--locale-provider=icu", "--icu-locale=en")

# Tests' servers keep what was written in memory, as all the rest.
_SMALL_LOG = "-c min_wal_size=32MB -c max_wal_size=64MB"

_NUMBERS = count(1)


def programs() -> Path | None:
    """Return the folder of the newest installed server's programs, or None."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
    return newest.parent if newest else None


@contextmanager
def running_postgresql(
    folder: Path, *, durable: bool = False, beside: Path | None = None, more: str = ""
) -> Iterator[Path]:
    """Run a server that listens on a socket in a folder of its own; give that folder.

    It has its folder `beside` others, and `more` settings.
    """
    # Not pytest's own folder, only beside it: a socket's path has at most 107 characters.
    if beside is None and not durable and "PYTEST_DEBUG_TEMPROOT" in os.environ:
        beside = Path(os.environ["PYTEST_DEBUG_TEMPROOT"])
    home = Path(tempfile.mkdtemp(prefix="linkmgr-postgresql-", dir=beside))
    if os.geteuid() == 0:
        shutil.chown(home, USER)
    settings = f"-c fsync={durable} -c listen_addresses= -c unix_socket_directories={home} {more}"
    options = settings if durable else f"{settings} {_SMALL_LOG}"
    initdb = ("-A", "trust", "-U", USER, "-E", "UTF8", *LOCALE, "--no-sync")
    _run(folder / "initdb", "-D", home / "data", *initdb)
    (home / "options").write_text(options)
    start_postgresql(folder, home)
    try:
        yield home
    finally:
        stop_postgresql(folder, home, "immediate")
        shutil.rmtree(home)


def start_postgresql(folder: Path, home: Path) -> None:
    """Start a server again that was stopped, as it was started first."""
    options = (home / "options").read_text()
    _run(folder / "pg_ctl", "-D", home / "data", "-w", "-o", options, "-l", home / "log", "start")


def stop_postgresql(folder: Path, home: Path, mode: str) -> None:
    """Stop a server: `fast` ends all connections, `immediate` is as a crash."""
    _run(folder / "pg_ctl", "-D", home / "data", "-w", "-m", mode, "stop")


def new_database(server: Path, *, like: str = "") -> str:
    """Make a database, empty or as the one with the URL `like` is, and return its URL."""
    need("postgresql")
    name = f"test_{next(_NUMBERS)}"
    template = _name(like) if like else "template1"
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(host=str(server), user=USER, autocommit=True) as connection:
        connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
    return f"postgresql+psycopg://{USER}@/{name}?host={server}"


def drop_database(server: Path, url: str) -> None:
    """Delete a database of `new_database`, whoever is connected: one takes 8 MB in 300 files."""
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    with psycopg.connect(host=str(server), user=USER, autocommit=True) as connection:
        connection.execute(command.format(sql.Identifier(_name(url))))


def take_connections(url: str, *, allowed: bool) -> None:
    """Have PostgreSQL take connections to a database, or refuse them and end those there are."""
    server, name = url.partition("?host=")[2], _name(url)
    database = sql.Identifier(name)
    command = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
        database, sql.Literal(allowed)
    )
    with psycopg.connect(host=server, user=USER, dbname=USER, autocommit=True) as connection:
        connection.execute(command)
        if not allowed:
            ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(ending, [name])


def _name(url: str) -> str:
    """Return which database a URL of `new_database` names."""
    return url.partition("@/")[2].partition("?")[0]


def _run(*command: str | Path) -> None:
    user = ("setpriv", "--reuid", USER, "--regid", USER, "--init-groups")
    as_user = user if os.geteuid() == 0 else ()
    subprocess.run(
        [*as_user, *map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=60
    )
