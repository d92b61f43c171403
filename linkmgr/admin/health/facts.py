"""The state of the server, for the Health page, the number in the navigation, and the API."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import g
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.context import Admin
from linkmgr.admin.health.status import Stage, find_status
from linkmgr.check.last_result import LastResult, load_last_result
from linkmgr.check.online import ShopPage
from linkmgr.figures.queries import last_click
from linkmgr.messages.errors import first_lines
from linkmgr.settings import Settings
from linkmgr.site_index.catalog_reader import SeenCatalog
from linkmgr.store.clicks.last_targets import StillRedirecting, still_redirecting
from linkmgr.store.db.schema import Schema, read_schema
from linkmgr.store.digests import DigestRecord, read_digest_record
from linkmgr.store.instance.checks import (
    CheckState,
    HealthCheck,
    InstancePart,
    ReportCheck,
    Reports,
    digest_check,
    folder_checks,
    read_reports,
    report_checks,
)
from linkmgr.store.instance.site_checks import (
    OTHER_SCHEMA,
    counting_checks,
    pages_check,
    schema_check,
    shops_check,
)
from linkmgr.store.shop_pages import linked_pages, reported_pages

_MAX_REDIRECTING = 100
"""The most items to list that still redirect."""


# The checks that every page counts, which take files and one query.

_COUNTED_PARTS = (
    InstancePart.SHOPS,
    InstancePart.PAGES,
    InstancePart.BUILD,
    InstancePart.CATALOG,
    InstancePart.CLICKS,
    InstancePart.PROCESSES,
    InstancePart.FOLDER,
)


def failing(checks: Iterable[HealthCheck], part: InstancePart) -> list[HealthCheck]:
    """Return the checks of a part that fail."""
    return [check for check in checks if check.part is part and check.fails]


def health_checks(
    admin: Admin, connection: Connection, shop_pages: Sequence[ShopPage] | None = None
) -> Sequence[HealthCheck]:
    """Return the checks of what is known without asking anybody.

    The database is asked for the shops' pages unless they are given. A request checks once: the
    navigation and the page say the same.
    """
    if "health_checks" not in g:
        g.health_checks = _checks(admin, connection, shop_pages)
    checks: Sequence[HealthCheck] = g.health_checks
    return checks


def count_alarms(checks: Sequence[HealthCheck]) -> int:
    """Return how many parts need the owner: the number beside Health."""
    return sum(bool(failing(checks, part)) for part in _COUNTED_PARTS)


def _checks(
    admin: Admin, connection: Connection, shop_pages: Sequence[ShopPage] | None
) -> list[HealthCheck]:
    settings, seen = admin.settings, admin.catalog()
    reports, checked = _reports(settings), load_last_result(settings.site_folder)
    if shop_pages is None:
        shop_pages = gone_pages(admin, connection)
    checks = [
        shops_check(shop_pages, was_looked=any(page.looked for page in shop_pages)),
        pages_check(checked),
        _build_check(),
        _catalog_check(seen, reports),
    ]
    # Whether the present catalog is served is known here from its file, a moment earlier.
    checks += [check for check in report_checks(reports) if check.part is not InstancePart.CATALOG]
    with suppress(OSError):
        checks += folder_checks(settings)
    return checks


def _reports(settings: Settings) -> Reports:
    """Return what the processes report, read once a request."""
    if "reports" not in g:
        g.reports = read_reports(settings)
    reports: Reports = g.reports
    return reports


def _build_check() -> HealthCheck:
    """Check whether a build would go through, by what the header says of it."""
    status = find_status()
    is_wrong = status.stage in {Stage.BLOCKED, Stage.FAILED}
    state = CheckState.FAULT if is_wrong else CheckState.GOOD
    return HealthCheck("build", InstancePart.BUILD, state)


def _catalog_check(seen: SeenCatalog, reports: Reports) -> HealthCheck:
    """Check whether the catalog's file is right and served; the number is that of its problems."""
    problems = seen.problem_count or len(_unpublished(seen, reports))
    state = CheckState.FAULT if problems else CheckState.GOOD
    return HealthCheck("catalog", InstancePart.CATALOG, state, number=problems)


# The name under which the admin remembers the pages, with the time of the check that found them:
# checks of other processes write their result to the site's folder.
_GONE = "gone-pages"

# Seconds for which they are remembered at most: other servers dismiss pages, too.
_SECONDS_REMEMBERED = 60


def gone_pages(admin: Admin, connection: Connection) -> Sequence[ShopPage]:
    """Return the shops' pages that are reported, as they were after the last check or dismissal.

    The database is asked once a minute at most, since every page shows their number.
    """
    checked = load_last_result(admin.settings.site_folder)
    stamp = checked.time if checked else 0.0, int(time.time() // _SECONDS_REMEMBERED)
    pages: Sequence[ShopPage]
    known, pages = admin.memory.get(_GONE, (None, ()))
    if known != stamp:
        pages = ()
        with suppress(SQLAlchemyError):  # an error page asks, too, whatever its error is
            pages = reported_pages(connection)
            admin.memory[_GONE] = stamp, pages
    return pages


def forget_gone_pages(admin: Admin) -> None:
    """Have the database asked again: a page was dismissed."""
    admin.memory.pop(_GONE, None)


def _unpublished(seen: SeenCatalog, reports: Reports) -> Sequence[str]:
    """Return why the worker cannot write the links of a valid catalog, empty if it can."""
    if seen.problems or not reports.worker:
        return ()
    return first_lines(reports.worker.catalog)


# All of it.


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """The checks, and the figures and lists beside them."""

    checks: Sequence[HealthCheck]

    problems: Sequence[str]
    """The first problems of the catalog, one a line."""

    unpublished: Sequence[str]
    """Why the links of a good catalog are not served."""

    revision: str

    items: int

    published: float | None
    """When the served links were last written, in seconds since 1970."""

    reports: Reports

    last_click: int | None
    """When the last loaded click was, in milliseconds since 1970."""

    schema: Schema

    still_redirecting: Sequence[StillRedirecting]

    checked: LastResult | None
    """`None` where the site's built pages were never checked."""

    digest: DigestRecord | None
    """What the last digest told, with when it was made; `None` before any."""

    shop_pages: Sequence[ShopPage]
    """Those that the site links to, as they were last looked at."""

    def failing(self, part: InstancePart) -> list[HealthCheck]:
        """Return the checks of a part that fail."""
        return failing(self.checks, part)

    def count(self, part: InstancePart) -> int:
        """Return the number of problems that the failing check of a part has counted."""
        return int(sum(check.number for check in self.failing(part)))

    def never_ran(self, part: InstancePart) -> bool:
        """Whether a part was never checked."""
        return any(check.part is part and check.state is CheckState.NEVER for check in self.checks)

    @property
    def faults(self) -> Sequence[str]:
        """The names of the checks about clicks and processes that fail."""
        return [check.name for check in self.checks if check.fails and check.name in FAULTS]

    @property
    def well(self) -> bool:
        """Whether nothing needs the owner's attention."""
        return not any(self.failing(part) for part in _COUNTED_PARTS)


FAULTS = (*(name for name in ReportCheck if name is not ReportCheck.CATALOG_SERVED), OTHER_SCHEMA)
"""The checks that the API names if they fail; it has the catalog's problems in words."""


def health_facts(admin: Admin, connection: Connection) -> HealthFacts:
    """Return the state of the catalog, the spool, the loader and the database."""
    settings, seen = admin.settings, admin.catalog()
    reports, published = _reports(settings), None
    with suppress(OSError):
        published = settings.targets.stat().st_mtime
    site = settings.site_folder if admin.site() else None
    schema = read_schema(connection)
    shop_pages = linked_pages(connection) if schema.is_usable else ()
    retired = [item.id for item in seen.catalog.items.values() if item.retired]
    return HealthFacts(
        checks=[
            *health_checks(admin, connection, shop_pages),
            schema_check(schema),
            *digest_check(settings),
            *counting_checks(seen.catalog, settings.catalog, site),
        ],
        problems=seen.problems,
        unpublished=_unpublished(seen, reports),
        revision=seen.revision.id,
        items=len(seen.catalog.items),
        published=published,
        reports=reports,
        last_click=last_click(connection),
        schema=schema,
        still_redirecting=still_redirecting(connection, retired, _MAX_REDIRECTING),
        checked=load_last_result(settings.site_folder),
        digest=read_digest_record(settings.instance),
        shop_pages=shop_pages,
    )
