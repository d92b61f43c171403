"""Health: a board of what is well and what is broken, and the pages that it leads to."""

import time
from collections.abc import Sequence

from flask import Blueprint, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from linkmgr.admin.common.context import connection, get_admin, today
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.health import build_page, check_page, shops
from linkmgr.admin.health.board import BAD, tiles
from linkmgr.admin.health.facts import count_alarms, health_checks, health_facts
from linkmgr.admin.health.jobs import last_job
from linkmgr.admin.health.standing import note_built_items
from linkmgr.admin.health.status import find_status, render_status
from linkmgr.check.findings import ONLINE_CODES
from linkmgr.messages.message import translate
from linkmgr.store.accounts.tokens import KnownToken, known_tokens
from linkmgr.store.jobs import JobKind


def count_errors() -> int:
    """Return how many tiles of the board need the owner: the number beside Health."""
    return count_alarms(health_checks(get_admin(), connection()))


page = Blueprint("health", __name__, url_prefix="/admin/health")
ADMIN_PAGE = AdminPage(page, lazy_gettext("Health"), order=9, key="e", count_errors=count_errors)
page.add_url_rule("/build", "build_page", build_page.show)
page.add_url_rule("/build", "build", build_page.build, methods=["POST"])
page.add_url_rule("/commit", "commit", build_page.commit_files, methods=["POST"])
page.add_url_rule("/stop/<kind>", "stop", build_page.stop, methods=["POST"])
page.add_url_rule("/check", "check_page", check_page.show)
page.add_url_rule("/check", "check", check_page.start, methods=["POST"])
page.add_url_rule("/check/<name>", "problem", check_page.show_problem)
page.add_url_rule("/shops", "shops", shops.show)
page.add_url_rule("/shops/dismiss", "dismiss", shops.dismiss, methods=["POST"])
page.add_app_template_global(shops.gone_products)
page.add_app_template_global(find_status)

# The most products that are gone, and kinds of problems, to list below the board.
_MOST_GONE = 5
_MOST_PROBLEMS = 6


@page.get("/status")
def status() -> str:
    """Return the status as the header has it, which asks for itself again while it changes."""
    shown = find_status(asks=True)
    note_built_items(shown)
    return render_status(shown)


@page.get("")
def index() -> str:
    """Show the board."""
    admin = get_admin()
    facts = health_facts(admin, connection())
    expiring = _expiring_tokens() if facts.schema.is_usable else ()
    board = tiles(admin, facts, expiring)
    gone = shops.gone([page for page in facts.shop_pages if page.is_reported])
    problems = []
    if facts.checked and facts.checked.fails:
        counts = facts.checked.counts.items()
        problems = [(code, count) for code, count in counts if code not in ONLINE_CODES]
    return render_template(
        "health/health.html",
        found=facts,
        tiles=board,
        bad=[tile for tile in board if tile.level == BAD],
        gone=gone[:_MOST_GONE],
        gone_count=len(gone),
        problems=problems[:_MOST_PROBLEMS],
        more_problems=len(problems) > _MOST_PROBLEMS,
        has_site=admin.site() is not None,
        goes_on=any(tile.job for tile in board),
        age=age,
        now=time.time(),
        translate=translate,
        items=admin.catalog().catalog.items,
    )


def _expiring_tokens() -> Sequence[KnownToken]:
    """Return the tokens that must be replaced before they expire."""
    day = today()
    return [token for token in known_tokens(connection()) if token.grant.expires_soon(day)]


@page.get("/progress/<kind>")
def progress(kind: str) -> ResponseReturnValue:
    """Return how far a job is; once it has ended, have the page loaded again."""
    if kind not in set(JobKind):
        abort(404)
    job = last_job(JobKind(kind))
    if job and job.is_running:
        return render_template(
            "health/job.html", job=job, back=request.args.get("back", ""), translate=translate
        )
    answer = make_response("", 204)
    answer.headers["HX-Refresh"] = "true"
    return answer
