"""What is done with the rows that are selected in a list, as one change."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from linkmgr.admin.common.chips import Chip, chips, find_items, name_of, name_of_mapping
from linkmgr.admin.common.context import get_admin, month_clicks
from linkmgr.admin.common.security import safe_next
from linkmgr.admin.common.template_helpers import month_clicks_in_words
from linkmgr.admin.editing.alternatives import alternatives
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.forms import error_text
from linkmgr.admin.editing.impact import Subject, answer_change
from linkmgr.admin.editing.terms import mapping_of
from linkmgr.catalog.editing.edit import (
    NewValue,
    add_entry,
    add_to_mappings,
    edit_entries,
    replace_items,
    retire_items,
)
from linkmgr.catalog.editing.new_ids import mapping_id
from linkmgr.catalog.model import Catalog
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.clicks.counts import Dimension
from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import join_texts
from linkmgr.site_index.terms import TAGS
from linkmgr.store.revisions import Action

# What the form of a selection sent: which rows, what to do with them, and what that needs.

# How many of the selected rows a title names.
_MOST_NAMED = 3

# How many items are proposed where one is to be chosen.
_MOST_PROPOSED = 3

_MAPPINGS = "mappings"


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected rows of a list, and what is to be done with them."""

    ids: tuple[str, ...]
    action: str

    given: str
    """What was typed or chosen where the action needs something more."""

    back: str
    """The address of the list."""

    revision: str
    """The catalog's when the list was shown."""

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of a form that goes on with it."""
        fields = [("id", id_) for id_ in self.ids]
        fields += [("action", self.action), ("back", self.back), ("revision", self.revision)]
        return fields

    def change(self, action: Action, make: Callable[[str], CatalogText], summary: str) -> Change:
        """Return the change of all that is selected, which is one entry of the history."""
        return Change(self.revision, action, make, summary=summary)


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """An item that may be the one to choose, and what speaks for it."""

    chip: Chip
    why: str


def read_selection(known: Container[str] | None = None) -> Selection:
    """Return what was sent, without rows that are not `known` any more."""
    sent = request.values
    ids = list(dict.fromkeys(sent.getlist("id")))
    if known is not None:
        ids = [name for name in ids if name in known]
    return Selection(
        tuple(ids),
        sent.get("action", ""),
        request.form.get("given", "").strip(),
        safe_next(sent.get("back", "")),
        sent.get("revision", "") or get_admin().catalog().revision.id,
    )


def to_list(selection: Selection) -> ResponseReturnValue | None:
    """Lead back to the list if nothing is selected or the user goes back; `None` to go on."""
    if request.form.get("do") == "back":
        return redirect(selection.back, 303)
    if not selection.ids:
        flash(gettext("Select at least one row first."), "problem")
        return redirect(selection.back, 303)
    return None


def answer(
    selection: Selection, change: Change, title: str, *, deletes: tuple[str, ...] = ()
) -> ResponseReturnValue:
    """Show the impact of a change, or save it; lead back to the list where it can't be made."""
    if request.method == "GET":  # a link may only ask for what an action needs
        return redirect(selection.back, 303)
    try:
        return answer_change(change, Subject(title, deletes=deletes), selection.back)
    except LinkmgrError as error:
        flash(error_text(error), "problem")
        return redirect(selection.back, 303)


def ask(
    selection: Selection, title: str, names: Sequence[str], problem: str = "", **facts: Any
) -> str:
    """Ask for what an action needs: an item, or a tag where `facts` have `asks_tag`.

    An item is typed into a field, which may be `filled` already, or chosen from `proposals`.
    """
    return render_template(
        "editing/ask.html",
        selection=selection,
        title=title,
        names=names,
        problem=problem,
        address=request.path,
        **facts,
    )


def chosen_item(selection: Selection) -> tuple[str, list[Chip]]:
    """Return the items that what was typed may mean, and before them the id of the only one."""
    catalog = get_admin().catalog().catalog
    matching = find_items(catalog, selection.given, selection.ids) if selection.given else []
    name = matching[0].id if len(matching) == 1 else ""
    return name, matching


def some_of(names: Sequence[str]) -> str:
    """Return the first names as a list in a sentence, and how many more there are."""
    first, more = join_texts(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
    if more <= 0:
        return first
    return str(gettext("%(names)s and %(count)s more", names=first, count=more))


# Retiring, reviving, mapping and replacing the items that are selected.


def change_items() -> ResponseReturnValue:
    """Change the selected items."""
    catalog = get_admin().catalog().catalog
    selection = read_selection(catalog.items)
    back = to_list(selection)
    if back is not None:
        return back
    if selection.action == "map":
        return redirect(url_for("mappings.new", item=selection.ids), 303)
    if selection.action == "compare":
        return redirect(url_for("settings.new_comparison", item=selection.ids), 303)
    actions = {"tag": _tag, "replace": _replace, "retire": _retire, "revive": _retire}
    change = actions.get(selection.action) or abort(400)
    return change(catalog, selection)


def _tag(catalog: Catalog, selection: Selection) -> ResponseReturnValue:
    names, tag = _names(catalog, selection), selection.given
    title = gettext("Map %(name)s to a tag", name=some_of(names))
    if not tag:
        return ask(selection, title, names, asks_tag=True)
    mapping = mapping_of(catalog, {TAGS: [tag]})
    if mapping:
        action = Action.CHANGED
        make = partial(add_to_mappings, mappings=[mapping.id], items=selection.ids)
    else:
        action = Action.ADDED
        name = mapping_id(tag, catalog.mappings)
        value = {"any": {"tags": [tag]}, "items": list(selection.ids)}
        make = partial(add_entry, section=_MAPPINGS, name=name, value=value)
    mapped = gettext("Map %(name)s to the tag %(tag)s", name=some_of(names), tag=tag)
    return answer(selection, selection.change(action, make, f"{some_of(names)} → {tag}"), mapped)


def _retire(catalog: Catalog, selection: Selection) -> ResponseReturnValue:
    names = some_of(_names(catalog, selection))
    retired = selection.action == "retire"
    if retired:
        action, title = Action.RETIRED, gettext("Retire %(name)s", name=names)
    else:
        action, title = Action.REVIVED, gettext("Show %(name)s again", name=names)
    make = partial(retire_items, items=selection.ids, retired=retired)
    return answer(selection, selection.change(action, make, names), title)


def _replace(catalog: Catalog, selection: Selection) -> ResponseReturnValue:
    """Replace items; a link with `by` has a replacement filled in, that one or what fits best."""
    names = _names(catalog, selection)
    by, matching = chosen_item(selection)
    problem = _problem(catalog, selection, by) if by else ""
    if selection.given and not matching:
        problem = gettext("No other items match.")
    if not by or problem:
        title = gettext("Replace %(name)s", name=some_of(names))
        others, wanted = alternatives(catalog, selection.ids), request.args.get("by")
        others.sort(key=lambda item: item != wanted)
        filled = ""
        if others and wanted is not None:
            filled = _typed(catalog, others[0])
        proposals = _with_clicks(catalog, others[:_MOST_PROPOSED])
        facts = {"found": matching, "filled": filled, "proposals": proposals}
        return ask(selection, title, names, problem, **facts)
    other = name_of(catalog.items[by])
    title = gettext("Replace %(name)s with %(other)s", name=some_of(names), other=other)
    make = partial(replace_items, items=selection.ids, by=by)
    summary = f"{some_of(names)} → {other}"
    return answer(selection, selection.change(Action.REPLACED, make, summary), title)


def _typed(catalog: Catalog, item: str) -> str:
    """Return what to type for an item: its name, or its id if the name matches others, too."""
    name = name_of(catalog.items[item])
    return name if len(find_items(catalog, name)) == 1 else item


def _with_clicks(catalog: Catalog, items: Sequence[str]) -> list[ProposedItem]:
    clicks = month_clicks(Dimension.ITEM)
    return [
        ProposedItem(chip, month_clicks_in_words(clicks.get(chip.id, 0)))
        for chip in chips(catalog, items)
    ]


def _problem(catalog: Catalog, selection: Selection, by: str) -> str:
    """Return why an item cannot take the place of the selected ones, empty if it can."""
    other = catalog.items[by]
    if by in selection.ids:
        return str(gettext("An item can't replace itself."))
    if any(catalog.items[id_].kind is not other.kind for id_ in selection.ids):
        return str(gettext("Choose an item of the same kind: a book replaces only books."))
    if other.retired:
        return str(gettext("This item is retired. Choose one that is shown."))
    return ""


def _names(catalog: Catalog, selection: Selection) -> list[str]:
    return [name_of(catalog.items[id_]) for id_ in selection.ids]


# Adding items and tags to the mappings that are selected, and deleting them.


def change_mappings() -> ResponseReturnValue:
    """Change the selected mappings."""
    selection = read_selection(get_admin().catalog().catalog.mappings)
    back = to_list(selection)
    if back is not None:
        return back
    actions = {"add-item": _add_item, "add-tag": _add_tag, "delete": _delete}
    change = actions.get(selection.action) or abort(400)
    return change(selection)


def _add_item(selection: Selection) -> ResponseReturnValue:
    named = _mapping_names(selection)
    names = some_of(named)
    title = gettext("Add an item to %(names)s", names=names)
    item, matching = chosen_item(selection)
    if not item:
        problem = gettext("No items match.") if selection.given and not matching else ""
        label = gettext("Which item")
        return ask(selection, title, named, problem, found=matching, item_label=label)
    make = partial(add_to_mappings, mappings=selection.ids, items=[item])
    return answer(selection, selection.change(Action.CHANGED, make, names), title)


def _add_tag(selection: Selection) -> ResponseReturnValue:
    named = _mapping_names(selection)
    names = some_of(named)
    title = gettext("Add a tag to %(names)s", names=names)
    if not selection.given:
        return ask(selection, title, named, asks_tag=True)
    make = partial(add_to_mappings, mappings=selection.ids, tags=[selection.given])
    return answer(selection, selection.change(Action.CHANGED, make, names), title)


def _delete(selection: Selection) -> ResponseReturnValue:
    names = some_of(_mapping_names(selection))
    gone = [NewValue(_MAPPINGS, name, is_gone=True) for name in selection.ids]
    change = selection.change(Action.DELETED, partial(edit_entries, changes=gone), names)
    title = gettext("Delete %(name)s", name=names)
    return answer(selection, change, title, deletes=selection.ids)


def _mapping_names(selection: Selection) -> list[str]:
    mappings = get_admin().catalog().catalog.mappings
    return [name_of_mapping(mappings[id_]) for id_ in selection.ids]
