"""The page of the build and of the commit, and both as the buttons in the header do them."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import connection, get_admin
from linkmgr.admin.common.security import safe_next
from linkmgr.admin.health.jobs import last_job, start_job, stop_last
from linkmgr.admin.health.status import (
    SiteStatus,
    find_status,
    is_part,
    render_status,
)
from linkmgr.admin.history.changes import describe
from linkmgr.builder.run import built_at
from linkmgr.checkout import Checkout, committed, read_checkout
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.store import revisions
from linkmgr.store.jobs import JobKind


def show(typed: str | None = None, refused: str = "", *, takes_mixed: bool = False) -> str:
    """Show how far the build is, or else what is to be built, committed and pushed.

    `typed` is the message of a commit that was `refused`.
    """
    status = find_status(asks=True)
    checkout, problem = _checkout(status)
    if not refused:
        refused = _last_refusal(status)
        if refused:
            typed = _typed_for_last_commit()
    text = typed
    if typed is None:
        text = _message(checkout) if checkout and not checkout.is_committed else ""
    return render_template(
        "health/build.html",
        status=status,
        job=last_job(JobKind.BUILD),
        translate=translate,
        checkout=checkout,
        git_problem=problem,
        message=text,
        takes_mixed=takes_mixed,
        refused=refused,
    )


def _last_refusal(status: SiteStatus) -> str:
    """Return why the last commit was not made, if nothing was built since."""
    job = last_job(JobKind.COMMIT)
    if job is None or job.error is None or status.job_runs:
        return ""
    is_past = built_at(get_admin().settings.site_folder) > job.started
    return "" if is_past else job.error.excerpt()


def _typed_for_last_commit() -> str | None:
    """Return the message that was typed for the last commit, if that was begun here."""
    number, typed = get_admin().memory.get(_TYPED, (0, None))
    job = last_job(JobKind.COMMIT)
    return typed if job and job.id == number else None


def _checkout(status: SiteStatus) -> tuple[Checkout | None, str]:
    """Return what git says, whether the site is built here or not, or else why that is unknown."""
    if status.checkout or status.job_runs:
        return status.checkout, status.problem
    settings = get_admin().settings
    try:
        return read_checkout(settings.site_folder, settings.catalog), ""
    except LinkmgrError as error:
        return None, error.excerpt()


def build() -> ResponseReturnValue:
    """Begin a build."""
    if get_admin().site() is None:
        flash(gettext("This server has no site to build."), "problem")
        return redirect(url_for("health.index"), 303)
    problem = ""
    try:
        if not start_job(JobKind.BUILD):
            problem = gettext("A build is already running.")
    except LinkmgrError as error:
        problem = error.excerpt()
    if is_part():
        return render_status(
            replace(find_status(asks=True), problem=problem), is_open=bool(problem)
        )
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
            return _show_refused(text, gettext("Write what changed."), 400, takes_mixed=takes_mixed)
    refused = _commit(text, takes_mixed=takes_mixed)
    if refused:
        if is_part():
            return render_status(replace(find_status(asks=True), problem=refused), is_open=True)
        return _show_refused(text, refused, 409, takes_mixed=takes_mixed)
    if is_part():
        return render_status(find_status(asks=True))
    return redirect(url_for("health.build_page", _anchor="publish"), 303)


def _show_refused(
    typed: str | None, refused: str, code: int, *, takes_mixed: bool
) -> ResponseReturnValue:
    """Show the form again with why a commit was refused, or go to the page while a job runs.

    That page reads itself again, which the answer to a form must not do.
    """
    if find_status().job_runs:
        flash(refused, "problem")
        return redirect(url_for("health.build_page"), 303)
    return show(typed, refused, takes_mixed=takes_mixed), code


def _commit(text: str | None, *, takes_mixed: bool) -> str:
    """Commit, and wait a moment for it; return why it was refused, as far as that is known."""
    settings = get_admin().settings
    try:
        checkout = read_checkout(settings.site_folder, settings.catalog)
        if checkout and takes_mixed:
            checkout = checkout.with_mixed()
        if checkout is None or not checkout.changed:
            return ""
        if checkout.obstacle:
            return translate(checkout.obstacle)
        options = [f"--message={text or _message(checkout)}"]
        if takes_mixed:
            options.append("--mixed")
        started = start_job(JobKind.COMMIT, options)
    except LinkmgrError as error:
        return error.excerpt()
    if started is None:
        return str(gettext("A commit is already running."))
    get_admin().memory[_TYPED] = started.id, text
    job = started.wait(_SECONDS_AT_ONCE)
    return job.error.excerpt() if job and job.error else ""


def stop(kind: str) -> ResponseReturnValue:
    """Stop a job."""
    if kind not in set(JobKind):
        abort(404)
    stop_last(JobKind(kind))
    return redirect(safe_next(request.form.get("back") or url_for("health.index")), 303)


def _message(checkout: Checkout) -> str:
    """Return the message of a commit: the changes of the catalog since the last one."""
    if checkout.catalog not in checkout.changed:
        return str(gettext("Update the blocks of the posts"))
    before = sha256(committed(checkout, checkout.catalog)).hexdigest()
    rows = revisions.since(connection(), before)
    return _message_of([change.title for change in describe(get_admin(), connection(), rows)])


# Seconds that an answer waits for a commit, whose hooks may take longer.
_SECONDS_AT_ONCE = 20.0

# The name under which the admin remembers the number of the last commit's job, which a hook may
# refuse after a while, and the message that was typed for it.
_TYPED = "commit-message"

# The longest first line of a message that git's tools show whole.
_LONGEST_SUBJECT = 72


def _message_of(changes: Sequence[str]) -> str:
    """Return a message of one change, or of several with a line each."""
    if not changes:
        return str(gettext("Change the catalog"))
    if len(changes) == 1 and len(changes[0]) <= _LONGEST_SUBJECT:
        return changes[0]
    lines = "\n".join(f"- {change}" for change in changes)
    return f"{gettext('Change the catalog')}\n\n{lines}"
