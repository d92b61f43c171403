"""`linkmgr serve`: the main process, which starts all other processes and ends them."""

import logging
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.targets import Targets, targets_of
from linkmgr.fs import wrap_write_errors
from linkmgr.messages.errors import LinkmgrError, os_reason
from linkmgr.messages.message import message, word
from linkmgr.settings import PREFIX, Role, Settings, http_url
from linkmgr.store.accounts import users
from linkmgr.store.clicks import last_targets
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import Unreachable, check_schema
from linkmgr.store.instance.folder import make_instance, private_umask
from linkmgr.store.instance.state import counting, note_end
from linkmgr.store.instance.targets import publish, read_targets
from linkmgr.web.background.follower import Follower, SharedKeys
from linkmgr.web.logs import start_logging
from linkmgr.web.server.child import Part, deadline_of
from linkmgr.web.server.sockets import first_address
from linkmgr.web.server.supervisor import Child, Signals, supervise
from linkmgr.web.visitors import visitors_key

# Seconds between two requests to a server that is starting, and until one is given up: a socket
# may accept before its worker is there to answer.
_REQUEST_PAUSE = 0.1
_REQUEST_PATIENCE = 5.0

# What this process does not import itself.
_CHILDRENS_LIBRARIES = "granian", "waitress"

_log = logging.getLogger(__name__)


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. Raise LinkmgrError.

    What to open is announced once there is an answer. Raise ModuleNotFoundError if a library is
    missing that the children need.
    """
    _require_libraries()
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
        greeting = _greeting(named, catalog, setup)
        greet = partial(_greet_once_answering, _addresses(placed), partial(announce, greeting))
        threading.Thread(target=greet, name="greeting", daemon=True).start()
        note = partial(_note_end, placed.instance)
        supervise(signals, _children(placed), _environment(placed), note)


def _require_libraries() -> None:
    """Raise ModuleNotFoundError for a library without which children would end again and again."""
    for name in _CHILDRENS_LIBRARIES:
        if find_spec(name) is None:
            raise ModuleNotFoundError(name=name)


def _note_end(instance: Path, process: str) -> None:
    """Have Health, `/healthz` and `linkmgr doctor` know that a process has ended by itself."""
    with (
        suppress(LinkmgrError, OSError),
        private_umask(),
    ):  # a full disk, or a folder that was moved
        note_end(instance, process)


def _children(settings: Settings) -> list[list[Child]]:
    """Return the processes of a machine's role, in the order in which they end."""
    servers = []
    if settings.role is not Role.ADMIN:
        # They share their port.
        names = [f"worker {number}" for number in range(1, settings.workers + 1)]
        servers += [_child(name, Part.READERS, settings) for name in names]
    if settings.role is not Role.REDIRECT:
        servers.append(_child("the admin", Part.ADMIN, settings))
    # The servers rely on the background worker.
    return [servers, [_child("the background worker", Part.BACKGROUND, settings)]]


def _child(name: str, part: Part, settings: Settings) -> Child:
    command = ("-m", "linkmgr.web.server.child", part)
    # The background worker loads what is left even where it is stopped as it begins.
    by_signal = part is not Part.BACKGROUND
    return Child(name, command, deadline_of(part, settings), by_signal)


def _environment(settings: Settings) -> Mapping[str, str]:
    """Return the variables of the children: this process's, and the addresses that it chose."""
    addresses = {
        "HOST": settings.host,
        "PORT": str(settings.port),
        "ADMIN_HOST": settings.admin_host,
        "ADMIN_PORT": str(settings.admin_port),
    }
    return os.environ | {PREFIX + name: value for name, value in addresses.items()}


def _greet_once_answering(addresses: Sequence[tuple[str, int]], greet: Callable[[], None]) -> None:
    for host, port in addresses:
        while not _answers(host, port):
            time.sleep(_REQUEST_PAUSE)
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
        address = _free_address(settings.host, settings.port, "LINKMGR_")
        settings = replace(settings, host=address[0], port=address[1])
    if settings.role is not Role.REDIRECT:
        address = _free_address(settings.admin_host, settings.admin_port, "LINKMGR_ADMIN_")
        settings = replace(settings, admin_host=address[0], admin_port=address[1])
    return settings


def _free_address(host: str, port: int, prefix: str) -> tuple[str, int]:
    """Return where to listen, as numbers. Raise LinkmgrError if somebody listens there.

    `prefix` begins the variables that set it, `LINKMGR_` or `LINKMGR_ADMIN_`.

    granian would not notice: its sockets share their port with whoever else asks to share it.
    """
    try:
        address = first_address(host, port)
        with socket.socket(address.family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address.parts)
            name = probe.getsockname()
            return name[0], name[1]
    except (OSError, UnicodeError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else None
        raise LinkmgrError(
            message(
                "server.cannot-listen",
                host=host,
                port=str(port),
                reason=reason or message("server.invalid-host"),
                host_variable=f"{prefix}HOST",
                port_variable=f"{prefix}PORT",
            )
        ) from error


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
