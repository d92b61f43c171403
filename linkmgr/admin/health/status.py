"""Whether readers see what is saved: the one place that decides it, for every page and the API.

What is saved is built, then committed, then pushed; the first of these that is yet to be done is
the stage. Pages show what is known of it; a script then asks git and the index of the site.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from flask import render_template, request
from flask_babel import gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.admin.common.context import Admin, connection, get_admin
from linkmgr.admin.common.template_helpers import number
from linkmgr.admin.editing.edits import record_external_edit
from linkmgr.admin.health.jobs import last_job
from linkmgr.admin.history.changes import DescribedChange, describe
from linkmgr.builder.run import BuildSummary, built_at, built_revision
from linkmgr.checkout import Checkout, built_by, ci_file, read_checkout
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import translate
from linkmgr.site_index.builds import BuildState
from linkmgr.site_index.site import Unavailable
from linkmgr.store import revisions
from linkmgr.store.jobs import Job, JobKind

# How many changes the menu in the header names.
_MOST_NAMED = 8

# The name under which the admin remembers the status, with what it depends on.
_KNOWN = "status"


class Stage(StrEnum):
    """What is yet to be done, or is going on."""

    INVALID = "invalid"
    CHECKING = "checking"
    UNKNOWN = "unknown"
    BUILDING = "building"
    COMMITTING = "committing"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNBUILT = "not-built"
    UNCOMMITTED = "not-committed"
    UNPUSHED = "not-pushed"
    DONE = "done"


_LABELS: Mapping[Stage, LazyString] = {
    Stage.INVALID: lazy_gettext("Catalog needs fixing"),
    Stage.CHECKING: lazy_gettext("Checking…"),
    Stage.UNKNOWN: lazy_gettext("Status unknown"),
    Stage.BUILDING: lazy_gettext("Building…"),
    Stage.COMMITTING: lazy_gettext("Committing…"),
    Stage.BLOCKED: lazy_gettext("Can’t be built"),
    Stage.FAILED: lazy_gettext("Build failed"),
    Stage.UNBUILT: lazy_gettext("Not built yet"),
    Stage.UNCOMMITTED: lazy_gettext("Built, not committed"),
    Stage.UNPUSHED: lazy_gettext("Committed, not pushed"),
}


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """The stage of the catalog, and what it rests on."""

    stage: Stage

    revision: str = ""
    """The catalog's."""

    count: int | None = 0
    """How many changes are not built, `None` where that is unknown."""

    changes: tuple[DescribedChange, ...] = ()
    """The latest of them."""

    state: BuildState | None = None
    """What a build would do, `None` where nobody knows."""

    is_settled: bool = True
    """Whether the state is of this catalog."""

    was_built: bool = True
    """Whether the site was ever built."""

    job: Job | None = None
    """The build, or the commit, that was begun last."""

    checkout: Checkout | None = None

    problem: str = ""
    """Why something is unknown, or why a commit was refused."""

    problems: tuple[str, ...] = ()
    """What prevents a build, one problem a line."""

    has_site: bool = True
    has_items: bool = True
    may_commit: bool = False

    built_by: str = ""
    """The file by which a service builds the blog after each push, empty if this server does."""

    @property
    def changing(self) -> bool:
        """Whether it is to be asked for again in a moment."""
        return self.job_runs or self.stage is Stage.CHECKING or not self.is_settled

    @property
    def job_runs(self) -> bool:
        """Whether a build or a commit is going on."""
        return self.stage in {Stage.BUILDING, Stage.COMMITTING}

    @property
    def built(self) -> BuildSummary | None:
        """What the last build did, `None` where it failed, or none is known."""
        job = self.job
        if job is None or job.kind is not JobKind.BUILD or job.result is None:
            return None
        return BuildSummary.from_json(job.result)

    @property
    def posts(self) -> int:
        """How many posts a build would rewrite, 0 where that is unknown."""
        return self.state.posts if self.state and self.is_settled else 0

    @property
    def due(self) -> date | None:
        """The next day on which the blog needs a build, `None` where none is known."""
        return date.fromisoformat(self.state.due) if self.state and self.state.due else None

    @property
    def label(self) -> str:
        """The stage in a few words, for the header."""
        match self.stage:
            case Stage.UNBUILT if self.count:
                return _counted("change", self.count)
            case Stage.UNBUILT if self.was_built and self.posts:
                return _counted("post", self.posts)
            case Stage.UNBUILT if self.was_built:
                return str(gettext("Not built"))
            case Stage.UNCOMMITTED if self.built_by or not self.has_site:
                return str(gettext("Saved, not committed"))
            case Stage.DONE:
                return self._label_of_done()
        return str(_LABELS[self.stage])

    @property
    def short(self) -> str:
        """The label for a phone."""
        match self.stage:
            case Stage.UNBUILT if self.count:
                return number(self.count)
            case Stage.UNBUILT if self.was_built and self.posts:
                return number(self.posts)
            case Stage.UNBUILT:
                return str(gettext("Not built"))
            case Stage.UNCOMMITTED:
                is_built = self.has_site and not self.built_by
                return str(gettext("Built") if is_built else gettext("Saved"))
            case Stage.UNPUSHED:
                return str(gettext("Not pushed"))
        return self.label

    @property
    def tone(self) -> str:
        """The colour of the dot before the label, empty for none."""
        match self.stage:
            case Stage.INVALID | Stage.BLOCKED | Stage.FAILED:
                return "bad"
            case Stage.DONE:
                return "ok" if self._is_pushed else ""
            case Stage.UNKNOWN | Stage.CHECKING:
                return ""
            case Stage.UNBUILT if not self.has_items:
                return ""
        return "wait"

    @property
    def _is_pushed(self) -> bool:
        """Whether it has left this machine: until then no reader sees it."""
        return self.checkout is not None and self.checkout.ahead == 0

    @property
    def shows_what_is_saved(self) -> bool:
        """Whether the blog's folder has all that is saved, so that a build would change nothing."""
        return self.has_site and self.stage in {Stage.UNCOMMITTED, Stage.UNPUSHED, Stage.DONE}

    @property
    def waits_for_build(self) -> bool:
        """Whether a build, here or elsewhere, has yet to bring what is saved to the blog."""
        unbuilt = {Stage.UNBUILT, Stage.BUILDING, Stage.FAILED, Stage.BLOCKED}
        return self.has_site and self.stage in unbuilt

    @property
    def can_build(self) -> bool:
        """Whether a build is the next thing to do."""
        return self.has_site and self.has_items and self.stage in {Stage.UNBUILT, Stage.FAILED}

    @property
    def can_commit(self) -> bool:
        """Whether a commit is the next thing to do, and this server may do it."""
        checkout = self.checkout
        return (
            self.stage is Stage.UNCOMMITTED
            and self.may_commit
            and checkout is not None
            and bool(checkout.changed)
            and not checkout.obstacle
        )

    @property
    def why_not_committed(self) -> str:
        """What prevents a commit here, empty for nothing."""
        obstacle = self.checkout.obstacle if self.checkout else None
        return translate(obstacle) if obstacle else ""

    def to_json(self) -> dict[str, Any]:
        """Return the status for programs."""
        checkout = self.checkout
        return {
            "stage": self.stage,
            "changes": self.count,
            "posts": self.posts,
            "to_commit": len(checkout.changed) if checkout else None,
            "to_push": checkout.ahead if checkout else None,
        }

    def _label_of_done(self) -> str:
        if self.checkout is None:
            label = gettext("Built") if self.has_site else gettext("Saved")
        elif self.checkout.ahead is None:
            label = gettext("Committed")
        else:
            label = gettext("Pushed") if self.built_by else gettext("Up to date")
        return str(label)


def _counted(what: str, total: int) -> str:
    count = number(total)
    if what == "change":
        return str(
            ngettext(
                "%(count)s change not built", "%(count)s changes not built", total, count=count
            )
        )
    return str(
        ngettext("%(count)s post not built", "%(count)s posts not built", total, count=count)
    )


# Deciding it.


def find_status(*, asks: bool = False) -> SiteStatus:
    """Return the status as far as it is known; with `asks` git and the site are asked now.

    What is known is kept for as long as the catalog is the same, and no build or commit has ended.
    """
    admin = get_admin()
    build, commit = last_job(JobKind.BUILD), last_job(JobKind.COMMIT)
    evident = _evident_status(admin)
    if evident:
        return evident
    built = build.ended if build else None
    committed = commit.ended if commit else None
    depends_on = admin.catalog().revision.id, built, committed
    known_for, known = admin.memory.get(_KNOWN, (None, None))
    status: SiteStatus
    if asks:
        status = _ask_for_status(admin, connection(), build)
    elif known and known_for == depends_on:
        status = known
    else:
        status = _provisional_status(admin, known, build)
    admin.memory[_KNOWN] = depends_on, status
    return status


def _provisional_status(admin: Admin, known: SiteStatus | None, job: Job | None) -> SiteStatus:
    """Return the status by the catalog and the last build, without asking git or the site."""
    facts = _server_facts(admin)
    elsewhere = known.built_by if known else ci_file(admin.settings.site_folder)
    unbuilt = None
    with suppress(SQLAlchemyError):  # the page that says so has this header, too
        if facts["has_site"] and not elsewhere:
            unbuilt = _unbuilt_status(admin, connection(), job)
    revision = admin.catalog().revision.id
    return unbuilt or SiteStatus(Stage.CHECKING, revision, job=job, built_by=elsewhere, **facts)


def render_status(status: SiteStatus, *, is_open: bool = False) -> str:
    """Return a status as the header has it, with its menu open or not."""
    return render_template(
        "health/status.html", status=status, translate=translate, is_part=True, is_open=is_open
    )


def is_part() -> bool:
    """Whether the header alone was asked for, by script."""
    return request.headers.get("HX-Target") == "header-status"


def _ask_for_status(admin: Admin, opened: Connection, job: Job | None) -> SiteStatus:
    """Return the status by what git and the site say."""
    seen = admin.catalog()
    facts = _server_facts(admin)
    folder, file = admin.settings.site_folder, admin.settings.catalog
    if record_external_edit(admin.engine, file, seen.revision):
        opened.rollback()  # it sees the state before

    # What is to be built comes first.
    site, state, elsewhere = admin.site(), None, ""
    if site is not None:
        with suppress(LinkmgrError):  # the checkout below says the same
            elsewhere = built_by(folder, file)
        try:
            state = site.state()
        except LinkmgrError as error:
            stage = Stage.CHECKING if isinstance(error, Unavailable) else Stage.UNKNOWN
            unbuilt = None if elsewhere else _unbuilt_status(admin, opened, job)
            unbuilt = unbuilt or SiteStatus(stage, seen.revision.id, job=job, **facts)
            return replace(unbuilt, problem=error.excerpt(), built_by=elsewhere)
        is_settled = not state.changing and state.revision == seen.revision.id
        if elsewhere:
            waits_for_build = is_settled and bool(state.problems)
        else:
            waits_for_build = not is_settled or not state.fresh
        if waits_for_build:
            status = _status_before_build(admin, opened, job, state, is_settled=is_settled)
            return replace(status, built_by=elsewhere)

    # What is built is to be committed, then pushed.
    checkout, problem = None, ""
    try:
        checkout = read_checkout(folder, file)
    except LinkmgrError as error:
        problem = error.excerpt()
    return SiteStatus(
        _stage_in_git(checkout),
        seen.revision.id,
        state=state,
        job=job,
        checkout=checkout,
        problem=problem,
        built_by=elsewhere,
        **facts,
    )


def _evident_status(admin: Admin) -> SiteStatus | None:
    """Return the status of an invalid catalog or a job that runs, `None` for any other."""
    seen = admin.catalog()
    if seen.error:
        return SiteStatus(Stage.INVALID, problems=seen.problems, **_server_facts(admin))
    for kind, stage in ((JobKind.BUILD, Stage.BUILDING), (JobKind.COMMIT, Stage.COMMITTING)):
        job = last_job(kind)
        if job and job.is_running:
            return SiteStatus(stage, seen.revision.id, job=job, **_server_facts(admin))
    return None


def _status_before_build(
    admin: Admin, opened: Connection, job: Job | None, state: BuildState, *, is_settled: bool
) -> SiteStatus:
    """Return the status of a site whose pages a build would change, or may change."""
    unbuilt = _unbuilt_status(admin, opened, job)
    revision, facts = admin.catalog().revision.id, _server_facts(admin)
    if not is_settled:
        if unbuilt:
            return unbuilt
        return SiteStatus(Stage.CHECKING, revision, job=job, state=state, **facts)
    stage = Stage.UNBUILT
    if state.problems:
        stage = Stage.BLOCKED
    elif job and job.error and not job.was_stopped and not _is_past(admin, unbuilt, job):
        stage = Stage.FAILED
    return SiteStatus(
        stage,
        revision,
        count=unbuilt.count if unbuilt else 0,
        changes=unbuilt.changes if unbuilt else (),
        state=state,
        was_built=bool(built_revision(admin.settings.site_folder)),
        job=job,
        problems=state.problems,
        **facts,
    )


def _unbuilt_status(admin: Admin, opened: Connection, job: Job | None) -> SiteStatus | None:
    """Return the status of a catalog with changes since the last build, `None` if it has none.

    It does not know yet how many posts a build would rewrite.
    """
    revision = admin.catalog().revision.id
    built = built_revision(admin.settings.site_folder)
    if built == revision:
        return None
    count = revisions.count_since(opened, built) if built else None
    if count is not None and revisions.last_revision(opened) != revision:
        count += 1  # an edit by hand that is not recorded yet
    rows = revisions.since(opened, built)[:_MOST_NAMED] if count else ()
    return SiteStatus(
        Stage.UNBUILT,
        revision,
        count=count,
        changes=tuple(describe(admin, opened, rows)),
        is_settled=False,
        was_built=bool(built),
        job=job,
        **_server_facts(admin),
    )


def _is_past(admin: Admin, unbuilt: SiteStatus | None, job: Job) -> bool:
    """Whether something was saved or built after a build that failed."""
    latest = built_at(admin.settings.site_folder)
    for change in unbuilt.changes if unbuilt else ():
        latest = max(latest, change.recorded.audit.time / 1000)
    return latest > job.started


def _stage_in_git(checkout: Checkout | None) -> Stage:
    if checkout is None:
        return Stage.DONE
    if not checkout.is_committed:
        return Stage.UNCOMMITTED
    return Stage.UNPUSHED if checkout.ahead else Stage.DONE


def _server_facts(admin: Admin) -> dict[str, Any]:
    return {
        "has_site": admin.site() is not None,
        "has_items": bool(admin.catalog().catalog.items),
        "may_commit": admin.settings.commit,
    }
