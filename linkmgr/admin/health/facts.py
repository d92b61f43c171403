"""The state of the server, for the Health page and the API."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from linkmgr.admin.common.context import Admin
from linkmgr.check.last_result import LastResult, load_last_result
from linkmgr.messages.errors import worded
from linkmgr.store.clicks.last_targets import StillRedirecting, still_redirecting
from linkmgr.store.db.schema import schema_versions
from linkmgr.store.figures.figures import last_click
from linkmgr.store.instance.counters import read_counters
from linkmgr.store.instance.worker_state import NEWS_SECONDS, WorkerState, read_state
from linkmgr.store.spool.backlog import SpoolState, spool_state

MAX_REDIRECTING = 100
"""So many items that still redirect are listed."""

# A click older than this in the spool, in seconds: the loader does not come to its work.
_WAITS_TOO_LONG = 60.0


class Fault(StrEnum):
    """What is not as it should be, beside the catalog's problems."""

    NO_WORKER = "no-keeper"
    NOT_LOADING = "not-loading"
    SPOOL_WAITS = "spool-waits"
    SPOOL_UNREADABLE = "spool-unreadable"
    DATABASE_REPLACED = "database-replaced"
    INSTANCE_RESTORED = "instance-restored"
    CLICKS_LOST = "clicks-lost"
    CLICKS_DAMAGED = "clicks-damaged"
    OTHER_SCHEMA = "other-schema"


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """Problems of the catalog one a line in the current language, and figures.

    `unpublished` says why the links of a good catalog are not served. `published` is when those
    that are were last written, in seconds since 1970, and `last_click` when the last loaded click
    was, in milliseconds; `last_lost` and `restored` are when a click last was lost and when the
    spool last was written again, in seconds since 1970, or 0; `lost` counts since the start.
    `spool` and `worker` are `None` where they are unknown, and
    `checked` where the site's built pages never were.
    """

    problems: Sequence[str]
    unpublished: Sequence[str]
    revision: str
    items: int
    published: float | None
    spool: SpoolState | None
    worker: WorkerState | None
    last_click: int | None
    lost: int
    last_lost: int
    restored: int
    schema: str | None
    needed_schema: str | None
    still_redirecting: Sequence[StillRedirecting]
    checked: LastResult | None

    @property
    def faults(self) -> Sequence[Fault]:
        """What the owner is to see to."""
        return [*self._faults()]

    @property
    def well(self) -> bool:
        """Whether there is nothing for the owner to see to."""
        found = self.checked is not None and self.checked.counts
        return not (self.problems or self.unpublished or self.faults or found)

    def _faults(self) -> Iterator[Fault]:
        if self.worker is None:
            yield Fault.NO_WORKER
        elif not self.worker.loading:
            yield Fault.NOT_LOADING
        elif self.spool and self.spool.age > _WAITS_TOO_LONG:
            yield Fault.SPOOL_WAITS
        if self.spool is None:
            yield Fault.SPOOL_UNREADABLE
        if self.worker and time.time() - self.worker.replaced < NEWS_SECONDS:
            yield Fault.DATABASE_REPLACED
        if time.time() - self.restored < NEWS_SECONDS:
            yield Fault.INSTANCE_RESTORED
        if time.time() - self.last_lost < NEWS_SECONDS:
            yield Fault.CLICKS_LOST
        if self.worker and self.worker.damaged:
            yield Fault.CLICKS_DAMAGED
        if self.schema != self.needed_schema:
            yield Fault.OTHER_SCHEMA


def health_facts(admin: Admin, connection: Connection) -> HealthFacts:
    """Return the state of the catalog, the spool, the loader and the database."""
    settings, seen = admin.settings, admin.catalog()
    worker, counters = read_state(settings.instance), read_counters(settings.counters)
    published = spool = None
    with suppress(OSError):
        published = settings.targets.stat().st_mtime
    with suppress(OSError):
        spool = spool_state(settings.spool)
    schema, needed = schema_versions(connection)
    retired = [item.id for item in seen.catalog.items.values() if item.retired]
    return HealthFacts(
        problems=seen.problems,
        # What the worker reports about a good catalog: its links cannot be written.
        unpublished=[*map(worded, worker.catalog)] if worker and not seen.problems else (),
        revision=seen.revision.id,
        items=len(seen.catalog.items),
        published=published,
        spool=spool,
        worker=worker,
        last_click=last_click(connection),
        lost=counters.lost,
        last_lost=counters.last_lost,
        restored=counters.last_restored,
        schema=schema,
        needed_schema=needed,
        still_redirecting=still_redirecting(connection, retired, MAX_REDIRECTING),
        checked=load_last_result(settings.site_folder),
    )
