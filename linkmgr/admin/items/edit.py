"""Editing an item, with its card beside the form."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import current_user, get_admin
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.items.card import card, framed
from linkmgr.admin.items.entry_values import SECTIONS, kind_of, read_item, said_of
from linkmgr.admin.items.fill_form import AnyForm, differences, form_of, sent_form
from linkmgr.admin.items.messages import told
from linkmgr.admin.items.utm import LinkPreview, link_preview
from linkmgr.catalog.editing.edit import add_entry, replace_entry
from linkmgr.catalog.model import Kind
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.messages.errors import Conflict, LinkmgrError, Problems
from linkmgr.store.history.revisions import Action, Entry


@dataclass(frozen=True, slots=True)
class Look:
    """What a form's item looks like: a page with its card, its link, and what is not right yet."""

    card: str
    link: LinkPreview
    wrong: tuple[str, ...] = ()


def edit(item: str) -> str:
    """Show the form of an item."""
    seen = get_admin().catalog()
    if item not in seen.catalog.items:
        abort(404)
    kind = kind_of(seen.catalog, item)
    said = said_of(seen.revision.text, kind, item)
    return _page(form_of(kind, seen.catalog, seen.revision.id, said, item))


def save(item: str) -> ResponseReturnValue:
    """Save the form of an item, unless a preview is all that is asked for."""
    admin = get_admin()
    seen = admin.catalog()
    form = sent_form(kind_sent(), seen.catalog, item)
    is_there = item in seen.catalog.items
    if not is_there and not form.is_of_deleted(seen.revision.id):
        abort(404)
    if request.form.get("do") == "preview":
        return _page(form)
    section = SECTIONS[form.kind]
    change = Change(
        form.revision.data or "",
        Action.CHANGED if is_there else Action.ADDED,
        partial(_put, kind=form.kind, item=item, value=form.value()),
        Entry(section, item),
        form.called(),
    )
    if (status := saved(form, change)) is not None:
        return _page(form), status
    flash(gettext("%(name)s is saved. History can undo it.", name=form.called()), "done")
    return redirect(url_for("items.item", item=item), 303)


def preview() -> str:
    """Show what a form's item looks like, while it is typed."""
    form = sent_form(kind_sent(), get_admin().catalog().catalog)
    return render_template("items/preview.html", look=looked_at(form, tell=True))


def saved(form: AnyForm, change: Change) -> int | None:
    """Save a form's change; where that fails, say it in the form and return the status."""
    admin = get_admin()
    try:
        edits.save(admin, change, current_user())
    except Conflict as conflict:
        _confront(form, conflict)
        return 409
    except Problems as problems:
        form.refuse(problems.problems)
        return 400
    except LinkmgrError as error:
        form.general.append(told(str(error)))
        return 400
    return None


def looked_at(form: AnyForm, *, tell: bool = False) -> Look:
    """Return what a form's item looks like; with `tell` also what is wrong in its fields."""
    admin = get_admin()
    catalog, name = admin.catalog().catalog, (form.name.data or "").strip() or "item"
    item, problems = read_item(catalog, form.kind, name, form.value())
    wrong = []
    if tell:
        form.refuse(problems)
        wrong = [f"{field.label.text}: {field.errors[0]}" for field in form.wrong_fields()]
    try:
        shown = card(catalog, item, admin.settings.site_folder)
    except LinkmgrError as error:
        return Look("", LinkPreview(""), (str(error),))
    return Look(framed(shown), link_preview(catalog, item), tuple(wrong))


def kind_asked() -> Kind | None:
    """Return the kind that the address names."""
    return _kind(request.args.get)


def kind_sent() -> Kind:
    """Return the kind of the form that was sent."""
    return _kind(request.form.get) or abort(400)


def _kind(get: Callable[[str, str], str]) -> Kind | None:
    given = get("kind", "")
    return Kind(given) if given in SECTIONS else None


def _confront(form: AnyForm, conflict: Conflict) -> None:
    """Put what the file says now beside the form, which then goes by the file's revision."""
    catalog = get_admin().catalog().catalog
    item = (form.name.data or "").strip()
    try:
        said = said_of(conflict.text, form.kind, item)
    except LinkmgrError:
        form.general.append(
            gettext(
                "The file was changed by hand and cannot be read now, so nothing is saved. Mend "
                "it, then save again."
            )
        )
        return
    form.theirs = differences(form, form_of(form.kind, catalog, conflict.revision, said, item))
    form.gone.data = "" if said else "yes"
    form.revision.data = conflict.revision


def _put(text: str, kind: Kind, item: str, value: dict[str, Any]) -> CatalogText:
    """Write an entry over what the text has of it, if it still has any."""
    write = replace_entry if said_of(text, kind, item) else add_entry
    return write(text, SECTIONS[kind], item, value)


def _page(form: AnyForm) -> str:
    return render_template("items/edit.html", form=form, item=form.name.data, look=looked_at(form))
