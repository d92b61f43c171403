"""`linkmgr doctor`: what works in an instance, what does not, and what to do."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPException

from sqlalchemy.exc import SQLAlchemyError

from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.clicks.targets import SharedTargets
from linkmgr.figures.totals import last_click
from linkmgr.links.reach import Reach, reach_of
from linkmgr.messages.errors import LinkmgrError, worded
from linkmgr.messages.message import message
from linkmgr.network.admin import Admin
from linkmgr.network.health import ask_health, failure
from linkmgr.settings import Role, Settings
from linkmgr.site_index.service.needed import is_needed
from linkmgr.store.db.engine import open_engine, reason_of, shown_url, sqlite_file
from linkmgr.store.db.schema import read_schema
from linkmgr.store.instance.facts import (
    Fact,
    fault,
    folder_facts,
    good,
    report_facts,
    schema_facts,
    uncounted_facts,
    warning,
)
from linkmgr.store.instance.faults import read_reports
from linkmgr.store.instance.targets import read_targets
from linkmgr.web.background.follower import take_links

_Examination = Callable[[Settings], Iterator[Fact]]
"""Examines one thing. Raise LinkmgrError or OSError for what keeps it from that."""


# What this machine has beside its folder: database, spool, catalog and last build.


def _examine_database(settings: Settings) -> Iterator[Fact]:
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
            if not schema.is_usable:
                yield from schema_facts(schema)
                return
            last = last_click(connection)
    except SQLAlchemyError as error:
        yield fault(
            message("doctor.unreachable-database", url=shown_url(engine), reason=reason_of(error))
        )
    else:
        if last is None:
            yield good(message("doctor.database-without-clicks", url=shown_url(engine)))
        else:
            time = datetime.fromtimestamp(last / 1000, UTC).strftime("%Y-%m-%d %H:%M")
            yield good(message("doctor.database", url=shown_url(engine), last=time))
    finally:
        engine.dispose()


def _examine_worker(settings: Settings) -> Iterator[Fact]:
    """Examine the background worker, which loads the clicks, and what waits for it."""
    reports = read_reports(settings)
    yield from report_facts(reports)
    if reports.worker and reports.worker.problems:
        problems = reports.worker.problems
        yield fault(message("doctor.catalog-not-served", problems=problems))


def _examine_catalog(settings: Settings) -> Iterator[Fact]:
    """Examine the catalog, where this machine has it: is it right, and are its clicks counted."""
    if settings.catalog_url:
        return
    catalog = load_catalog(settings.catalog)
    yield good(message("doctor.catalog", file=str(settings.catalog), items=len(catalog.items)))
    site = settings.site_folder if is_needed(settings) else None
    yield from uncounted_facts(catalog, settings.catalog, site)


def _examine_build(settings: Settings) -> Iterator[Fact]:
    """Examine the site, where this machine has it: has the catalog been built."""
    if not is_needed(settings):
        return
    site = settings.site_folder
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
        yield good(message("doctor.built", posts=result.posts, with_blocks=result.with_blocks))


# The server as it is reached, on this machine and by its public name; its admin and its clock.

# A click's day, and so its visitor, is by the machine's clock.
_MOST_SECONDS_APART = 5.0


def _examine_server(settings: Settings) -> Iterator[Fact]:
    """See whether both ports answer on this machine."""
    readers, admin = message("doctor.for-readers"), message("doctor.for-admin")
    for is_there, host, port, what in (
        (settings.role is not Role.ADMIN, settings.host, settings.port, readers),
        (settings.role is not Role.REDIRECT, settings.admin_host, settings.admin_port, admin),
    ):
        if not is_there:
            continue
        address = f"http://{_connectable(host)}:{port}"
        try:
            answer = ask_health(address)
        except (OSError, HTTPException) as error:
            yield fault(
                message("doctor.not-answering", what=what, address=address, reason=failure(error))
            )
        else:
            if answer.health:
                yield good(message("doctor.answering", what=what, address=address))
            else:
                yield fault(message("doctor.another-server", address=address, status=answer.status))


def _examine_admin(settings: Settings) -> Iterator[Fact]:
    """See whether another machine's admin hands out its links, if it should. Raise AdminError."""
    if settings.catalog_url:
        admin = Admin(settings.catalog_url, settings.catalog_token or "")
        links = SharedTargets.from_json(take_links(admin) or b"")
        items = len(links.targets.items)
        yield good(message("doctor.admin", url=admin.url, items=items, posts=len(links.posts)))


def _examine_public_name(settings: Settings) -> Iterator[Fact]:
    """Examine what a request by the name in `site: server` meets on its way."""
    if settings.catalog_url or settings.role is Role.ADMIN:
        return  # by the name of several machines, any of them may answer
    server = load_catalog(settings.catalog).site.server
    if server is None:
        return
    try:
        answer = ask_health(server)
    except (OSError, HTTPException) as error:
        yield fault(message("doctor.name-not-answering", address=server, reason=failure(error)))
        return
    if not answer.health:
        yield fault(message("doctor.another-server", address=server, status=answer.status))
        return
    request = answer.health.get("request", {})
    if request.get("forwarded") == "ignored":
        yield fault(message("doctor.proxy-not-trusted", address=server))
    elif server.startswith("https:") and not request.get("https"):
        yield warning(message("doctor.no-forwarded-proto", address=server))
    else:
        yield good(message("doctor.name", address=server))
    # An address of this machine is a trial, in which no reader needs https.
    if not (server.startswith("https:") or reach_of(server) is Reach.THIS_COMPUTER):
        yield warning(message("doctor.no-https", address=server))


def _examine_clock(settings: Settings) -> Iterator[Fact]:
    """Compare the clock with that of the blog's own server."""
    site = _site(settings)
    if site is None:
        return
    try:
        asked = datetime.now(UTC)
        found = ask_health(site, "/").date
    except (OSError, HTTPException) as error:
        yield warning(message("doctor.clock-unknown", address=site, reason=failure(error)))
        return
    if found is None:
        yield warning(message("doctor.clock-unknown", address=site, reason="Date"))
        return
    # The answer's time has whole seconds, and lies between the question and now.
    apart = max((asked - found).total_seconds() - 1, (found - datetime.now(UTC)).total_seconds(), 0)
    if apart > _MOST_SECONDS_APART:
        yield warning(message("doctor.clock-apart", address=site, seconds=round(apart)))
    else:
        yield good(message("doctor.clock", address=site))


def _site(settings: Settings) -> str | None:
    """Return the blog's address, `None` where nothing says it. Raise LinkmgrError."""
    if not settings.catalog_url:
        return load_catalog(settings.catalog).site.url
    targets = read_targets(settings.targets)
    return targets.site if targets else None


def _connectable(host: str) -> str:
    """Return where to reach a server that listens at an address, which may be any of its own."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - as it is compared
    return f"[{host}]" if ":" in host else host


# All examinations, in the order in which one thing depends on another.

_EXAMINATIONS: tuple[_Examination, ...] = (
    folder_facts,
    _examine_catalog,
    _examine_admin,
    _examine_database,
    _examine_worker,
    _examine_server,
    _examine_public_name,
    _examine_clock,
    _examine_build,
)


def examine(settings: Settings) -> Iterator[Fact]:
    """Yield what each examination says; none changes anything."""
    reported: set[Fact] = set()
    for examination in _EXAMINATIONS:
        for fact in _examined(examination, settings):
            if fact not in reported:  # several read the catalog
                reported.add(fact)
                yield fact


def _examined(examination: _Examination, settings: Settings) -> Iterator[Fact]:
    try:
        yield from examination(settings)
    except LinkmgrError as error:
        for part in error.parts:
            yield fault(message("doctor.refused", text=worded(part)))
    except OSError as error:
        yield fault(
            message("doctor.refused", text=f"{error.filename or ''}: {error.strerror or error}")
        )
