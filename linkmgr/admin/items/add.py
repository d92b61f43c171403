"""Adding an item: what is pasted is recognised, and the form follows from it."""

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.items.edit import kind_asked, kind_sent, looked_at, saved
from linkmgr.admin.items.entry_values import SECTIONS
from linkmgr.admin.items.fill_form import AnyForm, form_of, sent_form
from linkmgr.admin.items.recognise import Recognised, recognised
from linkmgr.admin.items.rows import name_of
from linkmgr.catalog.editing.edit import add_entry
from linkmgr.catalog.model import Kind
from linkmgr.store.history.revisions import Action, Entry


def add() -> str:
    """Ask for something to recognise, and show the form of what was."""
    seen = get_admin().catalog()
    pasted, kind = request.args.get("paste", "").strip(), kind_asked()
    found = recognised(pasted, seen.catalog, kind) if pasted else None
    form = None
    if found and not found.problem:
        form = form_of(found.kind, seen.catalog, seen.revision.id, found.said, found.name)
    elif not pasted and kind is Kind.CTA:
        form = form_of(kind, seen.catalog, seen.revision.id, {})
    return _page(form, pasted, found)


def save_new() -> ResponseReturnValue:
    """Add the item that the form describes."""
    admin = get_admin()
    form = sent_form(kind_sent(), admin.catalog().catalog)
    if request.form.get("do") == "preview":
        return _page(form)
    name = (form.name.data or "").strip()
    if not name:
        form.name.errors = [gettext("Fill this in.")]
        return _page(form), 400
    section = SECTIONS[form.kind]
    change = Change(
        form.revision.data or "",
        Action.ADDED,
        partial(add_entry, section=section, name=name, value=form.value()),
        Entry(section, name),
        form.called(),
    )
    if (status := saved(form, change)) is not None:
        return _page(form), status
    flash(gettext("%(name)s is added.", name=form.called() or name), "done")
    return redirect(url_for("items.item", item=name), 303)


def _page(form: AnyForm | None, pasted: str = "", found: Recognised | None = None) -> str:
    catalog = get_admin().catalog().catalog
    known = catalog.items.get(found.known) if found else None
    return render_template(
        "items/add.html",
        form=form,
        pasted=pasted,
        found=found,
        known=known,
        known_name=name_of(known) if known else "",
        look=looked_at(form) if form else None,
    )
