"""`linkmgr serve`: the main process, which starts the keeper and the workers, and ends them."""

import logging
import multiprocessing
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.catalog.files import load_catalog
from linkmgr.catalog.model import Catalog
from linkmgr.clicks.targets import targets_of
from linkmgr.errors import LinkmgrError
from linkmgr.settings import Role, Settings
from linkmgr.store import last_targets, users
from linkmgr.store.engine import open_engine
from linkmgr.store.schema import Unreachable, check_schema
from linkmgr.survey.follow import is_wanted, survey
from linkmgr.web.guardian import Guardian
from linkmgr.web.keeper import keep
from linkmgr.web.logs import log_config, start_logging
from linkmgr.web.publisher import publish, published

# prometheus_client reads this variable; see linkmgr/web/metrics.py.
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

# Seconds that a worker has to answer what it began when the server is stopped.
_LAST_ANSWERS = 10

_log = logging.getLogger(__name__)


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raise LinkmgrError."""
    start_logging()
    catalog = _catalog(settings)
    _make_folder(settings.instance)
    database_up = _check_database(settings)
    _publish(settings, catalog, database_up=database_up)
    setup = _setup_token(settings) if database_up else None
    address, port = _free_address(settings.host, settings.port)
    # Workers, the keeper and the survey start afresh: a fork would take threads' locks along.
    multiprocessing.set_start_method("spawn", force=True)
    with _metrics_folder(), Guardian("keeper", keep, settings), _survey(settings):
        say(_greeting(settings, port, catalog, setup))
        Server(
            "linkmgr.web.worker:make_app",
            factory=True,
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            blocking_threads=1,
            runtime_threads=1,
            respawn_failed_workers=True,
            workers_kill_timeout=_LAST_ANSWERS,
            log_dictconfig=log_config(),
            log_level=LogLevels.warning,
        ).serve()


def _catalog(settings: Settings) -> Catalog | None:
    """Return the catalog, `None` if an earlier one must do. Raise LinkmgrError if none can."""
    try:
        return load_catalog(settings.catalog)
    except LinkmgrError as error:
        if published(settings.targets) is None:
            raise
        _log.error("the last good catalog is served: %s", error)
        return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LinkmgrError(f"{folder}: cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LinkmgrError(f"{folder}: cannot be written to; LINKMGR_INSTANCE names the folder")


def _check_database(settings: Settings) -> bool:
    """Whether the database can be used at present; it may come later.

    Raise LinkmgrError if its tables are of another version.
    """
    try:
        check_schema(settings)
    except Unreachable as error:
        _log.error("clicks wait in the spool: %s", error)
        return False
    return True


def _publish(settings: Settings, catalog: Catalog | None, *, database_up: bool) -> None:
    """Have the workers find targets when they start."""
    if catalog is None:
        return
    targets = targets_of(catalog)
    if database_up:
        with suppress(SQLAlchemyError):  # down since it was checked: the keeper asks again
            targets = last_targets.with_deleted(open_engine(settings.database_url), targets)
    publish(settings.targets, targets)


def _setup_token(settings: Settings) -> str | None:
    """Return what makes the first account of the admin, `None` if it is not wanted."""
    if settings.role is Role.REDIRECT:
        return None
    with suppress(SQLAlchemyError):  # as above
        return users.new_setup_token(open_engine(settings.database_url))
    return None


def _survey(settings: Settings) -> AbstractContextManager[object]:
    """Return what has the site surveyed, where this server has one and an admin to show it."""
    return Guardian("survey", survey, settings) if is_wanted(settings) else nullcontext()


def _free_address(host: str, port: int) -> tuple[str, int]:
    """Return where to listen, as numbers. Raise LinkmgrError if somebody listens there.

    granian's own sockets share their port with whoever else asks to share it, so it would not tell.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            name = probe.getsockname()
            return name[0], name[1]
    except OSError as error:
        raise LinkmgrError(
            f"cannot listen at {host}:{port}: {error.strerror}; "
            "LINKMGR_HOST and LINKMGR_PORT set another address"
        ) from error


@contextmanager
def _metrics_folder() -> Iterator[None]:
    """Have the processes count in a fresh folder, since Prometheus takes each start as one."""
    with tempfile.TemporaryDirectory(prefix="linkmgr-") as folder:
        os.environ[_METRICS_FOLDER] = folder
        yield


def _greeting(settings: Settings, port: int, catalog: Catalog | None, setup: str | None) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{port}"
    lines = [f"linkmgr serves at {url} (stop it with Ctrl-C)"]
    if catalog and catalog.site.server is None:
        lines.append(
            f"next: give the site in {settings.catalog} a `server: {url}`, or the address by which "
            "readers reach this server, and run `linkmgr build`: its links are counted then"
        )
    if setup:
        lines.append(f"first start: make your account at {url}/admin/setup/{setup} (once)")
    elif settings.role is not Role.REDIRECT:
        lines.append(f"admin: {url}/admin/")
    lines.append(f"how it is: {url}/healthz   what was clicked: linkmgr stats")
    return "\n".join(lines)
