"""`linkmgr doctor`: what works in an instance, what does not, and what to do."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPException

from sqlalchemy.exc import SQLAlchemyError

from linkmgr.builder.run import build
from linkmgr.catalog.reading.files import load_catalog
from linkmgr.check.last_result import load_last_result
from linkmgr.clicks.targets import SharedTargets
from linkmgr.figures.queries import last_click
from linkmgr.links.reach import Reach, reach_of
from linkmgr.messages.errors import LinkmgrError, translated
from linkmgr.messages.message import Message, message
from linkmgr.network.admin import RemoteAdmin
from linkmgr.network.health import ask_health, failure
from linkmgr.settings import Role, Settings
from linkmgr.site_index.site import has_site
from linkmgr.store.db.engine import open_engine, reason_of, shown_url, sqlite_file
from linkmgr.store.db.schema import check_columns, read_schema
from linkmgr.store.instance.checks import (
    CheckState,
    HealthCheck,
    InstancePart,
    digest_check,
    folder_checks,
    loading_check,
    read_reports,
    report_checks,
)
from linkmgr.store.instance.site_checks import (
    counting_checks,
    pages_check,
    schema_check,
    shops_check,
)
from linkmgr.store.instance.targets import read_targets
from linkmgr.store.shop_pages import linked_pages
from linkmgr.web.background.follower import fetch_links

_Examination = Callable[[Settings], Iterator[HealthCheck]]
"""Examines one thing. Raise LinkmgrError or OSError for what keeps it from that."""


# What this machine has beside its folder: database, spool, catalog, last build and last check.


def _examine_database(settings: Settings) -> Iterator[HealthCheck]:
    """Examine the database: can it be reached, is it whole, and of this version."""
    engine = open_engine(settings.database_url)
    file, url = sqlite_file(engine), shown_url(engine)
    if file and not file.exists():
        sentence = message("doctor.no-database", file=str(file))
        yield _database(CheckState.FAULT, sentence, message("doctor.remedy-no-database"))
        return
    try:
        with closing(engine.connect()) as connection:
            if file:
                (damage,) = connection.exec_driver_sql("PRAGMA quick_check(1)").scalars()
                if damage != "ok":
                    reason = str(damage)
                    sentence = message("doctor.damaged-database", file=str(file), reason=reason)
                    remedy = message("doctor.remedy-damaged-database")
                    yield _database(CheckState.FAULT, sentence, remedy)
                    return
            schema = read_schema(connection)
            if not schema.is_usable:
                yield schema_check(schema)
                return
            check_columns(connection)
            last = last_click(connection)
            shop_pages = linked_pages(connection)
    except SQLAlchemyError as error:
        sentence = message("doctor.unreachable-database", url=url, reason=reason_of(error))
        yield _database(CheckState.FAULT, sentence)
        return
    finally:
        engine.dispose()
    if last is None:
        sentence = message("doctor.database-without-clicks", url=url)
    else:
        time = datetime.fromtimestamp(last / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        sentence = message("doctor.database", url=url, last=time)
    yield _database(CheckState.GOOD, sentence)
    if has_site(settings):
        was_looked = any(page.looked for page in shop_pages)
        yield shops_check(shop_pages, was_looked=was_looked)


def _database(state: CheckState, sentence: Message, remedy: Message | None = None) -> HealthCheck:
    return HealthCheck("database", InstancePart.CLICKS, state, sentence, remedy)


def _examine_reports(settings: Settings) -> Iterator[HealthCheck]:
    """Examine what the processes report: whether clicks are loaded, and the catalog is served."""
    reports = read_reports(settings)
    checks = report_checks(reports)
    yield from checks
    yield from loading_check(reports, checks)


def _examine_catalog(settings: Settings) -> Iterator[HealthCheck]:
    """Examine the catalog, where this machine has it: is it right, and are its clicks counted."""
    if settings.catalog_url:
        return
    catalog, file = load_catalog(settings.catalog), str(settings.catalog)
    items = len(catalog.items)
    sentence = message("doctor.catalog", file=file, items=items)
    yield HealthCheck("catalog", InstancePart.CATALOG, CheckState.GOOD, sentence, number=items)
    site = settings.site_folder if has_site(settings) else None
    yield from counting_checks(catalog, settings.catalog, site)


def _examine_build(settings: Settings) -> Iterator[HealthCheck]:
    """Examine the site, where this machine has it: is the catalog built, are the pages checked."""
    if not has_site(settings):
        return
    site = settings.site_folder
    result = build(site, catalog_file=settings.catalog, check=True)
    if result.changed:
        files = len(result.written) + len(result.deleted)
        sentence = message("doctor.not-built", folder=str(site), files=files)
        remedy = message("doctor.remedy-not-built")
        yield HealthCheck("build", InstancePart.BUILD, CheckState.WARNING, sentence, remedy, files)
    else:
        posts, with_blocks = result.posts, result.with_blocks
        sentence = message("doctor.built", posts=posts, with_blocks=with_blocks)
        yield HealthCheck("build", InstancePart.BUILD, CheckState.GOOD, sentence)
    yield pages_check(load_last_result(site))


# The server as it is reached, on this machine and by its public name; its admin and its clock.

# A click's day, and so its visitor, is by the machine's clock.
_MOST_SECONDS_APART = 5.0


def _network(
    name: str, state: CheckState, sentence: Message, remedy: Message | None = None
) -> HealthCheck:
    return HealthCheck(name, InstancePart.NETWORK, state, sentence, remedy)


def _examine_server(settings: Settings) -> Iterator[HealthCheck]:
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
            reason = failure(error)
            sentence = message("doctor.not-answering", what=what, address=address, reason=reason)
            remedy = message("doctor.remedy-not-answering")
            yield _network("port", CheckState.FAULT, sentence, remedy)
        else:
            if answer.health:
                sentence = message("doctor.answering", what=what, address=address)
                yield _network("port", CheckState.GOOD, sentence)
            else:
                yield _another_server("port", address, answer.status)


def _another_server(name: str, address: str, status: int) -> HealthCheck:
    sentence = message("doctor.another-server", address=address, status=status)
    return _network(name, CheckState.FAULT, sentence, message("doctor.remedy-another-server"))


def _examine_admin(settings: Settings) -> Iterator[HealthCheck]:
    """See whether another machine's admin hands out its links, if it should. Raise AdminError."""
    if settings.catalog_url:
        admin = RemoteAdmin(settings.catalog_url, settings.catalog_token or "")
        links = SharedTargets.from_json(fetch_links(admin) or b"")
        items, posts = len(links.targets.items), len(links.posts)
        sentence = message("doctor.admin", url=admin.url, items=items, posts=posts)
        yield _network("admin", CheckState.GOOD, sentence)


def _examine_public_name(settings: Settings) -> Iterator[HealthCheck]:
    """Examine what a request by the name in `site: server` meets on its way."""
    if settings.catalog_url or settings.role is Role.ADMIN:
        return  # by the name of several machines, any of them may answer
    server = load_catalog(settings.catalog).site.server
    if server is None:
        return
    name = "public-name"
    try:
        answer = ask_health(server)
    except (OSError, HTTPException) as error:
        sentence = message("doctor.name-not-answering", address=server, reason=failure(error))
        remedy = message("doctor.remedy-name-not-answering")
        yield _network(name, CheckState.FAULT, sentence, remedy)
        return
    if not answer.health:
        yield _another_server(name, server, answer.status)
        return
    request = answer.health.get("request", {})
    if request.get("forwarded") == "ignored":
        sentence = message("doctor.proxy-not-trusted", address=server)
        remedy = message("doctor.remedy-proxy-not-trusted")
        yield _network(name, CheckState.FAULT, sentence, remedy)
    elif server.startswith("https:") and not request.get("https"):
        sentence = message("doctor.no-forwarded-proto", address=server)
        remedy = message("doctor.remedy-no-forwarded-proto")
        yield _network(name, CheckState.WARNING, sentence, remedy)
    else:
        yield _network(name, CheckState.GOOD, message("doctor.name", address=server))
    # An address of this machine is a trial, in which no reader needs https.
    if not (server.startswith("https:") or reach_of(server) is Reach.THIS_COMPUTER):
        sentence = message("doctor.no-https", address=server)
        yield _network("https", CheckState.WARNING, sentence, message("doctor.remedy-no-https"))


def _examine_clock(settings: Settings) -> Iterator[HealthCheck]:
    """Compare the clock with that of the blog's own server."""
    site = _site(settings)
    if site is None:
        return
    try:
        asked = datetime.now(UTC)
        answered = ask_health(site, "/").date
    except (OSError, HTTPException) as error:
        yield _unknown_clock(site, failure(error))
        return
    if answered is None:
        yield _unknown_clock(site, "Date")
        return
    # The answer's time has whole seconds, and lies between the question and now.
    behind = (asked - answered).total_seconds() - 1
    apart = max(behind, (answered - datetime.now(UTC)).total_seconds(), 0)
    if apart > _MOST_SECONDS_APART:
        sentence = message("doctor.clock-apart", address=site, seconds=round(apart))
        yield _network("clock", CheckState.WARNING, sentence, message("doctor.remedy-clock-apart"))
    else:
        yield _network("clock", CheckState.GOOD, message("doctor.clock", address=site))


def _unknown_clock(site: str, reason: str) -> HealthCheck:
    sentence = message("doctor.clock-unknown", address=site, reason=reason)
    return _network("clock", CheckState.WARNING, sentence)


def _site(settings: Settings) -> str | None:
    """Return the blog's address, `None` where nothing says it. Raise LinkmgrError."""
    if not settings.catalog_url:
        return load_catalog(settings.catalog).site.url
    targets = read_targets(settings.targets)
    return targets.site if targets else None


def _connectable(host: str) -> str:
    """Return the address at which to reach a server that listens there, or at all addresses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - as it is compared
    return f"[{host}]" if ":" in host else host


# All examinations, in the order in which one thing depends on another.

_EXAMINATIONS: tuple[_Examination, ...] = (
    folder_checks,
    _examine_catalog,
    _examine_admin,
    _examine_database,
    _examine_reports,
    _examine_server,
    _examine_public_name,
    _examine_clock,
    _examine_build,
    digest_check,
)


def examine(settings: Settings) -> Iterator[HealthCheck]:
    """Yield the checks that have something to say; none changes anything."""
    told: set[Message] = set()
    for examination in _EXAMINATIONS:
        for check in _examined(examination, settings):
            if check.sentence and check.sentence not in told:  # several read the catalog
                told.add(check.sentence)
                yield check


def _examined(examination: _Examination, settings: Settings) -> Iterator[HealthCheck]:
    try:
        yield from examination(settings)
    except LinkmgrError as error:
        for part in error.parts:
            yield _refused(translated(part))
    except OSError as error:
        yield _refused(f"{error.filename or ''}: {error.strerror or error}")


def _refused(text: str) -> HealthCheck:
    sentence = message("doctor.refused", text=text)
    return HealthCheck("refused", InstancePart.CATALOG, CheckState.FAULT, sentence)
