"""The page of the build, how far the last change has come, and committing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from linkmgr.admin.common.context import Admin, connection, get_admin
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.health.runs import BUILDS
from linkmgr.admin.history.views import ACTIONS, described
from linkmgr.checkout import Checkout, commit, committed, read_checkout
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import word
from linkmgr.site_index.service.builds import BuildState
from linkmgr.store import revisions
from linkmgr.store.revisions import Recorded

# How far a change has come, in a line: saved, built, committed and published.


@dataclass(frozen=True, slots=True)
class Stages:
    """Whether what is saved is built, committed and published, each `None` where that is unknown.

    While it is `changing`, because the site is being built or checked: request it again.
    """

    built: bool | None
    committed: bool | None
    published: bool | None
    changing: bool


def show_stages() -> str:
    """Return the header's status, which asks for itself again while it changes."""
    admin = get_admin()
    state, _ = _build_state(admin)  # the page of the build says why there is none
    checkout = _checkout(admin)
    return render_template(
        "common/status.html", status=status_of(stages_of(state, checkout), state, checkout)
    )


@dataclass(frozen=True, slots=True)
class Status:
    """What the header says: a `summary`, a `short` one for a phone, and more in its menu.

    `dot` is its mark, as the stylesheet names it. It `builds` or `commits` at a press, or has the
    `command` to be run by the owner.
    """

    dot: Literal["", "wait", "bad", "ok"]
    summary: str
    short: str
    detail: str
    changing: bool = False
    builds: bool = False
    commits: bool = False
    command: str = ""


def status_of(stages: Stages, state: BuildState | None, checkout: Checkout | None) -> Status:
    """Word how far a change has come, by the first stage that it has not reached."""
    if stages.changing:
        return _unknown(gettext("Checking…"), gettext("Comparing it with the blog."), changing=True)
    if state is None or state.problems:
        summary = gettext("Can't build") if state else gettext("Not known")
        return _unknown(summary, gettext("The page of the build says why."))
    if not stages.built:
        detail = gettext(
            "Saved, not yet in the blog. A build writes %(written)s files and deletes %(deleted)s.",
            written=number(state.written),
            deleted=number(state.deleted),
        )
        return Status("wait", gettext("Not built"), gettext("Not built"), detail, builds=True)
    return _committed(stages, checkout)


def _unknown(summary: str, detail: str, *, changing: bool = False) -> Status:
    return Status("" if changing else "bad", summary, summary, detail, changing)


def _committed(stages: Stages, checkout: Checkout | None) -> Status:
    """Word how far what is built has come."""
    if checkout is None:
        return Status("ok", gettext("Built"), gettext("Built"), gettext("Publish the blog."))
    if not stages.committed:
        files = len(checkout.changed)
        detail = ngettext(
            "%(files)s file differs from the last commit.",
            "%(files)s files differ from the last commit.",
            files,
            files=number(files),
        )
        summary, commits = gettext("Built, not committed"), get_admin().settings.commit
        return Status("wait", summary, gettext("Built"), detail, commits=commits)
    if stages.published is False:
        commits_ahead = checkout.ahead or 0
        detail = ngettext(
            "%(commits)s commit waits. Push it yourself; linkmgr never does.",
            "%(commits)s commits wait. Push them yourself; linkmgr never does.",
            commits_ahead,
            commits=number(commits_ahead),
        )
        summary = gettext("Committed, not pushed")
        return Status("wait", summary, gettext("Not pushed"), detail, command="git push")
    up_to_date = gettext("Up to date")
    return Status("ok", up_to_date, up_to_date, gettext("The blog shows what is saved here."))


def stages_of(state: BuildState | None, checkout: Checkout | None) -> Stages:
    """Return how far a change has come; no stage is done before the one that precedes it."""
    changing = state is not None and state.changing
    built = None if state is None or state.changing or state.problems else state.fresh
    committed = None if checkout is None else not checkout.changed and built is not False
    pushed = None if checkout is None or checkout.ahead is None else not checkout.ahead
    return Stages(built, committed, False if pushed and not committed else pushed, changing)


def _checkout(admin: Admin) -> Checkout | None:
    try:
        return read_checkout(admin.settings.site_folder, admin.settings.catalog)
    except LinkmgrError:
        return None


# The page of the build, and committing what was built.


@dataclass(frozen=True, slots=True)
class LastChange:
    """How far the last change has come; `problem` is why git cannot be asked.

    `message` is what a commit of the files would say.
    """

    saved: Recorded | None
    checkout: Checkout | None
    problem: str
    message: str


def show(typed: str | None = None, refused: str = "") -> str:
    """Show how far the build is, or else what is saved, built, committed and published.

    `typed` is the message of a commit that was `refused`.
    """
    admin = get_admin()
    run = BUILDS.last(admin.settings.instance)
    goes_on = run is not None and run.ended is None
    state, problem = (None, "") if goes_on else _build_state(admin)
    changing = state is not None and state.changing
    return render_template(
        "health/build.html",
        run=run,
        goes_on=goes_on,
        refreshes=goes_on or changing,
        state=state,
        problem=problem,
        has_site=admin.site() is not None,
        word=word,
        change=None if goes_on and typed is None else _last_change(admin),
        actions=ACTIONS,
        may_commit=admin.settings.commit,
        typed=typed,
        refused=refused,
    )


def commit_files() -> ResponseReturnValue:
    """Commit linkmgr's own files with the message that the form has."""
    admin = get_admin()
    if not admin.settings.commit:
        abort(403)
    text = request.form.get("message", "").replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        return show(text, gettext("Write what changed.")), 400
    try:
        checkout = read_checkout(admin.settings.site_folder, admin.settings.catalog)
        if checkout and checkout.changed:
            commit(checkout, text)
            flash(gettext("Committed. Push it to publish it."), "done")
    except LinkmgrError as error:
        return show(text, error.excerpt()), 409
    return redirect(url_for("health.build_page", _anchor="publish"), 303)


def _build_state(admin: Admin) -> tuple[BuildState | None, str]:
    """Return whether the fragments are up to date, or why that is unknown."""
    site = admin.site()
    if site is None:
        return None, gettext("This server has no site. Set LINKMGR_SITE to its folder.")
    try:
        return site.state(), ""
    except LinkmgrError as error:
        return None, error.excerpt()


def _last_change(admin: Admin) -> LastChange:
    saved = revisions.latest(connection())
    try:
        checkout = read_checkout(admin.settings.site_folder, admin.settings.catalog)
        text = _message(checkout) if checkout and checkout.changed else ""
    except LinkmgrError as error:
        return LastChange(saved, None, error.excerpt(), "")
    return LastChange(saved, checkout, "", text)


def _message(checkout: Checkout) -> str:
    """Return the message of a commit: the changes of the catalog since the last one."""
    if checkout.catalog not in checkout.changed:
        return str(gettext("Update the blocks of the posts"))
    before = sha256(committed(checkout, checkout.catalog)).hexdigest()
    return _worded([described(each) for each in revisions.since(connection(), before)])


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
