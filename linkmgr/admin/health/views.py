"""Health: what is broken and what to do, and whether the site is built."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.context import connection, get_admin, today
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.health import publishing, runs
from linkmgr.admin.health.facts import Uncounted, health_facts
from linkmgr.admin.health.publishing import show_stages
from linkmgr.admin.health.runs import BUILDS, by_file
from linkmgr.check.findings import Severity
from linkmgr.check.last_result import load_last_result
from linkmgr.check.online import ShopPage, State
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import word
from linkmgr.store.accounts.tokens import KnownToken, known_tokens
from linkmgr.store.instance.faults import Fault, instance_faults
from linkmgr.store.instance.state import read_counters, read_state
from linkmgr.store.shop_pages import ShopPages
from linkmgr.store.spool import spool_state


def count_errors() -> int:
    """Return how many errors the catalog, the instance's files and the last check have.

    That is a badge in the navigation of every page. Files alone are read, so that no page asks the
    database for it.
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


@dataclass(frozen=True, slots=True)
class ShopPagesView:
    """The shops' pages that are reported, worst first, and those of which nothing is known.

    `counts` are of all pages by state. `looked` is when the last look was, in milliseconds.
    """

    counts: Mapping[State, int]
    looked: int | None
    reported: Sequence[ShopPage]
    unknown: Sequence[ShopPage]
    dismissed: int


def _shop_pages_view(pages: Sequence[ShopPage]) -> ShopPagesView:
    """Sort the pages for the owner."""
    counts = Counter(page.state for page in pages)
    return ShopPagesView(
        counts={state: counts[state] for state in State},
        looked=max((page.looked for page in pages if page.looked), default=None),
        reported=sorted((page for page in pages if page.is_reported), key=lambda page: page.state),
        unknown=[page for page in pages if page.state is State.UNKNOWN and page.answer],
        dismissed=sum(page.dismissed is not None for page in pages),
    )


page = Blueprint("health", __name__, url_prefix="/admin/health")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Health"), order=7, key="e", count_errors=count_errors)
page.add_url_rule("/build", "build_page", publishing.show)
page.add_url_rule("/stages", "stages", show_stages)
page.add_url_rule("/commit", "commit", publishing.commit_files, methods=["POST"])
page.add_url_rule("/check", "check_page", runs.show)
page.add_url_rule("/check", "check", runs.start, methods=["POST"])

# What is wrong, and what to do.
_FAULTS: Mapping[Fault, tuple[object, object]] = {
    Fault.NO_WORKER: (
        lazy_gettext("Clicks are waiting in the spool: the loader isn't running."),
        lazy_gettext("linkmgr serve starts it. No clicks are lost in the meantime."),
    ),
    Fault.NOT_LOADING: (
        lazy_gettext("Clicks are waiting in the spool: the database isn't accepting them."),
        lazy_gettext("See the server's log for the reason. No clicks are lost in the meantime."),
    ),
    Fault.SPOOL_WAITS: (
        lazy_gettext("Clicks have waited in the spool for more than a minute."),
        lazy_gettext("The loader can't keep up. It will catch up when there are fewer clicks."),
    ),
    Fault.SPOOL_UNREADABLE: (
        lazy_gettext("The server can't read the spool folder."),
        lazy_gettext("Make sure the server can read and write the LINKMGR_INSTANCE folder."),
    ),
    Fault.DATABASE_REPLACED: (
        lazy_gettext("The database was replaced by another one or an older copy."),
        lazy_gettext(
            "What the spool still holds was loaded into it. If this wasn't you, check your backups."
        ),
    ),
    Fault.INSTANCE_RESTORED: (
        lazy_gettext("The instance folder or its spool was deleted or moved."),
        lazy_gettext(
            "The server made it again with the clicks it still had open. Restore what else was in "
            "it from a backup while the server is stopped."
        ),
    ),
    Fault.CLICKS_LOST: (
        lazy_gettext("The server answered some clicks but couldn't record them."),
        lazy_gettext("Check whether the instance folder's disk is full. This is shown for a day."),
    ),
    Fault.CLICKS_DAMAGED: (
        lazy_gettext("Some lines of the spool were damaged and skipped."),
        lazy_gettext("A power cut or full disk can cause this. If it goes on, check the disk."),
    ),
    Fault.NO_CONTACT: (
        lazy_gettext("The server has had no contact with the admin whose links it serves."),
        lazy_gettext("It serves the last ones it got. See its log for the reason."),
    ),
    Fault.OTHER_SCHEMA: (
        lazy_gettext("The database's tables are from a different version."),
        lazy_gettext("Stop the server, run linkmgr db upgrade, then start it again."),
    ),
}

# What keeps clicks from being counted, and what to do.
_UNCOUNTED: Mapping[Uncounted, tuple[object, object]] = {
    Uncounted.NO_SERVER: (
        lazy_gettext("No clicks are counted: the catalog names no server for it."),
        lazy_gettext(
            "To count them, enter in Settings the address at which readers reach this server. Then "
            "build and publish the site."
        ),
    ),
    Uncounted.DIRECT: (
        lazy_gettext("No clicks are counted: the links of all programmes in use are direct."),
        lazy_gettext(
            "To count them, set tracking to beacon, or to redirect where the programme allows it. "
            "Then build and publish the site."
        ),
    ),
    Uncounted.UNBUILT: (
        lazy_gettext("No clicks are counted: the site was built without the catalog's server."),
        lazy_gettext("Build and publish the site."),
    ),
}

# The most findings of a check that are listed.
_MOST_FOUND = 20

# The most of the shops' pages that are gone to list, each with its button.
_MOST_PAGES = 100


@page.get("")
def index() -> str:
    """Show the page."""
    admin = get_admin()
    found = health_facts(admin, connection())
    return render_template(
        "health/health.html",
        found=found,
        word=word,
        most_found=_MOST_FOUND,
        most_pages=_MOST_PAGES,
        by_file=by_file,
        faults=[_FAULTS[fault] for fault in found.faults],
        uncounted=found.uncounted and _UNCOUNTED[found.uncounted],
        has_site=admin.site() is not None,
        now=time.time(),
        age=age,
        items=admin.catalog().catalog.items,
        shops=_shop_pages_view(found.shop_pages),
        expiring=_expiring_tokens() if found.schema.is_usable else (),
    )


def _expiring_tokens() -> Sequence[KnownToken]:
    """Return the tokens that must be replaced before they expire."""
    day = today()
    return [token for token in known_tokens(connection()) if token.grant.expires_soon(day)]


@page.post("/dismiss")
def dismiss() -> ResponseReturnValue:
    """Stop reporting a shop's page that is there."""
    url = request.form.get("url", "")
    if ShopPages(get_admin().engine).dismiss(url):
        flash(gettext("Dismissed until it changes: %(url)s", url=url))
    else:
        flash(gettext("This page isn't reported any more: %(url)s", url=url), "problem")
    return redirect(url_for("health.index", _anchor="shop-pages"), 303)


@page.post("/build")
def build() -> ResponseReturnValue:
    """Begin a build."""
    admin = get_admin()
    site = admin.site()
    if site is None:
        flash(gettext("This server has no site to build."), "problem")
        return redirect(url_for("health.index"), 303)
    try:
        if not BUILDS.start(admin.settings.instance, site.build):
            flash(gettext("A build is already running."), "problem")
    except LinkmgrError as error:
        flash(error.excerpt(), "problem")
    return redirect(url_for("health.build_page"), 303)
