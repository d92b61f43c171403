"""The state of the server, for the Health page and the API."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from linkmgr.admin.common.context import Admin
from linkmgr.blocks.links import counts_code
from linkmgr.builder.site import OutputPaths, read_site_config
from linkmgr.catalog.model import Catalog
from linkmgr.check.last_result import LastResult, load_last_result
from linkmgr.check.online import ShopPage
from linkmgr.clicks.counters import Counters
from linkmgr.links.model import Tracking
from linkmgr.messages.errors import LinkmgrError, first_lines
from linkmgr.store.clicks.last_targets import StillRedirecting, still_redirecting
from linkmgr.store.db.schema import Schema, read_schema
from linkmgr.store.figures.figures import last_click
from linkmgr.store.instance.faults import Fault, instance_faults
from linkmgr.store.instance.state import WorkerState, read_counters, read_state
from linkmgr.store.shop_pages import linked_pages
from linkmgr.store.spool import SpoolState, spool_state

# Whether clicks on the links of the blog's pages are counted, and if not, why.

# The most fragments that are read: one build writes all of them by the same rules.
_SAMPLE = 50

_LINK = "<a "


class Uncounted(StrEnum):
    """Why no click is counted."""

    NO_SERVER = "no-server"
    DIRECT = "direct"
    UNBUILT = "unbuilt"


def _why_uncounted(catalog: Catalog, site: Path | None) -> Uncounted | None:
    """Return why no link of the pages is counted, `None` where some are or nothing is known.

    Without the folder of the `site` the pages are assumed to be as the catalog wants them.
    """
    server = catalog.site.server
    if server is None:
        return Uncounted.NO_SERVER
    if catalog.items and not _counts_any(catalog):
        return Uncounted.DIRECT
    if site is None:
        return None
    linked = [text for text in _some_fragments(site) if _LINK in text]
    return (
        Uncounted.UNBUILT if linked and not any(f"{server}/" in text for text in linked) else None
    )


def _counts_any(catalog: Catalog) -> bool:
    return any(
        counts_code(catalog, sold)
        if sold.code
        else catalog.programmes[sold.programme].tracking is not Tracking.DIRECT
        for sold in catalog.sold()
    )


def _some_fragments(site: Path) -> list[str]:
    try:
        folder = site / OutputPaths.of(read_site_config(site)).fragments
        files = [*islice(filter(Path.is_file, folder.iterdir()), _SAMPLE)]
        return [file.read_text(encoding="utf-8", errors="replace") for file in files]
    except (LinkmgrError, OSError):
        return []


# All facts.

_MAX_REDIRECTING = 100
"""The most items to list that still redirect."""


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """The first problems of the catalog, one a line in the current language, and figures.

    `unpublished` says why the links of a good catalog are not served. `published` is when the
    served ones were last written, in seconds since 1970, and `last_click` when the last loaded
    click was, in milliseconds. `counters` are those of all workers since the server started.
    `spool` and `worker` are `None` where they are unknown, and `checked` where the site's built
    pages never were. `shop_pages` are those that the site links to, as they were last looked at.
    `uncounted` says why no click on the pages is counted.
    """

    problems: Sequence[str]
    problem_count: int
    unpublished: Sequence[str]
    revision: str
    items: int
    published: float | None
    spool: SpoolState | None
    worker: WorkerState | None
    last_click: int | None
    counters: Counters
    schema: Schema
    still_redirecting: Sequence[StillRedirecting]
    checked: LastResult | None
    shop_pages: Sequence[ShopPage]
    uncounted: Uncounted | None

    @property
    def faults(self) -> Sequence[Fault]:
        """What needs the owner's attention."""
        found = [*instance_faults(self.worker, self.spool, self.counters)]
        return found if self.schema.is_usable else [*found, Fault.OTHER_SCHEMA]

    @property
    def well(self) -> bool:
        """Whether nothing needs the owner's attention."""
        found = self.checked is not None and self.checked.fails
        gone = any(page.is_reported for page in self.shop_pages)
        return not (self.problems or self.unpublished or self.faults or found or gone)


def health_facts(admin: Admin, connection: Connection) -> HealthFacts:
    """Return the state of the catalog, the spool, the loader and the database."""
    settings, seen = admin.settings, admin.catalog()
    worker = read_state(settings.instance)
    published = spool = None
    with suppress(OSError):
        published = settings.targets.stat().st_mtime
    with suppress(OSError):
        spool = spool_state(settings.spool)
    schema = read_schema(connection)
    retired = [item.id for item in seen.catalog.items.values() if item.retired]
    return HealthFacts(
        problems=seen.problems,
        problem_count=seen.problem_count,
        # What the worker reports about a good catalog: its links cannot be written.
        unpublished=first_lines(worker.catalog) if worker and not seen.problems else (),
        revision=seen.revision.id,
        items=len(seen.catalog.items),
        published=published,
        spool=spool,
        worker=worker,
        last_click=last_click(connection),
        counters=read_counters(settings.counters),
        schema=schema,
        still_redirecting=still_redirecting(connection, retired, _MAX_REDIRECTING),
        checked=load_last_result(settings.site_folder),
        shop_pages=linked_pages(connection) if schema.is_usable else (),
        uncounted=_why_uncounted(seen.catalog, settings.site_folder if admin.site() else None),
    )
