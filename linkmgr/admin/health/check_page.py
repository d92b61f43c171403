"""The check of the built pages: its last problems, a page for each kind, and beginning another."""

import time

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin, last_page, page_number, site_index
from linkmgr.admin.common.security import safe_next
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.health.jobs import last_job, start_job
from linkmgr.blocks.include import post_key
from linkmgr.check.findings import CODES, ONLINE_CODES
from linkmgr.check.last_result import load_last_result
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.store.jobs import JobKind

PAGE = 50
"""The findings on a page."""


def show() -> str:
    """Show how many problems of each kind the last check found, and how far a new one is."""
    admin = get_admin()
    checked = load_last_result(admin.settings.site_folder)
    counts = checked.counts if checked else {}
    return render_template(
        "health/check.html",
        job=last_job(JobKind.CHECK),
        checked=checked,
        counts={code: count for code, count in counts.items() if code not in ONLINE_CODES},
        has_site=admin.site() is not None,
        age=age,
        now=time.time(),
        translate=translate,
    )


def show_problem(name: str) -> str:
    """Show where the last check found one problem, by file and line."""
    checked, code = load_last_result(get_admin().settings.site_folder), CODES.get(name)
    if checked is None or code is None or code not in checked.counts:
        abort(404)
    findings = checked.of_code(code)
    last = last_page(len(findings), PAGE)
    number = min(page_number(), last)
    rows = findings[PAGE * (number - 1) : PAGE * number]
    keys = {row.file: post_key(row.file) for row in rows}
    index = site_index()
    return render_template(
        "health/problem.html",
        checked=checked,
        code=code,
        count=checked.counts[code],
        listed=len(findings),
        rows=rows,
        number=number,
        last=last,
        keys=keys,
        titles=index.titles(keys.values()) if index else {},
        translate=translate,
    )


def start() -> ResponseReturnValue:
    """Begin a check, without links that begin with one of the form's lines.

    With `online` it looks at the shops' pages, too.
    """
    kind = JobKind.SHOPS if "online" in request.form else JobKind.CHECK
    back = safe_next(request.form.get("back") or url_for("health.index"))
    if get_admin().site() is None:
        flash(gettext("This server has no site to check."), "problem")
        return redirect(back, 303)
    lines = [line.strip() for line in _ignored().splitlines()]
    ignored = dict.fromkeys(line for line in lines if line)
    try:
        if not start_job(kind, [f"--ignore={prefix}" for prefix in ignored]):
            flash(gettext("A check is already running."), "problem")
    except LinkmgrError as error:
        flash(error.excerpt(), "problem")
    return redirect(back, 303)


def _ignored() -> str:
    """Return the lines that were typed, or else what the last check left out."""
    if "ignored" in request.form:
        return request.form["ignored"]
    checked = load_last_result(get_admin().settings.site_folder)
    return "\n".join(checked.ignored) if checked else ""
