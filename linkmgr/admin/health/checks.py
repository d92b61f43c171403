"""Checking the built pages from the admin: how far a check is, and all that the last one found."""

import time
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin, page_number
from linkmgr.admin.common.template_helpers import age
from linkmgr.admin.health.findings import by_file
from linkmgr.admin.health.runs import CHECKS
from linkmgr.check.last_result import load_last_result
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.wording import word

PAGE = 50
"""Findings of a page."""


def show() -> str:
    """Show how far the check is, or else what the last one found, by source file."""
    admin = get_admin()
    run = CHECKS.last(admin.settings.instance)
    checked = load_last_result(admin.settings.site_folder)
    found = by_file(checked.findings) if checked else []
    last = max(1, -(-len(found) // PAGE))
    number = min(page_number(), last)
    return render_template(
        "health/check.html",
        run=run,
        goes_on=run is not None and run.ended is None,
        checked=checked,
        rows=found[PAGE * (number - 1) : PAGE * number],
        is_cut=checked is not None and len(found) < sum(checked.counts.values()),
        number=number,
        last=last,
        has_site=admin.site() is not None,
        age=age,
        now=time.time(),
        word=word,
    )


def start() -> ResponseReturnValue:
    """Begin a check, without links that begin as one of the lines that the form has."""
    admin = get_admin()
    site = admin.site()
    if site is None:
        flash(gettext("This server has no site to check."), "problem")
        return redirect(url_for("health.index"), 303)
    try:
        lines = map(str.strip, request.form.get("ignored", "").splitlines())
        ignored = [*dict.fromkeys(filter(None, lines))]
        if not CHECKS.start(admin.settings.instance, partial(site.check, ignored)):
            flash(gettext("A check is already running."), "problem")
    except LinkmgrError as error:
        flash(error.excerpt(), "problem")
    return redirect(url_for("health.check_page"), 303)
