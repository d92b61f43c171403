"""Retiring, mapping, tagging and replacing the items that are selected."""

from functools import partial

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.chips import name_of
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
from linkmgr.catalog.editing.edit import add_entry
from linkmgr.catalog.editing.item_changes import add_to_mappings, replace_items, retire_items
from linkmgr.catalog.editing.new_ids import mapping_id
from linkmgr.catalog.model import Catalog, Mapping, Terms
from linkmgr.resolver.statistics import term
from linkmgr.store.history.revisions import Action


def change_items() -> ResponseReturnValue:
    """Change the selected items."""
    catalog = get_admin().catalog().catalog
    selection = read_selection(catalog.items)
    if (back := to_list(selection)) is not None:
        return back
    if selection.action == "map":
        return redirect(url_for("mappings.new", item=selection.ids), 303)
    actions = {"tag": _tag, "replace": _replace, "retire": _retire, "revive": _retire}
    change = actions.get(selection.action) or abort(400)
    return change(catalog, selection)


def _tag(catalog: Catalog, selection: Selection) -> ResponseReturnValue:
    names, tag = _names(catalog, selection), selection.given
    title = gettext("Map %(name)s to a tag", name=some_of(names))
    if not tag:
        return ask(selection, title, names, asks_tag=True)
    mapping = _mapping_of(catalog, tag)
    if mapping:
        action = Action.CHANGED
        make = partial(add_to_mappings, mappings=[mapping.id], items=selection.ids)
    else:
        action, name = Action.ADDED, mapping_id(tag, catalog.mappings)
        value = {"any": {"tags": [tag]}, "items": [*selection.ids]}
        make = partial(add_entry, section="mappings", name=name, value=value)
    mapped = gettext("Map %(name)s to the tag %(tag)s", name=some_of(names), tag=tag)
    return answer(selection, selection.change(action, make, f"{some_of(names)} → {tag}"), mapped)


def _mapping_of(catalog: Catalog, tag: str) -> Mapping | None:
    """Return the mapping of a tag and nothing else: another term or a pin would hold for more."""
    for mapping in catalog.mappings.values():
        plain = Mapping(mapping.id, mapping.items, Terms(tags=mapping.any_of.tags))
        if mapping == plain and [*map(term, mapping.any_of.tags)] == [term(tag)]:
            return mapping
    return None


def _retire(catalog: Catalog, selection: Selection) -> ResponseReturnValue:
    retired = selection.action == "retire"
    names = some_of(_names(catalog, selection))
    make = partial(retire_items, items=selection.ids, retired=retired)
    change = selection.change(Action.RETIRED if retired else Action.REVIVED, make, names)
    title = (
        gettext("Retire %(name)s", name=names)
        if retired
        else gettext("Show %(name)s again", name=names)
    )
    return answer(selection, change, title)


def _replace(catalog: Catalog, selection: Selection) -> ResponseReturnValue:
    names = _names(catalog, selection)
    by, found = chosen_item(selection)
    title = gettext("Replace %(name)s", name=some_of(names))
    problem = _problem(catalog, selection, by) if by else ""
    if selection.given and not found:
        problem = gettext("No other items match.")
    if not by or problem:
        return ask(selection, title, names, problem, found=found)
    replaced = gettext(
        "Replace %(name)s with %(other)s", name=some_of(names), other=name_of(catalog.items[by])
    )
    make = partial(replace_items, items=selection.ids, by=by)
    summary = f"{some_of(names)} → {name_of(catalog.items[by])}"
    return answer(selection, selection.change(Action.REPLACED, make, summary), replaced)


def _problem(catalog: Catalog, selection: Selection, by: str) -> str:
    """Return why an item cannot take the place of the selected ones, empty if it can."""
    other = catalog.items[by]
    if by in selection.ids:
        return str(gettext("An item can't replace itself."))
    if any(catalog.items[each].kind is not other.kind for each in selection.ids):
        return str(gettext("Choose an item of the same kind: a book replaces only books."))
    return str(gettext("This item is retired. Choose one that is shown.")) if other.retired else ""


def _names(catalog: Catalog, selection: Selection) -> list[str]:
    return [name_of(catalog.items[each]) for each in selection.ids]
