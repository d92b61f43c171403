"""Retiring an item and showing it again, and deleting it by typing its id."""

from functools import partial

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField

from linkmgr.admin.common.context import current_user, get_admin
from linkmgr.admin.common.forms import PageForm
from linkmgr.admin.editing import edits
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.items.entry_values import SECTIONS, kind_of, said_of
from linkmgr.admin.items.item_page import item_page
from linkmgr.admin.items.messages import told_all
from linkmgr.admin.items.rows import name_of
from linkmgr.catalog.editing.edit import remove_entry, replace_entry
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.messages.errors import Conflict, LinkmgrError
from linkmgr.store.history.revisions import Action, Entry


class DeletionForm(PageForm):
    """The id, typed, for a deletion."""

    revision = HiddenField()
    name = StringField(lazy_gettext("The item's id"))


def retire(item: str) -> ResponseReturnValue:
    """Retire an item, or show it again."""
    catalog = get_admin().catalog().catalog
    if item not in catalog.items:
        abort(404)
    retired = request.form.get("retired") == "yes"
    action = Action.RETIRED if retired else Action.REVIVED
    section = SECTIONS[kind_of(catalog, item)]

    def change(text: str) -> CatalogText:
        said = said_of(text, kind_of(catalog, item), item)
        kept = {key: value for key, value in said.items() if key != "retired"}
        return replace_entry(text, section, item, kept | ({"retired": True} if retired else {}))

    done = Change(
        request.form.get("revision", ""),
        action,
        change,
        Entry(section, item),
        name_of(catalog.items[item]),
    )
    if problem := _tried(done):
        return item_page(item, problem), 409
    told = gettext("It is retired: shown no more.") if retired else gettext("It is shown again.")
    flash(told, "done")
    return redirect(url_for("items.item", item=item), 303)


def ask(item: str) -> str:
    """Ask for the id of an item that is to be deleted."""
    return _deletion_page(item, DeletionForm())


def delete(item: str) -> ResponseReturnValue:
    """Delete an item whose id was typed."""
    catalog = get_admin().catalog().catalog
    if item not in catalog.items:
        abort(404)
    form = DeletionForm()
    if (form.name.data or "").strip() != item:
        form.name.errors = [gettext("This is not its id: %(id)s.", id=item)]
        return _deletion_page(item, form), 400
    section = SECTIONS[kind_of(catalog, item)]
    change = Change(
        form.revision.data or "",
        Action.DELETED,
        partial(remove_entry, section=section, name=item),
        Entry(section, item),
        name_of(catalog.items[item]),
    )
    if problem := _tried(change):
        form.name.errors = [problem]
        return _deletion_page(item, form), 409
    flash(gettext("%(name)s is deleted. History can bring it back.", name=change.summary), "done")
    return redirect(url_for("items.index"), 303)


def _tried(change: Change) -> str:
    """Save a change; return why that did not work, empty where it did."""
    admin = get_admin()
    try:
        edits.save(admin, change, current_user())
    except Conflict:
        return str(
            gettext(
                "The catalog was changed meanwhile; this page shows it as it is now. Do it again "
                "if you still want it."
            )
        )
    except LinkmgrError as error:
        return told_all(error)
    return ""


def _deletion_page(item: str, form: DeletionForm) -> str:
    seen = get_admin().catalog()
    if item not in seen.catalog.items:
        abort(404)
    form.revision.data = seen.revision.id
    return render_template(
        "items/delete.html",
        form=form,
        item=seen.catalog.items[item],
        name=name_of(seen.catalog.items[item]),
        users=_users(seen.catalog, item),
    )


def _users(catalog: Catalog, item: str) -> list[tuple[str, str]]:
    """Return what refers to an item and would miss it: dotted names, and addresses to edit it.

    Blocks have no page and no address: they are changed in the file.
    """
    return [
        *(
            (f"mappings.{own.id}", url_for("tags.edit", name=own.id))
            for own in catalog.mappings.values()
            if item in own.items
        ),
        *((f"blocks.{own.name}", "") for own in catalog.blocks if item in own.items + own.fallback),
        *(
            (
                f"{SECTIONS[kind_of(catalog, own.id)]}.{own.id}",
                url_for("items.edit", item=own.id),
            )
            for own in catalog.items.values()
            if own.fallback == item
        ),
    ]
