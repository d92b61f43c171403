"""Deleting a programme or a block: what follows first, then the id to be typed."""

from functools import partial

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from linkmgr.admin.common.chips import name_of
from linkmgr.admin.common.context import get_admin
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import Subject, answer_change
from linkmgr.admin.selection.selected import some_of
from linkmgr.admin.settings.catalog_section import section_of
from linkmgr.admin.settings.follows import follows
from linkmgr.catalog.editing.edit_entries import NewValue, edit_entries
from linkmgr.catalog.kinds import default_blocks
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.links.model import AMAZON, OWN_SITE
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.history.revisions import Action, Entry

# Every catalog has them, with an entry of its own or not.
_STANDARD = {AMAZON, OWN_SITE}


def can_delete(catalog: Catalog, section: str, name: str) -> bool:
    """Whether a catalog has an entry that deleting takes away."""
    if section == "blocks":
        return name in {block.name for block in catalog.blocks}
    return name in catalog.programmes and name not in _STANDARD


def delete_programme(name: str) -> ResponseReturnValue:
    """Delete a programme that no item uses."""
    catalog = get_admin().catalog().catalog
    return _answer(catalog, Entry("programmes", name), _users(catalog, name))


def delete_block(name: str) -> ResponseReturnValue:
    """Delete a block that is not the only one."""
    catalog = get_admin().catalog().catalog
    problem = (
        gettext("This is the only block. Without any, the usual blocks would come back.")
        if len(catalog.blocks) == 1
        else ""
    )
    return _answer(catalog, Entry("blocks", name), problem)


def _answer(catalog: Catalog, entry: Entry, problem: str) -> ResponseReturnValue:
    """Show the impact of a deletion, or delete; lead back to the form where that can't be."""
    section, name = entry.section, entry.name
    if not can_delete(catalog, section, name):
        abort(404)
    form = url_for(f"settings.{section.removesuffix('s')}", name=name)
    if request.form.get("do") == "back":
        return redirect(form, 303)
    if not problem:
        title = gettext("Delete %(name)s", name=name)
        revision, make = request.form.get("revision", ""), partial(_without, entry=entry)
        change = Change(revision, Action.DELETED, make, entry)
        try:
            subject = Subject(title, follows, deletes=(name,))
            return answer_change(change, subject, url_for("settings.index", _anchor=section))
        except LinkmgrError as error:
            problem = error_text(error)
    flash(problem, "problem")
    return redirect(form, 303)


def _without(text: str, entry: Entry) -> CatalogText:
    """Return a catalog's text without an entry; usual blocks that stay are written out."""
    if entry.name in section_of(text, entry.section):
        return edit_entries(text, [NewValue(entry.section, entry.name, is_gone=True)])
    usual = default_blocks(has_products=bool(section_of(text, "products")))
    others = [NewValue(entry.section, each.name) for each in usual if each.name != entry.name]
    return edit_entries(text, others)


def _users(catalog: Catalog, programme: str) -> str:
    """Say which items need a programme, empty for none."""
    users = [name_of(item) for item in catalog.items.values() if programme in item.programmes]
    if not users:
        return ""
    return str(
        ngettext(
            "%(num)s item uses it: %(names)s. Remove its link to this programme first.",
            "%(num)s items use it: %(names)s. Remove their links to this programme first.",
            len(users),
            names=some_of(users),
        )
    )
