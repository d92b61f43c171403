"""The state of the server, for the Health page, the number in the navigation, and the API."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from flask import g
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.context import Admin, SeenCatalog
from linkmgr.admin.health.status import Stage, known_status
from linkmgr.check.last_result import LastResult, load_last_result
from linkmgr.check.online import ShopPage
from linkmgr.figures.totals import last_click
from linkmgr.messages.errors import first_lines
from linkmgr.store.clicks.last_targets import StillRedirecting, still_redirecting
from linkmgr.store.db.schema import Schema, read_schema
from linkmgr.store.instance.facts import (
    Fact,
    Level,
    folder_facts,
    report_facts,
    schema_facts,
    uncounted_facts,
)
from linkmgr.store.instance.faults import Fault, Reports, instance_faults, read_reports
from linkmgr.store.shop_pages import linked_pages, reported_pages

_MAX_REDIRECTING = 100
"""The most items to list that still redirect."""


# What needs the owner, counted by files and one query, since every page shows how much it is.


class Part(StrEnum):
    """What can be wrong, each with a tile on the Health page."""

    SHOPS = "shops"
    PAGES = "pages"
    BUILD = "build"
    CATALOG = "catalog"
    CLICKS = "clicks"
    FOLDER = "folder"


def alarms(
    admin: Admin, connection: Connection, shop_pages: Sequence[ShopPage] | None = None
) -> dict[Part, int]:
    """Return the parts that need the owner, each with the number of its problems.

    The database is asked for the shops' pages unless they are given. A request counts once: the
    navigation and the page say the same.
    """
    if "alarms" not in g:
        g.alarms = _alarms(admin, connection, shop_pages)
    found: dict[Part, int] = g.alarms
    return found


def _alarms(
    admin: Admin, connection: Connection, shop_pages: Sequence[ShopPage] | None
) -> dict[Part, int]:
    settings, seen = admin.settings, admin.catalog()
    reports, checked = read_reports(settings), load_last_result(settings.site_folder)
    if shop_pages is None:
        shop_pages = gone_pages(admin, connection)
    counts = {
        Part.SHOPS: sum(page.is_reported for page in shop_pages),
        Part.PAGES: checked.failures if checked else 0,
        Part.BUILD: known_status().stage in {Stage.BLOCKED, Stage.FAILED},
        Part.CATALOG: seen.problem_count or len(_unpublished(seen, reports)),
        Part.CLICKS: sum(1 for _ in instance_faults(*reports)),
        Part.FOLDER: len(_folder(admin)),
    }
    return {part: count for part, count in counts.items() if count}


# What was found last, with when: checks of other processes write their result to the site's folder.
_GONE = "gone-pages"

# Seconds after which it is asked for anyway: other servers dismiss pages, too.
_LONGEST = 60


def gone_pages(admin: Admin, connection: Connection) -> Sequence[ShopPage]:
    """Return the shops' pages that are reported, as they were after the last check or dismissal.

    The database is asked once a minute at most, since every page shows their number.
    """
    checked = load_last_result(admin.settings.site_folder)
    stamp = checked.time if checked else 0.0, int(time.time() // _LONGEST)
    known, found = admin.memory.get(_GONE, (None, ()))
    if known != stamp:
        found = ()
        with suppress(SQLAlchemyError):  # an error page asks, too, whatever its error is
            found = reported_pages(connection)
            admin.memory[_GONE] = stamp, found
    pages: Sequence[ShopPage] = found
    return pages


def forget_gone_pages(admin: Admin) -> None:
    """Have the database asked again: a page was dismissed."""
    admin.memory.pop(_GONE, None)


def _unpublished(seen: SeenCatalog, reports: Reports) -> Sequence[str]:
    """Return what the worker reports about a good catalog: that its links cannot be written."""
    return () if seen.problems or not reports.worker else first_lines(reports.worker.catalog)


def _folder(admin: Admin) -> list[Fact]:
    with suppress(OSError):
        return _bad(folder_facts(admin.settings))
    return []


# All of it.


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """What needs the owner, the first problems of the catalog, one a line, and figures.

    `unpublished` says why the links of a good catalog are not served. `published` is when the
    served ones were last written, in seconds since 1970, and `last_click` when the last loaded
    click was, in milliseconds. `checked` is `None` where the site's built pages never were.
    `shop_pages` are those that the site links to, as they were last looked at. `folder` is what is
    wrong with the instance's folder, and `uncounted` why no click on the pages is counted.
    """

    alarms: Mapping[Part, int]
    problems: Sequence[str]
    problem_count: int
    unpublished: Sequence[str]
    revision: str
    items: int
    published: float | None
    reports: Reports
    last_click: int | None
    schema: Schema
    still_redirecting: Sequence[StillRedirecting]
    checked: LastResult | None
    shop_pages: Sequence[ShopPage]
    folder: Sequence[Fact]
    uncounted: Sequence[Fact]

    @property
    def faults(self) -> Sequence[Fault]:
        """What needs the owner's attention."""
        found = [*instance_faults(*self.reports)]
        return found if self.schema.is_usable else [*found, Fault.OTHER_SCHEMA]

    @property
    def fault_facts(self) -> Sequence[Fact]:
        """What the faults are, and what to do."""
        return [*_bad(report_facts(self.reports)), *schema_facts(self.schema)]

    @property
    def well(self) -> bool:
        """Whether nothing needs the owner's attention."""
        return not self.alarms and self.schema.is_usable


def health_facts(admin: Admin, connection: Connection) -> HealthFacts:
    """Return the state of the catalog, the spool, the loader and the database."""
    settings, seen = admin.settings, admin.catalog()
    reports, published = read_reports(settings), None
    with suppress(OSError):
        published = settings.targets.stat().st_mtime
    site = settings.site_folder if admin.site() else None
    schema = read_schema(connection)
    shop_pages = linked_pages(connection) if schema.is_usable else ()
    retired = [item.id for item in seen.catalog.items.values() if item.retired]
    return HealthFacts(
        alarms=alarms(admin, connection, shop_pages),
        problems=seen.problems,
        problem_count=seen.problem_count,
        unpublished=_unpublished(seen, reports),
        revision=seen.revision.id,
        items=len(seen.catalog.items),
        published=published,
        reports=reports,
        last_click=last_click(connection),
        schema=schema,
        still_redirecting=still_redirecting(connection, retired, _MAX_REDIRECTING),
        checked=load_last_result(settings.site_folder),
        shop_pages=shop_pages,
        folder=_folder(admin),
        uncounted=[*uncounted_facts(seen.catalog, settings.catalog, site)],
    )


def _bad(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.level is not Level.GOOD]
