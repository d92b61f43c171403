"""The state of the server, for the Health page and the API."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from linkmgr.admin.common.context import Admin
from linkmgr.check.last_result import LastResult, load_last_result
from linkmgr.check.online import ShopPage
from linkmgr.messages.errors import first_lines
from linkmgr.store.clicks.last_targets import StillRedirecting, still_redirecting
from linkmgr.store.db.schema import Schema, read_schema
from linkmgr.store.figures.figures import last_click
from linkmgr.store.instance.facts import (
    Fact,
    Level,
    folder_facts,
    report_facts,
    schema_facts,
    uncounted_facts,
)
from linkmgr.store.instance.faults import Fault, Reports, instance_faults, read_reports
from linkmgr.store.shop_pages import linked_pages

_MAX_REDIRECTING = 100
"""The most items to list that still redirect."""


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """The first problems of the catalog, one a line in the current language, and figures.

    `unpublished` says why the links of a good catalog are not served. `published` is when the
    served ones were last written, in seconds since 1970, and `last_click` when the last loaded
    click was, in milliseconds. `checked` is `None` where the site's built pages never were.
    `shop_pages` are those that the site links to, as they were last looked at. `folder` is what is
    wrong with the instance's folder, and `uncounted` why no click on the pages is counted.
    """

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
        found = self.checked is not None and self.checked.fails
        gone = any(page.is_reported for page in self.shop_pages)
        wrong = self.problems or self.unpublished or self.faults or self.folder
        return not (wrong or found or gone)


def health_facts(admin: Admin, connection: Connection) -> HealthFacts:
    """Return the state of the catalog, the spool, the loader and the database."""
    settings, seen = admin.settings, admin.catalog()
    reports, published = read_reports(settings), None
    folder: list[Fact] = []
    with suppress(OSError):
        published = settings.targets.stat().st_mtime
    with suppress(OSError):
        folder = _bad(folder_facts(settings))
    site = settings.site_folder if admin.site() else None
    worker = reports.worker
    schema = read_schema(connection)
    retired = [item.id for item in seen.catalog.items.values() if item.retired]
    return HealthFacts(
        problems=seen.problems,
        problem_count=seen.problem_count,
        # What the worker reports about a good catalog: its links cannot be written.
        unpublished=() if seen.problems or not worker else first_lines(worker.catalog),
        revision=seen.revision.id,
        items=len(seen.catalog.items),
        published=published,
        reports=reports,
        last_click=last_click(connection),
        schema=schema,
        still_redirecting=still_redirecting(connection, retired, _MAX_REDIRECTING),
        checked=load_last_result(settings.site_folder),
        shop_pages=linked_pages(connection) if schema.is_usable else (),
        folder=folder,
        uncounted=[*uncounted_facts(seen.catalog, settings.catalog, site)],
    )


def _bad(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.level is not Level.GOOD]
