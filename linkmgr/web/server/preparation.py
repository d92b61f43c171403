"""What a server needs before it answers: its folder, its tables, and the links to serve.

The background worker's first process does this: it imports what it takes anyway, and the main
process nothing of it.
"""

import logging
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.catalog_targets import targets_of
from linkmgr.clicks.targets import Targets
from linkmgr.fs import wrap_write_errors
from linkmgr.messages.errors import LinkmgrError
from linkmgr.settings import Role, Settings
from linkmgr.store.accounts import users
from linkmgr.store.clicks import last_targets
from linkmgr.store.db.engine import open_engine
from linkmgr.store.db.schema import Unreachable, check_schema
from linkmgr.store.instance.folder import make_instance
from linkmgr.store.instance.targets import publish, read_targets
from linkmgr.web.background.shared_keys import SharedKeys
from linkmgr.web.background.stopping import Stopping
from linkmgr.web.server.report import Prepared, send_error, send_missing, send_prepared

_log = logging.getLogger(__name__)


def report_preparation(settings: Settings, stopping: Stopping) -> bool:
    """Prepare a server, and report what came of it; return whether it can answer.

    If it cannot, wait until this process must end.
    """
    try:
        prepared = _prepare(settings, stopping)
    except LinkmgrError as error:
        send_error(error)
    except ModuleNotFoundError as error:
        send_missing(error.name)
    else:
        send_prepared(prepared)
        return True
    stopping.poll(None)
    return False


def _prepare(settings: Settings, stopping: Stopping) -> Prepared:
    """Have the workers find links when they start. Raise LinkmgrError."""
    catalog = None if settings.catalog_url else _catalog(settings)
    make_instance(settings.instance)  # nothing is made where there is nothing to serve
    targets = targets_of(catalog) if catalog else _first_links(settings, stopping)
    setup = None
    if _check_database(settings):
        engine = open_engine(settings.database_url)
        with suppress(SQLAlchemyError):  # down since the check: the background worker retries
            if targets:
                targets = last_targets.with_deleted(engine, targets)
            setup = _setup_token(settings, engine)
        _publish(settings, targets)
        _share_visitor_key(settings, engine)
        engine.dispose()
    else:
        _publish(settings, targets)
    return Prepared(setup, bool(catalog and catalog.site.server is None))


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


def _first_links(settings: Settings, stopping: Stopping) -> Targets | None:
    """Return another machine's links, `None` if those that were published last must do."""
    if settings.catalog_url and read_targets(settings.targets) is None:
        # Imported here: it takes an HTTP client, and most servers have a catalog of their own.
        from linkmgr.web.background.follower import Follower  # noqa: PLC0415

        return Follower(settings).wait_for_targets(stopping)
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


def _setup_token(settings: Settings, engine: Engine) -> str | None:
    return None if settings.role is Role.REDIRECT else users.new_setup_token(engine)


def _publish(settings: Settings, targets: Targets | None) -> None:
    if targets:
        with wrap_write_errors(settings.targets):
            publish(settings.targets, targets)


def _share_visitor_key(settings: Settings, engine: Engine) -> None:
    """Have the workers find the key of today that all nodes share when they start."""
    counts = settings.several_nodes and settings.role is not Role.ADMIN
    if counts and (targets := read_targets(settings.targets)):
        SharedKeys(settings, engine, lambda: targets.timezone).follow()
