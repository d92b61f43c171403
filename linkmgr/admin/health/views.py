"""Health: what is broken and what to do, and whether the site is built."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.context import connection, get_admin, today
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.health import build_page, runs
from linkmgr.admin.health.build_page import show_stages
from linkmgr.admin.health.facts import health_facts
from linkmgr.admin.health.runs import BUILDS, by_file
from linkmgr.check.findings import Severity
from linkmgr.check.last_result import load_last_result
from linkmgr.check.online import ShopPage, State
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import word
from linkmgr.store.accounts.tokens import KnownToken, known_tokens
from linkmgr.store.instance.facts import NO_SERVER
from linkmgr.store.instance.faults import instance_faults, read_reports
from linkmgr.store.shop_pages import ShopPages


def count_errors() -> int:
    """Return how many errors the catalog, the instance's files and the last check have.

    That is a badge in the navigation of every page. Files alone are read, so that no page asks the
    database for it.
    """
    admin = get_admin()
    settings, problems = admin.settings, admin.catalog().problems
    reports = read_reports(settings)
    unpublished = reports.worker.catalog if reports.worker and not problems else ()
    faults = [*instance_faults(*reports)]
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
page.add_url_rule("/build", "build_page", build_page.show)
page.add_url_rule("/stages", "stages", show_stages)
page.add_url_rule("/commit", "commit", build_page.commit_files, methods=["POST"])
page.add_url_rule("/check", "check_page", runs.show)
page.add_url_rule("/check", "check", runs.start, methods=["POST"])

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
        no_server=NO_SERVER,
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
