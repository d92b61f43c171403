"""Examines what this machine has: folders, database, spool, catalog and the last build."""

import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.messages.message import message
from linkmgr.posts.site import CONFIG_FILES
from linkmgr.settings import Role, Settings
from linkmgr.store.db.engine import open_engine, reason_of, shown_url, sqlite_file
from linkmgr.store.db.schema import Fit, read_schema
from linkmgr.store.figures.figures import last_click
from linkmgr.store.instance.counters import read_counters
from linkmgr.store.instance.faults import Fault, instance_faults
from linkmgr.store.instance.worker_state import read_state
from linkmgr.store.spool.backlog import spool_state
from linkmgr.web.doctor.diagnosis import Diagnosis, fault, fine, warning

# Below this a day of a busy blog's clicks may find no room.
_LITTLE_ROOM = 500 * 2**20

# What `/healthz` reports of a worker is examined by itself.
_MESSAGES = {
    Fault.NOT_LOADING: message("doctor.not-loading"),
    Fault.SPOOL_WAITS: message("doctor.spool-waits"),
    Fault.SPOOL_UNREADABLE: message("doctor.spool-unreadable"),
    Fault.DATABASE_REPLACED: message("doctor.database-replaced"),
    Fault.INSTANCE_RESTORED: message("doctor.instance-restored"),
    Fault.CLICKS_LOST: message("doctor.clicks-lost"),
    Fault.CLICKS_DAMAGED: message("doctor.clicks-damaged"),
    Fault.NO_CONTACT: message("doctor.no-contact"),
}


def examine_folder(settings: Settings) -> Iterator[Diagnosis]:
    """Examine the instance's folder: is it there, its owner's alone, and is there room."""
    folder = settings.instance
    if not folder.is_dir():
        yield fault(message("doctor.no-instance", folder=str(folder)))
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield warning(message("doctor.open-folder", folder=str(folder), mode=f"{mode:o}"))
    free = shutil.disk_usage(folder).free
    if free < _LITTLE_ROOM:
        yield warning(message("doctor.little-room", folder=str(folder), megabytes=free // 2**20))
    else:
        yield fine(message("doctor.folder", folder=str(folder.resolve()), gigabytes=free / 2**30))


_OTHER_SCHEMA = {
    Fit.OLDER: "doctor.older-schema",
    Fit.TOO_LATE: "doctor.too-late-schema",
    Fit.UNFINISHED: "doctor.unfinished-move",
}


def examine_database(settings: Settings) -> Iterator[Diagnosis]:
    """Examine the database: can it be reached, is it whole, and of this version."""
    engine = open_engine(settings.database_url)
    file = sqlite_file(engine)
    if file and not file.exists():
        yield fault(message("doctor.no-database", file=str(file)))
        return
    try:
        with closing(engine.connect()) as connection:
            if file:
                (found,) = connection.exec_driver_sql("PRAGMA quick_check(1)").scalars()
                if found != "ok":
                    yield fault(
                        message("doctor.damaged-database", file=str(file), reason=str(found))
                    )
                    return
            schema = read_schema(connection)
            versions = {"found": schema.found or "-", "needed": schema.needed}
            if not schema.is_usable:
                yield fault(message(_OTHER_SCHEMA[schema.fit], **versions))
                return
            if schema.fit is Fit.LATER:
                yield warning(message("doctor.later-schema", **versions))
            last = last_click(connection)
    except SQLAlchemyError as error:
        yield fault(
            message("doctor.unreachable-database", url=shown_url(engine), reason=reason_of(error))
        )
    else:
        if last is None:
            yield fine(message("doctor.database-without-clicks", url=shown_url(engine)))
        else:
            time = datetime.fromtimestamp(last / 1000, UTC).strftime("%Y-%m-%d %H:%M")
            yield fine(message("doctor.database", url=shown_url(engine), last=time))
    finally:
        engine.dispose()


def examine_worker(settings: Settings) -> Iterator[Diagnosis]:
    """Examine the background worker, which loads the clicks, and what waits for it."""
    worker = read_state(settings.instance)
    if worker is None:
        yield fault(message("doctor.no-worker"))
        return
    spool = spool_state(settings.spool)
    faults = [*instance_faults(worker, spool, read_counters(settings.counters))]
    yield from (warning(text) for found, text in _MESSAGES.items() if found in faults)
    if worker.problems:
        yield fault(message("doctor.catalog-not-served", problems=worker.problems))
    if not faults:
        yield fine(message("doctor.worker", waiting=spool.waiting))


def examine_catalog(settings: Settings) -> Iterator[Diagnosis]:
    """Examine the catalog, where this machine has it: is it right, and are its clicks counted."""
    if settings.catalog_url:
        return
    catalog = load_catalog(settings.catalog)
    yield fine(message("doctor.catalog", file=str(settings.catalog), items=len(catalog.items)))
    if catalog.site.server is None:
        yield warning(message("doctor.no-server", file=str(settings.catalog)))


def examine_build(settings: Settings) -> Iterator[Diagnosis]:
    """Examine the site, where this machine has it: has the catalog been built."""
    site = settings.site_folder
    if settings.role is Role.REDIRECT or not any((site / name).exists() for name in CONFIG_FILES):
        return
    result = build(site, catalog_file=settings.catalog, check=True)
    if result.changed:
        yield warning(
            message(
                "doctor.not-built",
                folder=str(site),
                files=len(result.written) + len(result.deleted),
            )
        )
    else:
        yield fine(message("doctor.built", posts=result.posts, with_blocks=result.with_blocks))
