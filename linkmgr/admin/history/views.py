"""History: who changed the catalog, when and how, and bringing back what it was."""

from functools import lru_cache, partial

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from linkmgr.admin.common.context import connection, get_admin, page_number
from linkmgr.admin.common.pages import AdminPage
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import Subject, answer_change
from linkmgr.admin.history.actions import ACTIONS
from linkmgr.admin.history.diff import MOST, diff
from linkmgr.admin.history.entries import lines_of_entry, with_entry_of, with_text
from linkmgr.admin.history.restoration import deleted_by, restoration_title
from linkmgr.catalog.reading.parse import TOP_KEYS
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.history import revisions
from linkmgr.store.history.revisions import Action, Entry, Texts

page = Blueprint("history", __name__, url_prefix="/admin/history")
ADMIN_PAGE = AdminPage(page, lazy_gettext("History"), order=6, key="h")


@page.get("")
def index() -> str:
    """Show what was done, the latest first."""
    admin = get_admin()
    seen = admin.catalog()
    catalog = admin.settings.catalog
    if not seen.problems and edits.record_external_edit(admin.engine, catalog, seen.revision):
        connection().rollback()  # what it sees is from before
    entry = _entry_asked()
    number = page_number()
    rows, total = revisions.history(connection(), number, entry)
    return render_template(
        "history/list.html",
        rows=rows,
        actions=ACTIONS,
        entry=entry,
        number=number,
        last=max(1, -(-total // revisions.PAGE)),
        total=total,
    )


@page.get("/<int:number>")
def revision(number: int, problem: str = "") -> str:
    """Show what a revision changed, in full or of the entry that the address names."""
    found = _texts(number)
    entry = _entry_asked()
    before, after = found.before or "", found.after
    if entry:
        before, after = lines_of_entry(before, entry), lines_of_entry(after, entry)
    lines = () if found.before is None else diff(before, after)
    return render_template(
        "history/revision.html",
        recorded=found.recorded,
        actions=ACTIONS,
        entry=entry,
        first=found.before is None,
        lines=lines[:MOST],
        left_out=max(len(lines) - MOST, 0),
        present=get_admin().catalog().revision.id,
        problem=problem,
    )


@page.get("/<int:number>/catalog.yaml")
def file(number: int) -> Response:
    """Send the catalog as it was."""
    found = _texts(number)
    headers = {"Content-Disposition": f"attachment; filename=catalog-{number}.yaml"}
    return Response(found.after, mimetype="application/yaml", headers=headers)


@page.post("/<int:number>/restore")
def restore(number: int) -> ResponseReturnValue:
    """Bring back an entry or the whole catalog, as it was before or after a revision.

    The impact is shown first.
    """
    if request.form.get("do") == "back":
        return redirect(url_for("history.revision", number=number), 303)
    found = _texts(number)
    is_before = request.form.get("state") == "before"
    text = found.before if is_before else found.after
    if text is None:
        abort(400)
    entry = _entry_sent()
    # A catalog takes long to check, and here it is needed up to three times.
    make = lru_cache(maxsize=1)(
        partial(with_entry_of, text=text, entry=entry) if entry else partial(with_text, text=text)
    )
    change = Change(
        request.form.get("revision", ""), Action.RESTORED, make, entry, found.recorded.audit.summary
    )
    title = restoration_title(number, entry, is_before=is_before)
    seen, page = get_admin().catalog(), url_for("history.index")
    try:
        after = make(seen.revision.text)
        if after == seen.revision.text:
            flash(gettext("The catalog already has this content."), "done")
            return redirect(page, 303)
        deletes = deleted_by(seen.catalog, after.catalog)
        return answer_change(change, Subject(title, deletes=deletes), page)
    except LinkmgrError as error:
        return revision(number, error_text(error)), 400


def _texts(number: int) -> Texts:
    return revisions.texts(connection(), number) or abort(404)


def _entry_asked() -> Entry | None:
    section, name = request.args.get("section", ""), request.args.get("entry", "")
    return Entry(section, name) if section in TOP_KEYS and name else None


def _entry_sent() -> Entry | None:
    section, name = request.form.get("section", ""), request.form.get("entry", "")
    if not (section or name):
        return None
    # Half a name is not taken for none, which is the whole catalog.
    return Entry(section, name) if section in TOP_KEYS and name else abort(400)
