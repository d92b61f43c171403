"""How many errors Health shows, for its badge in the navigation of every page."""

from contextlib import suppress

from linkmgr.admin.common.context import get_admin
from linkmgr.check.findings.model import Severity
from linkmgr.check.last_result import load_last_result
from linkmgr.store.instance.counters import read_counters
from linkmgr.store.instance.faults import instance_faults
from linkmgr.store.instance.worker_state import read_state
from linkmgr.store.spool.backlog import spool_state


def count_errors() -> int:
    """Return how many errors the catalog, the instance's files and the last check have.

    Files alone are read, so that no page asks the database for its badge.
    """
    admin = get_admin()
    settings, problems = admin.settings, admin.catalog().problems
    worker, spool = read_state(settings.instance), None
    with suppress(OSError):
        spool = spool_state(settings.spool)
    unpublished = worker.catalog if worker and not problems else ()
    faults = [*instance_faults(worker, spool, read_counters(settings.counters))]
    checked = load_last_result(settings.site_folder)
    counts = checked.counts if checked else {}
    found = sum(count for code, count in counts.items() if code.severity is Severity.ERROR)
    return len(problems) + len(unpublished) + len(faults) + found
