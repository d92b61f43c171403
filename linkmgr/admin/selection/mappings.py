"""Adding items and tags to the mappings that are selected, and deleting them."""

from functools import partial

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.context import get_admin
from linkmgr.admin.selection.selected import (
    Selection,
    answer,
    ask,
    chosen_item,
    read_selection,
    some_of,
    to_list,
)
from linkmgr.catalog.editing.edit_entries import NewValue, edit_entries
from linkmgr.catalog.editing.item_changes import add_to_mappings
from linkmgr.store.history.revisions import Action

_SECTION = "mappings"


def change_mappings() -> ResponseReturnValue:
    """Change the selected mappings."""
    selection = read_selection(get_admin().catalog().catalog.mappings)
    if (back := to_list(selection)) is not None:
        return back
    actions = {"add-item": _add_item, "add-tag": _add_tag, "delete": _delete}
    change = actions.get(selection.action) or abort(400)
    return change(selection)


def _add_item(selection: Selection) -> ResponseReturnValue:
    names = some_of(selection.ids)
    title = gettext("Add an item to %(names)s", names=names)
    item, found = chosen_item(selection)
    if not item:
        problem = gettext("No items match.") if selection.given and not found else ""
        label = gettext("Which item")
        return ask(selection, title, selection.ids, problem, found=found, item_label=label)
    make = partial(add_to_mappings, mappings=selection.ids, items=[item])
    return answer(selection, selection.change(Action.CHANGED, make, names), title)


def _add_tag(selection: Selection) -> ResponseReturnValue:
    names = some_of(selection.ids)
    title = gettext("Add a tag to %(names)s", names=names)
    if not selection.given:
        return ask(selection, title, selection.ids, asks_tag=True)
    make = partial(add_to_mappings, mappings=selection.ids, tags=[selection.given])
    return answer(selection, selection.change(Action.CHANGED, make, names), title)


def _delete(selection: Selection) -> ResponseReturnValue:
    names = some_of(selection.ids)
    gone = [NewValue(_SECTION, name, is_gone=True) for name in selection.ids]
    change = selection.change(Action.DELETED, partial(edit_entries, changes=gone), names)
    title = gettext("Delete %(name)s", name=names)
    return answer(selection, change, title, deletes=selection.ids)
