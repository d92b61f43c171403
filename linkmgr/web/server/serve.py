"""`linkmgr serve`: the main process, which starts all other processes and ends them."""

import logging
import multiprocessing
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.targets import Targets, targets_of
from linkmgr.fs import wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import message, word
from linkmgr.settings import Role, Settings, http_url
from linkmgr.store.accounts import users
from linkmgr.store.clicks import last_targets
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import Unreachable, check_schema
from linkmgr.store.instance.folder import make_instance, private_umask
from linkmgr.store.instance.state import counting, note_end
from linkmgr.store.instance.targets import publish, read_targets
from linkmgr.web.background.follower import Follower, SharedKeys
from linkmgr.web.background.worker import run_worker
from linkmgr.web.logs import start_logging
from linkmgr.web.server.servers import free_address, serve_admin, serve_readers, servers_deadline
from linkmgr.web.server.supervisor import Signals, Work, supervise
from linkmgr.web.visitors import visitors_key

# Seconds between two requests to a server that is starting, and until one is given up: a socket
# may accept before its worker is there to answer.
_REQUEST_PAUSE = 0.1
_REQUEST_PATIENCE = 5.0

_log = logging.getLogger(__name__)


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. Raise LinkmgrError.

    What to open is announced once there is an answer.
    """
    start_logging()
    _forbid_core_dumps()
    catalog = None if settings.catalog_url else _catalog(settings)
    with private_umask():
        make_instance(settings.instance)
        targets = _targets(settings, catalog)
        has_database = _check_database(settings)
        # Before anything is written that the server which has the addresses relies on.
        placed = _with_free_addresses(settings)
        setup = _prepare(placed, targets, has_database=has_database)
    # Forks start at once and share this process's memory. Elsewhere system libraries rule them out.
    multiprocessing.set_start_method("fork" if sys.platform == "linux" else "spawn", force=True)
    # Before a key of visitors may be in its file: a signal has it erased.
    signals = Signals()
    with ExitStack() as beside:
        with private_umask():
            beside.enter_context(visitors_key(placed.visitor_key))
            if has_database and placed.several_nodes and placed.role is not Role.ADMIN:
                _fetch_visitor_key(placed)
            beside.enter_context(counting(placed.counters))
        # By the names that were set: an address in numbers says less.
        named = replace(placed, host=settings.host, admin_host=settings.admin_host)
        greet = partial(announce, _greeting(named, catalog, setup))
        # The servers rely on the background worker, which ends after them.
        groups = [[*_servers(placed), _greeter(placed, greet)], [_background(placed)]]
        supervise(signals, groups, partial(_note_end, placed.instance))


def _note_end(instance: Path, process: str) -> None:
    """Have Health, `/healthz` and `linkmgr doctor` know that a process has ended by itself."""
    with (
        suppress(LinkmgrError, OSError),
        private_umask(),
    ):  # a full disk, or a folder that was moved
        note_end(instance, process)


def _servers(settings: Settings) -> Iterator[Work]:
    """Yield the servers of a machine's role. Those of readers share their port."""
    deadline = servers_deadline(settings)
    if settings.role is not Role.ADMIN:
        _import("linkmgr.web.server.worker")
        for number in range(1, settings.workers + 1):
            yield Work(f"worker {number}", partial(serve_readers, settings), deadline)
    if settings.role is not Role.REDIRECT:
        _import("linkmgr.web.server.admin_worker")
        yield Work("the admin", partial(serve_admin, settings), deadline)


def _background(settings: Settings) -> Work:
    """Return the process that the servers rely on."""
    work = partial(run_worker, settings)
    return Work("the background worker", work, settings.stop_seconds)


def _import(module: str) -> None:
    """Import what granian will in its worker, which is a fork of a fork of this process."""
    if multiprocessing.get_start_method() == "fork":
        import_module(module)


def _greeter(settings: Settings, greet: Callable[[], None]) -> Work:
    """Return what greets once all servers answer."""
    work = partial(_greet_once_answering, _addresses(settings), greet)
    return Work("the greeting", work, _REQUEST_PATIENCE, once=True)


def _greet_once_answering(
    addresses: Sequence[tuple[str, int]], greet: Callable[[], None], stopping: Connection
) -> None:
    for host, port in addresses:
        while not _answers(host, port):
            if stopping.poll(_REQUEST_PAUSE):
                return
    greet()


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=_REQUEST_PATIENCE)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _catalog(settings: Settings) -> Catalog | None:
    """Return the catalog, `None` if an earlier one must do. Raise LinkmgrError if none can."""
    try:
        return load_catalog(settings.catalog)
    except LinkmgrError:
        if read_targets(settings.targets) is None:
            raise
        # The background worker logs why, as it does of any edit.
        _log.warning("the catalog cannot be served as it is; the last good one is")
        return None


def _check_database(settings: Settings) -> bool:
    """Whether the database can be used at present; it may come later.

    Raise LinkmgrError if its tables are of another version.
    """
    try:
        check_schema(settings)
    except Unreachable as error:
        _log.error("clicks are waiting in the spool: %s", error)
        return False
    return True


def _targets(settings: Settings, catalog: Catalog | None) -> Targets | None:
    """Return the targets to begin with, `None` if those that were published last must do."""
    if settings.catalog_url and read_targets(settings.targets) is None:
        return Follower(settings).wait_for_targets()
    return targets_of(catalog) if catalog else None


def _prepare(settings: Settings, targets: Targets | None, *, has_database: bool) -> str | None:
    """Have the workers find targets when they start; return what makes the first account.

    `None` if that is not wanted, or if the database does not say.
    """
    setup = None
    if has_database:
        engine = open_engine(settings.database_url)
        with suppress(SQLAlchemyError):  # down since the check: the background worker retries
            if targets:
                targets = last_targets.with_deleted(engine, targets)
            setup = _setup_token(settings, engine)
        engine.dispose()
    if targets:
        with wrap_write_errors(settings.targets):
            publish(settings.targets, targets)
    return setup


def _setup_token(settings: Settings, engine: Engine) -> str | None:
    return None if settings.role is Role.REDIRECT else users.new_setup_token(engine)


def _fetch_visitor_key(settings: Settings) -> None:
    """Have the workers find the key of today that all nodes share when they start."""
    if targets := read_targets(settings.targets):
        engine = open_engine(settings.database_url)
        SharedKeys(settings, engine, lambda: targets.timezone).follow()
        engine.dispose()


def _forbid_core_dumps() -> None:
    """Let no process of the server leave its memory, which has the visitors' key, in a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _with_free_addresses(settings: Settings) -> Settings:
    """Return the settings with the addresses in numbers, the system having chosen for port 0.

    Raise LinkmgrError if somebody listens at one of them.
    """
    if settings.role is not Role.ADMIN:
        address = free_address(settings.host, settings.port, "LINKMGR_")
        settings = replace(settings, host=address[0], port=address[1])
    if settings.role is not Role.REDIRECT:
        address = free_address(settings.admin_host, settings.admin_port, "LINKMGR_ADMIN_")
        settings = replace(settings, admin_host=address[0], admin_port=address[1])
    return settings


def _addresses(settings: Settings) -> list[tuple[str, int]]:
    """Return where the servers of its role listen."""
    public = (settings.host, settings.port)
    admin = (settings.admin_host, settings.admin_port)
    by_role = {Role.ALL: [public, admin], Role.REDIRECT: [public], Role.ADMIN: [admin]}
    return by_role[settings.role]


def _greeting(settings: Settings, catalog: Catalog | None, setup: str | None) -> str:
    public = http_url(settings.host, settings.port)
    admin = settings.admin_url
    url = admin if settings.role is Role.ADMIN else public
    lines = [message("server.serves-at", url=url)]
    if catalog and catalog.site.server is None and settings.role is not Role.ADMIN:
        lines.append(message("server.name-server", catalog=str(settings.catalog), url=public))
    if setup:
        lines.append(message("server.first-start", url=f"{admin}/admin/setup/{setup}"))
    elif settings.role is not Role.REDIRECT:
        lines.append(message("server.admin", url=f"{admin}/admin/"))
    lines.append(message("server.status", url=f"{url}/healthz"))
    return "\n".join(map(word, lines))
