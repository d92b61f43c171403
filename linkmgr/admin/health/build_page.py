"""The page of the build and of the commit, and both as the buttons in the header do them."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import connection, get_admin
from linkmgr.admin.health.runs import BUILDS
from linkmgr.admin.health.status import (
    SiteStatus,
    Stage,
    find_status,
    is_part,
    render_status,
)
from linkmgr.admin.history.changes import describe
from linkmgr.checkout import Checkout, commit, committed, read_checkout
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import word
from linkmgr.store import revisions


def show(typed: str | None = None, refused: str = "", *, takes_mixed: bool = False) -> str:
    """Show how far the build is, or else what is to be built, committed and pushed.

    `typed` is the message of a commit that was `refused`.
    """
    status = find_status()
    checkout, problem = _checkout(status)
    text = _message(checkout) if checkout and not checkout.is_committed else ""
    return render_template(
        "health/build.html",
        status=status,
        run=status.run,
        word=word,
        checkout=checkout,
        git_problem=problem,
        message=text if typed is None else typed,
        takes_mixed=takes_mixed,
        refused=refused,
    )


def _checkout(status: SiteStatus) -> tuple[Checkout | None, str]:
    """Return what git says, whether the site is built here or not, or else why that is unknown."""
    if status.checkout or status.stage is Stage.BUILDING:
        return status.checkout, status.problem
    settings = get_admin().settings
    try:
        return read_checkout(settings.site_folder, settings.catalog), ""
    except LinkmgrError as error:
        return None, error.excerpt()


def build() -> ResponseReturnValue:
    """Begin a build."""
    admin = get_admin()
    site = admin.site()
    if site is None:
        flash(gettext("This server has no site to build."), "problem")
        return redirect(url_for("health.index"), 303)
    problem = ""
    try:
        if not BUILDS.start(admin.settings.instance, site.build):
            problem = gettext("A build is already running.")
    except LinkmgrError as error:
        problem = error.excerpt()
    if is_part():
        return render_status(replace(find_status(), problem=problem), is_open=bool(problem))
    if problem:
        flash(problem, "problem")
    return redirect(url_for("health.build_page"), 303)


def commit_files() -> ResponseReturnValue:
    """Commit linkmgr's changes with the message that the form has, or else with the usual one.

    The form may ask for the files with the owner's own changes, too.
    """
    admin = get_admin()
    if not admin.settings.commit:
        abort(403)
    takes_mixed = "mixed" in request.form
    text: str | None = None
    if "message" in request.form:
        text = request.form["message"].replace("\r\n", "\n").replace("\0", "").strip()
        if not text:
            return show(text, gettext("Write what changed."), takes_mixed=takes_mixed), 400
    try:
        checkout = read_checkout(admin.settings.site_folder, admin.settings.catalog)
        if checkout and takes_mixed:
            checkout = checkout.with_mixed()
        if checkout and checkout.changed:
            commit(checkout, text or _message(checkout))
    except LinkmgrError as error:
        if is_part():
            return render_status(find_status(error.excerpt()), is_open=True)
        return show(text, error.excerpt(), takes_mixed=takes_mixed), 409
    if is_part():
        return render_status(find_status())
    return redirect(url_for("health.build_page", _anchor="publish"), 303)


def _message(checkout: Checkout) -> str:
    """Return the message of a commit: the changes of the catalog since the last one."""
    if checkout.catalog not in checkout.changed:
        return str(gettext("Update the blocks of the posts"))
    before = sha256(committed(checkout, checkout.catalog)).hexdigest()
    rows = revisions.since(connection(), before)
    return _worded([each.title for each in describe(get_admin(), connection(), rows)])


# The longest first line of a message that git's tools show whole.
_SUBJECT = 72


def _worded(changes: Sequence[str]) -> str:
    """Return a message of one change, or of several with a line each."""
    if not changes:
        return str(gettext("Change the catalog"))
    if len(changes) == 1 and len(changes[0]) <= _SUBJECT:
        return changes[0]
    lines = "\n".join(f"- {each}" for each in changes)
    return f"{gettext('Change the catalog')}\n\n{lines}"
