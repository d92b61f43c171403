"""`linkmgr serve`: the main process, which starts all other processes and ends them.

It imports what that takes and no more: it starts again in a moment, and holds little memory.
"""

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
from importlib.util import find_spec
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError, os_reason
from linkmgr.messages.message import message, translate
from linkmgr.settings import PREFIX, Role, Settings, http_url
from linkmgr.store.instance.folder import is_whole, private_umask
from linkmgr.store.instance.state import counting, note_end
from linkmgr.web.logs import start_logging
from linkmgr.web.server.child import ChildRole, deadline_of
from linkmgr.web.server.report import Prepared, read_report
from linkmgr.web.server.sockets import first_address
from linkmgr.web.server.supervisor import Child, Signals, Supervisor
from linkmgr.web.visitors import visitors_key

# Seconds between two requests to a server that is starting, and until one is given up: a socket
# may accept before its worker is there to answer.
_REQUEST_PAUSE = 0.1
_REQUEST_PATIENCE = 5.0

# What this process does not import itself.
_CHILDRENS_LIBRARIES = "granian", "waitress", "sqlalchemy"

_log = logging.getLogger(__name__)


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. Raise LinkmgrError.

    What to open is announced once there is an answer. Raise ModuleNotFoundError if a library is
    missing that the children need.
    """
    _require_libraries()
    start_logging()
    _forbid_core_dumps()
    # Before anything is written that the server which has the addresses relies on.
    placed = _with_free_addresses(settings)
    readers, admin, background = _readers(placed), _admin(placed), _background(placed)
    servers = [*readers, *admin]
    # Before a key of visitors may be in its file: a signal has it erased.
    signals = Signals()
    supervisor = Supervisor(signals, _environment(placed), partial(_note_end, placed.instance))
    with ExitStack() as shared, ExitStack() as running:
        shared.callback(signals.release)
        # The servers rely on the background worker.
        running.callback(supervisor.end, [background])
        running.callback(supervisor.end, servers)
        is_first = not placed.instance.exists()  # it is made where the catalog can be read
        if not is_first:
            _share_state(placed, shared)
        if _has_links(placed):
            # Links of before are better than none until the catalog is read.
            supervisor.start(readers)
        supervisor.start([background])
        report = supervisor.report_of(background)
        if is_first and placed.instance.exists():
            _share_state(placed, shared)
        if not report:
            return  # it was stopped
        prepared = read_report(report)
        supervisor.start(servers)
        # By the names that were set: an address in numbers says less.
        named = replace(placed, host=settings.host, admin_host=settings.admin_host)
        greet = partial(announce, _greeting(named, prepared))
        answering = partial(_greet_once_answering, _addresses(placed), greet)
        threading.Thread(target=answering, name="greeting", daemon=True).start()
        supervisor.run()


def _share_state(settings: Settings, until_the_end: ExitStack) -> None:
    """Let the processes share the visitors' key and their counters, which end with the server."""
    with private_umask():
        until_the_end.enter_context(visitors_key(settings.visitor_key))
        until_the_end.enter_context(counting(settings.counters))


def _has_links(settings: Settings) -> bool:
    """Whether readers can be answered before all is prepared, by the links of an earlier start."""
    # Nodes share a visitors' key, which is fetched first.
    return settings.targets.exists() and is_whole(settings.instance) and not settings.several_nodes


def _require_libraries() -> None:
    """Raise ModuleNotFoundError for a library without which children would end again and again."""
    for name in _CHILDRENS_LIBRARIES:
        if find_spec(name) is None:
            raise ModuleNotFoundError(name=name)


def _note_end(instance: Path, process: str) -> None:
    """Have Health, `/healthz` and `linkmgr doctor` know that a process has ended by itself."""
    # A full disk, or a folder that was moved, keeps no process from starting again.
    with suppress(LinkmgrError, OSError), private_umask():
        note_end(instance, process)


def _readers(settings: Settings) -> list[Child]:
    """Return the processes that answer readers, which share their port."""
    if settings.role is Role.ADMIN:
        return []
    names = [f"worker {number}" for number in range(1, settings.workers + 1)]
    return [_child(name, ChildRole.READERS, settings) for name in names]


def _admin(settings: Settings) -> list[Child]:
    if settings.role is Role.REDIRECT:
        return []
    return [_child("the admin", ChildRole.ADMIN, settings)]


def _background(settings: Settings) -> Child:
    child = _child("the background worker", ChildRole.BACKGROUND, settings)
    # It loads what is left even where it is stopped as it begins: by the byte alone.
    return replace(child, reporting=_command(ChildRole.PREPARATION), by_signal=False)


def _child(name: str, part: ChildRole, settings: Settings) -> Child:
    return Child(name, _command(part), deadline_of(part, settings))


def _command(part: ChildRole) -> Sequence[str]:
    return "-m", "linkmgr.web.server.child", part


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
    # Not by `http.client`, for which this process would hold OpenSSL in its memory.
    with (
        suppress(OSError),
        socket.create_connection((host, port), timeout=_REQUEST_PATIENCE) as connection,
    ):
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        return bool(connection.recv(1))
    return False


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
    """Return the address to listen at, as numbers. Raise LinkmgrError if it is taken.

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
    """Return the addresses at which the servers of its role listen."""
    public = (settings.host, settings.port)
    admin = (settings.admin_host, settings.admin_port)
    by_role = {Role.ALL: [public, admin], Role.REDIRECT: [public], Role.ADMIN: [admin]}
    return by_role[settings.role]


def _greeting(settings: Settings, prepared: Prepared) -> str:
    public = http_url(settings.host, settings.port)
    admin = settings.admin_url
    url = admin if settings.role is Role.ADMIN else public
    lines = [message("server.serves-at", url=url)]
    if prepared.needs_name and settings.role is not Role.ADMIN:
        lines.append(message("server.name-server", catalog=str(settings.catalog), url=public))
    if prepared.setup:
        lines.append(message("server.first-start", url=f"{admin}/admin/setup/{prepared.setup}"))
    elif settings.role is not Role.REDIRECT:
        lines.append(message("server.admin", url=f"{admin}/admin/"))
    lines.append(message("server.status", url=f"{url}/healthz"))
    return "\n".join(map(translate, lines))
