"""Editing a mapping: its form, what saving it would change, and deleting it."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField

from linkmgr.admin.common.chips import Chip, chips, find_items
from linkmgr.admin.common.context import get_admin, month_clicks
from linkmgr.admin.common.forms import PageForm
from linkmgr.admin.editing.edits import Change
from linkmgr.admin.editing.impact import answer_change
from linkmgr.admin.mappings.forms import (
    MAPPINGS,
    MappingForm,
    form_values,
    matching_tag,
    rearranged,
    subject_of,
    tag_picker,
)
from linkmgr.catalog.editing.edit import add_entry, remove_entry, replace_entry
from linkmgr.catalog.editing.new_ids import mapping_id
from linkmgr.catalog.reading.parse import CatalogText
from linkmgr.messages.errors import LinkmgrError
from linkmgr.store.figures.figures import Dimension
from linkmgr.store.revisions import Action, Entry

MOST_ITEMS = 8
"""Items that are offered at once."""

# Buttons that change the form's items or tags; every other button submits the form.
_ITEM_ACTIONS = ("add", "up", "down", "remove")
_TAG_ACTIONS = ("tag", "find-tag")
# Those that submit it first add what was typed: the Enter key's and the preview's.
_SUBMITTING = ("", "preview")


class DeleteForm(PageForm):
    """Deletion asks for the id."""

    revision = HiddenField()
    typed = StringField(lazy_gettext("Name of the mapping"))


def new() -> ResponseReturnValue:
    """Add a mapping, which starts with each `tag` and `item` of the query."""
    seen = get_admin().catalog()
    tags, items = (list(filter(None, request.args.getlist(key))) for key in ("tag", "item"))
    form = MappingForm(
        revision=seen.revision.id,
        name=mapping_id(next(iter([*tags, *items]), ""), seen.catalog.mappings),
        any_tags=tags,
        items=[item for item in items if item in seen.catalog.items],
    )
    return _answer(form, "")


def edit(name: str) -> ResponseReturnValue:
    """Change a mapping."""
    seen = get_admin().catalog()
    mapping = seen.catalog.mappings.get(name)
    values = form_values(mapping) if mapping else {"name": name}
    form = MappingForm(**{**values, "revision": seen.revision.id})
    if mapping is None and not form.is_of_deleted(seen.revision.id):
        abort(404)
    return _answer(form, name)


def delete(name: str) -> ResponseReturnValue:
    """Delete a mapping after its name was typed; its impact is shown first."""
    seen = get_admin().catalog()
    if name not in seen.catalog.mappings:
        abort(404)
    form = DeleteForm(revision=seen.revision.id)
    action = request.form.get("do", "")
    if request.method == "GET" or action == "back":
        return _delete_page(form, name)
    if (form.typed.data or "").strip() != name:
        form.typed.errors = [gettext("Type %(name)s to delete it.", name=name)]
        return _delete_page(form, name), 400
    change = _change(form, Action.DELETED, name, partial(remove_entry, section=MAPPINGS, name=name))
    try:
        return answer_change(change, subject_of(name), url_for("mappings.mappings"))
    except LinkmgrError as error:
        form.typed.errors = [error.excerpt()]
        return _delete_page(form, name), 400


def _delete_page(form: DeleteForm, name: str) -> str:
    return render_template("mappings/delete.html", form=form, name=name)


def _answer(form: MappingForm, name: str) -> ResponseReturnValue:
    """Answer the form of the mapping `name`, or of a new one if that is empty."""
    action = request.form.get("do", "")
    if request.method == "GET" or action == "back":
        return _form_page(form, name)
    verb = action.partition(":")[0]
    typed, typed_tag = (request.form.get(key, "").strip() for key in ("add", "find_tag"))
    if verb in _TAG_ACTIONS or (typed_tag and action in _SUBMITTING):
        return _tags_page(form, name, action, typed_tag)
    if verb in _ITEM_ACTIONS or (typed and action in _SUBMITTING):
        return _rearranged_page(form, name, action, typed)
    if not form.validate():
        return _form_page(form, name), 400
    # On to the next tag without items, or to the mappings of other kinds.
    by_tag = form.any_tags.data or form.all_tags.data
    try:
        page = url_for("mappings.index" if by_tag else "mappings.mappings")
        change = _change_of(form, name)
        return answer_change(change, subject_of(name or (form.name.data or "").strip()), page)
    except LinkmgrError as error:
        form.show_error(error)
        return _form_page(form, name), 400


def _change_of(form: MappingForm, name: str) -> Change:
    """Return the change that a form describes."""
    if name in get_admin().catalog().catalog.mappings:
        make = partial(replace_entry, section=MAPPINGS, name=name, value=form.entry)
        return _change(form, Action.CHANGED, name, make)
    # A new one, or one that was deleted while it was edited.
    new_name = name or (form.name.data or "").strip()
    make = partial(add_entry, section=MAPPINGS, name=new_name, value=form.entry)
    return _change(form, Action.ADDED, new_name, make)


def _change(
    form: MappingForm | DeleteForm, action: Action, name: str, make: Callable[[str], CatalogText]
) -> Change:
    return Change(form.revision.data or "", action, make, Entry(MAPPINGS, name))


def _tags_page(form: MappingForm, name: str, action: str, typed_tag: str) -> str:
    """Show the form with a tag added, or with those that were found to choose from."""
    tag = action.partition(":")[2] if action.startswith("tag:") else ""
    if action in _SUBMITTING:
        tag = matching_tag(typed_tag)
    if tag:
        form.any_tags.data = [*dict.fromkeys([*form.any_tags.data, tag])]
        typed_tag = ""
    return _form_page(form, name, typed_tag, typed=request.form.get("add", ""))


def _rearranged_page(form: MappingForm, name: str, action: str, typed: str) -> str:
    """Show the form with its items rearranged, or with the found ones to choose from."""
    catalog = get_admin().catalog().catalog
    if action not in {"", "add", "preview"}:
        form.items.data = rearranged(form.items.data, action, catalog)
        return _form_page(form, name)
    found = find_items(catalog, typed, form.items.data) if typed else []
    if len(found) == 1:
        form.items.data = rearranged(form.items.data, f"add:{found[0].id}", catalog)
        return _form_page(form, name)
    return _form_page(form, name, typed=typed, found=found)


def _form_page(form: MappingForm, name: str, typed_tag: str | None = None, **found: Any) -> str:
    shown = chips(get_admin().catalog().catalog, form.items.data or ())
    if typed_tag is None:
        typed_tag = request.form.get("find_tag", "")
    picker = tag_picker(form.any_tags.data or (), typed_tag)
    return render_template(
        "mappings/form.html",
        form=form,
        name=name,
        chips=shown,
        picker=picker,
        offered=_offered_items(form.items.data or ()),
        **found,
    )


def _offered_items(chosen: Collection[str]) -> list[Chip]:
    """Return shown items besides the `chosen` ones, those with most clicks in 30 days first."""
    catalog, clicks = get_admin().catalog().catalog, month_clicks(Dimension.ITEM)
    free = [name for name, item in catalog.items.items() if name not in chosen and not item.retired]
    free.sort(key=lambda name: -clicks.get(name, 0))  # the others stay in the order of the file
    return chips(catalog, free[:MOST_ITEMS])
